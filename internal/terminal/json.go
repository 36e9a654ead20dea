package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// JSON writes JSON indented and coloured; margin stands before every line but the first. Numbers, texts and the order of
// members stay as they are written; in texts, what would steer a terminal is written with JSON's own escapes. It reports
// false, and writes nothing, where raw is no JSON.
func JSON(w io.Writer, s Screen, raw []byte, margin string) (bool, error) {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return false, nil
	}
	p := &printer{screen: s, in: compact.Bytes(), margin: margin}
	p.all()
	p.out.WriteByte('\n')
	_, err := w.Write(p.out.Bytes())
	return true, err
}

// printer goes over compact JSON that is known to be valid. It keeps no stack, so that no nesting is too deep for it.
type printer struct {
	screen Screen
	in     []byte
	pos    int
	out    bytes.Buffer
	margin string
	depth  int
}

// deepest is how far a line is indented at most: what is nested deeper only to fill memory does not.
const deepest = 64

func (p *printer) all() {
	for p.pos < len(p.in) {
		switch b := p.in[p.pos]; b {
		case '{', '[':
			p.open(b)
		case '}', ']':
			p.depth--
			p.newLine()
			p.byte(b)
		case ',':
			p.byte(b)
			p.newLine()
		case ':':
			p.byte(b)
			p.out.WriteByte(' ')
		default:
			token, ink := p.token()
			p.out.WriteString(p.screen.Paint(ink, token))
		}
	}
}

func (p *printer) byte(b byte) {
	p.out.WriteByte(b)
	p.pos++
}

func (p *printer) newLine() { p.out.WriteString("\n" + p.indent()) }

func (p *printer) indent() string { return p.margin + strings.Repeat("  ", min(p.depth, deepest)) }

// open begins an object or an array. One that is empty ends on the same line; an array of nothing but texts, numbers and
// the like fills lines, on a screen.
func (p *printer) open(b byte) {
	p.byte(b)
	if closing := p.in[p.pos]; closing == '}' || closing == ']' {
		p.byte(closing)
		return
	}
	p.depth++
	p.newLine()
	if b == '[' && p.screen.Width > 0 && p.isFlat() {
		p.fill()
	}
}

// isFlat tells whether the array at hand holds no object and no array.
func (p *printer) isFlat() bool {
	for i := p.pos; i < len(p.in); {
		switch p.in[i] {
		case '[', '{':
			return false
		case ']':
			return true
		case '"':
			i += textLength(p.in[i:])
		default:
			i++
		}
	}
	return false
}

// fill writes the elements of a flat array, up to its end, as many on a line as there is room for.
func (p *printer) fill() {
	start := len(p.indent())
	used := start
	for p.in[p.pos] != ']' {
		token, ink := p.token()
		wide := Width(token) + 1
		if used > start && used+wide > p.screen.Width {
			p.newLine()
			used = start
		} else if used > start {
			p.out.WriteByte(' ')
			used++
		}
		p.out.WriteString(p.screen.Paint(ink, token))
		if used += wide; p.in[p.pos] == ',' {
			p.byte(',')
		}
	}
}

// token takes a string, a number or a word.
func (p *printer) token() (string, Ink) {
	rest := p.in[p.pos:]
	length, ink := scalarLength(rest), Number
	switch b := rest[0]; {
	case b == '"':
		length, ink = textLength(rest), Good
		if length < len(rest) && rest[length] == ':' {
			ink = Name
		}
	case b >= 'a' && b <= 'z':
		ink = Word
	}
	p.pos += length
	return escaped(string(rest[:length]), func(rune) bool { return false }, jsonEscape), ink
}

// textLength is that of the string at the start, quotes included.
func textLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func scalarLength(b []byte) int {
	if i := bytes.IndexFunc(b, func(r rune) bool { return strings.ContainsRune(",]}", r) }); i >= 0 {
		return i
	}
	return len(b)
}

func jsonEscape(r rune) string {
	if high, low := utf16.EncodeRune(r); high != '\ufffd' {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
