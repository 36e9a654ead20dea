package pdf

import (
	"math"
	"slices"
	"strings"
)

// The head of a column need not stand over its cells: it may begin at the left where numbers end at the right, and one
// head may span several columns. Such heads would be taken for columns of their own, so that columns are found
// below them, and the heads are given to the columns in their order.

const pdfTableHeads = 4 // lines at most

// takeHeads finds the lines at the top below which no line fills a column that nothing else fills, while the next
// column is empty beside it.
func (t *pdfTable) takeHeads() {
	for heads := range min(pdfTableHeads, len(t.lines)) {
		body := runAbove(t.lines[heads:], len(t.lines)-heads-1)
		if body.first > 0 || len(body.gaps) == 0 || len(body.gaps) > pdfTableColumns {
			return
		}
		if !body.headed() {
			t.heads, t.gaps = heads, body.gaps
			return
		}
	}
}

// headed reports whether one of the first lines has a head that does not stand over its column.
func (t *pdfTable) headed() bool {
	filled := make([]uint64, len(t.lines)) // the columns of each line, as bits
	for i, line := range t.lines {
		for _, a := range line.atoms {
			filled[i] |= 1 << t.column(a)
		}
	}
	for i, line := range t.lines[:min(pdfTableHeads-1, len(t.lines)-1)] {
		if slices.ContainsFunc(line.atoms, func(a pdfAtom) bool { return isFigure(a.text) && !isYear(a.text) }) {
			return false
		}
		for _, a := range line.atoms {
			c := t.column(a)
			if lastFilled(filled, c) > i {
				continue
			}
			if c > 0 && !t.beside(filled, c-1) || c < len(t.gaps) && !t.beside(filled, c) {
				return true
			}
		}
	}
	return false
}

func isYear(text string) bool {
	text = strings.TrimSpace(text)
	return len(text) == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20"))
}

// beside reports whether two columns are filled in one row, or in lines that overlap.
func (t *pdfTable) beside(filled []uint64, column int) bool {
	row := uint64(0)
	for i, columns := range filled {
		if i == 0 || t.lines[i-1].y-t.lines[i].y > 0.95*t.lines[i].size {
			row = 0
		}
		if row |= columns; row>>column&3 == 3 {
			return true
		}
	}
	return false
}

func lastFilled(filled []uint64, column int) int {
	last := -1
	for i, columns := range filled {
		if columns>>column&1 == 1 {
			last = i
		}
	}
	return last
}

// placeHeads gives each text of the heads a column.
func (t *pdfTable) placeHeads() {
	if t.heads == 0 {
		return
	}
	extents, figures := make([]pdfSpan, len(t.gaps)+1), make([]bool, len(t.gaps)+1)
	for i := range extents {
		extents[i], figures[i] = pdfSpan{math.Inf(1), math.Inf(-1)}, true
	}
	for _, line := range t.lines[t.heads:] {
		for _, a := range line.atoms {
			c := t.column(a)
			extents[c] = pdfSpan{min(extents[c].low, a.low), max(extents[c].high, a.high)}
			figures[c] = figures[c] && isFigure(a.text)
		}
	}
	t.places = nil
	for _, line := range t.lines[:t.heads] {
		t.places = append(t.places, placed(line.atoms, func(a pdfAtom, column int) float64 {
			e := extents[column]
			if cost := max(e.low-a.high, 0); figures[column] {
				return 0.3*cost + max(a.low-e.high, 0) // numbers stand at the right of their columns
			}
			return max(e.low-a.high, a.low-e.high, 0)
		}, len(t.gaps)+1))
	}
}

// placed gives texts to columns, in their order, so that the sum of the costs is the least. What is too much shares
// the last column.
func placed(atoms []pdfAtom, cost func(pdfAtom, int) float64, columns int) []int {
	n := min(len(atoms), columns)
	best := make([][]float64, n+1) // of the first texts in the first columns
	for i := range best {
		best[i] = make([]float64, columns+1)
		for c := range best[i] {
			switch {
			case i == 0:
			case c < i:
				best[i][c] = math.Inf(1)
			default:
				best[i][c] = min(best[i][c-1], best[i-1][c-1]+cost(atoms[i-1], c-1))
			}
		}
	}
	out := make([]int, len(atoms))
	for i := range out {
		out[i] = columns - 1
	}
	for i, c := n, columns; i > 0; c-- {
		if c == i || best[i][c] < best[i][c-1] {
			out[i-1] = c - 1
			i--
		}
	}
	return out
}

// columns says in which column each text of a line stands.
func (t *pdfTable) columns(line int) []int {
	if line < len(t.places) {
		return t.places[line]
	}
	out := make([]int, len(t.lines[line].atoms))
	for i, a := range t.lines[line].atoms {
		out[i] = t.column(a)
	}
	return out
}
