package document

import (
	"strconv"
	"strings"
)

// frame reads a table, a chart or a diagram.
func (p *pptx) frame(n *node) error {
	data := n.child("graphic", "graphicData")
	if data == nil {
		return nil
	}
	if table := data.child("tbl"); table != nil {
		p.table(table)
		return nil
	}
	if chart := data.child("chart"); chart != nil {
		return p.relatedPart(chart.rel("id"), p.chart)
	}
	if diagram := data.child("relIds"); diagram != nil {
		return p.relatedPart(diagram.rel("dm"), p.diagram)
	}
	return nil
}

func (p *pptx) relatedPart(id string, read func(root *node)) error {
	part := p.rels[id].target
	if part == "" || !p.a.has(part) {
		return nil
	}
	root, err := p.a.tree(part)
	if err == nil {
		read(root)
	}
	return err
}

// table writes a table; cells that a merged one covers say so themselves, and are empty.
func (p *pptx) table(n *node) {
	var rows [][]string
	for _, tr := range n.all("tr") {
		var row []string
		for _, tc := range tr.all("tc") {
			text := ""
			if !isTrue(tc.attr("hMerge"), false) && !isTrue(tc.attr("vMerge"), false) {
				text = p.paragraphs(tc.child("txBody"), false)
			}
			row = append(row, text)
		}
		if p.cells += len(row); p.cells > p.a.l.cells {
			p.out.full = true
			break
		}
		rows = append(rows, row)
	}
	p.pending = append(p.pending, markdownTable(rows))
}

// diagram writes the texts of a SmartArt, which stand in its data model.
func (p *pptx) diagram(root *node) {
	var lines []string
	for _, point := range root.child("ptLst").all("pt") {
		if text := strings.TrimSpace(p.paragraphs(point.child("t"), false)); text != "" && point.attr("type") != "pres" {
			lines = append(lines, "- "+strings.ReplaceAll(text, "\n", " "))
		}
	}
	p.pending = append(p.pending, strings.Join(lines, "\n"))
}

// chart writes a chart's title, and its numbers as far as the presentation keeps them.
func (p *pptx) chart(root *node) {
	chart := root.child("chart")
	title := "Chart"
	if chart.child("title") != nil {
		var words []string
		for _, t := range chart.child("title").all("t") {
			words = append(words, t.content())
		}
		if said := strings.Join(strings.Fields(strings.Join(words, "")), " "); said != "" {
			title += ": " + said
		}
	}
	p.pending = append(p.pending, title, markdownTable(p.series(chart.child("plotArea").all("ser"))))
}

// series makes a table of a chart's series: a row for each category, a column for each series.
func (p *pptx) series(all []*node) [][]string {
	if len(all) == 0 || len(all) > maxSpan {
		return nil
	}
	rows := [][]string{make([]string, len(all)+1)}
	for col, ser := range all {
		rows[0][col+1] = strings.Join(points(ser.child("tx")), " ")
		names, values := points(ser.child("cat")), points(ser.child("val"))
		if len(values) == 0 {
			names, values = points(ser.child("xVal")), points(ser.child("yVal"))
		}
		if p.cells += len(values); p.cells > p.a.l.cells/10 {
			return rows
		}
		for i, value := range values {
			if i+1 == len(rows) {
				rows = append(rows, make([]string, len(all)+1))
			}
			if rows[i+1][col+1] = value; i < len(names) && rows[i+1][0] == "" {
				rows[i+1][0] = names[i]
			}
		}
	}
	return rows
}

// points returns the cached values of a chart's data, by their index.
func points(n *node) []string {
	var values []string
	for _, pt := range n.all("pt") {
		i, err := strconv.Atoi(pt.attr("idx"))
		if err != nil || i < len(values) || i >= 100_000 {
			continue
		}
		values = append(values, make([]string, i-len(values)+1)...)
		values[i] = shortNumber(pt.child("v").content())
	}
	return values
}
