package compact

import (
	"bytes"
	"slices"
)

// table holds the elements of a collection taken apart, so that they can be written in the form that costs least:
// what all of them have in common once, the others as objects, or as rows under one line of column names.
// A service's elements mostly have the same members in the same order, which is what makes this cheap.
type table struct {
	names  [][]byte         // of the columns, as they are written in JSON
	column map[string]int32 // by name; nil while there are few
	text   []byte           // which names are pieces of
	cells  []cell           // of all elements, one after the other
	ends   []int32          // for each element, where its cells end
	values []byte           // what the cells hold
	used   []int32          // for each column, how many elements have it
	taken  []int32          // for each column, 1 + the element that had it last

	// What the forms would take, without the names of a grid: kept up to date, as every element is measured.
	keyed, held     int  // bytes of names in a list, and of values
	live, nameBytes int  // columns that are used, and bytes of their names
	loose           bool // an element is no plain object: rows cannot show it
	grid            bool // was one when it was measured, before columns were taken out
}

// cell is a member of an element: values[start:end] under the name of a column, or a whole element.
type cell struct{ column, start, end int32 }

const whole = -1 // the column of a cell that is an element by itself

// Bounds of the other forms: below three elements they save nothing, and readers lose their place in a wide grid.
const (
	minRows    = 3
	maxColumns = 24
)

// at returns the column of a name. likely is where to look first.
func (t *table) at(name []byte, likely int32) int32 {
	if int(likely) < len(t.names) && bytes.Equal(t.names[likely], name) {
		return likely
	}
	if i := t.find(name); i >= 0 {
		return i
	}
	if bytes.IndexByte(name, '\\') >= 0 {
		t.loose = true // two spellings may be one name
	}
	i := int32(len(t.names))
	if t.names == nil {
		t.names, t.taken, t.used = make([][]byte, 0, fewColumns), make([]int32, 0, fewColumns), make([]int32, 0, fewColumns)
		t.cells = slices.Grow(t.cells, fewColumns) // which may hold elements that are no objects
		t.text = make([]byte, 0, fewColumns*fewColumns)
	}
	start := len(t.text)
	t.text = append(t.text, name...) // the page it stands in is not kept
	t.names = append(t.names, t.text[start:len(t.text):len(t.text)])
	t.taken, t.used = append(t.taken, 0), append(t.used, 0)
	switch {
	case t.column != nil:
		t.column[string(name)] = i
	case len(t.names) > fewColumns:
		t.column = make(map[string]int32, 2*fewColumns)
		for i, name := range t.names {
			t.column[string(name)] = int32(i)
		}
	}
	return i
}

// fewColumns are looked through one by one; a map would cost more than it saves.
const fewColumns = 16

// find returns the column of a name; -1 where there is none.
func (t *table) find(name []byte) int32 {
	if t.column == nil {
		return int32(slices.IndexFunc(t.names, func(have []byte) bool { return bytes.Equal(have, name) }))
	}
	if i, ok := t.column[string(name)]; ok {
		return i
	}
	return -1
}

// put adds a cell to the element that is being written.
func (t *table) put(column int32, start, end int) {
	t.cells = append(t.cells, cell{column, int32(start), int32(end)})
	t.held += end - start
	if column == whole {
		t.loose = true
		return
	}
	t.use(column, 1)
	row := int32(len(t.ends)) + 1
	if t.taken[column] == row {
		t.loose = true // the same name twice
	}
	t.taken[column] = row
}

// use counts one cell of a column more, or one less.
func (t *table) use(column, n int32) {
	name := len(t.names[column])
	t.keyed += int(n) * (name + 2)
	before := t.used[column]
	t.used[column] += n
	switch {
	case before == 0:
		t.live, t.nameBytes = t.live+1, t.nameBytes+name
	case t.used[column] == 0:
		t.live, t.nameBytes = t.live-1, t.nameBytes-name
	}
}

// remove takes a cell of the element that is being written out again.
func (t *table) remove(c cell) {
	open := t.open()
	i := len(t.cells) - len(open) + slices.Index(open, c)
	t.held -= int(c.end - c.start)
	t.use(c.column, -1)
	t.cells = slices.Delete(t.cells, i, i+1)
}

// end ends an element.
func (t *table) end() { t.ends = append(t.ends, int32(len(t.cells))) }

// open returns the cells of the element that is being written.
func (t *table) open() []cell {
	if n := len(t.ends); n > 0 {
		return t.cells[t.ends[n-1]:]
	}
	return t.cells
}

// state is what undoes an element.
type state struct {
	names, cells, rows, values int
	loose                      bool
}

func (t *table) state() state {
	return state{len(t.names), len(t.cells), len(t.ends), len(t.values), t.loose}
}

func (t *table) undo(s state) {
	for _, c := range t.cells[s.cells:] {
		t.held -= int(c.end - c.start)
		if c.column != whole {
			t.use(c.column, -1)
		}
	}
	for _, name := range t.names[s.names:] {
		delete(t.column, string(name))
	}
	t.names, t.used, t.taken = t.names[:s.names], t.used[:s.names], t.taken[:s.names]
	clear(t.taken)
	t.cells, t.ends, t.values, t.loose = t.cells[:s.cells], t.ends[:s.rows], t.values[:s.values], s.loose
}

// size returns what the elements take in the better form, at most.
func (t *table) size() int {
	list, grid := t.sizes()
	if t.gridded(list, grid, t.live) {
		return grid
	}
	return list
}

func (t *table) sizes() (list, grid int) {
	rows, columns := len(t.ends), t.live
	list = len(`{"value":[]`) + t.held + t.keyed + 3*rows
	grid = len(`{"columns":[],"rows":[]`) + t.held + t.nameBytes + columns*(rows+1) + 4*(columns*rows-len(t.cells)) + 3*rows
	return list, grid
}

// gridded tells whether a grid pays: objects are read with more certainty, so it has to save a fifth.
func (t *table) gridded(list, grid, columns int) bool {
	return !t.loose && len(t.ends) >= minRows && columns > 0 && columns <= maxColumns && grid*5 <= list*4
}

// row returns the cells of an element.
func (t *table) row(i int) []cell {
	start := int32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.cells[start:t.ends[i]]
}

// named returns the column of a name; -1 where there is none.
func (t *table) named(name string) int32 { return t.find([]byte(name)) }

// every tells whether there are elements, all of them have all of columns, and fits holds for each: its argument
// gives the value of a column.
func (t *table) every(fits func(value func(column int32) []byte) bool, columns ...int32) bool {
	if t.loose || len(t.ends) == 0 {
		return false
	}
	for _, column := range columns {
		if column < 0 || int(t.used[column]) != len(t.ends) {
			return false
		}
	}
	for i := range t.ends {
		row := t.row(i)
		if !fits(func(column int32) []byte {
			c := row[slices.IndexFunc(row, func(c cell) bool { return c.column == column })]
			return t.values[c.start:c.end]
		}) {
			return false
		}
	}
	return true
}

// removeColumns takes columns out of all elements. What was measured before has to hold, so a grid stays one.
func (t *table) removeColumns(columns ...int32) {
	list, grid := t.sizes()
	t.grid = t.grid || t.gridded(list, grid, t.live)
	kept, start := t.cells[:0], int32(0)
	for i, end := range t.ends {
		for _, c := range t.cells[start:end] {
			if slices.Contains(columns, c.column) {
				t.held -= int(c.end - c.start)
				t.use(c.column, -1)
				continue
			}
			kept = append(kept, c)
		}
		start, t.ends[i] = end, int32(len(kept))
	}
	t.cells = kept
}
