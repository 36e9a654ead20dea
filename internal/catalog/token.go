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
	past     bool   // it says what was done: shared, gelöscht, attribuées
}

// tokens reads a text that may be in some languages.
func (l *lexicon) tokens(words []word, in tongues) []token {
	words = l.wholes(words)
	read := make([]token, len(words))
	for i, w := range words {
		read[i] = token{text: w.text, forms: stems(w.text, in), weight: w.weight, capital: w.capital}
		if len(w.meant) > 0 {
			read[i].text, read[i].forms = w.meant[0], nil
		}
		for _, each := range w.meant {
			read[i].forms = append(read[i].forms, stems(each, in)...)
		}
	}
	taken := make([]bool, len(read))
	var out []token
	for i := range read {
		if meanings, at := l.phraseAt(read[i:]); len(at) > 0 && !all(taken, i, at) {
			t := token{text: meanings[0].term, meanings: meanings, weight: l.weigh(meanings) * words[i].weight, at: i, asked: asksAt(words, i, at[len(at)-1], in)}
			l.findVerb(&t)
			out = append(out, t)
			for _, j := range at {
				taken[i+j] = true
			}
		}
		t := read[i]
		t.at, t.asked, t.past = i, asksAt(words, i, i, in), words[i].past || l.isPast(words[i].text)
		t.meanings = l.meant(read[:i], t, in)
		if (!taken[i] || i == 0) && (len(words[i].meant) == 0 || len(t.text) > 6) { // a short word that was guessed decides about nothing
			l.findVerb(&t)
		}
		t.weight *= l.say(t, read[:i], in)
		if taken[i] {
			t.weight *= 0.45 // "out of office" is about no office
		}
		if t.weight > 0 || t.verb != "" {
			out = append(out, t)
		}
	}
	return l.compounds(out, in)
}

// wholes leaves out the pieces of words that are known as they are: SharePoint.
func (l *lexicon) wholes(words []word) []word {
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
	titles := []string{"mr", "mrs", "ms", "dr", "herr", "herrn", "frau", "madame", "monsieur", "mme"}
	switch {
	case l.stop[t.text] != 0 || len(t.text) < 2:
		return 0 // but for what it asks to do: who, what, where
	case l.weak[t.text] != 0, l.plain[t.text] != 0 && len(t.meanings) == 0:
		return sayLittle
	case len(before) > 0 && slices.Contains(titles, before[len(before)-1].text):
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
	case slices.Contains(articles(), before[len(before)-1].text):
		return slices.DeleteFunc(slices.Clone(known), isVerb)
	}
	return known
}

// articles are words before a noun.
func articles() []string {
	return []string{"a", "an", "the", "my", "our", "his", "her", "their", "your", "this", "that", "these", "those", "all", "der", "die", "das", "den", "dem", "ein", "eine",
		"einen", "einem", "einer", "mein", "meine", "meinen", "meinem", "meiner", "unsere", "unser", "le", "la", "les", "un", "une", "des", "du", "mon", "ma", "mes", "nos",
		"notre", "cette", "ce", "sharepoint", "shopping"}
}

// findVerb notes what a word says to do. What was done says nothing about that: deleted users, geteilte Dateien; nor does
// what is called by a noun: the assignment, die Zuweisung.
func (l *lexicon) findVerb(t *token) {
	if t.past || isNoun(t.text) {
		return
	}
	for _, m := range t.meanings {
		if verb := l.verb(m); verb != "" && t.verb == "" {
			t.verb = verb
		}
	}
}

func (l *lexicon) verb(m meaning) string {
	if m.weight == 1 && l.methods[m.term] != nil {
		return m.term
	}
	return ""
}

// compounds adds the parts of the words that are made of others: Kalendereinladung, mailfolder.
func (l *lexicon) compounds(read []token, in tongues) []token {
	if in == french.alone() {
		return read
	}
	out := read[:len(read):len(read)]
	for i := range read {
		t := &read[i]
		if len(t.text) < 7 || l.surfaces[t.text] != 0 {
			continue
		}
		parts := l.parts(t.text, 3)
		if len(parts) < 2 {
			continue
		}
		for _, part := range parts {
			forms := stems(part, in)
			out = append(out, token{text: part, forms: forms, meanings: l.of(part, forms, in), weight: 0.8 * t.weight})
		}
		if len(t.meanings) > 0 {
			continue
		}
		t.weight *= 0.6
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
