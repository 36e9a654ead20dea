package tools

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// answer gathers what a model gets to see of one or more pages of JSON, within bounds.
type answer struct {
	maxChars int // of the whole; a byte counts as a character
	maxItems int // of the collection; 0: all of the first page
	shape
	nextName string // of the link to the next page; "@odata.nextLink" where empty
	reserve  int    // bytes that the links and notes at the end will take

	table table  // the elements so far
	one   []byte // what came where it is no collection
	head  []byte // the first page's other members, each with a leading comma
	items int    // elements so far
	list  bool   // what came is a collection
	left  uint32 // a bit for each rare that was left out
	cut   bool   // a long text was cut
	note  string // at its end, where there is one

	noteName string // of the note, where the service has one of its own; "note" where empty
}

// page tells what became of one page.
type page struct {
	next, delta string // links, "" where there is none
	taken       int    // elements of this page that were taken or skipped, from its start
	full        bool   // a bound was reached before the page's end
}

// tailRoom is kept for the links and notes at an answer's end, at least.
const tailRoom = 512

// linkRoom is what the links at the end of a page take.
func linkRoom(body []byte) int {
	i := bytes.LastIndexByte(body, ']')
	if i < 0 || len(body)-i > 16<<10 {
		return 0
	}
	return len(body) - i
}

// addMember keeps a member that stands beside a collection, as far as a quarter of the answer has room for all
// of them.
func (a *answer) addMember(key, value []byte) {
	room := a.maxChars/4 - len(a.head) - len(key)
	if len(value) > room {
		if room < 2*tailRoom {
			return
		}
		value = a.shrink(value, room)
	}
	switch string(key) {
	case `"common"`, `"columns"`, `"rows"`: // these are ours, and of two members of a name readers keep one
		a.table.loose, a.table.grid = true, false
	case `"note"`:
		a.noteName = "note_"
	}
	a.head = append(append(append(append(a.head, ','), key...), ':'), value...)
}

// shaper returns one that writes an element's values behind those that there are.
func (a *answer) shaper(body []byte) *shaper {
	s := &shaper{in: body, out: a.table.values, shape: a.shape}
	if s.lean {
		s.maxString = leanString
	}
	return s
}

// add takes over a page's elements after the first skip ones, until a bound is reached. A body that is no
// collection is taken whole.
func (a *answer) add(body []byte, skip int) (page, error) {
	var p page
	s := a.shaper(body)
	a.reserve = max(a.reserve, tailRoom, tailRoom/2+linkRoom(body))
	nextName := `"@odata.nextLink"`
	if a.nextName != "" {
		nextName = quote(a.nextName)
	}
	switch {
	case s.peek() == '{' && (a.list || bytes.Contains(body, []byte(`"value"`))): // or it is no collection
	case a.list:
		return p, errJSON
	default:
		return p, a.addSingle(body)
	}
	foundValue, first := false, !a.list
	if first {
		s.out = make([]byte, 0, min(len(body), a.maxChars)+tailRoom)
	}
	err := s.members(func(key []byte) error {
		if string(key) == `"value"` && s.peek() == '[' && !foundValue {
			foundValue = true
			return a.addElements(s, &p, skip)
		}
		start := len(s.out)
		defer func() { s.out = s.out[:start] }()
		kept, err := s.value()
		value := s.out[start:]
		switch {
		case err != nil:
			return err
		case string(key) == nextName:
			p.next = unquoteScalar(value)
		case string(key) == `"@odata.deltaLink"`:
			p.delta = unquoteScalar(value)
		case first && (a.raw || kept && !isNoise(key)):
			a.addMember(key, value)
		}
		return nil
	})
	switch {
	case err == nil && s.peek() != 0:
		return p, errJSON
	case err != nil:
		return p, err
	case !foundValue && first:
		a.head = nil
		return page{}, a.addSingle(body)
	}
	a.list, a.table.values = true, s.out
	return p, nil
}

// addElements copies a collection's elements. Past a bound they are read over, as the links stand behind them.
func (a *answer) addElements(s *shaper, p *page, skip int) error {
	index := 0
	return s.elements(func() error {
		mark, start := len(s.out), s.pos
		if index++; index <= skip {
			p.taken = index
			return s.readOver()
		}
		if p.full = p.full || a.maxItems > 0 && a.items >= a.maxItems; p.full {
			return s.readOver()
		}
		before := a.table.state()
		if err := a.addElement(s); err != nil {
			return err
		}
		room := a.maxChars - a.reserve - len(a.head)
		switch {
		case a.table.size() <= room:
		case a.items > 0:
			a.table.undo(before)
			s.out, p.full = s.out[:mark], true
			return nil
		default:
			a.table.undo(before)
			s.out = append(s.out[:mark], a.shrink(s.in[start:s.pos], room-listRoom)...)
			a.table.put(whole, mark, len(s.out))
			a.table.end()
		}
		a.items++
		p.taken = index
		return nil
	})
}

// listRoom is what a list takes around its only element.
const listRoom = 16

// addElement takes one element apart. One that is no object is kept whole, and so is every one where nothing may
// be left out.
func (a *answer) addElement(s *shaper) error {
	t, start := &a.table, len(s.out)
	if a.raw || a.keepNulls || s.peek() != '{' {
		_, err := s.value()
		t.put(whole, start, len(s.out))
		t.end()
		a.cut, a.left = a.cut || s.cut, a.left|s.left
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	likely := int32(0)
	err := s.members(func(key []byte) error {
		start, cut := len(s.out), s.cut
		kept, err := s.value()
		r := notRare
		if kept && s.lean {
			r = rareOf(key)
		}
		if !kept || r != notRare || s.drops(key) {
			s.out, s.cut = s.out[:start], cut
			a.left |= 1 << r
			return err
		}
		column := t.at(key, likely)
		likely = column + 1
		t.put(column, start, len(s.out))
		return err
	})
	s.depth--
	t.values = s.out
	a.cut, a.left = a.cut || s.cut, a.left|s.left
	if err == nil && a.lean {
		a.dropRepeats()
	}
	t.end()
	return err
}

// addSingle takes over a body that is one thing, all of which is shown.
func (a *answer) addSingle(body []byte) error {
	lean := a.lean
	a.table, a.lean = table{}, false
	s := &shaper{in: body, shape: a.shape, out: make([]byte, 0, len(body))}
	s.keepTag = true
	if err := a.addElement(s); err != nil {
		return err
	}
	if s.peek() != 0 {
		return errJSON
	}
	a.table.values = s.out
	if lean {
		a.dropMail()
	}
	a.one = a.table.appendElement(make([]byte, 0, a.table.size()), a.table.row(0), nil)
	a.note = a.singleNote()
	if most := a.maxChars - len(a.note); len(a.one) > most {
		a.one = a.shrink(body, most)
	}
	if open, isObject := bytes.CutSuffix(a.one, []byte("}")); isObject && a.note != "" {
		if len(open) > 1 {
			open = append(open, ',')
		}
		a.one = fmt.Appendf(open, `"note":%s}`, quote(a.note))
	}
	return nil
}

// shrink writes one value into at most room bytes, by cutting its long strings shorter and shorter. Where that
// is not enough (a very large object of small values) the end is cut off, and said so.
func (a *answer) shrink(value []byte, room int) []byte {
	var out []byte
	for limit := room / 2; limit >= 32; limit /= 4 {
		s := &shaper{in: value, shape: a.shape, out: out[:0]}
		s.maxString = limit
		if _, err := s.value(); err != nil {
			break
		}
		if out = s.out; len(out) <= room {
			return out
		}
	}
	text, _ := json.Marshal(map[string]string{"cut": clipText(string(out), max(0, (room-128)/2)) + " … the rest is left out: use $select to ask for single properties"})
	return text
}

// text returns the whole answer; next is the link to go on with, or "".
func (a *answer) text(next, delta, note string) string {
	if !a.list {
		return string(a.one)
	}
	if a.lean {
		a.dropSame()
	}
	if lean := a.leanNote(); lean != "" && note != "" {
		note += "; " + lean
	} else {
		note += lean
	}
	a.note = note
	out := a.table.append(make([]byte, 0, len(a.table.values)+len(a.head)+tailRoom))
	out = append(out, a.head...)
	for _, link := range []struct{ name, value string }{{"@odata.nextLink", next}, {"@odata.deltaLink", delta}, {cmp.Or(a.noteName, "note"), note}} {
		if link.value != "" {
			out = fmt.Appendf(out, ",%q:%s", link.name, quote(link.value))
		}
	}
	return string(append(out, '}'))
}

// quote writes a JSON string without escaping what HTML would need, which would only cost tokens.
func quote(s string) string {
	if isPlainText(s) {
		return `"` + s + `"` // the common case, without the encoder
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// appendQuoted appends what quote returns.
func appendQuoted(out []byte, s string) []byte {
	if isPlainText(s) {
		return append(append(append(out, '"'), s...), '"')
	}
	return append(out, quote(s)...)
}

// isPlainText tells whether nothing of a text has to be escaped in JSON.
func isPlainText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= utf8.RuneSelf }) < 0
}

func clipText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
