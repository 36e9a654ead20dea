package catalog

import (
	"math"
	"strings"
)

// posting says that a term occurs in a document, or in a phrase, and how much.
type posting struct {
	number uint32
	weight float32
}

// index finds the operations of the catalog. It does not change once it is built.
type index struct {
	operations []Operation
	tuning     tuning
	lexicon    *lexicon
	terms      map[string]uint32
	documents  [][]posting       // by term: the operations that have it
	phrases    [][]posting       // by term: the phrases that have it
	rarity     []float32         // by term: its inverse document frequency
	phraseOf   []uint32          // by phrase: its operation
	phraseNorm []float32         // by phrase: its length, in rarity
	verbs      []map[string]bool // by operation: what its phrases say to do
	topics     map[string]uint32 // what operations are about: their paths without values
	topicOf    []uint32          // by operation
	depth      []float32         // by operation: the segments of its path
	spelled    spelling
}

func newIndex(operations []Operation, l *lexicon, t tuning) *index {
	x := &index{operations: operations, tuning: t, lexicon: l, terms: map[string]uint32{}, topics: map[string]uint32{}}
	b := &builder{index: x, vocabulary: map[string]bool{}}
	for i := range operations {
		b.add(uint32(i), &operations[i])
	}
	b.finish()
	return x
}

// builder collects what the index needs until all is known.
type builder struct {
	*index
	raw        []map[uint32][fieldCount]float32 // by operation: how often a term occurs in which field
	lengths    []([fieldCount]float32)
	texts      [][]token // by phrase
	vocabulary map[string]bool
}

func (b *builder) term(name string) uint32 {
	number, known := b.terms[name]
	if !known {
		number = uint32(len(b.terms))
		b.terms[name] = number
	}
	return number
}

func (b *builder) add(number uint32, o *Operation) {
	b.raw = append(b.raw, map[uint32][fieldCount]float32{})
	b.lengths = append(b.lengths, [fieldCount]float32{})
	b.verbs = append(b.verbs, map[string]bool{})
	for in, phrases := range [][]string{english: o.Asks, german: o.German, french: o.French} {
		for _, phrase := range phrases {
			b.phrase(number, b.text(fieldAsk, phrase, language(in)))
		}
	}
	b.phrase(number, b.text(fieldDoes, o.Does, english))
	b.text(fieldPath, strings.Join(templateWords(o.Path), " "), english)
	b.text(fieldLast, strings.Join(templateWords(lastSegment(o.Path)), " "), english)
	b.topicOf = append(b.topicOf, b.topic(o.Path))
	b.depth = append(b.depth, float32(strings.Count(o.Path, "/")))
	b.whole(fieldPath, o.Path)
	for _, path := range o.Also {
		b.whole(fieldPath, path)
	}
	b.text(fieldPath, o.Returns, english)
	b.text(fieldArea, o.Area, english)
	for _, option := range o.Query {
		b.text(fieldQuery, option.Value, english)
	}
	for _, note := range o.Notes {
		b.text(fieldNote, note, english)
	}
}

// text adds a text to the operation that was begun last.
func (b *builder) text(f int, text string, in language) []token {
	read := b.lexicon.tokens(split(text), in.alone())
	last := len(b.raw) - 1
	for _, t := range read {
		b.lengths[last][f] += t.weight
		if t.verb != "" && f == fieldAsk {
			b.verbs[last][t.verb] = true
		}
		if !strings.HasPrefix(t.text, "=") {
			b.vocabulary[t.text] = true
		}
		for _, form := range t.forms {
			b.count(f, form, t.weight)
		}
		for _, m := range t.meanings {
			b.count(f, m.term, t.weight*m.weight)
		}
	}
	return read
}

// topic returns the number of what a path is about.
func (b *builder) topic(path string) uint32 {
	var names []string
	for _, segment := range segments(path) {
		if !strings.HasPrefix(segment, anything) && !strings.HasPrefix(segment, "$") {
			names = append(names, segment)
		}
	}
	key := strings.Join(names, "/")
	number, known := b.topics[key]
	if !known {
		number = uint32(len(b.topics))
		b.topics[key] = number
	}
	return number
}

// lastSegment returns the last segment that is no value: what an operation is about.
func lastSegment(path string) string {
	parts := splitPath(path)
	for i := len(parts) - 1; i >= 0; i-- {
		if !strings.HasPrefix(parts[i], "{") && !strings.HasPrefix(parts[i], "$") {
			return parts[i]
		}
	}
	return ""
}

// whole adds the segments of a path as they are written, in small letters.
func (b *builder) whole(f int, path string) {
	for _, segment := range segments(path) {
		if !strings.HasPrefix(segment, anything) {
			b.count(f, segment, 0.5)
		}
	}
}

func (b *builder) count(f int, term string, weight float32) {
	last := b.raw[len(b.raw)-1]
	number := b.term(term)
	counts := last[number]
	counts[f] += weight
	last[number] = counts
}

func (b *builder) phrase(operation uint32, read []token) {
	if len(read) > 0 {
		b.phraseOf = append(b.phraseOf, operation)
		b.texts = append(b.texts, read)
	}
}

// finish computes what depends on all operations.
func (b *builder) finish() {
	b.documents = make([][]posting, len(b.terms))
	b.phrases = make([][]posting, len(b.terms))
	b.rarity = make([]float32, len(b.terms))
	var average [fieldCount]float32
	for _, lengths := range b.lengths {
		for f, n := range lengths {
			average[f] += n / float32(len(b.lengths))
		}
	}
	weights := b.tuning.fields
	for i, counts := range b.raw {
		for term, perField := range counts {
			total := float32(0)
			for f, n := range perField {
				if n > 0 {
					total += weights[f].weight * n / (1 - weights[f].norm + weights[f].norm*b.lengths[i][f]/average[f])
				}
			}
			b.documents[term] = append(b.documents[term], posting{number: uint32(i), weight: total / (total + b.tuning.saturation)})
		}
	}
	for term, list := range b.documents {
		b.rarity[term] = float32(math.Pow(float64(rarity(len(list), len(b.raw))), float64(b.tuning.power)))
	}
	for i, read := range b.texts {
		b.finishPhrase(uint32(i), read)
	}
	b.spelled = newSpelling(b.vocabulary, b.lexicon)
}

// rarity is the inverse document frequency of a term that so many of all have.
func rarity(having, all int) float32 {
	return float32(math.Log(1 + (float64(all)-float64(having)+0.5)/(float64(having)+0.5)))
}

func (b *builder) finishPhrase(number uint32, read []token) {
	square := 0.0
	best := map[uint32]float32{}
	for _, t := range read {
		information := t.weight * b.information(t)
		square += float64(information * information)
		for _, form := range t.forms {
			term := b.terms[form]
			best[term] = max(best[term], information)
		}
		for _, m := range t.meanings {
			term := b.terms[m.term]
			best[term] = max(best[term], information*m.weight)
		}
	}
	for term, weight := range best {
		b.phrases[term] = append(b.phrases[term], posting{number: number, weight: weight})
	}
	b.phraseNorm = append(b.phraseNorm, float32(math.Pow(square, float64(b.tuning.length)/2)))
}

// information is how much a word says: as much as the rarest thing that it means, and where it means nothing that is
// known, as much as itself.
func (x *index) information(t token) float32 {
	most := float32(0)
	for _, m := range t.meanings {
		if term, known := x.terms[m.term]; known && m.weight == 1 {
			most = max(most, x.rarity[term])
		}
	}
	if most > 0 {
		if t.verb != "" {
			most *= x.tuning.verbWorth
		}
		return most
	}
	for _, form := range t.forms {
		if term, known := x.terms[form]; known {
			most = max(most, x.rarity[term])
		}
	}
	return min(x.tuning.plainWorth*most, x.tuning.plainMost)
}
