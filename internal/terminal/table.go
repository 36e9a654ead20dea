package terminal

import (
	"bufio"
	"io"
	"strings"
)

// Table is rows under the names of their columns, where these have names.
type Table struct {
	Columns []Column
	Rows    [][]string // a cell for each column; those that are missing are empty
	// Whole: nothing is cut. Where the screen is too narrow, texts are wrapped, and where that is not enough, each row is
	// shown as lines of its own.
	Whole bool
}

// Column is one column of a table.
type Column struct {
	Name  string
	Right bool             // numbers stand to the right
	Spare bool             // rather left out than cut
	Wrap  bool             // of a table that is whole: rather wrapped than shown as lines of its own
	Ink   func(string) Ink // of a cell; nil: Plain
}

const (
	gap      = 2  // between columns
	narrow   = 20 // a column is not made narrower than that
	ellipsis = "…"
)

// Write writes the table, and returns the names of the columns that did not fit.
func (t *Table) Write(w io.Writer, s Screen) (left []string, err error) {
	cells := t.cells()
	widths := t.widths(cells)
	out := bufio.NewWriter(w)
	switch room := s.Width; {
	case room == 0 || total(widths) <= room:
	case t.Whole && !t.wrap(widths, room):
		t.writeRecords(out, s, cells)
		return nil, out.Flush()
	case !t.Whole:
		left = t.fit(widths, room)
	}
	if heads := names(t.Columns); strings.Join(heads, "") != "" {
		inks := make([]Ink, len(heads))
		for c := range inks {
			inks[c] = Strong
		}
		t.writeLine(out, s, heads, inks, widths)
	}
	for _, row := range cells {
		t.writeRow(out, s, row, widths)
	}
	return left, out.Flush()
}

func names(columns []Column) []string {
	var all []string
	for _, c := range columns {
		all = append(all, Printable(c.Name))
	}
	return all
}

func (t *Table) ink(column int, cell string) Ink {
	if ink := t.Columns[column].Ink; ink != nil {
		return ink(cell)
	}
	return Plain
}

// cells returns what the rows show: each cell on one line, and safe.
func (t *Table) cells() [][]string {
	all := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		all[i] = make([]string, len(t.Columns))
		for c := range all[i] {
			if c < len(row) {
				all[i][c] = oneLine(row[c])
			}
		}
	}
	return all
}

// oneLine makes one line of several. A character that would need an escape on any line has one here.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\n\t") {
		s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
	}
	return Printable(s)
}

// widths returns how wide each column would like to be.
func (t *Table) widths(cells [][]string) []int {
	widths := make([]int, len(t.Columns))
	for c, name := range names(t.Columns) {
		widths[c] = Width(name)
		for _, row := range cells {
			widths[c] = max(widths[c], Width(row[c]))
		}
	}
	return widths
}

func total(widths []int) int {
	sum := -gap
	for _, width := range widths {
		if width >= 0 {
			sum += width + gap
		}
	}
	return sum
}

// without marks a column that is left out.
const without = -1

// fit brings the widths down to a screen's, and returns what is left out. Columns that can be spared go first, then the
// last ones; the others are cut, the widest most.
func (t *Table) fit(widths []int, room int) (left []string) {
	remaining := len(widths)
	for _, spare := range []bool{true, false} {
		for c := len(widths) - 1; c >= 0 && remaining > 1 && t.least(widths) > room; c-- {
			if t.Columns[c].Spare == spare && widths[c] != without {
				widths[c] = without
				remaining--
			}
		}
	}
	for total(widths) > room {
		widest := t.widest(widths)
		if widths[widest] <= 1 {
			break
		}
		widths[widest]--
	}
	for c, name := range names(t.Columns) {
		if widths[c] == without {
			left = append(left, name)
		}
	}
	return left
}

// least returns what the columns take at least.
func (t *Table) least(widths []int) int {
	least := make([]int, len(widths))
	for c, width := range widths {
		least[c] = width
		if !t.Columns[c].Spare {
			least[c] = min(width, narrow)
		}
	}
	return total(least)
}

// widest returns the column to be cut next.
func (t *Table) widest(widths []int) int {
	widest := 0
	for c, width := range widths {
		if t.Columns[c].Spare {
			width = min(width, 1) // only where nothing else is left to cut
		}
		if before := widths[widest]; c > 0 && (width > before || t.Columns[widest].Spare && width > 1) {
			widest = c
		}
	}
	return widest
}

// wrap brings the columns that may be wrapped down to what the screen has for them. It reports false where that is too little.
func (t *Table) wrap(widths []int, room int) bool {
	for total(widths) > room {
		widest := -1
		for c, width := range widths {
			if t.Columns[c].Wrap && width > narrow && (widest < 0 || width > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			return false
		}
		widths[widest]--
	}
	return true
}

// writeRow writes a row, on as many lines as its cells take.
func (t *Table) writeRow(w *bufio.Writer, s Screen, row []string, widths []int) {
	inks, lines, most := make([]Ink, len(row)), make([][]string, len(row)), 1
	for c, cell := range row {
		inks[c], lines[c] = t.ink(c, cell), []string{cell}
		if t.Whole && t.Columns[c].Wrap {
			lines[c] = Wrap(cell, widths[c])
		}
		most = max(most, len(lines[c]))
	}
	for i := range most {
		line := make([]string, len(row))
		for c := range row {
			if i < len(lines[c]) {
				line[c] = lines[c][i]
			}
		}
		t.writeLine(w, s, line, inks, widths)
	}
}

func (t *Table) writeLine(w *bufio.Writer, s Screen, line []string, inks []Ink, widths []int) {
	blank := 0 // not written before something follows it
	for c, cell := range line {
		if widths[c] == without {
			continue
		}
		if !t.Whole {
			cell = cut(cell, widths[c])
		}
		space := max(widths[c]-Width(cell), 0)
		if t.Columns[c].Right {
			blank, space = blank+space, 0
		}
		if cell != "" {
			w.WriteString(strings.Repeat(" ", blank) + s.Paint(inks[c], cell))
			blank = 0
		}
		blank += space + gap
	}
	w.WriteByte('\n')
}

// writeRecords writes a line for each cell, under one another.
func (t *Table) writeRecords(w *bufio.Writer, s Screen, cells [][]string) {
	titles, widest := names(t.Columns), 0
	for _, title := range titles {
		widest = max(widest, Width(title))
	}
	for i, row := range cells {
		if i > 0 {
			w.WriteByte('\n')
		}
		mark := "" // of a column without a name, for the next
		for c, cell := range row {
			if strings.TrimSpace(cell) == "" {
				continue
			}
			if strings.TrimSpace(titles[c]) == "" {
				mark = cell + " "
				continue
			}
			cell, mark = mark+cell, ""
			w.WriteString(s.Paint(Dim, titles[c]) + strings.Repeat(" ", widest-Width(titles[c])+gap))
			lines := Wrap(cell, s.Width-widest-gap)
			for i, line := range lines {
				lines[i] = s.Paint(t.ink(c, row[c]), line)
			}
			w.WriteString(strings.Join(lines, "\n"+strings.Repeat(" ", widest+gap)) + "\n")
		}
	}
}
