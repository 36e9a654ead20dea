package compact

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
	Shape
	depth int
	cut   bool   // a string was cut
	left  uint32 // a bit for each rare that was left out
}

// Shape says what is left out. The zero Shape is a model's.
type Shape struct {
	Raw       bool // drop nothing but white space
	NoLinks   bool // but, of what is raw, addresses that are a permission by themselves
	KeepIDs   bool // keep "@odata.id"
	KeepTag   bool // keep the outermost object's "@odata.etag", which If-Match needs
	KeepNulls bool // a null says that a value was taken away: a delta's
	KeepHTML  bool // the caller asked for it
	NoBytes   bool // nobody asked for a file's bytes: leave them out
	Lean      bool // of a list, nobody selected properties of: leave out what is rarely used, too, and cut long texts
	MaxString int  // bytes of a string that are kept; 0: all
}

// JSON returns one value as a shape has it.
func JSON(body []byte, in Shape) ([]byte, error) {
	s := &shaper{in: body, Shape: in}
	_, err := s.value()
	return s.out, err
}

// Members calls do with each member of an object, as it is written: the name with its quotes, and the value.
func Members(object []byte, do func(name, value []byte) error) error {
	s := &shaper{in: object}
	if s.peek() != '{' {
		return ErrJSON
	}
	return s.members(func(name []byte) error {
		s.peek()
		start := s.pos
		if err := s.readOver(); err != nil {
			return err
		}
		return do(name, object[start:s.pos])
	})
}

// maxDepth bounds the nesting that is followed; Graph's own objects stay far below.
const maxDepth = 128

// ErrJSON is an answer that is no JSON.
var ErrJSON = errors.New("the answer is not valid JSON")

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
		return s.KeepNulls || len(token) > 2 && !isNoTime(token), nil
	case 0:
		return false, ErrJSON
	default:
		token, err := s.scalar()
		s.out = append(s.out, token...)
		return s.KeepNulls || string(token) != "null", err
	}
}

// readOver checks the next value and writes nothing.
func (s *shaper) readOver() error {
	mark, shape := len(s.out), s.Shape
	s.Shape.Raw, s.MaxString = true, 0
	_, err := s.value()
	s.out, s.Shape = s.out[:mark], shape
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
		case !s.Raw && (!kept || s.drops(key)), s.NoLinks && isDownload(key):
			s.out, s.cut = s.out[:mark], cut
		case s.Lean && string(key) == `"email"`:
			hasEmail = true
		case hasEmail && string(key) == `"id"`:
			s.out, s.left = s.out[:mark], s.left|1<<personID
		case !s.Raw && !s.KeepHTML && string(key) == `"contentType"` && isHTML(s.out[at:]):
			typeAt = at
		}
		return err
	})
	kept = len(s.out) > start || s.KeepNulls
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
	text := document.PlainHTML(Unquote(token))
	s.writeString([]byte(Quote(text)))
	copy(s.out[typeAt:], `"text"`)
	return text != "", nil
}

func isHTML(token []byte) bool { return len(token) == 6 && strings.EqualFold(string(token), `"html"`) }

// drops tells whether a member of the object at hand is left out, whatever its value.
func (s *shaper) drops(key []byte) bool {
	switch {
	case s.Lean && string(key) == `"hashes"`:
		s.left |= 1 << hashes
		return true
	case s.NoBytes && string(key) == `"contentBytes"` && s.depth > 1:
		s.left |= 1 << innerBytes
		return true
	case s.NoBytes && string(key) == `"contentBytes"`:
		s.left |= 1 << contentBytes
		return true
	case !isNoise(key):
		return false
	case s.KeepIDs && string(key) == `"@odata.id"`:
		return false
	}
	return !s.KeepTag || s.depth != 1 || string(key) != `"@odata.etag"`
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
	kept = len(s.out) > start || s.KeepNulls
	s.out = append(s.out, ']')
	s.depth--
	return kept, err
}

// writeString copies a string, cut where it is longer than wanted.
func (s *shaper) writeString(token []byte) {
	if s.MaxString <= 0 || len(token)-2 <= s.MaxString {
		s.out = append(s.out, token...)
		return
	}
	s.cut = true
	cut := 1 + s.MaxString
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
	return strings.HasSuffix(strings.ToLower(Unquote(key)), ".downloadurl")
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
