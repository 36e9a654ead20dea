package compact

import "bytes"

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
