package pdf

import (
	"math"
	"slices"
)

// column says in which column an atom begins.
func (t *pdfTable) column(a pdfAtom) int {
	for i, gap := range t.gaps {
		if a.low < gap.middle() {
			return i
		}
	}
	return len(t.gaps)
}

// validate keeps the gaps that part columns, and reports whether a table is left.
func (t *pdfTable) validate() bool {
	if len(t.gaps) == 0 || len(t.gaps) > pdfTableColumns || t.first == t.last {
		return false
	}
	t.takeHeads()
	var kept []pdfGap
	for i, gap := range t.gaps {
		if t.parts(i) || t.named() {
			kept = append(kept, gap)
		}
	}
	t.gaps = kept
	t.placeHeads()
	return len(kept) > 0 && t.even()
}

// named reports whether there are heads for nearly all columns.
func (t *pdfTable) named() bool {
	return slices.ContainsFunc(t.lines[:t.heads], func(s pdfStrip) bool { return len(s.atoms) >= len(t.gaps) })
}

// parts reports whether a gap parts two columns, and not by chance two words: it is wider than blanks are, or the text
// before or behind it stands exactly below each other.
func (t *pdfTable) parts(column int) bool {
	both, apart, left, right, wide := 0, 0, true, true, false
	var before, behind pdfAtom
	for _, line := range t.lines[t.heads:] {
		for i := 1; i < len(line.atoms); i++ {
			a, b := line.atoms[i-1], line.atoms[i]
			if t.column(a) != column || t.column(b) != column+1 {
				continue
			}
			apart, wide = apart+pdfOrder(b.apart), wide || b.low-a.high > line.size
			near := 0.06 * line.size
			if both++; both > 1 {
				left = left && math.Abs(a.high-before.high) < near
				right = right && math.Abs(b.low-behind.low) < near
			}
			before, behind = a, b
		}
	}
	aligned := both > 1 && (left || right)
	return apart*2 >= both && (both == 0 || wide || apart > 0 && aligned) || both > 2 && aligned
}

// even reports whether the lines are parted by their gaps alone, and at least two of them are. Words that stand far
// apart in a justified text have gaps below each other by chance, and others beside.
func (t *pdfTable) even() bool {
	rows, atoms, own, other, wide := 0, 0, 0, 0, false
	for n, line := range t.lines {
		atoms += len(line.atoms)
		columns, places := 0, t.columns(n)
		for i, a := range line.atoms {
			if i > 0 && places[i-1] == places[i] {
				other += pdfOrder(a.apart)
				continue
			}
			columns++
			if i > 0 {
				own += pdfOrder(a.apart)
				wide = wide || a.low-line.atoms[i-1].high > pdfGapCell*line.size
			}
		}
		rows += pdfOrder(columns > 1)
	}
	cells := len(t.lines) * (len(t.gaps) + 1)
	return rows > 1 && other*3 <= own && cells <= 1000+4*atoms && (rows > 2 || wide || t.edges())
}

// edges reports whether cells of two lines end or begin below each other.
func (t *pdfTable) edges() bool {
	var before *pdfStrip
	for i := range t.lines {
		line := &t.lines[i]
		if len(line.atoms) < 2 {
			continue
		}
		if before != nil && len(before.atoms) == len(line.atoms) {
			a, b, near := before.atoms, line.atoms, 0.15*line.size
			n := len(a) - 1
			return math.Abs(a[n].low-b[n].low) < near || math.Abs(a[n].high-b[n].high) < near
		}
		before = line
	}
	return false
}

// goOn adds the lines below that can only be the rest of the last row, or a row of which one cell is not empty: those
// within a column that is not the first, and what stands beside them.
func (t *pdfTable) goOn(strips []pdfStrip) {
	pitch, widest, extent := 1.06*t.pitch(), 0.0, t.lines[0].extent()
	for i, line := range t.lines[1:] {
		widest = max(widest, t.lines[i].y-line.y)
		extent = pdfSpan{min(extent.low, line.extent().low), max(extent.high, line.extent().high)}
	}
	for i := t.last + 1; i < len(strips); i++ {
		s := strips[i]
		gap := strips[i-1].y - s.y
		at := s.extent()
		if len(s.atoms) == 0 || at.low < extent.low-s.size || at.high > extent.high+s.size || len(s.atoms) > len(t.gaps)+1 || slices.ContainsFunc(s.atoms, t.across) {
			return
		}
		if gap > max(pitch, 0.95*s.size) && (t.column(s.atoms[len(s.atoms)-1]) == 0 || gap > 1.06*widest) {
			return
		}
		t.last, t.lines = i, append(slices.Clip(t.lines), s)
	}
}

// across reports whether a text reaches from one column into another.
func (t *pdfTable) across(a pdfAtom) bool {
	return slices.ContainsFunc(t.gaps, func(g pdfGap) bool { return a.low < g.middle() && a.high > g.middle() })
}

// trim drops lines from the bottom whose parts turned out to stand in one column, and lines from the top that have something in one column alone, as titles do, or are running text that
// happens to leave a gap free.
func (t *pdfTable) trim() {
	for n := len(t.lines); n > 2 && len(t.lines[n-1].atoms) > 1 && slices.Max(t.columns(n-1)) == 0; n-- {
		t.last, t.lines = t.last-1, t.lines[:n-1]
	}
	for len(t.lines) > 2 {
		line, places, n, strong := t.lines[0], t.columns(0), 0, false
		for i, a := range line.atoms {
			if i == 0 || places[i-1] != places[i] {
				n++
				strong = strong || a.apart
			}
		}
		gap := line.y - t.lines[1].y
		title := n == 1 && gap > 0.95*line.size && (places[0] == 0 || gap > 1.3*line.size)
		if !title && (strong || n == len(line.atoms)) {
			return
		}
		t.first, t.lines = t.first+1, t.lines[1:]
		if t.heads > 0 {
			t.heads, t.places = t.heads-1, t.places[1:]
		}
	}
}
