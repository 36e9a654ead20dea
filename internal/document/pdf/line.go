package pdf

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// pdfRow is a line of a page or of a column.
type pdfRow struct {
	x0, x1, y, size float64
	text            string
	bold, cells     bool
	within          bool    // it goes on with the table of the row before it
	right           float64 // where lines of its column end
	left            float64
	firstWord       float64 // the width of its first word
}

// pdfLines joins the pieces of each baseline, from top to bottom and left to right. Gaps of wide, in sizes of the
// letters, stand between the cells of a table, and smaller ones where the pieces of two lines stand below each other.
func pdfLines(pieces []pdfPiece, wide float64) []pdfRow {
	groups := baselines(pieces)
	tables := pdfTables(groups)
	var out []pdfRow
	for i := 0; i < len(groups); i++ {
		if n := len(tables); n > 0 && tables[n-1].first == i { // the topmost is the last
			out = append(out, tables[n-1].rows()...)
			i, tables = tables[n-1].last, tables[:n-1]
			continue
		}
		width := wide
		if i > 0 && aligned(groups[i-1], groups[i]) || i+1 < len(groups) && aligned(groups[i], groups[i+1]) {
			width = min(wide, pdfGapMoved)
		}
		out = append(out, joinLine(groups[i], width))
	}
	return out
}

// baselines sorts the pieces into lines, from top to bottom and left to right.
func baselines(pieces []pdfPiece) (groups [][]pdfPiece) {
	slices.SortStableFunc(pieces, func(a, b pdfPiece) int { return cmp.Compare(b.y, a.y) })
	for len(pieces) > 0 {
		n := 1
		base := pieces[0]
		for n < len(pieces) && base.y-pieces[n].y < 0.4*min(base.size, pieces[n].size) {
			if pieces[n].letters > base.letters { // the longest piece carries the line, not a raised mark
				base = pieces[n]
			}
			n++
		}
		slices.SortStableFunc(pieces[:n], func(a, b pdfPiece) int { return cmp.Compare(a.x0, b.x0) })
		groups = append(groups, pieces[:n])
		pieces = pieces[n:]
	}
	return groups
}

// aligned reports whether the pieces of two lines stand below each other, as the cells of a table do.
func aligned(a, b []pdfPiece) bool {
	if len(a) < 2 || len(a) != len(b) {
		return false
	}
	for i := range a {
		near := func(x, y float64) bool { return math.Abs(x-y) < 0.15*a[i].size }
		if !near(a[i].x0, b[i].x0) && !near(a[i].x1, b[i].x1) && !near(a[i].x0+a[i].x1, b[i].x0+b[i].x1) {
			return false
		}
	}
	return true
}

// joinLine makes a line of its pieces, which are sorted.
func joinLine(pieces []pdfPiece, wide float64) pdfRow {
	main := slices.MaxFunc(pieces, func(a, b pdfPiece) int { return cmp.Compare(a.letters, b.letters) })
	row := pdfRow{x0: pieces[0].x0, x1: pieces[0].x1, y: main.y, size: main.size, bold: main.bold}
	var text strings.Builder
	for i, p := range pieces {
		if i > 0 {
			switch gap := p.x0 - row.x1; {
			case gap > wide*main.size && !startsItem(text.String()+" x"):
				text.WriteString(" | ")
				row.cells = true
			case gap > pdfGapSpace*main.size:
				text.WriteByte(' ')
			}
		}
		text.Write(p.text)
		row.x1 = max(row.x1, p.x1)
	}
	row.text = readRight(text.String())
	if spaced := blankCells(row.text); spaced != row.text {
		row.text, row.cells = spaced, true
	}
	row.text = strings.Join(strings.Fields(row.text), " ")
	first, _, _ := strings.Cut(row.text, " ")
	if n := utf8.RuneCountInString(row.text); n > 0 {
		row.firstWord = (row.x1 - row.x0) * float64(utf8.RuneCountInString(first)+1) / float64(n)
	}
	return row
}

// blankCells parts cells that stand apart by three blanks or more, as simple programs set tables.
func blankCells(text string) string {
	first, rest, ok := strings.Cut(strings.TrimSpace(text), "   ")
	if !ok || startsItem(first+" x") {
		return text
	}
	return first + " | " + blankCells(rest)
}
