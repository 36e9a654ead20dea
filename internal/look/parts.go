package look

import (
	"strings"
	"unicode"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

const (
	// The emblem is a letter drawn as a graph: five places, and the ways between them.
	emblem = `<svg class="emblem" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8.5"/>` +
		`<path d="M8.5 23V10.5L16 18l7.5-7.5V23"/><circle cx="8.5" cy="23" r="2.6"/><circle cx="8.5" cy="10" r="2.6"/><circle cx="16" cy="18" r="2.6"/><circle cx="23.5" cy="10" r="2.6"/><circle cx="23.5" cy="23" r="2.6"/></svg>`

	svg         = `<svg viewBox="0 0 24 24" focusable="false">`
	tick        = svg + `<path pathLength="1" d="M5.5 12.6l4.2 4.2L18.5 8"/></svg>`
	exclamation = svg + `<path pathLength="1" d="M12 6v7.2M12 17.4v.1"/></svg>`
	hand        = svg + `<path pathLength="1" d="M9.2 9.3a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.2-1.5 2.3M12 17.6v.1"/></svg>`
)

// brand is the emblem, for the eye alone, and the program's name.
func brand() g.Node { return h.Div(h.Class("brand"), g.Raw(emblem), h.Span(g.Text(product))) }

func mark(tone Tone) g.Node {
	drawn := map[Tone]string{Good: tick, Warn: hand, Bad: exclamation}[tone]
	if drawn == "" {
		return nil
	}
	return h.Div(h.Class("mark "+string(tone)), h.Aria("hidden", "true"), g.Raw(drawn))
}

// Fact is something that a page tells by its name.
type Fact struct {
	Name  string
	Value g.Node
}

// Facts lists facts, and leaves out those without a value.
func Facts(facts ...Fact) g.Node {
	return h.Dl(h.Class("facts"), g.Map(facts, func(f Fact) g.Node {
		if f.Value == nil {
			return nil
		}
		return h.Div(h.Dt(g.Text(f.Name)), h.Dd(f.Value))
	}))
}

// Next says what a person can do now.
func Next(what ...g.Node) g.Node {
	return h.P(h.Class("next"), h.Strong(g.Text("What now?")), g.Text(" "), g.Group(what))
}

// Code is for support: numbers to hand on.
func Code(text string) g.Node { return h.P(h.Class("code"), g.Text(text)) }

// Box is a paragraph that stands out.
func Box(tone Tone, content ...g.Node) g.Node {
	return h.P(h.Class("box "+string(tone)), g.Group(content))
}

// Pill is a word in a colour.
func Pill(tone Tone, text string) g.Node {
	return h.Span(h.Class(strings.TrimSpace("pill "+string(tone))), g.Text(text))
}

// Sentence begins s with a capital and ends it with a full stop.
func Sentence(s string) string {
	if s == "" {
		return ""
	}
	if word, _, _ := strings.Cut(s, " "); !strings.ContainsAny(word, "@.") { // an account is written as it is
		first, size := utf8.DecodeRuneInString(s)
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	if last, _ := utf8.DecodeLastRuneInString(s); unicode.IsPunct(last) {
		return s
	}
	return s + "."
}
