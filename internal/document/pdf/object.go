package pdf

import (
	"bytes"
	"context"
	"math"
	"strconv"
)

// The objects of a PDF (ISO 32000-1, 7.3) as the lexer gives them: nil, bool, int, float64, pdfString, pdfName,
// pdfArray, pdfDict, pdfRef, and pdfWord for whatever else stands between blanks (an operator, "obj", "R").
type (
	pdfName   string
	pdfString string
	pdfWord   string
	pdfArray  []any
	pdfDict   map[pdfName]any
	pdfRef    struct{ number, generation int }
)

// pdfStream is a stream whose bytes are still encoded; owner is what its decryption key depends on.
type pdfStream struct {
	dict  pdfDict
	raw   []byte
	owner pdfRef
}

const (
	pdfMaxDepth = 64      // arrays and dictionaries within each other
	pdfMaxItems = 1 << 17 // elements of one array or dictionary
)

// pdfMeter bounds the work that one file can cause, whatever loops its objects describe. It is counted in bytes
// read, decoded or searched, and once it is spent every reader built on it stops.
type pdfMeter struct {
	ctx  context.Context
	left int
	tick int
	err  error
}

// spend takes n from what is left and reports whether work may go on.
func (m *pdfMeter) spend(n int) bool {
	if m.err != nil {
		return false
	}
	if m.left -= n; m.left < 0 {
		m.err = errPDFWork
		return false
	}
	if m.tick += n; m.tick > 1<<16 {
		m.tick = 0
		m.err = m.ctx.Err()
	}
	return m.err == nil
}

// pdfLexer reads objects from data. It never fails: what makes no sense is skipped, as every viewer does.
type pdfLexer struct {
	data  []byte
	pos   int
	meter *pdfMeter
	depth int
	refs  bool // "1 0 R" is a reference; within a content stream there are none
}

func pdfSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func pdfDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// skipSpace passes blanks and comments.
func (x *pdfLexer) skipSpace() {
	for x.pos < len(x.data) {
		switch c := x.data[x.pos]; {
		case pdfSpace(c):
			x.pos++
		case c == '%':
			for x.pos < len(x.data) && x.data[x.pos] != '\n' && x.data[x.pos] != '\r' {
				x.pos++
			}
		default:
			return
		}
	}
}

// next gives the next object; ok is false at the end of the data and when the meter is spent.
func (x *pdfLexer) next() (object any, ok bool) {
	start := x.pos
	x.skipSpace()
	if x.pos >= len(x.data) || !x.meter.spend(x.pos-start+1) {
		return nil, false
	}
	switch c := x.data[x.pos]; c {
	case '/':
		return x.name(), true
	case '(':
		return x.literal(), true
	case '[':
		x.pos++
		return x.array(), true
	case '<':
		if x.pos+1 < len(x.data) && x.data[x.pos+1] == '<' {
			x.pos += 2
			return x.dict(), true
		}
		return x.hex(), true
	case ']', '{', '}', ')':
		x.pos++
		return pdfWord(c), true
	case '>':
		x.pos++
		if x.pos < len(x.data) && x.data[x.pos] == '>' {
			x.pos++
			return pdfWord(">>"), true
		}
		return pdfWord(">"), true
	}
	return x.regular(), true
}

// regular reads a number, a reference or a word.
func (x *pdfLexer) regular() any {
	word := x.word()
	switch word {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	number, ok := pdfNumber(word)
	if !ok {
		return pdfWord(word)
	}
	if n, whole := number.(int); whole && n >= 0 && x.refs {
		if ref, found := x.reference(n); found {
			return ref
		}
	}
	return number
}

// reference reads the rest of "n g R", or nothing.
func (x *pdfLexer) reference(n int) (pdfRef, bool) {
	back := x.pos
	x.skipSpace()
	g, err := strconv.Atoi(string(x.word()))
	x.skipSpace()
	if err == nil && g >= 0 && x.word() == "R" {
		return pdfRef{n, g}, true
	}
	x.pos = back
	return pdfRef{}, false
}

func (x *pdfLexer) word() string {
	start := x.pos
	for x.pos < len(x.data) && !pdfSpace(x.data[x.pos]) && !pdfDelimiter(x.data[x.pos]) {
		x.pos++
	}
	x.meter.spend(x.pos - start)
	return string(x.data[start:x.pos])
}

// pdfNumber reads a number as generous viewers do: "--5", "1.2.3" and "4-" occur in the wild.
func pdfNumber(word string) (any, bool) {
	if word == "" || word[0] > '9' || len(word) > 64 {
		return nil, false
	}
	if n, err := strconv.Atoi(word); err == nil {
		return n, true
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f, true
	}
	sign, rest := 1.0, word
	for rest != "" && (rest[0] == '-' || rest[0] == '+') {
		if rest[0] == '-' {
			sign = -1
		}
		rest = rest[1:]
	}
	end, dots := 0, 0
	for end < len(rest) && (rest[end] >= '0' && rest[end] <= '9' || rest[end] == '.' && dots == 0) {
		if rest[end] == '.' {
			dots++
		}
		end++
	}
	f, err := strconv.ParseFloat(rest[:end], 64)
	return sign * f, err == nil
}

func (x *pdfLexer) name() pdfName {
	x.pos++
	word := x.word()
	if !bytes.ContainsRune([]byte(word), '#') {
		return pdfName(word)
	}
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] == '#' && i+2 < len(word) {
			if b, err := strconv.ParseUint(word[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, word[i])
	}
	return pdfName(out)
}

// literal reads a string in parentheses (7.3.4.2).
func (x *pdfLexer) literal() pdfString {
	start := x.pos
	x.pos++
	var out []byte
	for depth := 1; x.pos < len(x.data); x.pos++ {
		c := x.data[x.pos]
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				x.pos++
				x.meter.spend(x.pos - start)
				return pdfString(out)
			}
		case '\\':
			out = x.escape(out)
			continue
		}
		out = append(out, c)
	}
	x.meter.spend(x.pos - start)
	return pdfString(out)
}

// escape reads what follows a backslash and leaves pos on its last byte.
func (x *pdfLexer) escape(out []byte) []byte {
	x.pos++
	if x.pos >= len(x.data) {
		return out
	}
	switch c := x.data[x.pos]; c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\n':
		return out
	case '\r':
		if x.pos+1 < len(x.data) && x.data[x.pos+1] == '\n' {
			x.pos++
		}
		return out
	case '0', '1', '2', '3', '4', '5', '6', '7':
		value := int(c - '0')
		for range 2 {
			if x.pos+1 >= len(x.data) || x.data[x.pos+1] < '0' || x.data[x.pos+1] > '7' {
				break
			}
			x.pos++
			value = value<<3 | int(x.data[x.pos]-'0')
		}
		return append(out, byte(value))
	default:
		return append(out, c)
	}
}

func (x *pdfLexer) hex() pdfString {
	x.pos++
	start := x.pos
	end := bytes.IndexByte(x.data[start:], '>')
	if end < 0 {
		x.pos = len(x.data)
		x.meter.spend(len(x.data) - start)
		return ""
	}
	x.pos = start + end + 1
	x.meter.spend(end)
	return pdfString(decodeHex(x.data[start : start+end]))
}

func (x *pdfLexer) array() pdfArray {
	var out pdfArray
	x.collect(func(object any) bool {
		if object == pdfWord("]") {
			return false
		}
		if _, junk := object.(pdfWord); !junk {
			out = append(out, object)
		}
		return len(out) < pdfMaxItems
	})
	return out
}

func (x *pdfLexer) dict() pdfDict {
	out := pdfDict{}
	key, haveKey := pdfName(""), false
	x.collect(func(object any) bool {
		if object == pdfWord(">>") || object == pdfWord("endobj") || object == pdfWord("stream") {
			return false
		}
		if !haveKey {
			key, haveKey = object.(pdfName)
			return true
		}
		if _, junk := object.(pdfWord); !junk {
			out[key] = object
		}
		haveKey = false
		return len(out) < pdfMaxItems
	})
	return out
}

// collect hands the objects that follow to add until it returns false. Where the nesting is too deep it stops at
// once: the remains are read as junk on an upper level.
func (x *pdfLexer) collect(add func(any) bool) {
	if x.depth >= pdfMaxDepth {
		return
	}
	x.depth++
	defer func() { x.depth-- }()
	for {
		object, ok := x.next()
		if !ok || !add(object) {
			return
		}
	}
}
