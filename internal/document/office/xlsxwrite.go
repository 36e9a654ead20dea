package office

import (
	"fmt"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// write writes the sheet's cells: a table for each stretch of rows without an empty one between, each under the range
// it covers, so that a cell's address can be told.
func (s *sheetReader) write(rels map[string]relationship) {
	for from := 0; from < len(s.rows); {
		to := from + 1
		for to < len(s.rows) && s.rows[to].number == s.rows[to-1].number+1 {
			to++
		}
		s.block(s.rows[from:to], rels)
		from = to
	}
	if len(s.rows) == 0 && !s.cut {
		s.x.out.Block("(empty)")
	}
	if s.cut {
		s.x.cut = true
		last := 0
		if len(s.rows) > 0 {
			last = s.rows[len(s.rows)-1].number
		}
		last = max(last, s.at.number) // rows of empty cells have been read, too
		s.x.out.Block(fmt.Sprintf("(cut here, in row %d)", last))
		note := fmt.Sprintf("Sheet %s is larger than what is read: it was cut in row %d", s.name, last)
		if _, end, ok := strings.Cut(s.dimension, ":"); ok {
			if _, rows := reference(end); rows > last {
				note += fmt.Sprintf(" of %d", rows)
			}
		}
		s.x.notes = append(s.x.notes, note+". Ask the workbook API for a range further down.")
	}
	if s.bare {
		s.x.notes = append(s.x.notes, "Sheet "+s.name+" has formulas without a calculated value; they are shown as =…")
	}
	if s.hidden {
		s.x.notes = append(s.x.notes, "Sheet "+s.name+" has hidden rows or columns; they are in the text.")
	}
	s.rows = nil
}

func (s *sheetReader) block(rows []sheetRow, rels map[string]relationship) {
	left, right, filled := maxColumn, 0, 0
	for _, row := range rows {
		left, right = min(left, row.cells[0].column), max(right, row.cells[len(row.cells)-1].column)
		filled += len(row.cells)
	}
	if filled == 1 {
		c := rows[0].cells[0]
		s.x.out.Block(fmt.Sprintf("%s%d: %s", columnName(c.column), rows[0].number, reading.Cell(s.linked(rows[0].number, c, rels))))
		return
	}
	first, last := rows[0].number, rows[len(rows)-1].number
	where := fmt.Sprintf("%s%d:%s%d", columnName(left), first, columnName(right), last)
	// A few cells far apart would make a table of bars.
	if area := (right - left + 1) * len(rows); area > 8*filled+1000 {
		s.scattered(where, rows, rels)
		return
	}
	grid := make([][]string, len(rows))
	for i, row := range rows {
		grid[i] = make([]string, row.cells[len(row.cells)-1].column-left+1)
		for _, c := range row.cells {
			grid[i][c.column-left] = s.linked(row.number, c, rels)
		}
	}
	s.x.out.Block(where)
	s.x.out.Table(grid)
}

func (s *sheetReader) scattered(where string, rows []sheetRow, rels map[string]relationship) {
	var b strings.Builder
	for _, row := range rows {
		for _, c := range row.cells {
			fmt.Fprintf(&b, "- %s%d: %s\n", columnName(c.column), row.number, reading.Cell(s.linked(row.number, c, rels)))
		}
	}
	s.x.out.Block(where)
	s.x.out.Block(b.String())
}

func (s *sheetReader) linked(row int, c sheetCell, rels map[string]relationship) string {
	if len(s.links) == 0 {
		return c.text
	}
	if r := rels[s.links[fmt.Sprint(columnName(c.column), row)]]; r.external {
		return link(c.text, r.target)
	}
	return c.text
}
