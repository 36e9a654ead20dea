package catalog

import "slices"

// phrase is a meaning of several words.
type phrase struct {
	words []string // stems in the phrase's language
	apart int      // how many others may stand before its last word: füge … hinzu, pass … on
	meaning
}

// mostBetween may stand between the words of any phrase, if they say nothing: the it of "put it off".
const mostBetween = 2

// apart says how far the last word of a phrase may part from the others: in German, the sentence stands in between.
func apart(words []string, in language) int {
	particles := []string{"on", "off", "out", "up", "down", "back", "away", "over"}
	prefixes := []string{"ab", "an", "auf", "aus", "bei", "ein", "fest", "frei", "fort", "her", "hin", "hinzu", "hoch", "herunter", "runter", "raus", "mit", "nach", "um", "vor",
		"weg", "weiter", "zu", "zuruck", "zusammen"}
	last := words[len(words)-1]
	switch {
	case in == english && len(words) == 2 && slices.Contains(particles, last):
		return 4
	case in == german && slices.Contains(prefixes, last):
		return 10
	}
	return 0
}

// phraseAt returns the longest phrases that begin with the first word of a text, one for each of its meanings, and where
// their words stand.
func (l *lexicon) phraseAt(read []token) ([]meaning, []int) {
	var meanings []meaning
	var at []int
	for _, form := range read[0].forms {
		for _, p := range l.phrases[form] {
			if len(p.words) < len(at) {
				continue
			}
			found := p.in(read, l)
			switch {
			case found == nil:
			case len(found) > len(at):
				meanings, at = []meaning{p.meaning}, found
			case !slices.Contains(meanings, p.meaning):
				meanings = append(meanings, p.meaning)
			}
		}
	}
	if len(at) == 0 && len(read) > 1 && len(read[0].text) > 2 && len(read[1].text) > 2 {
		joined := read[0].text + read[1].text // web hook, note book
		if known := l.meanings[joined]; len(known) > 0 && l.surfaces[joined] != 0 {
			return known, []int{0, 1}
		}
	}
	return meanings, at
}

// in returns where the words of a phrase stand in a text that begins with it; nil where it does not.
func (p phrase) in(read []token, l *lexicon) []int {
	at := make([]int, 0, 4)
	next := 0
	for i, word := range p.words {
		between := 0
		last := i == len(p.words)-1
		for {
			if next >= len(read) {
				return nil
			}
			if slices.Contains(read[next].forms, word) || read[next].text == word {
				break
			}
			far := last && between < p.apart
			if i == 0 || !far && (between >= mostBetween || l.stop[read[next].text] == 0) {
				return nil
			}
			between++
			next++
		}
		at = append(at, next)
		next++
	}
	return at
}
