package schema

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// builder makes a model of what a document declares.
type builder struct {
	document
	prefixes map[string]int // namespaces and aliases: which of document.spaces
	numbers  map[qualifiedName]int
	derived  [][]int
	bound    [2][][]int              // operations of each type: on one, on many
	free     map[qualifiedName][]int // operations that are bound to nothing
	lost     int

	order []string       // texts, by their numbers
	texts map[string]int // their numbers
}

type qualifiedName struct {
	space int
	name  string
}

// link sorts the types and finds what their names refer to.
func (d document) link() (*builder, error) {
	b := &builder{document: d, prefixes: map[string]int{}, numbers: map[qualifiedName]int{}, free: map[qualifiedName][]int{}, texts: map[string]int{}}
	for i, s := range d.spaces {
		for _, alias := range s.aliases {
			if _, taken := b.prefixes[alias]; !taken {
				b.prefixes[alias] = i
			}
		}
	}
	for i, s := range d.spaces {
		b.prefixes[s.name] = i // a name wins over another one's alias
	}
	slices.SortStableFunc(b.types, func(x, y declaredType) int {
		return cmp.Or(compareFold(x.name, y.name), strings.Compare(x.name, y.name), cmp.Compare(x.space, y.space))
	})
	b.types = slices.CompactFunc(b.types, func(x, y declaredType) bool { return x.name == y.name && x.space == y.space })
	for i, t := range b.types {
		b.numbers[qualifiedName{t.space, t.name}] = i
	}
	b.derived = make([][]int, len(b.types))
	b.bound = [2][][]int{make([][]int, len(b.types)), make([][]int, len(b.types))}
	for i, t := range b.types {
		if base, ok := b.number(t.base); ok && base != i {
			b.derived[base] = append(b.derived[base], i)
		}
	}
	b.bind()
	if err := b.acyclic(); err != nil {
		return nil, err
	}
	return b, nil
}

// bind takes the binding parameter off each operation.
func (b *builder) bind() {
	for i := range b.operations {
		o := &b.operations[i]
		if !o.bound || len(o.parameters) == 0 {
			o.bound = false
			name := qualifiedName{o.space, o.name}
			b.free[name] = append(b.free[name], i)
			continue
		}
		kind, many := element(o.parameters[0].kind)
		which := 0
		if many {
			o.flags |= flagOnMany
			which = 1
		}
		if t, ok := b.number(kind); ok {
			b.bound[which][t] = append(b.bound[which][t], i)
		}
	}
}

// acyclic refuses types that are their own base, and chains of bases longer than are followed later.
func (b *builder) acyclic() error {
	for _, t := range b.types {
		depth := 0
		for base, ok := b.number(t.base); ok; base, ok = b.number(b.types[base].base) {
			if depth++; depth >= maxDepth {
				return errors.New("the type " + shorten(t.name) + " has itself or too many others as its bases")
			}
		}
	}
	return nil
}

// element takes Collection() off a type.
func element(kind string) (string, bool) {
	if inner, ok := strings.CutPrefix(kind, "Collection("); ok {
		return strings.TrimSuffix(inner, ")"), true
	}
	return kind, false
}

// split finds the namespace of a qualified name.
func (b *builder) split(name string) (qualifiedName, bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return qualifiedName{}, false
	}
	space, ok := b.prefixes[name[:dot]]
	return qualifiedName{space, name[dot+1:]}, ok
}

func (b *builder) number(name string) (int, bool) {
	q, ok := b.split(name)
	if !ok {
		return 0, false
	}
	i, ok := b.numbers[q]
	return i, ok
}
