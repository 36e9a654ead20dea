package schema

import (
	"iter"
	"strings"
)

// A type is named by a reference: 0 is none; odd numbers are types of the model; even ones texts, for primitive types and
// those that the document does not have.

// refName returns the name of what a reference names.
func (m *Model) refName(ref int) string {
	if i := refType(ref); i >= 0 {
		return m.typeName(i)
	}
	if ref == 0 {
		return ""
	}
	return m.text(ref/2 - 1)
}

// refType returns the number of the type that a reference names; -1 where the model does not have it.
func refType(ref int) int {
	if ref%2 == 0 {
		return -1
	}
	return ref / 2
}

func (m *Model) types() int { return m.at[typeIndex].size / 4 }

// head is the beginning of a type's record.
type head struct{ name, space, flags, base int }

func (m *Model) typeAt(i int) (head, cursor) {
	c := m.open(typeData, m.index(typeIndex, i))
	h := head{name: c.number(), space: c.number(), flags: c.number(), base: c.number()}
	return h, c
}

func (h head) kind() Kind { return kinds[h.flags&flagKind] }

func (m *Model) qualified(space, name int) string {
	if space < len(m.spaces) && m.spaces[space].name != "" {
		return m.spaces[space].name + "." + m.text(name)
	}
	return m.text(name)
}

func (m *Model) typeName(i int) string {
	h, _ := m.typeAt(i)
	return m.qualified(h.space, h.name)
}

// chain yields a type and then those that it is based on, nearest first.
func (m *Model) chain(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for depth := 0; i >= 0 && i < m.types() && depth < maxDepth; depth++ {
			if !yield(i) {
				return
			}
			h, _ := m.typeAt(i)
			i = refType(h.base)
		}
	}
}

// Type returns the type of that name: in any case, with its namespace or an end of it (security.alert), with an alias, or
// without any. Where several namespaces have it, the one of microsoft.graph itself is meant.
func (m *Model) Type(name string) (Type, bool) {
	i := m.find(name)
	if i < 0 {
		return Type{}, false
	}
	return m.describe(i), true
}

// find returns the number of a type; -1 for none.
func (m *Model) find(name string) int {
	name = strings.TrimPrefix(name, "#")
	prefix := ""
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		if prefix, name = name[:dot], name[dot+1:]; prefix == "" {
			return -1
		}
	}
	if name == "" {
		return -1
	}
	from, to := 0, m.types()
	for from < to {
		middle := (from + to) / 2
		if h, _ := m.typeAt(middle); compareFold(m.text(h.name), name) < 0 {
			from = middle + 1
		} else {
			to = middle
		}
	}
	best, rank := -1, 0
	for i := from; i < min(m.types(), from+maxSpace); i++ { // a name has no more homes
		h, _ := m.typeAt(i)
		text := m.text(h.name)
		if compareFold(text, name) != 0 {
			break
		}
		r := m.spaceRank(h.space, prefix)
		if r > 0 && text == name {
			r++ // a type of that very case, where another one differs in it
		}
		if r > rank {
			best, rank = i, r
		}
	}
	return best
}

// spaceRank says how well a namespace fits what was written before a name: 0 is not at all.
func (m *Model) spaceRank(i int, prefix string) int {
	if i >= len(m.spaces) {
		return 0
	}
	s := m.spaces[i]
	switch {
	case prefix == "" && strings.EqualFold(s.name, graphSpace):
		return 6
	case prefix == "":
		return 2
	case strings.EqualFold(s.name, prefix):
		return 6
	}
	for _, alias := range s.aliases {
		if strings.EqualFold(alias, prefix) {
			return 4
		}
	}
	if cut := len(s.name) - len(prefix); cut > 0 && s.name[cut-1] == '.' && strings.EqualFold(s.name[cut:], prefix) {
		return 2
	}
	return 0
}

// graphSpace is the namespace that goes without saying.
const graphSpace = "microsoft.graph"

// describe returns all of a type.
func (m *Model) describe(i int) Type {
	h, c := m.typeAt(i)
	t := Type{Name: m.qualified(h.space, h.name), Kind: h.kind(), Base: m.refName(h.base),
		Abstract: h.flags&flagAbstract != 0, Open: h.flags&flagOpen != 0, Flags: h.flags&flagFlags != 0}
	c.pass(1) // keys
	for range c.count() {
		t.Derived = append(t.Derived, m.typeName(c.number()))
	}
	c.pass(1) // operations
	c.pass(1)
	c.pass(3) // navigation
	c.pass(3) // properties
	for range c.count() {
		t.Members = append(t.Members, m.text(c.number()))
	}
	t.Underlying = m.refName(c.number())
	m.inherit(i, &t, 0)
	return t
}

// inherit appends what a type has of its own to what its base has.
func (m *Model) inherit(i int, t *Type, depth int) {
	if i < 0 || depth == maxDepth {
		return
	}
	h, c := m.typeAt(i)
	m.inherit(refType(h.base), t, depth+1)
	t.Stream = t.Stream || h.flags&flagStream != 0
	for range c.count() {
		t.Key = append(t.Key, m.text(c.number()))
	}
	c.pass(1)
	c.pass(1)
	c.pass(1)
	t.Navigation = m.properties(&c, t.Navigation, true)
	t.Properties = m.properties(&c, t.Properties, false)
}

// Types yields all types by their qualified names, in the order of their names without namespaces.
func (m *Model) Types() iter.Seq2[string, Kind] {
	return func(yield func(string, Kind) bool) {
		for i := range m.types() {
			if h, _ := m.typeAt(i); !yield(m.qualified(h.space, h.name), h.kind()) {
				return
			}
		}
	}
}

// compareFold compares as strings.Compare does, but for the case of ASCII letters.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
