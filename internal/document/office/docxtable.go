package office

import (
	"strconv"
	"strings"
)

// maxSpan bounds how many columns a merged cell may claim. Word's tables have 63 at most.
const maxSpan = 256

// table writes a table. A merged cell stands where it begins, and the cells that it covers are empty. A table of one
// column is a frame around text, and is written as what it holds.
func (d *docx) table(f *flow, n *node) {
	rows := d.rows(n)
	wide := false
	for _, row := range rows {
		wide = wide || len(cellsOf(row)) > 1
	}
	if !wide {
		for _, row := range rows {
			for _, tc := range cellsOf(row) {
				d.blocks(f, tc)
			}
		}
		return
	}
	f.Table(d.grid(rows))
	f.inList = false
}

// grid returns the texts of the cells.
func (d *docx) grid(rows []*node) [][]string {
	var grid [][]string
	for _, row := range rows {
		cells := d.row(row)
		if d.cellsFull {
			break
		}
		grid = append(grid, cells)
	}
	return grid
}

// row returns the texts of a row's cells.
func (d *docx) row(n *node) []string {
	cells := make([]string, span(n.value("trPr", "gridBefore"), 0))
	d.cells += len(cells)
	for _, tc := range cellsOf(n) {
		properties := tc.child("tcPr")
		width := span(properties.value("gridSpan"), 1)
		if d.cells += width; d.cells > d.a.l.Cells {
			d.cellsFull = true
			break
		}
		text := ""
		if merge := properties.child("vMerge"); merge == nil || merge.attr("val") == "restart" {
			text = d.cellText(tc)
		}
		cells = append(cells, make([]string, width)...)
		cells[len(cells)-width] = text
	}
	return cells
}

func span(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < otherwise {
		return otherwise
	}
	return min(n, maxSpan)
}

// rows returns a table's rows, also those in wrappers, without those whose deletion is tracked.
func (d *docx) rows(n *node) []*node {
	var rows []*node
	for _, kid := range n.kids {
		switch kid.name {
		case "tr":
			if kid.child("trPr", "del") != nil {
				d.deleted = true
				continue
			}
			rows = append(rows, kid)
		case "sdt", "sdtContent", "ins", "moveTo", "customXml":
			rows = append(rows, d.rows(kid)...)
		}
	}
	return rows
}

func cellsOf(row *node) []*node {
	var cells []*node
	for _, kid := range row.kids {
		switch kid.name {
		case "tc":
			cells = append(cells, kid)
		case "sdt", "sdtContent", "ins", "moveTo", "customXml":
			cells = append(cells, cellsOf(kid)...)
		}
	}
	return cells
}

// cellText writes a cell on one line. A table within has its cells apart by " / ".
func (d *docx) cellText(tc *node) string {
	in := &flow{Output: d.a.l.Output()}
	var lines []string
	for _, kid := range tc.kids {
		if kid.name != "tbl" {
			d.block(in, kid)
			continue
		}
		lines, in = append(lines, in.String()), &flow{Output: d.a.l.Output()}
		for _, row := range d.grid(d.rows(kid)) {
			lines = append(lines, strings.Join(row, " / "))
		}
	}
	text := strings.Join(append(lines, in.String()), "\n")
	for strings.Contains(text, "\n\n") {
		text = strings.ReplaceAll(text, "\n\n", "\n")
	}
	return text
}
