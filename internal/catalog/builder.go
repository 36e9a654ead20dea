package catalog

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// builder collects what the index needs until all is known.
type builder struct {
	*index
	counts     [][fieldCount]float32 // by term: how often it occurs in which field of the operation that was begun last
	begun      []uint32              // the terms of that
	raw        [][]counted           // by operation
	lengths    []([fieldCount]float32)
	heard      []heard // the words of all phrases, one after the other
	marks      []mark  // theirs, likewise
	ends       []int   // by phrase: the end of its words
	vocabulary map[string]bool
}

// heard is a word of a phrase: what is left of a token.
type heard struct {
	weight       float32
	isVerb       bool
	forms, marks uint16 // how many of its marks are forms, and how many there are
}

// mark is a term that a word has as a form or a meaning, and how well it stands for that.
type mark struct {
	term   uint32
	weight float32
}

// counted is how often a term occurs in which field.
type counted struct {
	term   uint32
	fields [fieldCount]float32
}

func (b *builder) term(name string) uint32 {
	number, known := b.terms[name]
	if !known {
		number = uint32(len(b.terms))
		b.terms[name] = number
		b.counts = append(b.counts, [fieldCount]float32{})
	}
	return number
}

func (b *builder) add(s *sheet) {
	o := s.operation
	b.lengths = append(b.lengths, [fieldCount]float32{})
	b.verbs, b.last = append(b.verbs, nil), append(b.last, nil)
	for _, t := range s.texts {
		b.text(t, s.tokens[t.from:t.to])
	}
	b.topicOf = append(b.topicOf, b.topic(o.Path))
	b.depth = append(b.depth, float32(strings.Count(o.Path, "/")))
	b.whole(fieldPath, o.Path)
	for _, path := range o.Also {
		b.whole(fieldPath, path)
	}
	b.end()
}

// end keeps what was counted in an operation.
func (b *builder) end() {
	list := make([]counted, len(b.begun))
	for i, term := range b.begun {
		list[i] = counted{term: term, fields: b.counts[term]}
		b.counts[term] = [fieldCount]float32{}
	}
	b.raw = append(b.raw, list)
	b.begun = b.begun[:0]
}

// text adds a text to the operation that was begun last.
func (b *builder) text(of text, read []token) {
	last := len(b.lengths) - 1
	for i := range read {
		t := &read[i]
		b.lengths[last][of.field] += t.weight
		if t.verb != "" && of.field == fieldAsk && !slices.Contains(b.verbs[last], t.verb) {
			b.verbs[last] = append(b.verbs[last], t.verb)
		}
		if !strings.HasPrefix(t.text, "=") {
			b.vocabulary[t.text] = true
		}
		if of.field == fieldLast {
			for _, m := range t.meanings {
				b.last[last] = append(b.last[last], b.term(m.term))
			}
		}
		if t.weight == 0 {
			continue
		}
		from := len(b.marks)
		for _, form := range t.forms {
			b.marks = append(b.marks, mark{b.count(of.field, form, t.weight), 1})
		}
		for _, m := range t.meanings {
			b.marks = append(b.marks, mark{b.count(of.field, m.term, t.weight*m.weight), m.weight})
		}
		if !of.isPhrase {
			b.marks = b.marks[:from]
			continue
		}
		b.heard = append(b.heard, heard{weight: t.weight, isVerb: t.verb != "", forms: uint16(len(t.forms)), marks: uint16(len(b.marks) - from)})
	}
	if of.isPhrase && len(read) > 0 {
		b.phraseOf = append(b.phraseOf, uint32(last))
		b.ends = append(b.ends, len(b.heard))
	}
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

// count counts a term in the operation that was begun last, and returns its number.
func (b *builder) count(f int, term string, weight float32) uint32 {
	number := b.term(term)
	if b.counts[number] == [fieldCount]float32{} {
		b.begun = append(b.begun, number)
	}
	b.counts[number][f] += weight
	return number
}

// finish computes what depends on all operations.
func (b *builder) finish() {
	var speller sync.WaitGroup
	speller.Go(func() { b.spelled = newSpelling(b.vocabulary, b.lexicon) })
	defer speller.Wait()
	b.documents = make([][]posting, len(b.terms))
	b.phrases = make([][]posting, len(b.terms))
	b.rarity = make([]float32, len(b.terms))
	var average [fieldCount]float32
	for _, lengths := range b.lengths {
		for f, n := range lengths {
			average[f] += n / float32(len(b.lengths))
		}
	}
	for i, counts := range b.raw {
		for _, each := range counts {
			b.documents[each.term] = append(b.documents[each.term], posting{number: uint32(i), weight: b.weigh(i, each.fields, average)})
		}
	}
	for term, list := range b.documents {
		b.rarity[term] = float32(math.Pow(float64(rarity(len(list), len(b.raw))), float64(b.tuning.power)))
	}
	words, marks := b.heard, b.marks
	begin := 0
	for i, end := range b.ends {
		marks = b.finishPhrase(uint32(i), words[begin:end], marks)
		begin = end
	}
	b.documents, b.phrases = packed(b.documents), packed(b.phrases)
}

// weigh returns how much a term counts in an operation, by the fields that have it and their average lengths: BM25F.
func (b *builder) weigh(operation int, fields, average [fieldCount]float32) float32 {
	total := float32(0)
	for f, n := range fields {
		if n > 0 {
			of := b.tuning.fields[f]
			total += of.weight * n / (1 - of.norm + of.norm*b.lengths[operation][f]/average[f])
		}
	}
	return total / (total + b.tuning.saturation)
}

// packed copies lists into memory that has room for nothing else.
func packed(lists [][]posting) [][]posting {
	total := 0
	for _, list := range lists {
		total += len(list)
	}
	all := make([]posting, 0, total)
	for i, list := range lists {
		start := len(all)
		all = append(all, list...)
		lists[i] = all[start:len(all):len(all)]
	}
	return lists
}

// finishPhrase weighs the words of a phrase, whose marks are the next ones, and returns the marks behind these.
func (b *builder) finishPhrase(number uint32, words []heard, marks []mark) []mark {
	square := 0.0
	for _, h := range words {
		information := h.weight * b.informs(h, marks)
		square += float64(information * information)
		for _, m := range marks[:h.marks] {
			b.stress(m.term, information*m.weight)
		}
		marks = marks[h.marks:]
	}
	for _, term := range b.begun {
		b.phrases[term] = append(b.phrases[term], posting{number: number, weight: b.counts[term][0]})
		b.counts[term][0] = 0
	}
	b.begun = b.begun[:0]
	b.lengthOf = append(b.lengthOf, float32(math.Sqrt(square)))
	b.phraseNorm = append(b.phraseNorm, float32(math.Pow(square, float64(b.tuning.length)/2)))
	return marks
}

// stress notes how much a term says in the phrase that is read: of several words for it, the best counts alone.
func (b *builder) stress(term uint32, information float32) {
	if information == 0 {
		return
	}
	if b.counts[term][0] == 0 {
		b.begun = append(b.begun, term)
	}
	b.counts[term][0] = max(b.counts[term][0], information)
}
