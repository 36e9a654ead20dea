package reading

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Output collects a text up to a bound. What comes after the bound is dropped, and Full says so.
type Output struct {
	b    strings.Builder
	Max  int  // bytes
	Full bool // something was dropped
}

// Output returns an empty text that takes as much as the limits allow.
func (l *Limits) Output() *Output { return &Output{Max: l.Text} }

// Write adds s, or as much of it as fits, cut between characters.
func (o *Output) Write(s string) {
	if o.Full {
		return
	}
	if room := o.Max - o.b.Len(); len(s) > room {
		o.Full = true
		for room > 0 && !utf8.RuneStart(s[room]) {
			room--
		}
		s = s[:room]
	}
	o.b.WriteString(s)
}

// Block adds a paragraph, list, table or heading, apart from what is before it by an empty line. Empty ones are
// left out.
func (o *Output) Block(s string) {
	s = strings.Trim(s, "\n")
	if strings.TrimSpace(s) == "" {
		return
	}
	if o.b.Len() > 0 {
		o.Write("\n\n")
	}
	o.Write(s)
}

// Line adds s to the block before it, on a line of its own.
func (o *Output) Line(s string) {
	if o.b.Len() > 0 {
		o.Write("\n")
	}
	o.Write(s)
}

// Len returns how many bytes were written.
func (o *Output) Len() int { return o.b.Len() }

// String returns what was written.
func (o *Output) String() string { return o.b.String() }

// Text makes the Text of a format, with a note where the bound was met.
func (o *Output) Text(format string) *Text {
	t := &Text{Format: format, Body: o.String()}
	if o.Full {
		t.Truncated = true
		t.Notes = append(t.Notes, fmt.Sprintf("Only the first %d KiB of the text were read; the rest was left out.", o.Max>>10))
	}
	return t
}

// finish makes what a reader returned hold what Text promises.
func (t *Text) finish(l *Limits) {
	t.Body = strings.ToValidUTF8(t.Body, "\uFFFD")
	if strings.ContainsRune(t.Body, '\r') {
		t.Body = strings.ReplaceAll(strings.ReplaceAll(t.Body, "\r\n", "\n"), "\r", "\n")
	}
	if len(t.Body) > l.Text {
		o := l.Output()
		o.Write(t.Body)
		cut := o.Text(t.Format)
		t.Body, t.Truncated, t.Notes = cut.Body, true, append(t.Notes, cut.Notes...)
	}
	for i, note := range t.Notes {
		t.Notes[i] = strings.ToValidUTF8(note, "\uFFFD")
	}
}
