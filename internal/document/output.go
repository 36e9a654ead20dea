package document

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// output collects a text up to a bound. What comes after the bound is dropped, and full says so.
type output struct {
	b    strings.Builder
	max  int // bytes
	full bool
}

// output returns an empty text that takes as much as the limits allow.
func (l *limits) output() *output { return &output{max: l.text} }

// write adds s, or as much of it as fits, cut between characters.
func (o *output) write(s string) {
	if o.full {
		return
	}
	if room := o.max - o.b.Len(); len(s) > room {
		o.full = true
		for room > 0 && !utf8.RuneStart(s[room]) {
			room--
		}
		s = s[:room]
	}
	o.b.WriteString(s)
}

// block adds a paragraph, list, table or heading, apart from what is before it by an empty line. Empty ones are
// left out.
func (o *output) block(s string) {
	s = strings.Trim(s, "\n")
	if strings.TrimSpace(s) == "" {
		return
	}
	if o.b.Len() > 0 {
		o.write("\n\n")
	}
	o.write(s)
}

// line adds s to the block before it, on a line of its own.
func (o *output) line(s string) {
	if o.b.Len() > 0 {
		o.write("\n")
	}
	o.write(s)
}

func (o *output) len() int { return o.b.Len() }

func (o *output) String() string { return o.b.String() }

// text makes the Text of a format, with a note where the bound was met.
func (o *output) text(format string) *Text {
	t := &Text{Format: format, Body: o.String()}
	if o.full {
		t.Truncated = true
		t.Notes = append(t.Notes, fmt.Sprintf("Only the first %d KiB of the text were read; the rest was left out.", o.max>>10))
	}
	return t
}

// finish makes what a reader returned hold what Text promises.
func (t *Text) finish(l *limits) {
	t.Body = strings.ToValidUTF8(t.Body, "\uFFFD")
	if strings.ContainsRune(t.Body, '\r') {
		t.Body = strings.ReplaceAll(strings.ReplaceAll(t.Body, "\r\n", "\n"), "\r", "\n")
	}
	if len(t.Body) > l.text {
		o := l.output()
		o.write(t.Body)
		cut := o.text(t.Format)
		t.Body, t.Truncated, t.Notes = cut.Body, true, append(t.Notes, cut.Notes...)
	}
	for i, note := range t.Notes {
		t.Notes[i] = strings.ToValidUTF8(note, "\uFFFD")
	}
}
