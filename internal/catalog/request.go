package catalog

import (
	"strings"
)

// request is what somebody looks for, as far as it is understood.
type request struct {
	tokens  []token
	terms   [][]meaning // by token: the terms of the index that stand for it, and how well
	worth   []float32   // by token: how much it says
	methods []string    // what it asks to do, by the verbs in it; empty where it does not say
	firm    bool        // the verb begins or ends it, so that it is meant: delete a user, Benutzer löschen
	asked   bool        // it stands where verbs do that ask for something
	outOf   []token     // what something is taken out of: the group of "remove her from the group"
	others  []string    // what further verbs in it ask to do
	verbs   map[string]bool
	path    []string // where it is a path: its segments
	method  string   // that it names with a path
}

// understand reads a request.
func (x *index) understand(text string) *request {
	r := &request{verbs: map[string]bool{}}
	r.readPath(text)
	words := x.lexicon.wholes(split(text))
	in := x.lexicon.spoken(words)
	x.respell(words, in)
	read := x.lexicon.tokens(words, in)
	x.lexicon.hush(read, words)
	for _, t := range read {
		if t.verb != "" {
			r.verbs[t.verb] = true
		}
		r.tokens, r.terms, r.worth = append(r.tokens, t), append(r.terms, x.standFor(t)), append(r.worth, t.weight*x.information(t))
	}
	r.readMethods(x.lexicon, words, in)
	r.readOrder(words)
	r.readOutOf(words)
	return r
}

// readPath recognises a path, with a method before it or not.
func (r *request) readPath(text string) {
	for _, chunk := range strings.Fields(cutText(text, longestRequest)) {
		if isMethod(chunk) {
			r.method = chunk
		}
		if r.path == nil && isPath(chunk) {
			r.path = segments(chunk)
		}
	}
	if r.path == nil {
		r.method = ""
	}
}

const samePhrase = 0.9 // what a phrase counts, where a word that is the same counts 1

// standFor returns the terms of the index for a word: the word, and what it means.
func (x *index) standFor(t token) []meaning {
	var terms []meaning
	for _, form := range t.forms {
		if _, known := x.terms[form]; known {
			terms = append(terms, meaning{term: form, weight: 1})
		}
	}
	same := x.tuning.meansSame
	if len(t.forms) == 0 { // a phrase, which is nothing but what it means
		same = samePhrase
	}
	for _, m := range t.meanings {
		if _, known := x.terms[m.term]; known {
			terms = append(terms, meaning{term: m.term, weight: same * m.weight})
		}
	}
	return terms
}

// respell finds what unknown words may have been meant for.
func (x *index) respell(words []word, in tongues) {
	for i := range words {
		w := &words[i]
		if x.knows(w.text, in) || w.weight < 1 {
			continue
		}
		nearest, slips := x.spelled.meant(w.text)
		nearest = x.lexicon.ofTheirs(nearest, in)
		if len(nearest) == 0 || w.capital && (slips > 1 || len(w.text) < 7 && in&german.alone() == 0) { // a name
			continue
		}
		w.meant = nearest
		w.weight *= [...]float32{1, 0.8, 0.6}[slips]
	}
}

// mostMeant is how many words one may have been meant for.
const mostMeant = 4

// ofTheirs returns those words that belong to the language of a request that is not English, or all where none does: termn is a
// Termin, not a term.
func (l *lexicon) ofTheirs(candidates []string, in tongues) []string {
	var theirs []string
	for _, each := range candidates {
		if l.surfaces[each]&in&^english.alone() != 0 {
			theirs = append(theirs, each)
		}
	}
	if len(theirs) > 0 {
		candidates = theirs
	}
	return candidates[:min(len(candidates), mostMeant)]
}

// knows says whether a word is one of the catalog or the lexicon.
func (x *index) knows(text string, in tongues) bool {
	l := x.lexicon
	if l.stop[text] != 0 || l.weak[text] != 0 || l.plain[text] != 0 || l.surfaces[text] != 0 {
		return true
	}
	for _, form := range stems(text, in) {
		if form != text && l.surfaces[form] == english.alone() && stem(text, english) != form {
			continue // with the ending of another language: termn is no term
		}
		if _, known := x.terms[form]; known || len(l.meanings[form]) > 0 {
			return true
		}
	}
	return len(l.parts(text, 3)) > 1
}
