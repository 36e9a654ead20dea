package odata

import (
	"strings"
	"unicode"
)

// Term is one thing that a $search looks for: Text in Property, or anywhere where Property is empty. A Phrase was
// quoted inside the search.
type Term struct {
	Property, Text string
	Phrase         bool
}

// Search is a parsed $search or query of words: terms joined by AND, OR and NOT.
type Search struct {
	op   string // "", "and", "or" or "not"
	term Term
	of   []*Search
}

// Matches tells whether the search is fulfilled, given which of its terms are.
func (s *Search) Matches(has func(Term) bool) bool {
	switch s.op {
	case "and":
		for _, part := range s.of {
			if !part.Matches(has) {
				return false
			}
		}
		return true
	case "or":
		for _, part := range s.of {
			if part.Matches(has) {
				return true
			}
		}
		return false
	case "not":
		return !s.of[0].Matches(has)
	}
	return has(s.term)
}

// Terms lists the terms in order.
func (s *Search) Terms() []Term {
	if s.op == "" {
		return []Term{s.term}
	}
	var terms []Term
	for _, part := range s.of {
		terms = append(terms, part.Terms()...)
	}
	return terms
}

// ParseDirectorySearch parses the $search of directory objects: clauses in double quotes, joined by AND and OR in
// capitals, such as "displayName:ada" AND ("mail:a" OR "mail:b")
// (https://learn.microsoft.com/graph/search-query-parameter). Every error is a *[SyntaxError].
func ParseDirectorySearch(s string) (*Search, error) {
	words, err := cutWords(s)
	if err != nil {
		return nil, err
	}
	for _, w := range words {
		if !w.quoted && !w.isOperator() {
			return nil, &SyntaxError{"Syntax error: clauses of $search have to be in double quotes: '" + w.text + "' is not", w.at}
		}
		if property, _, ok := strings.Cut(w.text, ":"); w.quoted && (!ok || property == "") {
			return nil, &SyntaxError{"Syntax error: a clause of $search is \"property:text\"", w.at}
		}
	}
	return parseWords(words)
}

// ParseKeywords parses words as mailboxes and files are searched with (KQL): words side by side are joined by AND,
// name:text looks in a property. Every error is a *[SyntaxError].
func ParseKeywords(s string) (*Search, error) {
	words, err := cutWords(s)
	if err != nil {
		return nil, err
	}
	return parseWords(words)
}

type word struct {
	text   string
	quoted bool
	at     int
}

func (w word) is(text string) bool { return !w.quoted && w.text == text }

func (w word) isOperator() bool {
	return w.is("AND") || w.is("OR") || w.is("NOT") || w.is("(") || w.is(")")
}

// cutWords cuts at blanks and parentheses that are outside of quotes. property:"some words" is one word.
func cutWords(s string) ([]word, error) {
	var words []word
	for i := 0; i < len(s); {
		start := i
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '(' || c == ')':
			words = append(words, word{text: s[i : i+1], at: i})
			i++
		case c == '"':
			text, next, ok := cutQuoted(s, i)
			if !ok {
				return nil, &SyntaxError{"Syntax error: an unterminated string", start}
			}
			words, i = append(words, word{text: text, quoted: true, at: start}), next
		default:
			for i < len(s) && strings.IndexByte(" \t()\"", s[i]) < 0 {
				i++
			}
			text := s[start:i]
			if i < len(s) && s[i] == '"' && strings.HasSuffix(text, ":") {
				phrase, next, ok := cutQuoted(s, i)
				if !ok {
					return nil, &SyntaxError{"Syntax error: an unterminated string", i}
				}
				text, i = text+phrase, next
			}
			words = append(words, word{text: text, at: start})
		}
	}
	return words, nil
}

// cutQuoted reads a string in double quotes, in which \" and \\ stand for the character alone.
func cutQuoted(s string, start int) (text string, next int, ok bool) {
	var b strings.Builder
	for i := start + 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), i + 1, true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, false
}

func parseWords(words []word) (*Search, error) {
	p := &wordParser{words: words}
	s, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.next < len(words) {
		return nil, &SyntaxError{"Syntax error: '" + words[p.next].text + "' was not expected", words[p.next].at}
	}
	return s, nil
}

type wordParser struct {
	words   []word
	next    int
	nesting int
}

func (p *wordParser) peek() word {
	if p.next < len(p.words) {
		return p.words[p.next]
	}
	return word{}
}

func (p *wordParser) ended() bool { return p.next >= len(p.words) }

func (p *wordParser) or() (*Search, error) {
	if p.nesting++; p.nesting > maxDepth {
		return nil, &SyntaxError{"The recursion limit has been exceeded", p.peek().at}
	}
	defer func() { p.nesting-- }()
	parts, err := p.parts(p.and, func() bool {
		if !p.peek().is("OR") {
			return false
		}
		p.next++
		return true
	})
	return joinSearch("or", parts), err
}

func (p *wordParser) and() (*Search, error) {
	parts, err := p.parts(p.not, func() bool {
		if p.peek().is("AND") {
			p.next++
			return true
		}
		return !p.ended() && !p.peek().is("OR") && !p.peek().is(")")
	})
	return joinSearch("and", parts), err
}

func (p *wordParser) parts(part func() (*Search, error), more func() bool) ([]*Search, error) {
	var parts []*Search
	for {
		s, err := part()
		if err != nil {
			return nil, err
		}
		if parts = append(parts, s); !more() {
			return parts, nil
		}
	}
}

func joinSearch(op string, parts []*Search) *Search {
	if len(parts) == 1 {
		return parts[0]
	}
	return &Search{op: op, of: parts}
}

func (p *wordParser) not() (*Search, error) {
	w := p.peek()
	switch {
	case p.ended() || w.is(")") || w.is("AND") || w.is("OR"):
		return nil, &SyntaxError{"Syntax error: a search clause expected", w.at}
	case w.is("NOT"):
		p.next++
		if p.peek().is("NOT") {
			return nil, &SyntaxError{"Syntax error: a search clause expected", p.peek().at}
		}
		s, err := p.not()
		return &Search{op: "not", of: []*Search{s}}, err
	case w.is("("):
		p.next++
		s, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.peek().is(")") {
			return nil, &SyntaxError{"Syntax error: ')' expected", p.peek().at}
		}
		p.next++
		return s, nil
	}
	p.next++
	return &Search{term: newTerm(w)}, nil
}

func newTerm(w word) Term {
	property, text, ok := strings.Cut(w.text, ":")
	if !ok || strings.ContainsFunc(property, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return Term{Text: w.text, Phrase: w.quoted}
	}
	return Term{Property: property, Text: text, Phrase: w.quoted}
}

// HasWords tells whether every word of what is sought begins a word of the text, without regard to case.
func HasWords(text, sought string) bool {
	in := Words(text)
	for _, w := range Words(sought) {
		found := false
		for _, have := range in {
			found = found || strings.HasPrefix(have, w)
		}
		if !found {
			return false
		}
	}
	return true
}

// Words cuts a text into words in lower case.
func Words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
