package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxShown bounds how much of a key an error repeats.
const maxShown = 120

// Error is one problem of a configuration. Load joins several with errors.Join,
// in the order of their lines.
type Error struct {
	File    string // "" where a variable or a flag is at fault
	Line    int    // from 1; 0 where File is at fault as a whole
	Key     string // the key's full name, or the variable's; may be ""
	Problem string
	Remedy  string // what to do next
}

// Error returns "file:line: key: problem; remedy" with the parts there are.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(clip(e.Key) + ": ")
	}
	b.WriteString(e.Problem)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Hint returns what to do next. Error ends with it too.
func (e *Error) Hint() string { return e.Remedy }

// within reports whether e is about the table named key, or something in it.
func (e *Error) within(key string) bool {
	return e.Key == key || strings.HasPrefix(e.Key, key+".") || strings.HasPrefix(e.Key, key+"[")
}

// Errorf returns an *Error about a key that only the caller can judge, such as
// a policy pattern (profiles.NAME.policy.allow[0]) or a tool's name: it finds
// the key's line, or the variable that set it. See [Profile.Key].
func (c *Config) Errorf(key, remedy, format string, args ...any) error {
	return c.at.problem(key, fmt.Sprintf(format, args...), remedy)
}

// places knows where each key was said: on a line of the file, or in a
// variable, which hides the line.
type places struct {
	file  string
	lines map[string]place
	vars  map[string]string
}

// place is where a key first stands: its line, and its number among all keys.
type place struct{ line, seq int }

// problem makes an Error at key, or at the nearest key above it that stands
// somewhere: a missing key is reported at its table.
func (p places) problem(key, problem, remedy string) *Error {
	for k := key; k != ""; k = parentKey(k) {
		if v, ok := p.vars[k]; ok {
			return &Error{Key: v, Problem: problem, Remedy: remedy}
		}
		if at, ok := p.lines[k]; ok {
			return &Error{File: p.file, Line: at.line, Key: key, Problem: problem, Remedy: remedy}
		}
	}
	return &Error{File: p.file, Key: key, Problem: problem, Remedy: remedy}
}

// variable returns the variable that set key, or "".
func (p places) variable(key string) string {
	for k := key; k != ""; k = parentKey(k) {
		if v, ok := p.vars[k]; ok {
			return v
		}
	}
	return ""
}

// problems collects errors.
type problems struct{ list []*Error }

func (p *problems) add(e *Error) { p.list = append(p.list, e) }

// join returns the problems as one error: first the file's by line, then the
// environment's; nil where there are none.
func (p *problems) join() error {
	slices.SortStableFunc(p.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Key, b.Key))
	})
	errs := make([]error, len(p.list))
	for i, e := range p.list {
		errs[i] = e
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

func rank(e *Error) int {
	if e.File != "" {
		return 0
	}
	return 1
}

func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
