package pdf

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pdfCell is a cell of a row that is being put together: its text, and where the last of its lines stands.
type pdfCell struct {
	text string
	pdfSpan
	y float64
}

// rows writes the rows of a table: the lines of a cell are joined, and cells without text keep their place.
func (t *pdfTable) rows() (out []pdfRow) {
	pitch, widths := t.pitch(), t.widths()
	leftward := t.leftward()
	var row []pdfCell
	for i, line := range t.lines {
		cells := t.cells(i)
		if i > 0 && goesOnInRow(row, cells, line, pitch, widths) {
			for c := range cells {
				row[c].join(cells[c])
			}
			out = out[:len(out)-1]
		} else {
			row = cells
		}
		next := tableRow(row, line, leftward)
		next.within = len(out) > 0
		out = append(out, next)
	}
	return out
}

// cells sorts the atoms of a line into the columns.
func (t *pdfTable) cells(n int) []pdfCell {
	cells := make([]pdfCell, len(t.gaps)+1)
	line, places := t.lines[n], t.columns(n)
	for i, a := range line.atoms {
		c := &cells[places[i]]
		if c.text == "" {
			*c = pdfCell{a.text, a.pdfSpan, line.y}
			continue
		}
		if a.low-c.high > pdfGapSpace*line.size {
			c.text += " "
		}
		c.text, c.high = c.text+a.text, max(c.high, a.high)
	}
	return cells
}

// join adds the next line of a cell.
func (c *pdfCell) join(next pdfCell) {
	if next.text == "" {
		return
	}
	if c.text != "" {
		next.text = c.text + " " + next.text
	}
	*c = next
}

// pitch is how far the lines of one cell are apart, or 0 where no line is farther from the one before it in its
// column: then they cannot be told from rows. Lines that overlap stand in different cells of one row.
func (t *pdfTable) pitch() float64 {
	var all []float64
	above, at := make([]float64, len(t.gaps)+1), make([]int, len(t.gaps)+1)
	for i, line := range t.lines {
		from := i // the line from which on a cell is a neighbour
		for n := 1; n <= 2 && i >= n && (n == 1 || t.lines[i-1].y-line.y < 0.95*line.size); n++ {
			from = i - n
		}
		for c, cell := range t.cells(i) {
			if cell.text == "" {
				continue
			}
			if gap := above[c] - line.y; at[c] > from && gap > 0.95*line.size {
				all = append(all, gap)
			}
			above[c], at[c] = line.y, i+1
		}
	}
	if len(all) == 0 || slices.Max(all) < 1.12*slices.Min(all) {
		return 0
	}
	return slices.Min(all)
}

// widths gives the widest line of each column.
func (t *pdfTable) widths() []float64 {
	out := make([]float64, len(t.gaps)+1)
	for i := range t.lines {
		for c, cell := range t.cells(i) {
			out[c] = max(out[c], cell.high-cell.low)
		}
	}
	return out
}

// leftward reports whether a table's columns follow each other from right to left.
func (t *pdfTable) leftward() bool {
	balance := 0
	for _, line := range t.lines {
		for _, a := range line.atoms {
			balance += leftwardness(a.text)
		}
	}
	return balance > 0
}

// goesOnInRow reports whether a line goes on with the cells of the row above it: it stands too close to be another
// row, or each of its cells stands as near to the one above it as the lines of a cell do, and its first word had no
// room there.
func goesOnInRow(row, cells []pdfCell, line pdfStrip, pitch float64, widths []float64) bool {
	shared, near := false, false
	for c, cell := range cells {
		if above := row[c]; above.text != "" {
			near = near || above.y-line.y < 0.95*line.size
			if cell.text == "" {
				continue
			}
			if pitch == 0 || above.y-cell.y > 1.06*pitch || isFigure(above.text) && isFigure(cell.text) || !wraps(above, cell, widths[c]) {
				return false
			}
			shared = true
		}
	}
	return shared || near
}

// wraps reports whether the first word of a cell's next line had no room in the line above.
func wraps(above, next pdfCell, width float64) bool {
	first, _, _ := strings.Cut(next.text, " ")
	word := (next.high - next.low) * float64(utf8.RuneCountInString(first)+1) / float64(utf8.RuneCountInString(next.text))
	return above.high-above.low+word > 0.98*width
}

// isFigure reports whether a text is a number, which is never broken.
func isFigure(text string) bool {
	return strings.IndexFunc(text, unicode.IsDigit) >= 0 && strings.IndexFunc(text, unicode.IsLetter) < 0
}

func tableRow(cells []pdfCell, line pdfStrip, leftward bool) pdfRow {
	row := pdfRow{y: line.y, size: line.size, bold: line.bold, cells: true}
	texts, placed := make([]string, len(cells)), false
	for i, c := range cells {
		texts[i] = strings.Join(strings.Fields(readRight(c.text)), " ")
		if c.text == "" {
			continue
		}
		if !placed {
			row.x0, placed = c.low, true
		}
		row.x1 = max(row.x1, c.high)
	}
	if leftward {
		slices.Reverse(texts)
	}
	row.text = strings.TrimSpace(strings.ReplaceAll(strings.Join(texts, " | "), "|  |", "| |"))
	row.text = strings.ReplaceAll(row.text, "|  |", "| |")
	return row
}
