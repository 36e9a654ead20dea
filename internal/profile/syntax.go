package profile

import (
	"errors"
	"strings"

	"github.com/BurntSushi/toml"
)

// syntax returns the library's error in our words. The library's own text
// repeats pieces of the source, which may be pieces of a secret.
func (l *loader) syntax(err error) error {
	e := &Error{File: l.at.file, Problem: "is not valid TOML", Remedy: "see config.example.toml"}
	var p toml.ParseError
	if !errors.As(err, &p) {
		return e
	}
	e.Line = max(1, p.Position.Line)
	e.Key = p.LastKey
	if _, rest, ok := strings.Cut(p.Message, "Key '"); ok {
		e.Key, _, _ = strings.Cut(rest, "' ") // the library's LastKey is the table around it
	}
	if strings.HasSuffix(p.Message, `end table name, but got '\n' instead`) {
		e.Line = max(1, e.Line-1) // the library names the line that follows
	}
	for _, known := range syntaxErrors() {
		if strings.Contains(p.Message, known.sign) {
			e.Problem, e.Remedy = known.problem, known.remedy
			break
		}
	}
	if !isKeyText(e.Key) {
		e.Key = ""
	}
	return e
}

type syntaxError struct{ sign, problem, remedy string }

// syntaxErrors maps a piece of the library's messages to ours; the first that
// fits counts.
func syntaxErrors() []syntaxError {
	const twice = "the key or table stands twice"
	return []syntaxError{
		{"already been defined", twice, "keep one of the two"},
		{"already created", twice, "keep one of the two"},
		{"invalid UTF-8", "is not UTF-8 text", "save it as UTF-8"},
		{"strings cannot contain newlines", "the text does not end on its line", `close the quote, or use """ around several lines`},
		{"scape", "a backslash begins an escape here", `write a path with / or in '...'`},
		{"after '\\", "a backslash begins an escape here", `write a path with / or in '...'`},
		{"unexpected EOF", "the file ends inside a value", "close the quote or bracket"},
		{"end of file", "the file ends inside a value", "close the quote or bracket"},
		{"expected a comma", "a comma or the closing bracket is missing", "separate values with commas"},
		{"unexpected comma", "there is a comma too many", "remove it"},
		{"expected a top-level item to end", "something follows the value on its line", "write one key to a line"},
		{"expected '.' or '='", "= is missing after the key", `write key = "value"`},
		{"expected value", "the value is missing or lacks its quotes", `write key = "value"`},
		{"key name", "the key's name is missing", `write key = "value"`},
		{"table array name", "the [[table]] is not closed", "write [[http.api_keys]]"},
		{"table name", "the [table] is not closed or has no name", "write [profiles.NAME]"},
		{"control characters", "contains a control character", "remove it"},
		{"nvalid", "the number or date is not written as TOML wants", `write text in quotes`},
		{"out of range", "the number is too large", "write a smaller one"},
	}
}

// isKeyText reports whether s looks like the name of a key and not like a value.
func isKeyText(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isBare(s[i]) && s[i] != '.' && s[i] != '"' {
			return false
		}
	}
	return len(s) <= maxShown
}
