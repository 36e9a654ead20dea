package catalog

import "math"

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
	phraseNorm []float32         // by phrase: its length, in rarity, as much as it is to count
	lengthOf   []float32         // by phrase: its length, in rarity
	verbs      [][]string        // by operation: what its phrases say to do
	topics     map[string]uint32 // what operations are about: their paths without values
	topicOf    []uint32          // by operation
	depth      []float32         // by operation: the segments of its path
	last       [][]uint32        // by operation: the terms of the last segment that is no value
	spelled    spelling
}

func newIndex(operations []Operation, l *lexicon, t tuning) *index {
	x := &index{operations: operations, tuning: t, lexicon: l, terms: map[string]uint32{}, topics: map[string]uint32{}}
	b := &builder{index: x, vocabulary: map[string]bool{}}
	readAll(operations, l, b.add)
	b.finish()
	return x
}

// information is how much a word says.
func (x *index) information(t token) float32 {
	h := heard{isVerb: t.verb != ""}
	marks := make([]mark, 0, len(t.forms)+len(t.meanings))
	for _, form := range t.forms {
		if term, known := x.terms[form]; known {
			marks = append(marks, mark{term, 1})
		}
	}
	h.forms = uint16(len(marks))
	for _, m := range t.meanings {
		if term, known := x.terms[m.term]; known {
			marks = append(marks, mark{term, m.weight})
		}
	}
	h.marks = uint16(len(marks))
	return x.informs(h, marks)
}

// informs is how much a word says, whose marks come first: as much as the rarest thing that it means, and where it means
// nothing that is known, as much as itself.
func (x *index) informs(h heard, marks []mark) float32 {
	most := float32(0)
	for _, m := range marks[h.forms:h.marks] {
		if m.weight == 1 {
			most = max(most, x.rarity[m.term])
		}
	}
	if most > 0 {
		if h.isVerb {
			most *= x.tuning.verbWorth
		}
		return most
	}
	for _, m := range marks[:h.forms] {
		most = max(most, x.rarity[m.term])
	}
	return min(x.tuning.plainWorth*most, x.tuning.plainMost)
}

// rarity is the inverse document frequency of a term that so many of all have.
func rarity(having, all int) float32 {
	return float32(math.Log(1 + (float64(all)-float64(having)+0.5)/(float64(having)+0.5)))
}
