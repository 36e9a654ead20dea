package tools

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/document"
)

// shaper writes a service's JSON smaller, in one pass over its bytes: without white space, OData's annotations,
// nulls and empty values, and with HTML as text. Everything else is copied byte for byte, so 64-bit integers and
// the order of members stay as they were.
type shaper struct {
	in  []byte
	pos int
	out []byte
	shape
	depth int
	cut   bool   // a string was cut
	left  uint32 // a bit for each rare that was left out
}

// shape says what a shaper leaves out. The zero shape is a model's.
type shape struct {
	raw       bool // drop nothing but white space
	noLinks   bool // but, of what is raw, addresses that are a permission by themselves
	keepIDs   bool // keep "@odata.id"
	keepTag   bool // keep the outermost object's "@odata.etag", which If-Match needs
	keepNulls bool // a null says that a value was taken away: a delta's
	keepHTML  bool // the caller asked for it
	noBytes   bool // nobody asked for a file's bytes: leave them out
	lean      bool // of a list, nobody selected properties of: leave out what is rarely used, too, and cut long texts
	maxString int  // bytes of a string that are kept; 0: all
}

// maxDepth bounds the nesting that is followed; Graph's own objects stay far below.
const maxDepth = 128

var errJSON = errors.New("the answer is not valid JSON")

// value copies the next value. It reports whether anything worth keeping was written; the caller takes back
// what was not.
func (s *shaper) value() (kept bool, err error) {
	switch c := s.peek(); c {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		token, err := s.stringToken()
		if err != nil {
			return false, err
		}
		s.writeString(token)
		return s.keepNulls || len(token) > 2 && !isNoTime(token), nil
	case 0:
		return false, errJSON
	default:
		token, err := s.scalar()
		s.out = append(s.out, token...)
		return s.keepNulls || string(token) != "null", err
	}
}

// readOver checks the next value and writes nothing.
func (s *shaper) readOver() error {
	mark, shape := len(s.out), s.shape
	s.shape.raw, s.maxString = true, 0
	_, err := s.value()
	s.out, s.shape = s.out[:mark], shape
	return err
}

// isNoTime tells whether a string is the time that stands for none: .NET's smallest.
func isNoTime(token []byte) bool {
	return len(token) >= 21 && token[1] == '0' && bytes.HasPrefix(token, []byte(`"0001-01-01T00:00:00`))
}

func (s *shaper) object() (kept bool, err error) {
	if err := s.enter(); err != nil {
		return false, err
	}
	s.out = append(s.out, '{')
	start, typeAt, hasEmail := len(s.out), 0, false
	err = s.members(func(key []byte) error {
		mark, cut := len(s.out), s.cut
		if mark > start {
			s.out = append(s.out, ',')
		}
		s.out = append(append(s.out, key...), ':')
		at := len(s.out)
		kept, err := s.member(key, typeAt)
		switch {
		case !s.raw && (!kept || s.drops(key)), s.noLinks && isDownload(key):
			s.out, s.cut = s.out[:mark], cut
		case s.lean && string(key) == `"email"`:
			hasEmail = true
		case hasEmail && string(key) == `"id"`:
			s.out, s.left = s.out[:mark], s.left|1<<personID
		case !s.raw && !s.keepHTML && string(key) == `"contentType"` && isHTML(s.out[at:]):
			typeAt = at
		}
		return err
	})
	kept = len(s.out) > start || s.keepNulls
	s.out = append(s.out, '}')
	s.depth--
	return kept, err
}

// member copies a member's value. Where the object said at typeAt that its content is HTML, that becomes text, and
// the object says so.
func (s *shaper) member(key []byte, typeAt int) (kept bool, err error) {
	if typeAt == 0 || string(key) != `"content"` || s.peek() != '"' {
		return s.value()
	}
	token, err := s.stringToken()
	if err != nil {
		return false, err
	}
	text := document.PlainHTML(unquoteScalar(token))
	s.writeString([]byte(quote(text)))
	copy(s.out[typeAt:], `"text"`)
	return text != "", nil
}

func isHTML(token []byte) bool { return len(token) == 6 && strings.EqualFold(string(token), `"html"`) }

// drops tells whether a member of the object at hand is left out, whatever its value.
func (s *shaper) drops(key []byte) bool {
	switch {
	case s.lean && string(key) == `"hashes"`:
		s.left |= 1 << hashes
		return true
	case s.noBytes && string(key) == `"contentBytes"` && s.depth > 1:
		s.left |= 1 << innerBytes
		return true
	case s.noBytes && string(key) == `"contentBytes"`:
		s.left |= 1 << contentBytes
		return true
	case !isNoise(key):
		return false
	case s.keepIDs && string(key) == `"@odata.id"`:
		return false
	}
	return !s.keepTag || s.depth != 1 || string(key) != `"@odata.etag"`
}

// members calls do at each member's value, with the member's name as it is written, quotes included.
func (s *shaper) members(do func(key []byte) error) error {
	s.pos++ // {
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return errJSON
		}
		key, err := s.stringToken()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return errJSON
		}
		s.pos++
		if err := do(key); err != nil {
			return err
		}
		if more, err := s.another('}'); !more || err != nil {
			return err
		}
	}
}

func (s *shaper) array() (kept bool, err error) {
	if err := s.enter(); err != nil {
		return false, err
	}
	s.out = append(s.out, '[')
	start := len(s.out)
	err = s.elements(func() error {
		if len(s.out) > start {
			s.out = append(s.out, ',')
		}
		// Positions mean something (a worksheet's cells), so elements stay even where they are empty.
		_, err := s.value()
		return err
	})
	kept = len(s.out) > start || s.keepNulls
	s.out = append(s.out, ']')
	s.depth--
	return kept, err
}

// elements calls do at each element of an array.
func (s *shaper) elements(do func() error) error {
	s.pos++ // [
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := do(); err != nil {
			return err
		}
		if more, err := s.another(']'); !more || err != nil {
			return err
		}
	}
}

// another steps over a comma, or over the end.
func (s *shaper) another(end byte) (bool, error) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, nil
	case end:
		s.pos++
		return false, nil
	}
	return false, errJSON
}

func (s *shaper) enter() error {
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("the answer's JSON is nested deeper than %d levels", maxDepth)
	}
	return nil
}

// peek returns the next byte that is not white space, or 0 at the end.
func (s *shaper) peek() byte {
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// stringToken returns the next string as it is written, quotes included.
func (s *shaper) stringToken() ([]byte, error) {
	start := s.pos
	for i := start + 1; i < len(s.in); {
		n := bytes.IndexByte(s.in[i:], '"')
		if n < 0 {
			break
		}
		i += n + 1
		if !escaped(s.in[start:i]) {
			s.pos = i
			return s.in[start:i], nil
		}
	}
	return nil, errJSON
}

// escaped tells whether the quote that ends token is escaped: an odd number of backslashes stands before it.
func escaped(token []byte) bool {
	n := 0
	for i := len(token) - 2; i > 0 && token[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// scalar returns a number, true, false or null.
func (s *shaper) scalar() ([]byte, error) {
	start := s.pos
	for s.pos < len(s.in) && isScalarByte(s.in[s.pos]) {
		s.pos++
	}
	if s.pos == start {
		return nil, errJSON
	}
	return s.in[start:s.pos], nil
}

func isScalarByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// writeString copies a string, cut where it is longer than wanted.
func (s *shaper) writeString(token []byte) {
	if s.maxString <= 0 || len(token)-2 <= s.maxString {
		s.out = append(s.out, token...)
		return
	}
	s.cut = true
	cut := 1 + s.maxString
	for cut > 1 && !utf8.RuneStart(token[cut]) {
		cut--
	}
	// An escape is at most \uXXXX\uXXXX long; a cut inside of one would break the JSON.
	if i := bytes.LastIndexByte(token[max(1, cut-12):cut], '\\'); i >= 0 {
		cut = max(1, cut-12) + i
		for cut > 1 && token[cut-1] == '\\' {
			cut--
		}
	}
	s.out = append(s.out, token[:cut]...)
	s.out = fmt.Appendf(s.out, "… [%d more bytes]\"", len(token)-1-cut)
}

// isDownload tells whether a member is an address from which anybody can download a file for a while.
func isDownload(key []byte) bool {
	return strings.HasSuffix(strings.ToLower(unquoteScalar(key)), ".downloadurl")
}

// isNoise tells whether a member says nothing to a model: OData's annotations, but for the links and the count
// that a caller goes on with and the type that tells the members of a mixed list apart.
func isNoise(key []byte) bool {
	_, annotation, found := bytes.Cut(key, []byte("@"))
	if !found {
		return false
	}
	switch string(bytes.TrimSuffix(annotation, []byte(`"`))) {
	case "odata.nextLink", "odata.deltaLink", "odata.count", "odata.type":
		return false
	case "microsoft.graph.downloadUrl", "microsoft.graph.tips":
		return true
	}
	return bytes.HasPrefix(annotation, []byte("odata."))
}
