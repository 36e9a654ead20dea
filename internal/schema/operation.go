package schema

import (
	"encoding/binary"
	"iter"
	"strings"
)

// Operations returns the actions and functions that are bound to a type, or to many of it, those of its bases too. An
// operation may be there several times, with other parameters.
func (m *Model) Operations(name string, many bool) []Operation {
	var all []Operation
	numbers, _ := m.callable(m.bound(m.find(name), many))
	for _, number := range numbers {
		all = append(all, m.operation(number))
	}
	return all
}

// callable returns the numbers of those operations that are bound to a type, without those of its bases in whose place it has
// others: of the same name and with the same parameters. It also tells how many there were.
func (m *Model) callable(bound iter.Seq[int]) (all []int, looked int) {
	nearest := map[string]int{} // the type that each way to call something is bound to
	for number := range bound {
		looked++
		h, signature := m.signature(number)
		if binding, known := nearest[signature]; !known {
			nearest[signature] = h.binding
		} else if binding != h.binding {
			continue
		}
		all = append(all, number)
	}
	return all, looked
}

// signature returns what is the same of two operations that are called in the same way: their names and those of their
// parameters.
func (m *Model) signature(number int) (operHead, string) {
	h, c := m.operAt(number)
	key := appendNumbers(nil, []int{h.name, h.space})
	for range c.count() {
		key = binary.AppendUvarint(key, uint64(c.number()))
		c.skip(2)
	}
	return h, string(key)
}

// mostBound is how many operations of a type are read, and of each of its bases; Graph's own have 400 at most. Walking a
// path and listing what a type has would take a hostile document's time otherwise, again and again.
const mostBound = 4096

// bound yields the numbers of the operations that are bound to a type.
func (m *Model) bound(i int, many bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for t := range m.chain(i) {
			for _, number := range m.ownBound(t, many) {
				if !yield(number) {
					return
				}
			}
		}
	}
}

// ownBound is bound without what a type has of its bases.
func (m *Model) ownBound(i int, many bool) []int {
	_, c := m.typeAt(i)
	c.pass(1) // keys
	c.pass(1) // derived
	if many {
		c.pass(1)
	}
	all := []int{}
	for range min(c.count(), mostBound) {
		all = append(all, c.number())
	}
	return all
}

// operHead is the beginning of an operation's record.
type operHead struct{ name, space, flags, binding, returns int }

func (m *Model) operAt(i int) (operHead, cursor) {
	c := m.open(operData, m.index(operIndex, i))
	h := operHead{name: c.number(), space: c.number(), flags: c.number(), binding: c.number(), returns: c.number()}
	return h, c
}

func (m *Model) operation(i int) Operation {
	h, c := m.operAt(i)
	return Operation{Name: m.qualified(h.space, h.name), Action: h.flags&flagAction != 0, Binding: m.refName(h.binding),
		OnMany: h.flags&flagOnMany != 0, Composable: h.flags&flagComposable != 0, Returns: m.refName(h.returns),
		ReturnsMany: h.flags&flagReturnsMany != 0, Parameters: m.properties(&c, nil, false)}
}

// rootEntry is a root as it is stored.
type rootEntry struct {
	name, flags, ref int
	operations       []int
}

func (m *Model) roots() iter.Seq[rootEntry] {
	return func(yield func(rootEntry) bool) {
		c := m.open(rootData, 0)
		for range c.count() {
			r := rootEntry{name: c.number(), flags: c.number(), ref: c.number()}
			for range c.count() {
				r.operations = append(r.operations, c.number())
			}
			if !yield(r) {
				return
			}
		}
	}
}

// Roots returns where paths begin, in the order of the document.
func (m *Model) Roots() []Root {
	var all []Root
	for r := range m.roots() {
		all = append(all, Root{Name: m.text(r.name), Type: m.refName(r.ref), Set: r.flags&flagSet != 0, Operation: r.flags&flagImport != 0})
	}
	return all
}

// overload returns which of operations a segment calls: of those of its name that which takes its parameters best; -1 for
// none.
func (m *Model) overload(operations iter.Seq[int], s segment) int {
	prefix, name := "", s.name
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		prefix, name = name[:dot], name[dot+1:]
	}
	best, score := -1, 0
	for number := range operations {
		h, c := m.operAt(number)
		if !strings.EqualFold(m.text(h.name), name) || prefix != "" && m.spaceRank(h.space, prefix) < 4 {
			continue
		}
		if fit := m.fit(&c, s); best < 0 || fit > score {
			best, score = number, fit
		}
	}
	return best
}

// fit says how well an operation's parameters fit a segment's: 0 is best.
func (m *Model) fit(c *cursor, s segment) int {
	apart := len(s.arguments)
	for range c.count() {
		name := m.text(c.number())
		c.skip(2)
		given := false
		for _, a := range s.arguments {
			given = given || strings.EqualFold(a.name, name)
		}
		if given {
			apart--
		} else {
			apart++
		}
	}
	return -apart
}
