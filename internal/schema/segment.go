package schema

import (
	"net/url"
	"strings"
)

// segment is a piece of a path between slashes, its name and what stands in parentheses behind it.
type segment struct {
	raw       string
	name      string
	arguments []argument // of a function, or a key
	called    bool       // there are parentheses, if with nothing in them
}

type argument struct{ name, value string } // name is "" for a key that is nothing but a value

// cutSegment takes the first segment off a path. A slash in parentheses or quotes does not end it.
func cutSegment(path string) (first, rest string) {
	deep, quoted := 0, false
	for i := range len(path) {
		switch c := path[i]; {
		case deep > 0 && c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			deep++
		case c == ')':
			deep = max(0, deep-1)
		case c == '/' && deep == 0:
			return path[:i], path[i+1:]
		}
	}
	if deep > 0 { // they are not closed: a name that has one of them
		first, rest, _ = strings.Cut(path, "/")
		return first, rest
	}
	return path, ""
}

// maxArguments are read of a segment; Graph's own functions have 9 at most.
const maxArguments = 64

// readSegment takes a segment apart. Percent-encoding is undone; what is none stays as it is.
func readSegment(raw string) segment {
	text := raw
	if decoded, err := url.PathUnescape(raw); err == nil {
		text = decoded
	}
	s := segment{raw: text, name: text}
	open := strings.IndexByte(text, '(')
	if open <= 0 || !strings.HasSuffix(text, ")") {
		return s
	}
	s.name, s.called = text[:open], true
	inner := text[open+1 : len(text)-1]
	for inner != "" && len(s.arguments) < maxArguments {
		var one string
		one, inner = cutArgument(inner)
		name, value, named := strings.Cut(one, "=")
		if !named || strings.HasPrefix(strings.TrimSpace(name), "'") {
			name, value = "", one
		}
		s.arguments = append(s.arguments, argument{strings.TrimSpace(name), unquote(strings.TrimSpace(value))})
	}
	return s
}

// cutArgument takes off the first of several arguments.
func cutArgument(text string) (first, rest string) {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case text[i] == ',' && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func unquote(value string) string {
	if len(value) >= 2 && value[0] == '\'' && value[len(value)-1] == '\'' {
		return strings.ReplaceAll(value[1:len(value)-1], "''", "'")
	}
	return value
}

// key returns what a segment has for a key in parentheses.
func (s segment) key() string {
	var all []string
	for _, a := range s.arguments {
		if a.name == "" {
			all = append(all, a.value)
		} else {
			all = append(all, a.name+"="+a.value)
		}
	}
	return strings.Join(all, ",")
}
