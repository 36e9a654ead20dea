package pdf

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// inOrder gives the lines in the order of reading: a page of columns column by column, with what spans them in its
// place between. Each list of lines is a column, or a part of one.
func inOrder(pieces []pdfPiece, depth int) [][]pdfRow {
	at, ok := gutter(pieces)
	if !ok || depth >= 4 {
		return [][]pdfRow{withEdges(pdfLines(pieces, pdfGapCell+float64(pdfOrder(depth > 0))*(pdfGapColumn-pdfGapCell)))}
	}
	slices.SortStableFunc(pieces, func(a, b pdfPiece) int { return cmp.Compare(b.y, a.y) })
	usual := pieces[0].size
	if sizes := pdfSizes(pieces); len(sizes) > 0 {
		usual = sizes[len(sizes)/2]
	}
	var out [][]pdfRow
	from := 0
	for i := 0; i < len(pieces); i++ {
		if !spans(pieces, i, at, usual) {
			continue
		}
		out = append(out, band(pieces[from:i], at, depth)...)
		for from = i; i+1 < len(pieces) && spans(pieces, i+1, at, usual); i++ {
		}
		out = append(out, withEdges(pdfLines(pieces[from:i+1], pdfGapCell)))
		from = i + 1
	}
	return append(out, band(pieces[from:], at, depth)...)
}

func pdfSizes(pieces []pdfPiece) []float64 {
	sizes := make([]float64, len(pieces))
	for i, p := range pieces {
		sizes[i] = p.size
	}
	slices.Sort(sizes)
	return sizes
}

// spans reports whether the i-th piece belongs to both columns: it lies across the gutter, or is a heading with
// nothing beside it. The pieces are sorted from top to bottom.
func spans(pieces []pdfPiece, i int, at, usual float64) bool {
	p := pieces[i]
	if p.x0 < at && p.x1 > at {
		return true
	}
	if p.size < 1.2*usual {
		return false
	}
	beside := func(q pdfPiece) bool { return (q.x1 <= at) != (p.x1 <= at) }
	for _, step := range []int{-1, 1} {
		for j := i + step; j >= 0 && j < len(pieces) && math.Abs(pieces[j].y-p.y) < 1.5*p.size; j += step {
			if beside(pieces[j]) {
				return false
			}
		}
	}
	return true
}

// band orders what stands between two things that span the page: column by column where it is running text.
func band(pieces []pdfPiece, at float64, depth int) [][]pdfRow {
	var left, right []pdfPiece
	for _, p := range pieces {
		if p.x1 <= at {
			left = append(left, p)
		} else {
			right = append(right, p)
		}
	}
	if len(pieces) == 0 {
		return nil
	}
	if len(left) == 0 || len(right) == 0 || !areColumns(pieces, at, 2) {
		return [][]pdfRow{withEdges(pdfLines(pieces, pdfGapCell))}
	}
	return append(inOrder(left, depth+1), inOrder(right, depth+1)...)
}

// gutter finds the blank strip between two columns of running text. Tables have such strips, too, but are read line by
// line: columns are told from them by lines that fill their column.
func gutter(pieces []pdfPiece) (float64, bool) {
	if len(pieces) < 8 {
		return 0, false
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range pieces {
		low, high = min(low, p.x0), max(high, p.x1)
	}
	const bins = 240
	step := (high - low) / bins
	if step <= 0 {
		return 0, false
	}
	var change [bins + 2]int
	for _, p := range pieces {
		change[min(bins, max(0, int((p.x0-low)/step)))]++
		change[min(bins, max(0, int((p.x1-low)/step)))+1]--
	}
	least, covered := len(pieces), 0
	var cover [bins + 1]int
	for i := range cover {
		covered += change[i]
		if cover[i] = covered; i > bins/5 && i < bins*4/5 {
			least = min(least, covered)
		}
	}
	if least > len(pieces)*3/10 {
		return 0, false
	}
	best, width, from := 0, 0, -1
	for i := bins / 5; i <= bins*4/5; i++ {
		if cover[i] <= least {
			if from < 0 {
				from = i
			}
			if i-from+1 > width {
				best, width = (from+i)/2, i-from+1
			}
		} else {
			from = -1
		}
	}
	at := low + (float64(best)+0.5)*step
	return at, width > 0 && areColumns(pieces, at, 4)
}

// areColumns reports whether running text stands on both sides.
func areColumns(pieces []pdfPiece, at float64, least int) bool {
	var left, right []pdfPiece
	for _, p := range pieces {
		switch {
		case p.x1 <= at:
			left = append(left, p)
		case p.x0 >= at:
			right = append(right, p)
		}
	}
	a, b := pdfLines(left, pdfGapColumn), pdfLines(right, pdfGapColumn)
	if len(a) < least || len(b) < least || !runningText(a) || !runningText(b) {
		return false
	}
	overlap := min(a[0].y, b[0].y) - max(a[len(a)-1].y, b[len(b)-1].y)
	return overlap > 0.5*min(a[0].y-a[len(a)-1].y, b[0].y-b[len(b)-1].y)
}

func runningText(rows []pdfRow) bool {
	rows = withEdges(rows)
	full, cells, letters := 0, 0, 0
	for _, r := range rows {
		if r.x1-r.x0 > 0.6*(r.right-r.left) {
			full++
		}
		if r.cells {
			cells++
		}
		for _, c := range r.text {
			if letters++; c >= 0x2e80 { // a letter of East Asia is worth two
				letters++
			}
		}
	}
	return full*2 >= len(rows) && cells*4 <= len(rows) && letters >= 15*len(rows)
}

// withEdges tells each row where the lines of its column begin and end.
func withEdges(rows []pdfRow) []pdfRow {
	left, right := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		left, right = min(left, r.x0), max(right, r.x1)
	}
	for i := range rows {
		rows[i].left, rows[i].right = left, right
	}
	return rows
}

// pdfBullet reports whether a text is nothing but the mark of a list's item.
func pdfBullet(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size > 0 && size == len(text) && pdfBulletRune(r)
}

func pdfBulletRune(r rune) bool {
	switch r {
	case '•', '▪', '■', '◦', '○', '●', '‣', '⁃', '–', '-', '*', '·', '✓':
		return true
	}
	return false
}
