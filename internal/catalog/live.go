package catalog

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"weak"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// lives keeps the indexes of the models that were asked for last.
type lives struct {
	mu   sync.Mutex
	list []*live // guarded by mu; the last one was asked for last
}

// mostLives is enough for v1.0 and beta, while each is being replaced by a newer one.
const mostLives = 4

// live finds the paths of a model. It holds their templates, but does not keep the model itself from being forgotten.
type live struct {
	model     weak.Pointer[schema.Model]
	built     sync.Once
	templates string
	paths     []livePath
	types     []string
	terms     map[string]uint32
	postings  [][]uint32 // by term: path<<2 | where it stands
	rarity    []float32  // by term
}

// livePath is where a path's template stands, and what it leads to.
type livePath struct {
	start, end uint32
	kind       uint16  // of types
	flags      uint8   // see below
	worth      float32 // how much its own words say, all together
}

const (
	isAction = 1 << iota
	isFunction
	isMany
)

// Where a word of a path stands, and how much it counts there.
const (
	inParents = iota + 1
	inType
	inName
)

func places() [4]float32 { return [...]float32{inParents: 0.6, inType: 0.7, inName: 1} }

// live returns the index of a model. The first request that is looked for in it waits until it is built. To build it
// before, where a schema arrives, would spare next to nobody that: what is asked for first reads it off the disk itself.
func (c *Catalog) live(m *schema.Model) *live {
	key := weak.Make(m)
	c.lives.mu.Lock()
	c.lives.list = slices.DeleteFunc(c.lives.list, func(l *live) bool { return l.model.Value() == nil })
	at := slices.IndexFunc(c.lives.list, func(l *live) bool { return l.model == key })
	var found *live
	if at >= 0 {
		found = c.lives.list[at]
		c.lives.list = slices.Delete(c.lives.list, at, at+1)
	} else {
		found = &live{model: key}
	}
	c.lives.list = append(c.lives.list, found)
	if extra := len(c.lives.list) - mostLives; extra > 0 {
		c.lives.list = slices.Delete(c.lives.list, 0, extra)
	}
	c.lives.mu.Unlock()
	found.built.Do(func() { found.build(m, c.tree(), words()) })
	return found
}

// build reads the paths of a model that the catalog does not describe.
func (v *live) build(m *schema.Model, described *node, l *lexicon) {
	b := liveBuilder{live: v, lexicon: l, words: map[string][]uint32{}, kinds: map[string]uint16{"": 0}}
	v.terms, v.types = map[string]uint32{}, []string{""}
	for p := range m.Paths() {
		if len(v.paths) >= mostPaths || b.text.Len()+len(p.Template) > mostText {
			break
		}
		if described.find(p.Method, segments(p.Template)) < 0 {
			b.add(p)
		}
	}
	v.templates = b.text.String()
	v.rarity = make([]float32, len(v.postings))
	for term, list := range v.postings {
		v.postings[term] = slices.Clip(list)
		v.rarity[term] = rarity(len(list), len(v.paths))
	}
	for term, list := range v.postings {
		for _, p := range list {
			if p&3 != inParents {
				v.paths[p>>2].worth = max(v.paths[p>>2].worth, v.rarity[term])
			}
		}
	}
}

// What an index may take: Graph's own has a tenth of each, or less.
const (
	mostPaths    = 1 << 18
	mostText     = 8 << 20 // bytes of templates: where one begins and ends has to fit into what notes it
	mostNames    = 2 << 20 // bytes of different names that are taken apart
	mostPostings = 2 << 20
	mostTypes    = 1<<16 - 1
)

type liveBuilder struct {
	*live
	lexicon *lexicon
	text    strings.Builder
	words   map[string][]uint32 // by segment: the terms of its words
	kinds   map[string]uint16
	read    int // bytes of names
	posted  int
}

func (b *liveBuilder) add(p schema.Path) {
	number := uint32(len(b.paths))
	entry := livePath{start: uint32(b.text.Len()), kind: b.kind(p.Type)}
	b.text.WriteString(p.Template)
	entry.end = uint32(b.text.Len())
	switch {
	case p.Operation != nil && p.Operation.Action:
		entry.flags |= isAction
	case p.Operation != nil:
		entry.flags |= isFunction
	}
	if p.Collection {
		entry.flags |= isMany
	}
	b.paths = append(b.paths, entry)
	b.post(number, p.Name, inName)
	b.post(number, unqualified(p.Type), inType)
	for _, segment := range splitPath(strings.Trim(p.Template, "/")) {
		if name, _, _ := strings.Cut(segment, "("); !strings.HasPrefix(name, "{") && unqualified(name) != p.Name {
			b.post(number, unqualified(name), inParents)
		}
	}
}

func (b *liveBuilder) kind(name string) uint16 {
	name = unqualified(name)
	number, known := b.kinds[name]
	if !known && len(b.types) < mostTypes {
		name = strings.Clone(name)
		number = uint16(len(b.types))
		b.kinds[name] = number
		b.types = append(b.types, name)
	}
	return number // of none, where there are too many
}

func unqualified(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// post notes that a path has the words of a name. A term stands once in a path: where it counts most, as that comes first.
func (b *liveBuilder) post(number uint32, name string, where uint32) {
	if len(name) > 200 {
		return
	}
	terms, known := b.words[name]
	if !known && b.read+len(name) > mostNames {
		return
	}
	if !known {
		b.read += len(name)
		terms = b.termsOf(name)
		b.words[name] = terms
	}
	for _, term := range terms {
		list := b.postings[term]
		if n := len(list); n > 0 && list[n-1]>>2 == number || b.posted == mostPostings {
			continue
		}
		b.posted++
		b.postings[term] = append(list, number<<2|where)
	}
}

// termsOf returns the terms of the words of a name, and of the whole name.
func (b *liveBuilder) termsOf(name string) []uint32 {
	var terms []uint32
	add := func(term string) {
		number, known := b.terms[term]
		if !known {
			number = uint32(len(b.terms))
			b.terms[strings.Clone(term)] = number
			b.postings = append(b.postings, nil)
		}
		if !slices.Contains(terms, number) {
			terms = append(terms, number)
		}
	}
	add(fold(name))
	for _, t := range b.lexicon.tokens(wordsOf(name, 1, true), english.alone()) {
		for _, form := range t.forms {
			add(form)
		}
		for _, m := range t.meanings {
			if m.weight == 1 {
				add(m.term)
			}
		}
	}
	return terms
}

// liveScore is how well a path fits.
type liveScore struct {
	path  uint32
	cover float32 // the share of what the request says that the path has
	score float32
}

// best returns the paths that fit, the best first.
func (v *live) best(r *request, most int) []liveScore {
	sums, standing := make([]float32, len(v.paths)), make([]float32, len(v.paths))
	own := make([]float32, len(v.paths))
	now, stands := newMarks(len(v.paths)), newMarks(len(v.paths))
	total := float32(0)
	for i, t := range r.tokens {
		now.now++
		stands.now++
		total += r.worth[i]
		for _, m := range v.standFor(t) {
			term := v.terms[m.term]
			for _, p := range v.postings[term] {
				now.raise(sums, p>>2, m.weight*r.worth[i])
				stands.raise(standing, p>>2, m.weight*places()[p&3]*r.worth[i])
				if p&3 == inName {
					own[p>>2] += m.weight * v.rarity[term]
				}
			}
		}
	}
	if total == 0 {
		return nil
	}
	var list []liveScore
	for i, sum := range standing {
		if cover := sums[i] / total; cover > 0.3 {
			precise := min(own[i]/max(v.paths[i].worth, 1), 1)
			list = append(list, liveScore{path: uint32(i), cover: cover, score: sum / total * (0.8 + 0.2*precise) * v.nearness(uint32(i))})
		}
	}
	slices.SortFunc(list, func(a, b liveScore) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(v.length(a.path), v.length(b.path)), cmp.Compare(a.path, b.path))
	})
	return list[:min(most, len(list))]
}

// nearness is less the farther a path is from its root.
func (v *live) nearness(path uint32) float32 {
	p := v.paths[path]
	return 1 - 0.015*float32(min(strings.Count(v.templates[p.start:p.end], "/"), 12))
}

func (v *live) length(path uint32) uint32 { return v.paths[path].end - v.paths[path].start }

// standFor returns the terms of the model for a word.
func (v *live) standFor(t token) []meaning {
	terms := []meaning{{term: t.text, weight: 1}}
	for _, form := range t.forms {
		terms = append(terms, meaning{term: form, weight: 1})
	}
	for _, m := range t.meanings {
		terms = append(terms, meaning{term: m.term, weight: 0.85 * m.weight})
	}
	return slices.DeleteFunc(terms, func(m meaning) bool { _, known := v.terms[m.term]; return !known })
}
