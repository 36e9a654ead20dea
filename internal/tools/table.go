package tools

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
		t.cells, t.text = make([]cell, 0, fewColumns), make([]byte, 0, fewColumns*fewColumns)
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

// append writes the elements as the first members of an object that is left open.
func (t *table) append(out []byte) []byte {
	list, grid := t.sizes()
	asGrid := t.grid || t.gridded(list, grid, t.live)
	shared := t.shared()
	out = append(out, '{')
	if shared != nil {
		out = t.appendShared(out, shared)
		columns := t.live
		for i, c := range shared {
			if c.end > 0 {
				rows, value, name := len(t.ends), int(c.end-c.start), len(t.names[i])
				list -= rows * (value + name + 2)
				grid -= rows*(value+1) + name + 1
				columns--
			}
		}
		// What was measured when the elements came in has to hold, so a grid stays one.
		asGrid = asGrid || t.gridded(list, grid, columns)
	}
	if asGrid {
		return t.appendGrid(out, shared)
	}
	return t.appendList(out, shared)
}

// shared returns, by column, the cell that every element has the same; one that ends at 0 stands for none. It
// returns nil where there is nothing to share, or nothing else.
func (t *table) shared() []cell {
	if t.loose || len(t.ends) < minRows {
		return nil
	}
	first := make([]cell, len(t.names))
	differs := make([]bool, len(t.names))
	for _, c := range t.cells {
		switch f := &first[c.column]; {
		case int(t.used[c.column]) != len(t.ends) || differs[c.column]:
		case f.end == 0:
			*f = c
		default:
			differs[c.column] = !bytes.Equal(t.values[f.start:f.end], t.values[c.start:c.end])
		}
	}
	found := 0
	for i := range first {
		if differs[i] {
			first[i].end = 0
		}
		if first[i].end > 0 {
			found++
		}
	}
	if found == 0 || found == t.live {
		return nil
	}
	return first
}

func isShared(shared []cell, column int32) bool { return shared != nil && shared[column].end > 0 }

func (t *table) appendShared(out []byte, shared []cell) []byte {
	out = append(out, `"common":{`...)
	for i, c := range shared {
		if c.end > 0 {
			out = append(append(append(append(out, t.names[i]...), ':'), t.values[c.start:c.end]...), ',')
		}
	}
	out[len(out)-1] = '}'
	return append(out, ',')
}

func (t *table) appendList(out []byte, shared []cell) []byte {
	out = append(out, `"value":[`...)
	for i := range t.ends {
		if i > 0 {
			out = append(out, ',')
		}
		out = t.appendElement(out, t.row(i), shared)
	}
	return append(out, ']')
}

func (t *table) appendElement(out []byte, cells, shared []cell) []byte {
	if len(cells) == 1 && cells[0].column == whole {
		return append(out, t.values[cells[0].start:cells[0].end]...)
	}
	out = append(out, '{')
	start := len(out)
	for _, c := range cells {
		if isShared(shared, c.column) {
			continue
		}
		if len(out) > start {
			out = append(out, ',')
		}
		out = append(append(append(out, t.names[c.column]...), ':'), t.values[c.start:c.end]...)
	}
	return append(out, '}')
}

// appendGrid writes rows. A cell that an element does not have is null; none that it has can be, as nulls are
// dropped before.
func (t *table) appendGrid(out []byte, shared []cell) []byte {
	out = append(out, `"columns":[`...)
	for i, name := range t.names {
		if t.used[i] > 0 && !isShared(shared, int32(i)) {
			out = append(append(out, name...), ',')
		}
	}
	out[len(out)-1] = ']'
	out = append(out, `,"rows":[`...)
	at := make([]int32, len(t.names)) // 1 + the cell's place in its row
	for i := range t.ends {
		cells := t.row(i)
		clear(at)
		for j, c := range cells {
			at[c.column] = int32(j) + 1
		}
		out = append(out, '[')
		for column, place := range at {
			switch {
			case t.used[column] == 0 || isShared(shared, int32(column)):
				continue
			case place == 0:
				out = append(out, "null,"...)
			default:
				c := cells[place-1]
				out = append(append(out, t.values[c.start:c.end]...), ',')
			}
		}
		out[len(out)-1] = ']'
		out = append(out, ',')
	}
	out[len(out)-1] = ']'
	return out
}
