package catalog

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed lexicon.txt
var lexiconText string

// meaning is something that several words stand for.
type meaning struct {
	term   string  // "=mail": as the index has it
	weight float32 // of the word for it: 1, or less where it only comes near
	in     tongues // where a word has it
}

// lexicon is what is known about words, whatever they are used for. Its form is described in lexicon.txt.
type lexicon struct {
	meanings map[string][]meaning // by a word, and by its stem
	phrases  map[string][]phrase  // by their first word
	stop     map[string]tongues
	weak     map[string]tongues  // words that say little
	plain    map[string]tongues  // those that do where they mean nothing else
	faint    map[string]bool     // the meanings that say little
	methods  map[string][]string // of the meanings that are verbs
	surfaces map[string]tongues  // the words themselves
	memory   memory              // nil where few words are read
}

// memory keeps what was found out about words, while many texts are read: they have the same ones over and over.
type memory map[memoryKey]*known

type memoryKey struct {
	text string
	in   tongues
}

// known is what is known about a word in a language.
type known struct {
	forms    []string
	meanings []meaning
	begins   bool // a phrase
	parts    []string
}

// remembering returns the lexicon with a memory. It is for one reader alone.
func (l *lexicon) remembering() *lexicon {
	with := *l
	with.memory = memory{}
	return &with
}

// recall returns what is known about a word; nil where there is no memory.
func (l *lexicon) recall(text string, in tongues) *known {
	if l.memory == nil {
		return nil
	}
	key := memoryKey{text, in}
	k := l.memory[key]
	if k == nil {
		k = &known{forms: slices.Clip(stems(text, in))}
		k.meanings = l.lookUp(text, k.forms, in)
		k.begins = slices.ContainsFunc(k.forms, func(form string) bool { return len(l.phrases[form]) > 0 })
		if len(text) >= shortestCompound && in != french.alone() && l.surfaces[text] == 0 {
			k.parts = l.parts(text, 3)
		}
		l.memory[key] = k
	}
	return k
}

func (l *lexicon) stems(text string, in tongues) []string {
	if k := l.recall(text, in); k != nil {
		return k.forms
	}
	return stems(text, in)
}

// partsOf returns the parts of a compound.
func (l *lexicon) partsOf(text string, in tongues) []string {
	if k := l.recall(text, in); k != nil {
		return k.parts
	}
	return l.parts(text, 3)
}

// tongues is a set of languages.
type tongues uint8

func (l language) alone() tongues { return 1 << l }

// words returns the lexicon, read once.
var words = sync.OnceValue(func() *lexicon { return readLexicon(lexiconText) })

const near = 0.55 // the weight of a word that only comes near

func readLexicon(text string) *lexicon {
	l := &lexicon{meanings: map[string][]meaning{}, phrases: map[string][]phrase{}, stop: map[string]tongues{}, weak: map[string]tongues{}, plain: map[string]tongues{}, faint: map[string]bool{}, methods: map[string][]string{}, surfaces: map[string]tongues{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, rest, ok := strings.Cut(line, ":")
		if !ok || line[0] == '#' {
			continue
		}
		name, isFaint := strings.CutSuffix(name, "?")
		name, methods, isVerb := strings.Cut(name, "!")
		l.faint["="+name] = isFaint || l.faint["="+name]
		if isVerb {
			l.methods["="+name] = strings.Split(methods, ",")
		}
		for column, list := range strings.Split(rest, "|") {
			for entry := range strings.SplitSeq(list, ",") {
				l.take(name, strings.TrimSpace(entry), language(min(column, int(french))))
			}
		}
	}
	return l
}

// take adds a word or phrase of a meaning.
func (l *lexicon) take(name, entry string, in language) {
	m := meaning{term: "=" + name, weight: 1, in: in.alone()}
	if rest, ok := strings.CutPrefix(entry, "~"); ok {
		entry, m.weight = rest, near
	}
	parts := strings.FieldsFunc(fold(entry), func(r rune) bool { return r == ' ' || r == '-' || r == '\'' || r == '’' })
	switch {
	case len(parts) == 0:
	case name == "stop":
		l.stop[parts[0]] |= in.alone()
	case name == "weak":
		l.weak[parts[0]] |= in.alone()
	case name == "plain":
		l.plain[parts[0]] |= in.alone()
	case len(parts) == 1:
		l.surfaces[parts[0]] |= in.alone()
		for _, key := range slices.Compact([]string{parts[0], stem(parts[0], in)}) {
			l.add(key, m)
		}
	default:
		between := apart(parts, in)
		for i, part := range parts {
			parts[i] = stem(part, in)
		}
		l.phrases[parts[0]] = append(l.phrases[parts[0]], phrase{words: parts, apart: between, meaning: m})
	}
}

// add notes what a word means; where it is known already, the greater weight counts.
func (l *lexicon) add(key string, m meaning) {
	for i, known := range l.meanings[key] {
		if known.term == m.term {
			l.meanings[key][i].weight = max(known.weight, m.weight)
			l.meanings[key][i].in |= m.in
			return
		}
	}
	l.meanings[key] = append(l.meanings[key], m)
}

// of returns what a word means, by itself or by one of its forms: in the languages that are spoken, where it has a meaning in
// them. Termine are events in German, and French for an end.
func (l *lexicon) of(text string, forms []string, in tongues) []meaning {
	if k := l.recall(text, in); k != nil {
		return k.meanings
	}
	return l.lookUp(text, forms, in)
}

func (l *lexicon) lookUp(text string, forms []string, in tongues) []meaning {
	if known := spokenIn(l.meanings[text], in); known != nil {
		return known
	}
	var all []meaning
	for _, form := range forms {
		for _, m := range spokenIn(l.meanings[form], in) {
			if !slices.ContainsFunc(all, func(have meaning) bool { return have.term == m.term }) {
				all = append(all, m)
			}
		}
	}
	return all
}

func spokenIn(known []meaning, in tongues) []meaning {
	isForeign := func(m meaning) bool { return m.in&in == 0 }
	if !slices.ContainsFunc(known, isForeign) || !slices.ContainsFunc(known, func(m meaning) bool { return !isForeign(m) }) {
		return known
	}
	return slices.DeleteFunc(slices.Clone(known), isForeign)
}

// spoken says which languages a text may be in, by the words of it that are known. English is always among them: its
// words for technical things are used everywhere.
func (l *lexicon) spoken(words []word) tongues {
	var seen [unknown]int
	for _, w := range words {
		in := l.stop[w.text]
		points := 2
		if in == 0 {
			in, points = l.surfaces[w.text]|l.weak[w.text]|l.plain[w.text], 1
		}
		for each := range unknown {
			if in&each.alone() != 0 {
				seen[each] += points
			}
		}
	}
	most := max(seen[english], seen[german], seen[french])
	all := english.alone()
	for each := range unknown {
		if 3*seen[each] >= 2*most {
			all |= each.alone()
		}
	}
	return all
}
