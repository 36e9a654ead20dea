package office

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// rtf reads Rich Text Format 1.9.1. Its groups nest without recursion, and what it does not know it skips, as the
// format asks for.
type rtf struct {
	data  []byte
	at    int
	l     *reading.Limits
	group rtfGroup
	outer []rtfGroup
	fonts map[int]string // code page of each font
	page  string         // the document's code page
	raw   []byte         // characters of the code page that are not decoded yet
	high  rune           // the first half of a surrogate pair
	skip  int            // characters still to be skipped after \u
	flow  *flow
	line  strings.Builder // the paragraph being read
	label string          // what stands before it in a list
	row   []string
	rows  [][]string
	cells int
	size  int  // bytes in cells
	note  bool // hidden or deleted text was left out

	styles map[int]*rtfStyle
	target strings.Builder // the instruction of the field being read
}

// rtfStyle is what a paragraph style says about headings.
type rtfStyle struct {
	name    string
	outline int // 1 to 9, 0 for text
	based   int
}

// rtfGroup is what holds until the group ends.
type rtfGroup struct {
	ignored  bool // the group is no text: a list of fonts, a picture
	fontList bool
	styles   bool // the group is the list of styles
	style    int
	field    bool // the group is a field's instruction
	linkFrom int  // where the field's result begins in the paragraph, and 1
	label    bool // the group is a list item's number
	hidden   bool
	raised   bool
	struck   bool
	codePage string
	font     int
	fallback int // how many characters stand in for a \u
	inTable  bool
	outline  int // heading level, 0 for none
	level    int // of the list
	footnote bool
}

// maxGroups bounds how deep groups nest. Good files have some dozen.
const maxGroups = 10_000

// ReadRTF writes Rich Text Format as Markdown, as far as it goes: what is cut off or closed too often is read, too.
func ReadRTF(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	r := &rtf{data: f.Data, l: l, fonts: map[int]string{}, styles: map[int]*rtfStyle{}, page: "windows-1252", flow: &flow{Output: l.Output()}}
	r.group = rtfGroup{fallback: 1, codePage: r.page}
	for n := 0; r.at < len(r.data) && !r.flow.Full; n++ {
		if n%4096 == 0 {
			if err := l.Check(ctx); err != nil {
				return nil, err
			}
		}
		if len(r.outer) > maxGroups {
			return nil, &reading.Error{Kind: reading.TooLarge, Format: "rtf", Detail: "its groups nest deeper than " + strconv.Itoa(maxGroups)}
		}
		if r.line.Len() > l.Text {
			r.flow.Full = true
		}
		r.step()
	}
	r.decode()
	r.group = rtfGroup{outline: r.group.outline, style: r.group.style} // what is left is text, whatever was not closed
	r.endParagraph()
	r.endTable()
	t := r.flow.Text("rtf")
	if r.note {
		t.Notes = append(t.Notes, "Hidden text and tracked deletions were left out.")
	}
	return t, nil
}

// step reads one character, control word or brace.
func (r *rtf) step() {
	c := r.data[r.at]
	r.at++
	switch c {
	case '{':
		r.decode()
		r.skip = 0
		r.outer = append(r.outer, r.group)
		r.group.footnote, r.group.linkFrom = false, 0
	case '}':
		r.decode()
		r.skip = 0
		r.endGroup()
	case '\\':
		r.control()
	case '\r', '\n', 0:
	default:
		r.character(c)
	}
}

func (r *rtf) endGroup() {
	if len(r.outer) == 0 {
		return
	}
	if r.group.footnote && !r.group.ignored {
		r.group.raised, r.group.struck = false, false
		r.write("]")
	}
	if r.group.linkFrom > 0 {
		r.endLink(r.group.linkFrom - 1)
	}
	// A list item's number is only a group's; paragraph properties outlive groups in what some programs write, but
	// the format says that they do not.
	r.group = r.outer[len(r.outer)-1]
	r.outer = r.outer[:len(r.outer)-1]
}

// character takes a byte of text.
func (r *rtf) character(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.group.fontList || r.group.ignored {
		return
	}
	if r.raw = append(r.raw, c); len(r.raw) > r.l.Text {
		r.decode()
	}
}

// decode writes the bytes that were collected: characters may have two.
func (r *rtf) decode() {
	if len(r.raw) == 0 {
		return
	}
	text := decodeCodePage(r.raw, r.group.codePage)
	r.raw = r.raw[:0]
	r.write(text)
}

// write adds text to the paragraph.
func (r *rtf) write(s string) {
	switch {
	case r.group.ignored || r.group.fontList:
	case r.group.styles:
		if style := r.styles[r.group.style]; style != nil && len(style.name) < 40 {
			style.name += s
		}
	case r.group.field:
		if r.target.Len() < 4000 {
			r.target.WriteString(s)
		}
	case r.group.hidden:
		r.note = r.note || strings.TrimSpace(s) != ""
	case r.group.label:
		if len(r.label) < 40 {
			r.label += s
		}
	default:
		r.line.WriteString(reading.Marked(s, r.group.raised, r.group.struck))
	}
}

// unicode takes a \u: a UTF-16 unit, written as a signed number.
func (r *rtf) unicode(n int) {
	r.decode()
	c := rune(uint16(n))
	switch {
	case utf16.IsSurrogate(c) && c < 0xdc00:
		r.high = c
	case utf16.IsSurrogate(c):
		r.write(string(utf16.DecodeRune(r.high, c)))
	case c >= 0xf000 && c <= 0xf0ff: // a character of a symbol font
		r.write(symbol(strconv.FormatInt(int64(c), 16)))
	default:
		r.write(string(c))
	}
	r.skip = r.group.fallback
}

// control reads what follows a backslash.
func (r *rtf) control() {
	if r.at >= len(r.data) {
		return
	}
	c := r.data[r.at]
	if c|0x20 < 'a' || c|0x20 > 'z' {
		r.at++
		r.sign(c)
		return
	}
	from := r.at
	for r.at < len(r.data) && r.at-from < 32 && r.data[r.at]|0x20 >= 'a' && r.data[r.at]|0x20 <= 'z' {
		r.at++
	}
	word := string(r.data[from:r.at])
	from = r.at
	for r.at < len(r.data) && r.at-from < 11 && (r.data[r.at] >= '0' && r.data[r.at] <= '9' || r.at == from && r.data[r.at] == '-') {
		r.at++
	}
	n, err := strconv.Atoi(string(r.data[from:r.at]))
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	switch {
	case word == "bin":
		r.at = min(r.at+max(n, 0), len(r.data))
	case r.skip > 0:
		r.skip--
	default:
		r.word(word, n, err == nil)
	}
}

// sign reads a control symbol.
func (r *rtf) sign(c byte) {
	if c == '\'' {
		if r.at+2 <= len(r.data) {
			n, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8)
			if r.at += 2; err == nil {
				r.character(byte(n))
			}
		}
		return
	}
	if r.skip > 0 {
		r.skip--
		return
	}
	switch c {
	case '\\', '{', '}':
		r.character(c)
	case '*':
		r.decode()
		if !r.destination() {
			r.group.ignored = true
		}
	case '~':
		r.text(" ")
	case '_':
		r.text("-")
	case '\r', '\n':
		r.word("par", 0, false)
	}
}

// destination says whether the starred destination that follows holds text.
func (r *rtf) destination() bool {
	rest := r.data[r.at:min(r.at+24, len(r.data))]
	for _, known := range []string{`\shpinst`, `\pntext`, `\footnote`, `\fldinst`} {
		if strings.HasPrefix(string(rest), known) {
			return true
		}
	}
	return false
}

func (r *rtf) text(s string) {
	r.decode()
	r.write(s)
}
