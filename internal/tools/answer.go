package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// answer gathers what a model gets to see of one or more pages of JSON, within bounds.
type answer struct {
	maxChars int // of the whole; a byte counts as a character
	maxItems int // of the collection; 0: all of the first page
	raw      bool
	keepIDs  bool   // references have nothing but "@odata.id"
	nextName string // of the link to the next page; "@odata.nextLink" where empty
	reserve  int    // bytes that the links and notes at the end will take

	out   []byte // so far: {"value":[…
	head  []byte // the first page's other members, each with a leading comma
	items int    // written so far
	list  bool   // what came is a collection
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
	a.head = append(append(append(append(a.head, ','), key...), ':'), value...)
}

// add takes over a page's elements after the first skip ones, until a bound is reached. A body that is no
// collection is taken whole.
func (a *answer) add(body []byte, skip int) (page, error) {
	var p page
	s := &shaper{in: body, out: a.out, raw: a.raw, keepIDs: a.keepIDs}
	a.reserve = max(a.reserve, tailRoom, tailRoom/2+linkRoom(body))
	nextName := `"@odata.nextLink"`
	if a.nextName != "" {
		nextName = quote(a.nextName)
	}
	if s.peek() != '{' {
		return p, a.addSingle(body)
	}
	foundValue := false
	first := a.items == 0 && a.out == nil
	if first {
		s.out = make([]byte, 0, min(len(body), a.maxChars)+tailRoom)
	}
	var scratch []byte
	err := s.members(func(key []byte) error {
		if string(key) == `"value"` && s.peek() == '[' && !foundValue {
			foundValue = true
			if first {
				s.out = append(s.out, `{"value":[`...)
			}
			return a.addElements(s, &p, skip)
		}
		start := len(s.out)
		kept, err := s.value()
		scratch = append(scratch[:0], s.out[start:]...)
		s.out = s.out[:start]
		switch {
		case err != nil:
			return err
		case string(key) == nextName:
			p.next = unquoteScalar(scratch)
		case string(key) == `"@odata.deltaLink"`:
			p.delta = unquoteScalar(scratch)
		case first && (a.raw || kept && !isNoise(key)):
			a.addMember(key, scratch)
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
	a.list, a.out = true, s.out
	return p, nil
}

// addElements copies a collection's elements. Past a bound they are read over, as the links stand behind them.
func (a *answer) addElements(s *shaper, p *page, skip int) error {
	index := 0
	return s.elements(func() error {
		mark := len(s.out)
		if index++; index <= skip {
			p.taken = index
			_, err := s.value()
			s.out = s.out[:mark]
			return err
		}
		if a.items > 0 {
			s.out = append(s.out, ',')
		}
		start := s.pos
		if _, err := s.value(); err != nil {
			return err
		}
		if !p.full && a.items == 0 && len(s.out)+len(a.head) > a.maxChars-a.reserve {
			s.out = append(s.out[:mark], a.shrink(s.in[start:s.pos], a.maxChars-a.reserve-mark)...)
		}
		if p.full || a.maxItems > 0 && a.items >= a.maxItems || a.items > 0 && len(s.out)+len(a.head) > a.maxChars-a.reserve {
			p.full = true
			s.out = s.out[:mark]
			return nil
		}
		a.items++
		p.taken = index
		return nil
	})
}

// addSingle takes over a body that is one thing.
func (a *answer) addSingle(body []byte) error {
	s := &shaper{in: body, raw: a.raw, keepIDs: a.keepIDs, out: make([]byte, 0, len(body))}
	if _, err := s.value(); err != nil {
		return err
	}
	if s.peek() != 0 {
		return errJSON
	}
	a.out = s.out
	if len(a.out) > a.maxChars {
		a.out = a.shrink(body, a.maxChars)
	}
	return nil
}

// shrink writes one value into at most room bytes, by cutting its long strings shorter and shorter. Where that
// is not enough (a very large object of small values) the end is cut off, and said so.
func (a *answer) shrink(value []byte, room int) []byte {
	var out []byte
	for limit := room / 2; limit >= 32; limit /= 4 {
		s := &shaper{in: value, maxString: limit, raw: a.raw, out: out[:0]}
		if _, err := s.value(); err != nil {
			break
		}
		if out = s.out; len(out) <= room {
			return out
		}
	}
	text, _ := json.Marshal(map[string]string{"cut": clipText(string(out), (room-128)/2) + " … the rest is left out: use $select to ask for single properties"})
	return text
}

// text returns the whole answer; next is the link to go on with, or "".
func (a *answer) text(next, delta, note string) string {
	if !a.list {
		return string(a.out)
	}
	var b strings.Builder
	b.Grow(len(a.out) + len(a.head) + tailRoom)
	b.Write(a.out)
	b.WriteByte(']')
	b.Write(a.head)
	for _, link := range []struct{ name, value string }{{"@odata.nextLink", next}, {"@odata.deltaLink", delta}, {"note", note}} {
		if link.value != "" {
			fmt.Fprintf(&b, ",%q:%s", link.name, quote(link.value))
		}
	}
	b.WriteByte('}')
	return b.String()
}

// quote writes a JSON string without escaping what HTML would need, which would only cost tokens.
func quote(s string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
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
