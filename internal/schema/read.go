package schema

import (
	"encoding/binary"
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

// properties reads a list of properties or parameters.
func (m *Model) properties(c *cursor, to []Property, navigation bool) []Property {
	for range c.count() {
		to = append(to, m.property(c, navigation))
	}
	return to
}

func (m *Model) property(c *cursor, navigation bool) Property {
	name, ref, flags := c.number(), c.number(), c.number()
	return Property{Name: m.text(name), Type: m.refName(ref), Collection: flags&flagMany != 0,
		Contained: flags&flagContained != 0, Required: flags&flagRequired != 0, Navigation: navigation}
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
