package catalog

import "slices"

// phrase is a meaning of several words.
type phrase struct {
	words []string // stems in the phrase's language
	apart int      // how many others may stand before its last word: füge … hinzu, pass … on, let … know; or before an as: mark … as read
	meaning
}

// mostBetween may stand between the words of any phrase, if they say nothing: the it of "put it off".
const mostBetween = 2

// apart says how far the last word of a phrase may part from the others: in German, the sentence stands in between.
func apart(words []string, in language) int {
	particles := []string{"on", "off", "out", "up", "down", "back", "away", "over", "know"}
	prefixes := []string{"ab", "an", "auf", "aus", "bei", "ein", "fest", "frei", "fort", "her", "hin", "hinzu", "hoch", "herunter", "runter", "raus", "mit", "nach", "um", "vor",
		"weg", "weiter", "zu", "zuruck", "zusammen"}
	last := words[len(words)-1]
	switch {
	case takesAs(words):
		return 6
	case in == english && len(words) == 2 && slices.Contains(particles, last):
		return 6
	case in == german && slices.Contains(prefixes, last):
		return 10
	}
	return 0
}

// takesAs tells whether a phrase is of the kind of mark … as read, which has a thing between its first words.
func takesAs(words []string) bool {
	return len(words) > 2 && slices.Contains([]string{"as", "als", "comme", "comm"}, words[1])
}

// phraseAt returns the longest phrases that begin with the first word of a text, one for each of its meanings, and where
// their words stand.
func (l *lexicon) phraseAt(read []token) ([]meaning, []int) {
	var meanings []meaning
	var at []int
	if read[0].begins {
		meanings, at = l.longestAt(read)
	}
	if len(at) == 0 && len(read) > 1 && len(read[0].text) > 2 && len(read[1].text) > 2 {
		joined := append(append(make([]byte, 0, 64), read[0].text...), read[1].text...) // web hook, note book
		if known := l.meanings[string(joined)]; len(known) > 0 && l.surfaces[string(joined)] != 0 {
			return known, []int{0, 1}
		}
	}
	return meanings, at
}

func (l *lexicon) longestAt(read []token) (meanings []meaning, at []int) {
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
	return meanings, at
}

// in returns where the words of a phrase stand in a text that begins with it; nil where it does not.
func (p phrase) in(read []token, l *lexicon) []int {
	var room [8]int
	at := room[:0]
	next := 0
	for i, word := range p.words {
		between := 0
		parts := i == len(p.words)-1
		if takesAs(p.words) {
			parts = i == 1
		}
		for {
			if next >= len(read) {
				return nil
			}
			if slices.Contains(read[next].forms, word) || read[next].text == word {
				break
			}
			far := parts && between < p.apart
			if i == 0 || !far && (between >= mostBetween || l.stop[read[next].text] == 0) {
				return nil
			}
			between++
			next++
		}
		at = append(at, next)
		next++
	}
	return slices.Clone(at)
}
