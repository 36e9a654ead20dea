package schema

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// encode writes the model in the form that blob.go describes.
func (b *builder) encode() string {
	b.rank()
	var parts [sections][]byte
	for i := range b.types {
		parts[typeIndex] = binary.LittleEndian.AppendUint32(parts[typeIndex], uint32(len(parts[typeData])))
		parts[typeData] = b.appendType(parts[typeData], i)
	}
	for _, o := range b.operations {
		parts[operIndex] = binary.LittleEndian.AppendUint32(parts[operIndex], uint32(len(parts[operData])))
		parts[operData] = b.appendOperation(parts[operData], o)
	}
	parts[rootData] = b.appendRoots(nil)
	parts[spaceData] = number(nil, len(b.spaces))
	for _, s := range b.spaces {
		parts[spaceData] = number(b.appendText(parts[spaceData], s.name), len(s.aliases))
		for _, alias := range s.aliases {
			parts[spaceData] = b.appendText(parts[spaceData], alias)
		}
	}
	for _, text := range b.order {
		parts[textIndex] = binary.LittleEndian.AppendUint32(parts[textIndex], uint32(len(parts[texts])))
		parts[texts] = append(parts[texts], text...)
	}
	parts[textIndex] = binary.LittleEndian.AppendUint32(parts[textIndex], uint32(len(parts[texts])))
	return b.join(parts)
}

func (b *builder) join(parts [sections][]byte) string {
	size := dataAt
	for _, part := range parts {
		size += len(part)
	}
	blob := make([]byte, lostAt, size)
	copy(blob, magic)
	blob = binary.LittleEndian.AppendUint32(blob, uint32(b.lost))
	from := 0
	for _, part := range parts {
		blob = binary.LittleEndian.AppendUint32(blob, uint32(from))
		blob = binary.LittleEndian.AppendUint32(blob, uint32(len(part)))
		from += len(part)
	}
	for _, part := range parts {
		blob = append(blob, part...)
	}
	sum := sha256.Sum256(blob[lostAt:])
	copy(blob[sumAt:], sum[:])
	return string(blob)
}

// rank numbers the texts, the most used ones first: a number below 128 takes one byte.
func (b *builder) rank() {
	b.eachText(func(text string) { b.texts[text]++ }) // how often, at first
	b.order = slices.AppendSeq(make([]string, 0, len(b.texts)), maps.Keys(b.texts))
	slices.SortFunc(b.order, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.texts[y], b.texts[x]), strings.Compare(x, y))
	})
	for i, text := range b.order {
		b.texts[text] = i
	}
}

// eachText calls use with each text as often as it will be written.
func (b *builder) eachText(use func(string)) {
	kind := func(name string) {
		name, _ = element(name)
		if _, ok := b.number(name); !ok && name != "" {
			use(name)
			if !strings.HasPrefix(name, "Edm.") {
				b.lost++
			}
		}
	}
	properties := func(all []declaredProperty) {
		for _, p := range all {
			use(p.name)
			kind(p.kind)
		}
	}
	for _, t := range b.types {
		use(t.name)
		kind(t.base)
		kind(t.underlying)
		for _, text := range slices.Concat(t.key, t.members) {
			use(text)
		}
		properties(t.properties)
		properties(t.navigation)
	}
	for _, o := range b.operations {
		use(o.name)
		kind(o.returns)
		properties(o.parameters)
	}
	for _, r := range b.roots {
		use(r.name)
		if r.flags&flagImport == 0 {
			kind(r.kind)
		}
	}
	for _, s := range b.spaces {
		use(s.name)
		for _, alias := range s.aliases {
			use(alias)
		}
	}
}

func number(to []byte, n int) []byte { return binary.AppendUvarint(to, uint64(n)) }

func (b *builder) appendText(to []byte, text string) []byte { return number(to, b.texts[text]) }

func (b *builder) appendTexts(to []byte, all []string) []byte {
	to = number(to, len(all))
	for _, text := range all {
		to = b.appendText(to, text)
	}
	return to
}

func appendNumbers(to []byte, all []int) []byte {
	to = number(to, len(all))
	for _, n := range all {
		to = number(to, n)
	}
	return to
}

// reference returns how a type is named in the model.
func (b *builder) reference(name string) int {
	if name == "" {
		return 0
	}
	if i, ok := b.number(name); ok {
		return 2*i + 1
	}
	return 2 * (b.texts[name] + 1)
}

func (b *builder) appendProperties(to []byte, all []declaredProperty) []byte {
	to = number(to, len(all))
	for _, p := range all {
		kind, many := element(p.kind)
		if many {
			p.flags |= flagMany
		}
		to = number(b.appendText(to, p.name), b.reference(kind))
		to = number(to, p.flags)
	}
	return to
}

func (b *builder) appendType(to []byte, i int) []byte {
	t := b.types[i]
	to = number(b.appendText(to, t.name), t.space)
	to = number(number(to, t.flags), b.reference(t.base))
	to = b.appendTexts(to, t.key)
	to = appendNumbers(to, b.derived[i])
	to = appendNumbers(to, b.bound[0][i])
	to = appendNumbers(to, b.bound[1][i])
	to = b.appendProperties(to, t.navigation)
	to = b.appendProperties(to, t.properties)
	to = b.appendTexts(to, t.members)
	return number(to, b.reference(t.underlying))
}

func (b *builder) appendOperation(to []byte, o declaredOperation) []byte {
	binding := 0
	if o.bound {
		kind, _ := element(o.parameters[0].kind)
		binding, o.parameters = b.reference(kind), o.parameters[1:]
	}
	returns, many := element(o.returns)
	if many {
		o.flags |= flagReturnsMany
	}
	to = number(b.appendText(to, o.name), o.space)
	to = number(number(to, o.flags), binding)
	return b.appendProperties(number(to, b.reference(returns)), o.parameters)
}

func (b *builder) appendRoots(to []byte) []byte {
	to = number(to, len(b.roots))
	for _, r := range b.roots {
		var operations []int
		kind := r.kind
		if r.flags&flagImport != 0 {
			operations, kind = b.unbound(r.kind)
		}
		to = number(number(b.appendText(to, r.name), r.flags), b.reference(kind))
		to = appendNumbers(to, operations)
	}
	return to
}

// maxOverloads is how many operations of one name an import has. A document that has many imports of many would grow by
// their product otherwise.
const maxOverloads = 64

// unbound returns the operations of that name that are bound to nothing, and what the first of them returns.
func (b *builder) unbound(name string) (found []int, returns string) {
	q, ok := b.split(name)
	if !ok || len(b.free[q]) == 0 {
		return nil, ""
	}
	found = b.free[q]
	returns, _ = element(b.operations[found[0]].returns)
	return found[:min(len(found), maxOverloads)], returns
}
