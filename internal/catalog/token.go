package catalog

import (
	"slices"
	"strings"
)

// token is a word of a text as the index understands it.
type token struct {
	text     string
	forms    []string  // the word's stems
	meanings []meaning // what the lexicon knows it for
	weight   float32
	capital  bool
	verb     string // the meaning by which it says what to do: "=delete"
	at       int    // which word of the text it is
	asked    bool   // the verb stands where one asks for something: delete …, I want to delete …, … löschen
	begins   bool   // a phrase may begin with it
	past     bool   // it says what was done: shared, gelöscht, attribuées
}

// room is memory for reading texts, one after the other.
type room struct {
	words     []word
	read, out []token
	taken     []bool
}

// tokens reads a text that may be in some languages.
func (l *lexicon) tokens(words []word, in tongues) []token { return l.tokensIn(&room{}, words, in) }

// tokensIn does so in a room; what it returns is there until the next text.
func (l *lexicon) tokensIn(r *room, words []word, in tongues) []token {
	words = l.wholes(words)
	read := cleared(&r.read, len(words))
	for i, w := range words {
		read[i] = token{text: w.text, weight: w.weight, capital: w.capital, past: w.past, at: i, begins: true}
		if k := l.recall(w.text, in); k != nil {
			read[i].forms, read[i].begins = k.forms, k.begins
		} else {
			read[i].forms = stems(w.text, in)
		}
		if len(w.meant) > 0 {
			read[i].text, read[i].forms = w.meant[0], nil
		}
		for _, each := range w.meant {
			read[i].forms = append(read[i].forms, l.stems(each, in)...)
		}
	}
	taken := cleared(&r.taken, len(read))
	out := slices.Grow(r.out[:0], len(read)+len(read)/2)
	for i := range read {
		if meanings, at := l.phraseAt(read[i:]); len(at) > 0 && !all(taken, i, at) {
			t := token{text: meanings[0].term, meanings: meanings, weight: l.weigh(meanings) * words[i].weight, at: i}
			l.findVerb(&t, words, i+at[len(at)-1], in)
			out = append(out, t)
			for _, j := range at {
				taken[i+j] = true
			}
		}
		t := read[i]
		t.meanings = l.meant(read[:i], t, in)
		if len(words[i].meant) == 0 || len(t.text) > 6 { // a short word that was guessed decides about nothing
			l.findVerb(&t, words, i, in)
		}
		if taken[i] && !t.asked {
			t.verb = ""
		}
		t.weight *= l.say(t, read[:i], in)
		if taken[i] {
			t.weight *= 0.45 // "out of office" is about no office
		}
		if t.weight > 0 || t.verb != "" {
			out = append(out, t)
		}
	}
	r.out = l.compounds(out, in)
	return r.out
}

// cleared returns so many zero values in a memory that grows where it must.
func cleared[T any](memory *[]T, n int) []T {
	*memory = slices.Grow((*memory)[:0], n)[:n]
	clear(*memory)
	return *memory
}

// wholes leaves out the pieces of words that are known as they are: SharePoint.
func (l *lexicon) wholes(words []word) []word {
	if !slices.ContainsFunc(words, func(w word) bool { return w.piece }) {
		return words
	}
	known := false
	return slices.DeleteFunc(slices.Clone(words), func(w word) bool {
		if !w.piece {
			known = l.surfaces[w.text] != 0
		}
		return w.piece && known
	})
}

func all(taken []bool, from int, at []int) bool {
	for _, i := range at {
		if !taken[from+i] {
			return false
		}
	}
	return true
}

// What words say that say little.
const (
	sayLittle = 0.4
	sayFaint  = 0.5
)

// say returns how much a word says, by what kind of word it is, after those before it.
func (l *lexicon) say(t token, before []token, in tongues) float32 {
	const titles = " mr mrs ms dr herr herrn frau madame monsieur mme "
	switch {
	case l.stop[t.text] != 0 || len(t.text) < 2:
		return 0 // but for what it asks to do: who, what, where
	case l.weak[t.text] != 0, l.plain[t.text] != 0 && len(t.meanings) == 0:
		return sayLittle
	case len(before) > 0 && isAmong(titles, before[len(before)-1].text):
		return 0
	case t.capital && len(t.meanings) == 0 && in&german.alone() == 0:
		return sayLittle // a name
	}
	return l.weigh(t.meanings)
}

// weigh returns what something says that has such meanings: less where all of them are faint ones, such as a time.
func (l *lexicon) weigh(meanings []meaning) float32 {
	for _, m := range meanings {
		if !l.faint[m.term] {
			return 1
		}
	}
	if len(meanings) == 0 {
		return 1
	}
	return sayFaint
}

// meant returns what a word means after those before it. What can be a verb is one at the beginning, and none behind an
// article: list my files, share the list.
func (l *lexicon) meant(before []token, t token, in tongues) []meaning {
	if l.stop[t.text] != 0 {
		for _, m := range l.meanings[t.text] {
			if m.term == asks {
				return []meaning{m}
			}
		}
		return nil
	}
	known := l.of(t.text, t.forms, in)
	isVerb := func(m meaning) bool { return l.verb(m) != "" }
	isNone := func(m meaning) bool { return l.verb(m) == "" }
	if !slices.ContainsFunc(known, isVerb) || !slices.ContainsFunc(known, isNone) {
		return known
	}
	switch {
	case len(before) == 0:
		return slices.DeleteFunc(slices.Clone(known), isNone)
	case isAmong(articles, before[len(before)-1].text):
		return slices.DeleteFunc(slices.Clone(known), isVerb)
	}
	return known
}

// articles are words before a noun.
const articles = " a an the my our his her their your this that these those all der die das den dem ein eine einen einem einer mein meine meinen meinem meiner " +
	"unsere unser le la les un une des du mon ma mes nos notre cette ce sharepoint shopping "

// findVerb notes what a word says to do, and whether that is asked; its last word is the one at last. What was done says
// nothing about that: deleted users, geteilte Dateien; nor does what is called by a noun: the assignment, die Zuweisung.
func (l *lexicon) findVerb(t *token, words []word, last int, in tongues) {
	for _, m := range t.meanings {
		if verb := l.verb(m); verb != "" {
			t.past = t.past || isPast(t.text)
			if !t.past && !isNoun(t.text) {
				t.verb, t.asked = verb, asksAt(words, t.at, last, in)
			}
			return
		}
	}
}

func (l *lexicon) verb(m meaning) string {
	if m.weight == 1 && l.methods[m.term] != nil {
		return m.term
	}
	return ""
}

const shortestCompound = 7 // letters

// compounds adds the parts of the words that are made of others: Kalendereinladung, mailfolder.
func (l *lexicon) compounds(read []token, in tongues) []token {
	if in == french.alone() {
		return read
	}
	out := read
	for _, t := range read {
		if len(t.text) < shortestCompound || l.surfaces[t.text] != 0 {
			continue
		}
		parts := l.partsOf(t.text, in)
		if len(parts) < 2 {
			continue
		}
		for _, part := range parts {
			forms := l.stems(part, in)
			out = append(out, token{text: part, forms: forms, meanings: l.of(part, forms, in), weight: 0.8 * t.weight, at: t.at})
		}
	}
	return out
}

// parts splits a word into at most so many that the lexicon has, with what German puts between them; the longest first
// ones win. It returns nil where that does not work out.
func (l *lexicon) parts(text string, most int) []string {
	if l.surfaces[text] != 0 {
		return []string{text}
	}
	if most <= 1 {
		return nil
	}
	for end := len(text) - 3; end >= 3; end-- {
		first := text[:end]
		if l.surfaces[first] == 0 {
			continue
		}
		for _, joint := range []string{"", "s", "n", "en", "e", "es"} {
			rest, ok := strings.CutPrefix(text[end:], joint)
			if !ok || len(rest) < 3 {
				continue
			}
			if tail := l.parts(rest, most-1); tail != nil {
				return append([]string{first}, tail...)
			}
			if form := stem(rest, german); len(l.meanings[form]) > 0 && most > 1 && form != rest {
				return []string{first, rest}
			}
		}
	}
	return nil
}
