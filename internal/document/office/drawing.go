package office

import (
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// drawings reads what DrawingML draws, in presentations and elsewhere: text, tables, charts and diagrams (ECMA-376
// part 1, sections 20 and 21).
type drawings struct {
	a     *archive
	rels  map[string]relationship // of the part in which they are
	out   *reading.Output         // where they are written to
	cells int
}

// frame reads a table, a chart or a diagram.
func (d *drawings) frame(n *node) error {
	data := n.child("graphic", "graphicData")
	if table := data.child("tbl"); table != nil {
		d.table(table)
		return nil
	}
	return d.figure(data)
}

// figure reads a chart or a diagram.
func (d *drawings) figure(data *node) error {
	part := d.part(data)
	if part == "" {
		return nil
	}
	root, err := d.a.tree(part)
	if err != nil {
		return err
	}
	if data.child("chart") != nil {
		d.chart(root)
	} else {
		d.diagram(root)
	}
	return nil
}

// part returns the name of the part that holds a chart, or a diagram's words; "" where there is none.
func (d *drawings) part(data *node) string {
	id := ""
	if chart := data.child("chart"); chart != nil {
		id = chart.rel("id")
	} else if diagram := data.child("relIds"); diagram != nil {
		id = diagram.rel("dm")
	}
	if part := d.rels[id].target; part != "" && d.a.has(part) {
		return part
	}
	return ""
}

// table writes a table; cells that a merged one covers say so themselves, and are empty.
func (d *drawings) table(n *node) {
	var rows [][]string
	full := false
	for _, tr := range n.all("tr") {
		var row []string
		for _, tc := range tr.all("tc") {
			text := ""
			if !isTrue(tc.attr("hMerge"), false) && !isTrue(tc.attr("vMerge"), false) {
				text = d.paragraphs(tc.child("txBody"), false)
			}
			row = append(row, text)
		}
		if d.cells += len(row); d.cells > d.a.l.Cells {
			full = true
			break
		}
		rows = append(rows, row)
	}
	d.out.Table(rows)
	d.out.Full = d.out.Full || full
}

// diagram writes the texts of a SmartArt, which stand in its data model.
func (d *drawings) diagram(root *node) {
	var lines []string
	for _, point := range root.child("ptLst").all("pt") {
		if text := strings.TrimSpace(d.paragraphs(point.child("t"), false)); text != "" && point.attr("type") != "pres" {
			lines = append(lines, "- "+strings.ReplaceAll(text, "\n", " "))
		}
	}
	d.out.Block(strings.Join(lines, "\n"))
}

// chart writes a chart's title, and its numbers as far as the presentation keeps them.
func (d *drawings) chart(root *node) {
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
	d.out.Block(title)
	d.out.Table(d.series(chart.child("plotArea").all("ser")))
}

// series makes a table of a chart's series: a row for each category, a column for each series.
func (d *drawings) series(all []*node) [][]string {
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
		// Rows have a cell for each series, whichever of them is long.
		if d.cells += len(values); d.cells > d.a.l.Cells/10 || len(values)*len(rows[0]) > d.a.l.Cells {
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
