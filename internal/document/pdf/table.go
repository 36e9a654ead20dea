package pdf

import (
	"math"
	"slices"
	"strings"
)

// Tables are found by their columns: strips that stay blank over a run of neighbouring lines. A line alone does not
// tell where its cells part, since the heads of narrow columns stand no farther apart than words do, and an empty cell
// leaves no trace in it. Runs are followed from below: the lowest rows have a value in most columns, and heads that
// span several come last.

// pdfTable is a run of lines with columns.
type pdfTable struct {
	first, last int // of the lines
	lines       []pdfStrip
	heads       int      // lines at the top whose texts need not stand over their columns
	places      [][]int  // in which column each text of the heads stands
	gaps        []pdfGap // between the columns
}

// pdfStrip is one line as the search for tables sees it.
type pdfStrip struct {
	atoms   []pdfAtom
	free    []pdfGap // what no atom covers, from the far left to the far right
	y, size float64
	bold    bool
}

// pdfAtom is text that lies within one cell: a piece, or what stands between two places where a cell may begin.
type pdfAtom struct {
	pdfSpan
	text  string
	apart bool // from the atom before it, by more than words are
}

type pdfSpan struct{ low, high float64 }

// pdfGap is blank, and apart where it is wider than between words in a line at least.
type pdfGap struct {
	pdfSpan
	apart bool
}

const (
	pdfTableAtoms   = 200 // in a line; what has more is no row
	pdfTableColumns = 60
	pdfTableGap     = 0.15   // of the size: a gap between columns is at least as wide
	pdfTablePitch   = 3.2    // of the size: rows of a table are at most as far apart
	pdfTableSteps   = 20_000 // of a page: lines that are looked at, which runs that are no tables may share
)

// pdfTables finds the tables among lines, which are sorted; the last comes first.
func pdfTables(groups [][]pdfPiece) (out []pdfTable) {
	strips := make([]pdfStrip, len(groups))
	for i, group := range groups {
		strips[i] = stripOf(group)
	}
	steps := pdfTableSteps
	below := len(strips) // where the table below begins
	for i := len(strips) - 1; i > 0 && steps > 0; i-- {
		if len(strips[i].atoms) < 2 {
			continue
		}
		t := runAbove(strips, i)
		steps -= t.last - t.first + 1
		if !t.validate() {
			continue
		}
		t.trim()
		t.goOn(strips[:below])
		out = append(out, t)
		below, i = t.first, t.first
	}
	return out
}

// stripOf prepares a line.
func stripOf(group []pdfPiece) pdfStrip {
	var s pdfStrip
	main := 0
	for i, p := range group {
		first := len(s.atoms)
		if len(s.atoms)+len(p.cuts) > pdfTableAtoms {
			return pdfStrip{y: group[0].y, size: group[0].size}
		}
		if p.letters > group[main].letters {
			main = i
		}
		from, low := 0, p.x0
		for _, cut := range p.cuts {
			s.add(p.text[from:cut.at], pdfSpan{low, cut.x0}, p.size)
			from, low = cut.at, cut.x1
		}
		s.add(p.text[from:], pdfSpan{low, p.x1}, p.size)
		for j := first + 1; j < len(s.atoms); j++ {
			s.atoms[j].apart = false // a blank may stand in the gap
		}
	}
	s.y, s.size, s.bold = group[main].y, group[main].size, group[main].bold
	s.free = freeOf(s.atoms)
	return s
}

// add adds an atom. The mark of a list's item is no cell of its own.
func (s *pdfStrip) add(text []byte, at pdfSpan, size float64) {
	a := pdfAtom{pdfSpan: at, text: string(text)}
	if n := len(s.atoms); n > 0 {
		a.apart = at.low-s.atoms[n-1].high > pdfGapMoved*size
		if first := &s.atoms[0]; n == 1 && startsItem(strings.TrimSpace(first.text)+" x") {
			first.text, first.high = strings.TrimSpace(first.text)+" "+a.text, a.high
			return
		}
	}
	s.atoms = append(s.atoms, a)
}

func freeOf(atoms []pdfAtom) []pdfGap {
	free, from := []pdfGap{}, math.Inf(-1)
	for i, a := range atoms {
		if a.low > from {
			free = append(free, pdfGap{pdfSpan{from, a.low}, a.apart && i > 0})
		}
		from = max(from, a.high)
	}
	return append(free, pdfGap{pdfSpan{from, math.Inf(1)}, false})
}

// meet gives what is free in both, as far as it is wide enough.
func meet(a, b []pdfGap, least float64) (out []pdfGap) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		both := pdfSpan{max(a[i].low, b[j].low), min(a[i].high, b[j].high)}
		if both.high-both.low >= least {
			out = append(out, pdfGap{both, a[i].apart || b[j].apart})
		}
		if a[i].high < b[j].high {
			i++
		} else {
			j++
		}
	}
	return out
}

// inner leaves out what is free to the left and right of all.
func inner(free []pdfGap) []pdfGap {
	if len(free) <= 2 {
		return nil
	}
	return free[1 : len(free)-1]
}

// runAbove follows a table upwards from its last row, as long as lines leave gaps free between the columns.
func runAbove(strips []pdfStrip, last int) pdfTable {
	free, first, widest, single := strips[last].free, last, 0.0, false
	extent := strips[last].extent()
	for i := last - 1; i >= 0; i-- {
		s, gap := strips[i], strips[i].y-strips[i+1].y
		had := inner(free)
		if gap > pdfTablePitch*max(s.size, strips[i+1].size) || !s.fits(had) {
			break
		}
		next, least := meet(free, s.free, pdfTableGap*s.size), 0.0
		if len(s.atoms) > apart(had)+1 {
			least = 0.3 * s.size
		}
		if across := crossed(had, inner(next), least); len(across) > 0 {
			if len(s.atoms) == 1 || 2*len(across) > max(apart(had), 1) {
				break // a title, running text, or another table
			}
			next = meet(free, freeOf(within(s.atoms, across)), pdfTableGap*s.size) // a head above several columns
		}
		if len(inner(next)) == 0 {
			break
		}
		if len(s.atoms) == 1 && (math.Abs(s.size-strips[last].size) > 0.08*s.size || i < last-1 && gap > 1.25*max(widest, 1.3*s.size) || s.atoms[0].low >= extent.high) {
			break // a title, or what stands beside the table
		}
		alone := s.atoms[len(s.atoms)-1].high <= firstGap(had, s.size).middle()
		if alone && single && gap > 0.9*widest {
			break // short lines of text
		}
		free, first, widest, single = next, i, max(widest, gap), alone && gap > 0.95*s.size
		extent = pdfSpan{min(extent.low, s.extent().low), max(extent.high, s.extent().high)}
	}
	return pdfTable{first: first, last: last, lines: strips[first : last+1], gaps: inner(free)}
}

func (s pdfStrip) extent() (out pdfSpan) {
	if len(s.free) > 1 {
		out = pdfSpan{s.free[0].high, s.free[len(s.free)-1].low}
	}
	return out
}

func (a pdfSpan) middle() float64 { return (a.low + a.high) / 2 }

// fits reports whether a line may belong to a table with these gaps: it has few parts, or is apart at one of the gaps.
// Running text does not fit, though words may end where a gap is.
func (s pdfStrip) fits(gaps []pdfGap) bool {
	columns := apart(gaps) + 1
	if columns == 1 {
		columns = len(gaps) + 1
	}
	if len(s.atoms) <= 2*columns {
		return len(s.atoms) > 0 && columns > 1 && len(gaps) <= pdfTableColumns
	}
	for i := 1; i < len(s.atoms); i++ {
		between := pdfSpan{s.atoms[i-1].high, s.atoms[i].low}
		if s.atoms[i].apart && slices.ContainsFunc(gaps, func(g pdfGap) bool {
			return g.apart && between.low < g.high && between.high > g.low
		}) {
			return len(gaps) <= pdfTableColumns
		}
	}
	return false
}

// apart counts the gaps that are.
func apart(gaps []pdfGap) (n int) {
	for _, g := range gaps {
		n += pdfOrder(g.apart)
	}
	return n
}

// firstGap is the first that is wide enough to end the first column.
func firstGap(gaps []pdfGap, size float64) pdfGap {
	if at := slices.IndexFunc(gaps, func(g pdfGap) bool { return g.apart || g.high-g.low > pdfGapMoved*size }); at >= 0 {
		return gaps[at]
	}
	return gaps[0]
}

// crossed gives the gaps that are apart, or all where none is, of which no more is left than there is between words.
func crossed(had, left []pdfGap, least float64) (across []pdfGap) {
	at, all := 0, apart(had) == 0
	for _, gap := range had {
		for at < len(left) && left[at].high <= gap.low {
			at++
		}
		kept := false
		for i := at; i < len(left) && left[i].low < gap.high; i++ {
			kept = kept || left[i].high-left[i].low >= min(least, 0.5*(gap.high-gap.low))
		}
		if (gap.apart || all) && !kept {
			across = append(across, gap)
		}
	}
	return across
}

// within leaves out the atoms that lie across a gap.
func within(atoms []pdfAtom, gaps []pdfGap) (out []pdfAtom) {
	for _, a := range atoms {
		if !slices.ContainsFunc(gaps, func(g pdfGap) bool { return a.low < g.high && a.high > g.low }) {
			out = append(out, a)
		}
	}
	return out
}
