package client

import (
	"encoding/json"
	"strings"
)

// JSON with comments and trailing commas, as a tree of where everything stands in the text. The text itself is what is
// edited: a tree that was written out again would lose what it does not know.

// maxDepth bounds how deep values may be nested: no client writes more, and each level costs stack.
const maxDepth = 500

// node is a value.
type node struct {
	kind       byte // '{', '[', '"', or 0 for a number, true, false and null
	start, end int
	members    []member // of '{' and '['
}

// member is an entry of an object, or an element of a list, which has no key.
type member struct {
	key   string
	start int // of the key, or of the element
	value node
	comma int // where the comma after it stands; -1 for none
}

// find returns the index of the member called key, and whether several are: then programs differ in which one counts.
func (n node) find(key string) (index int, twice bool) {
	index = -1
	for i, m := range n.members {
		if m.key == key {
			twice = index >= 0
			index = i
		}
	}
	return index, twice
}

// scanner reads a text of JSON.
type scanner struct {
	text   string
	pos    int
	reader string // who reads neither comments nor trailing commas; "" where they may be
}

// parseJSON returns the tree of a text.
func parseJSON(text, reader string) (node, *flaw) {
	s := &scanner{text: text, reader: reader}
	if err := s.blank(); err != nil {
		return node{}, err
	}
	root, err := s.value(0)
	if err != nil {
		return node{}, err
	}
	if err := s.blank(); err != nil {
		return node{}, err
	}
	if s.pos < len(text) {
		return node{}, flawAt(s.pos, "something stands after the end")
	}
	return root, nil
}

func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// blank skips white space and comments.
func (s *scanner) blank() *flaw {
	for s.pos < len(s.text) {
		rest := s.text[s.pos:]
		length := 0
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			s.pos++
			continue
		case strings.HasPrefix(rest, "//"):
			if length = strings.IndexByte(rest, '\n'); length < 0 {
				length = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return flawAt(s.pos, "a comment does not end")
			}
			length = end + 4
		default:
			return nil
		}
		if s.reader != "" {
			return flawAt(s.pos, "there is a comment, which %s does not read", s.reader)
		}
		s.pos += length
	}
	return nil
}

func (s *scanner) value(depth int) (node, *flaw) {
	if depth > maxDepth {
		return node{}, flawAt(s.pos, "values are nested too deep")
	}
	switch c := s.peek(); {
	case c == '{' || c == '[':
		return s.container(c, depth)
	case c == '"':
		return s.quoted()
	case s.pos >= len(s.text):
		return node{}, flawAt(s.pos, "the text ends too early")
	}
	start := s.pos
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n,:{}[]\"/", s.text[s.pos]) < 0 {
		s.pos++
	}
	if word := s.text[start:s.pos]; word == "" || !json.Valid([]byte(word)) {
		return node{}, flawAt(start, "there is something that is no value")
	}
	return node{start: start, end: s.pos}, nil
}

func (s *scanner) quoted() (node, *flaw) {
	start := s.pos
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			if !json.Valid([]byte(s.text[start:s.pos])) {
				return node{}, flawAt(start, "there is a text with a wrong \\ in it")
			}
			return node{kind: '"', start: start, end: s.pos}, nil
		case c < ' ':
			return node{}, flawAt(start, "there is a text without its closing quote")
		case c == '\\':
			s.pos++
		}
	}
	return node{}, flawAt(start, "there is a text without its closing quote")
}

// container reads an object or a list.
func (s *scanner) container(open byte, depth int) (node, *flaw) {
	n, end := node{kind: open, start: s.pos}, open+2 // '{' and '}' are two apart, '[' and ']' too
	s.pos++
	for {
		if err := s.blank(); err != nil {
			return n, err
		}
		if s.peek() == end {
			if last := len(n.members) - 1; last >= 0 && s.reader != "" {
				return n, flawAt(n.members[last].comma, "there is a comma after the last value, which %s does not read", s.reader)
			}
			s.pos++
			n.end = s.pos
			return n, nil
		}
		m, err := s.member(open == '{', depth)
		if err != nil {
			return n, err
		}
		if s.peek() == ',' {
			m.comma = s.pos
			s.pos++
		}
		n.members = append(n.members, m)
		if m.comma < 0 && s.peek() == end {
			s.pos++
			n.end = s.pos
			return n, nil
		}
		if m.comma < 0 {
			return n, flawAt(s.pos, "there is no comma or closing %c where one belongs", end)
		}
	}
}

// member reads a member with the blanks after it.
func (s *scanner) member(named bool, depth int) (member, *flaw) {
	m := member{start: s.pos, comma: -1}
	if named {
		if s.peek() != '"' {
			return m, flawAt(s.pos, "there is no name in quotes where one belongs")
		}
		name, err := s.quoted()
		if err != nil {
			return m, err
		}
		m.key = unquoted(s.text[name.start:name.end])
		if err := s.blank(); err != nil {
			return m, err
		}
		if s.peek() != ':' {
			return m, flawAt(s.pos, "there is no colon after a name")
		}
		s.pos++
		if err := s.blank(); err != nil {
			return m, err
		}
	}
	var err *flaw
	if m.value, err = s.value(depth + 1); err != nil {
		return m, err
	}
	return m, s.blank()
}

func unquoted(raw string) string {
	var s string
	_ = json.Unmarshal([]byte(raw), &s) // it was found valid
	return s
}
