package client

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// statement is a header of a TOML text, or an entry that stands in no inline table.
type statement struct {
	table      []string // that it opens, or stands in
	key        []string // of an entry; nil for a header
	list       bool     // the header is one of [[these]]
	start, end int      // from the header's bracket or the key to the last character
	value      int      // where an entry's value begins
}

func (s statement) header() bool { return s.key == nil }

// statements returns the statements of a text, in their order. The text has been found to be TOML by the library, which
// tells neither where things begin nor where they end; so what is read here is only where, and what comes of it is
// checked by the library again. On any other text it ends early.
func statements(text string) []statement {
	var all []statement
	var table []string
	for at := 0; ; {
		at += blanks(text[at:])
		if at >= len(text) {
			return all
		}
		s := statement{start: at, table: table}
		if text[at] == '[' {
			s.list = strings.HasPrefix(text[at:], "[[")
			s.end = at + len(strings.TrimRight(text[at:at+extent(text[at:])], " \t\r"))
			table = keyParts(strings.Trim(text[at:s.end], "[]"))
			s.table = table
		} else {
			equals := at + until(text[at:], "=")
			if equals >= len(text) {
				return all
			}
			s.key = keyParts(text[at:equals])
			s.value = equals + 1
			for s.value < len(text) && (text[s.value] == ' ' || text[s.value] == '\t') {
				s.value++
			}
			s.end = s.value + extent(text[s.value:])
			s.end = s.value + len(strings.TrimRight(text[s.value:s.end], " \t\r"))
		}
		if s.end <= at || s.key == nil && s.table == nil {
			return all
		}
		all = append(all, s)
		at = s.end
	}
}

// blanks returns the length of the white space and comments that a text begins with.
func blanks(text string) int {
	at := 0
	for at < len(text) {
		switch text[at] {
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			at += len(firstLine(text[at:]))
		default:
			return at
		}
	}
	return at
}

// until returns where the first of stops stands in a text, outside of quotes; the text's length where none does.
func until(text, stops string) int {
	for at := 0; at < len(text); {
		switch c := text[at]; {
		case strings.IndexByte(stops, c) >= 0:
			return at
		case c == '"' || c == '\'':
			at += stringLength(text[at:])
		default:
			at++
		}
	}
	return len(text)
}

// extent returns the length of a value or a header: up to the end of the line or a comment, brackets being closed.
func extent(text string) int {
	depth := 0
	for at := 0; at < len(text); {
		switch c := text[at]; {
		case c == '"' || c == '\'':
			at += stringLength(text[at:])
			continue
		case c == '#' && depth > 0:
			at += len(firstLine(text[at:]))
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case depth <= 0 && (c == '\n' || c == '#'):
			return at
		}
		at++
	}
	return len(text)
}

// stringLength returns the length of the string that a text begins with.
func stringLength(text string) int {
	quote := text[:1]
	fence := quote
	if strings.HasPrefix(text, strings.Repeat(quote, 3)) {
		fence = strings.Repeat(quote, 3)
	}
	for at := len(fence); at < len(text); at++ {
		switch {
		case quote == `"` && text[at] == '\\':
			at++
		case strings.HasPrefix(text[at:], fence):
			at += len(fence)
			// Up to two quotes may stand right before the closing three.
			for i := 0; i < 2 && len(fence) == 3 && strings.HasPrefix(text[at:], quote); i++ {
				at++
			}
			return at
		case len(fence) == 1 && text[at] == '\n':
			return at
		}
	}
	return len(text)
}

// keyParts returns the parts of a dotted key, nil for what is none.
func keyParts(key string) []string {
	tree := map[string]any{}
	if _, err := toml.Decode("["+key+"]", &tree); err != nil {
		return nil
	}
	var parts []string
	for len(tree) == 1 {
		for part, below := range tree {
			parts = append(parts, part)
			tree, _ = below.(map[string]any)
		}
	}
	return parts
}
