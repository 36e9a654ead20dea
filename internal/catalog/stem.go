package catalog

import (
	"slices"
	"strings"
)

// language is one that requests are made in.
type language int

const (
	english language = iota
	german
	french
	unknown // none of them, and how many there are
)

// The stemmers are light ones: they take off the endings of plurals, cases, conjugation and gender, and leave word
// formation (notify, notification) to the lexicon. What they return is no word but a form that kindred words share, so that
// they need to be consistent, not right. All of them expect what [fold] returns.

// stem returns the form of a word in a language.
func stem(word string, l language) string {
	switch {
	case len(word) < 4:
		return word
	case l == german:
		return stemGerman(word)
	case l == french:
		return stemFrench(word)
	default:
		return stemEnglish(word)
	}
}

func stemEnglish(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		w = w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is"):
		w = w[:len(w)-1]
	}
	for _, suffix := range []string{"ing", "ed"} {
		if rest, ok := strings.CutSuffix(w, suffix); ok && len(rest) >= 3 && strings.ContainsAny(rest, "aeiouy") {
			w = undouble(rest)
			break
		}
	}
	if len(w) > 4 {
		w = strings.TrimSuffix(w, "e")
	}
	if rest, ok := strings.CutSuffix(w, "y"); ok && len(rest) > 2 {
		w = rest + "i"
	}
	return w
}

// undouble makes plan of plann (planning), but leaves call and pass.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("lsz", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}

func stemGerman(w string) string {
	for _, suffix := range []string{"innen", "erin", "ern", "em", "en", "er", "es", "et", "st", "e", "s", "n", "t"} {
		if rest, ok := strings.CutSuffix(w, suffix); ok && len(rest) >= 4 {
			return rest
		}
	}
	return w
}

func stemFrench(w string) string {
	if rest, ok := strings.CutSuffix(w, "aux"); ok && len(rest) >= 2 {
		return rest + "al"
	}
	if len(w) > 4 {
		w = strings.TrimRight(w, "sx")
	}
	for _, suffix := range []string{"ees", "ee", "ez", "er", "ir", "e"} {
		if rest, ok := strings.CutSuffix(w, suffix); ok && len(rest) >= 3 {
			return strings.TrimSuffix(rest, "e")
		}
	}
	return w
}

// stems returns the forms that a word may have, in each of the languages.
func stems(word string, in tongues) []string {
	forms := make([]string, 0, unknown)
	for each := range unknown {
		if in&each.alone() == 0 {
			continue
		}
		if form := stem(word, each); !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}
