package odata

import (
	"net/url"
	"strings"
)

// Expansion is one navigation property of a $expand and the options in its parentheses.
type Expansion struct {
	Name  string
	Query Query
}

// ParseSelect parses a $select. "*" stands for every property. Every error is a *[SyntaxError].
func ParseSelect(s string) ([]Path, error) {
	var paths []Path
	at := 0
	for part := range strings.SplitSeq(s, ",") {
		name := strings.TrimSpace(part)
		if name != "*" && !isPath(name) {
			return nil, &SyntaxError{"Syntax error in $select: a name expected", at}
		}
		paths = append(paths, strings.Split(name, "/"))
		at += len(part) + 1
	}
	return paths, nil
}

// parseExpand parses a $expand, such as manager($select=id,displayName;$levels=2),memberOf. nested is how many
// $expand are around this one.
func parseExpand(s string, nested int) ([]Expansion, error) {
	const most = 4
	if nested > most {
		return nil, &SyntaxError{"The nesting of $expand is too deep", 0}
	}
	parts, err := split(s, ',')
	if err != nil {
		return nil, err
	}
	var all []Expansion
	for _, part := range parts {
		e, err := parseExpansion(strings.TrimSpace(part), nested)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func parseExpansion(s string, nested int) (Expansion, error) {
	name, rest, hasOptions := strings.Cut(s, "(")
	name = strings.TrimSpace(name)
	if name != "*" && !isPath(name) {
		return Expansion{}, &SyntaxError{"Syntax error in $expand: a name expected", 0}
	}
	e := Expansion{Name: name}
	if !hasOptions {
		return e, nil
	}
	rest, closed := strings.CutSuffix(rest, ")")
	if !closed {
		return Expansion{}, &SyntaxError{"Syntax error in $expand: ')' expected", len(s)}
	}
	options, err := split(rest, ';')
	if err != nil {
		return Expansion{}, err
	}
	values := url.Values{}
	for _, option := range options {
		key, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		values.Add(key, value)
	}
	q, err := parseQuery(values, nested+1)
	if err != nil {
		return Expansion{}, err
	}
	e.Query = *q
	return e, nil
}

// split cuts at a separator that is outside of parentheses and quotes.
func split(s string, separator byte) ([]string, error) {
	var parts []string
	open, start, quoted := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			open++
		case c == ')':
			open--
		case c == separator && open == 0:
			parts, start = append(parts, s[start:i]), i+1
		}
		if open < 0 {
			return nil, &SyntaxError{"Syntax error: ')' was not expected", i}
		}
	}
	if open > 0 || quoted {
		return nil, &SyntaxError{"Syntax error: unterminated", len(s)}
	}
	return append(parts, s[start:]), nil
}
