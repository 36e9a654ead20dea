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

// member reads the record of a property or a parameter.
func (c *cursor) member(navigation bool) member {
	return member{found: true, name: c.number(), ref: c.number(), flags: c.number(), navigation: navigation}
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
				if !yield(c.member(navigation)) {
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

// properties reads a list of properties or parameters.
func (m *Model) properties(c *cursor, to []Property, navigation bool) []Property {
	for range c.count() {
		to = append(to, m.property(c.member(navigation)))
	}
	return to
}

func (m *Model) property(p member) Property {
	return Property{Name: m.text(p.name), Type: m.refName(p.ref), Collection: p.flags&flagMany != 0,
		Contained: p.flags&flagContained != 0, Required: p.flags&flagRequired != 0, Navigation: p.navigation}
}

// Property returns the property of a type, structural or navigation, own or inherited, by its name in any case.
func (m *Model) Property(of, name string) (Property, bool) {
	p := m.member(m.find(of), name)
	if !p.found {
		return Property{}, false
	}
	return m.property(p), true
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
