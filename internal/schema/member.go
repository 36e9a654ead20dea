package schema

import (
	"iter"
	"strings"
)

// member is a property as it is stored.
type member struct {
	found      bool
	name       int
	ref, flags int
	navigation bool
}

// members yields the properties of a type, navigation first, without those of its bases.
func (m *Model) members(i int) iter.Seq[member] {
	return func(yield func(member) bool) {
		_, c := m.typeAt(i)
		c.pass(1) // keys
		c.pass(1) // derived
		c.pass(1) // operations
		c.pass(1)
		for _, navigation := range []bool{true, false} {
			for range c.count() {
				p := member{found: true, name: c.number(), ref: c.number(), flags: c.number(), navigation: navigation}
				if !yield(p) {
					return
				}
			}
		}
	}
}

// member finds a property of a type or of its bases, in any case.
func (m *Model) member(i int, name string) member {
	for t := range m.chain(i) {
		for p := range m.members(t) {
			if strings.EqualFold(m.text(p.name), name) {
				return p
			}
		}
	}
	return member{}
}

func (m *Model) memberProperty(p member) Property {
	return Property{Name: m.text(p.name), Type: m.refName(p.ref), Collection: p.flags&flagMany != 0,
		Contained: p.flags&flagContained != 0, Required: p.flags&flagRequired != 0, Navigation: p.navigation}
}

// Property returns the property of a type, structural or navigation, own or inherited, by its name in any case.
func (m *Model) Property(of, name string) (Property, bool) {
	p := m.member(m.find(of), name)
	if !p.found {
		return Property{}, false
	}
	return m.memberProperty(p), true
}

// inherits tells whether a type or one of its bases has a flag.
func (m *Model) inherits(i, flag int) bool {
	for t := range m.chain(i) {
		if h, _ := m.typeAt(t); h.flags&flag != 0 {
			return true
		}
	}
	return false
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
