package profile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// Bounds on a key: its parts and the length of its full name. Far beyond any key
// we know; without them a hostile file costs memory that grows with its square.
const (
	maxDepth = 32
	maxKey   = 256
)

// scanner finds the line of every key. The TOML library keeps lines to itself
// and only one for all elements of an array, while every error of ours names
// one. It reads any text without failing: where the text is no TOML it stops,
// and the library says what is wrong.
type scanner struct {
	src    string
	pos    int
	line   int
	table  string   // the table that the last header opened
	opened []string // its name's parts
	items  []item
	arrays map[string]int // how many [[headers]] each array of tables has had
	lines  map[string]place
	beyond int // the line of a key beyond the bounds, or 0
}

// item is a header, or an entry that stands in no inline table, as a piece of
// the source. What lies between two items is white space and comments.
type item struct {
	parts      []string // the key's full name; elements of arrays are not told apart
	header     bool
	line       int
	start, end int // of the header, or of the entry up to the end of its value
	value      int // where an entry's value begins
}

// scanAll reads src to its end: where each key stands, named as joinKey does,
// array elements as key[0], and the line of the first key beyond the bounds.
func scanAll(src string) *scanner {
	s := &scanner{src: src, line: 1, arrays: map[string]int{}, lines: map[string]place{}}
	for {
		s.blank(true)
		if s.pos >= len(s.src) {
			return s
		}
		it := item{line: s.line, start: s.pos, header: s.src[s.pos] == '['}
		if it.header {
			s.header()
			it.parts = s.opened
		} else {
			parts, value := s.entry(s.table, 0)
			it.parts, it.value = slices.Concat(s.opened, parts), value
		}
		it.end = s.pos
		s.items = append(s.items, it)
	}
}

func (s *scanner) stop() { s.pos = len(s.src) }

func (s *scanner) refuse() {
	s.beyond = s.line
	s.stop()
}

func (s *scanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *scanner) take(prefix string) bool {
	if !strings.HasPrefix(s.src[s.pos:], prefix) {
		return false
	}
	s.pos += len(prefix)
	return true
}

func (s *scanner) mark(key string) {
	if len(key) > maxKey {
		s.refuse()
		return
	}
	if _, ok := s.lines[key]; !ok {
		s.lines[key] = place{line: s.line, seq: len(s.lines)}
	}
}

// blank skips white space and comments, over line ends where asked to.
func (s *scanner) blank(overLines bool) {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '#':
			s.pos += lengthUntil(s.src[s.pos:], "\n")
		case c == '\n' && overLines:
			s.line++
			s.pos++
		case c == ' ' || c == '\t' || (c == '\r' && overLines):
			s.pos++
		default:
			return
		}
	}
}

// header reads [a.b] or [[a.b]].
func (s *scanner) header() {
	s.pos++
	array := s.take("[")
	parts, ok := s.key()
	if !ok || !s.take("]") || (array && !s.take("]")) {
		s.stop()
		return
	}
	path := ""
	for i, part := range parts {
		path = joinKey(path, part)
		s.mark(path)
		if array && i == len(parts)-1 {
			s.arrays[path]++
		}
		if n := s.arrays[path]; n > 0 {
			path = indexKey(path, n-1)
			s.mark(path)
		}
	}
	s.table, s.opened = path, parts
}

// entry reads key = value, the key's name being relative to table. It returns
// the name's parts and where the value begins.
func (s *scanner) entry(table string, depth int) (parts []string, value int) {
	parts, ok := s.key()
	if !ok || !s.take("=") {
		s.stop()
		return parts, s.pos
	}
	for _, part := range parts {
		table = joinKey(table, part)
		s.mark(table)
	}
	s.blank(false)
	value = s.pos
	s.value(table, depth+len(parts))
	return parts, value
}

// key reads a dotted key and the blanks around it.
func (s *scanner) key() (parts []string, ok bool) {
	for {
		s.blank(false)
		part, ok := s.keyPart()
		if !ok {
			return nil, false
		}
		parts = append(parts, part)
		if len(parts) > maxDepth {
			s.refuse()
			return nil, false
		}
		s.blank(false)
		if !s.take(".") {
			return parts, true
		}
	}
}

func (s *scanner) keyPart() (string, bool) {
	start := s.pos
	if c := s.peek(); c == '"' || c == '\'' {
		if !s.quoted(c) {
			return "", false
		}
		return unquoteKey(s.src[start:s.pos])
	}
	for s.pos < len(s.src) && isBare(s.src[s.pos]) {
		s.pos++
	}
	return s.src[start:s.pos], s.pos > start
}

func (s *scanner) value(key string, depth int) {
	if depth > maxDepth {
		s.refuse()
		return
	}
	switch c := s.peek(); c {
	case '"', '\'':
		s.text(c)
	case '[':
		s.array(key, depth)
	case '{':
		s.inline(key, depth)
	default:
		s.pos += lengthUntil(s.src[s.pos:], ",]}#\n")
	}
}

func (s *scanner) array(key string, depth int) {
	s.pos++
	for i := 0; s.pos < len(s.src); i++ {
		s.blank(true)
		if s.take("]") {
			return
		}
		before, element := s.pos, indexKey(key, i)
		s.mark(element)
		s.value(element, depth+1)
		s.blank(true)
		if !s.take(",") && s.pos == before {
			s.stop()
		}
	}
}

func (s *scanner) inline(key string, depth int) {
	s.pos++
	for s.pos < len(s.src) {
		s.blank(true)
		if s.take("}") {
			return
		}
		s.entry(key, depth)
		s.blank(true)
		s.take(",")
	}
}

// text reads a string of one line or of several.
func (s *scanner) text(quote byte) {
	fence := strings.Repeat(string(quote), 3)
	if !s.take(fence) {
		if !s.quoted(quote) {
			s.stop()
		}
		return
	}
	for s.pos < len(s.src) {
		switch {
		case quote == '"' && s.src[s.pos] == '\\' && s.pos+1 < len(s.src) && s.src[s.pos+1] != '\n':
			s.pos += 2
		case s.take(fence):
			// Up to two quotes may stand right before the closing three.
			for range 2 {
				s.take(fence[:1])
			}
			return
		case s.src[s.pos] == '\n':
			s.line++
			s.pos++
		default:
			s.pos++
		}
	}
}

// quoted reads a string of one line and reports whether it ends.
func (s *scanner) quoted(quote byte) bool {
	for s.pos++; s.pos < len(s.src) && s.src[s.pos] != '\n'; s.pos++ {
		switch s.src[s.pos] {
		case quote:
			s.pos++
			return true
		case '\\':
			if quote == '"' && s.pos+1 < len(s.src) && s.src[s.pos+1] != '\n' {
				s.pos++
			}
		}
	}
	return false
}

// unquoteKey returns what a quoted key says.
func unquoteKey(raw string) (string, bool) {
	inner := raw[1 : len(raw)-1]
	if raw[0] == '\'' || !strings.Contains(inner, `\`) {
		return inner, true
	}
	var v struct{ K string }
	_, err := toml.Decode("K = "+raw, &v)
	return v.K, err == nil
}

func lengthUntil(s, stops string) int {
	if i := strings.IndexAny(s, stops); i >= 0 {
		return i
	}
	return len(s)
}

func isBare(c byte) bool {
	return c == '_' || c == '-' || isAlnum(c)
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// joinKey returns the full name of key in table; a key that is not bare is
// quoted, which also keeps control characters off a terminal.
func joinKey(table, key string) string {
	bare := key != ""
	for i := 0; i < len(key) && bare; i++ {
		bare = isBare(key[i])
	}
	if !bare {
		key = strconv.Quote(key)
	}
	if table == "" {
		return key
	}
	return table + "." + key
}

func indexKey(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// parentKey returns the key of the table or array that holds key, "" at the top.
func parentKey(key string) string {
	cut, quoted := 0, false
	for i := 0; i < len(key); i++ {
		switch c := key[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case (c == '.' || c == '[') && !quoted:
			cut = i
		}
	}
	return key[:cut]
}
