package compact

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
)

// Answer gathers what a model gets to see of one or more pages of JSON, within bounds.
type Answer struct {
	MaxChars int // of the whole; a byte counts as a character
	MaxItems int // of the collection; 0: all of the first page
	Shape
	NextName string // of the link to the next page; "@odata.nextLink" where empty
	Reserve  int    // bytes that the links and notes at the end will take

	Items int    // elements so far
	Note  string // at its end, where there is one

	table    table  // the elements so far
	one      []byte // what came where it is no collection
	head     []byte // the first page's other members, each with a leading comma
	list     bool   // what came is a collection
	left     uint32 // a bit for each rare that was left out
	cut      bool   // a long text was cut
	noteName string // of the note, where the service has one of its own; "note" where empty
}

// Page tells what became of one page.
type Page struct {
	Next, Delta string // links, "" where there is none
	Taken       int    // elements of this page that were taken or skipped, from its start
	Full        bool   // a bound was reached before the page's end
}

// TailRoom is kept for the links and notes at an answer's end, at least.
const TailRoom = 512

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
func (a *Answer) addMember(key, value []byte) {
	room := a.MaxChars/4 - len(a.head) - len(key)
	if len(value) > room {
		if room < 2*TailRoom {
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
func (a *Answer) shaper(body []byte) *shaper {
	s := &shaper{in: body, out: a.table.values, Shape: a.Shape}
	if s.Lean {
		s.MaxString = leanString
	}
	return s
}

// Add takes over a page's elements after the first skip ones, until a bound is reached. A body that is no
// collection is taken whole.
func (a *Answer) Add(body []byte, skip int) (Page, error) {
	var p Page
	s := a.shaper(body)
	a.Reserve = max(a.Reserve, TailRoom, TailRoom/2+linkRoom(body))
	nextName := `"@odata.nextLink"`
	if a.NextName != "" {
		nextName = Quote(a.NextName)
	}
	switch {
	case s.peek() == '{' && (a.list || bytes.Contains(body, []byte(`"value"`))): // or it is no collection
	case a.list:
		return p, ErrJSON
	default:
		return p, a.addSingle(body)
	}
	foundValue, first := false, !a.list
	if first {
		s.out = make([]byte, 0, min(len(body), a.MaxChars)+TailRoom)
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
			p.Next = Unquote(value)
		case string(key) == `"@odata.deltaLink"`:
			p.Delta = Unquote(value)
		case first && (a.Raw || kept && !isNoise(key)):
			a.addMember(key, value)
		}
		return nil
	})
	if foundValue || a.list { // also where the page breaks off: what was read of it is shown
		a.list, a.table.values = true, s.out
	}
	switch {
	case err == nil && s.peek() != 0:
		return p, ErrJSON
	case err != nil:
		return p, err
	case !a.list:
		a.head = nil
		return Page{}, a.addSingle(body)
	}
	return p, nil
}

// addElements copies a collection's elements. Past a bound they are read over, as the links stand behind them.
func (a *Answer) addElements(s *shaper, p *Page, skip int) error {
	index := 0
	return s.elements(func() error {
		mark, start := len(s.out), s.pos
		if index++; index <= skip {
			p.Taken = index
			return s.readOver()
		}
		if p.Full = p.Full || a.MaxItems > 0 && a.Items >= a.MaxItems; p.Full {
			return s.readOver()
		}
		before := a.table.state()
		if err := a.addElement(s); err != nil {
			a.table.undo(before) // what there is of it
			s.out = s.out[:mark]
			return err
		}
		room := a.MaxChars - a.Reserve - len(a.head)
		switch {
		case a.table.size() <= room:
		case a.Items > 0:
			a.table.undo(before)
			s.out, p.Full = s.out[:mark], true
			return nil
		default:
			a.table.undo(before)
			s.out = append(s.out[:mark], a.shrink(s.in[start:s.pos], room-listRoom)...)
			a.table.put(whole, mark, len(s.out))
			a.table.end()
		}
		a.Items++
		p.Taken = index
		return nil
	})
}

// listRoom is what a list takes around its only element.
const listRoom = 16

// addElement takes one element apart. One that is no object is kept whole, and so is every one where nothing may
// be left out.
func (a *Answer) addElement(s *shaper) error {
	t, start := &a.table, len(s.out)
	if a.Raw || a.KeepNulls || s.peek() != '{' {
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
		if kept && s.Lean {
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
	if err == nil && a.Lean {
		a.dropRepeats()
	}
	t.end()
	return err
}

// addSingle takes over a body that is one thing, all of which is shown.
func (a *Answer) addSingle(body []byte) error {
	lean := a.Lean
	a.table, a.Lean = table{}, false
	s := &shaper{in: body, Shape: a.Shape, out: make([]byte, 0, len(body))}
	s.KeepTag = true
	if err := a.addElement(s); err != nil {
		return err
	}
	if s.peek() != 0 {
		return ErrJSON
	}
	a.table.values = s.out
	if lean {
		a.dropMail()
	}
	a.one = a.table.appendElement(make([]byte, 0, a.table.size()), a.table.row(0), nil)
	a.Note = a.singleNote()
	if most := a.MaxChars - len(a.Note); len(a.one) > most {
		a.one = a.shrink(body, most)
	}
	if open, isObject := bytes.CutSuffix(a.one, []byte("}")); isObject && a.Note != "" {
		if len(open) > 1 {
			open = append(open, ',')
		}
		a.one = fmt.Appendf(open, `"note":%s}`, Quote(a.Note))
	}
	return nil
}

// shrink writes one value into at most room bytes, by cutting its long strings shorter and shorter. Where that
// is not enough (a very large object of small values) the end is cut off, and said so.
func (a *Answer) shrink(value []byte, room int) []byte {
	var out []byte
	for limit := room / 2; limit >= 32; limit /= 4 {
		s := &shaper{in: value, Shape: a.Shape, out: out[:0]}
		s.MaxString = limit
		if _, err := s.value(); err != nil {
			break
		}
		if out = s.out; len(out) <= room {
			return out
		}
	}
	text, _ := json.Marshal(map[string]string{"cut": Clip(string(out), max(0, (room-128)/2)) + " … the rest is left out: use $select to ask for single properties"})
	return text
}

// Text returns the whole answer; next is the link to go on with, or "".
func (a *Answer) Text(next, delta, note string) string {
	if !a.list {
		return string(a.one)
	}
	if a.Lean {
		a.dropSame()
	}
	if lean := a.leanNote(); lean != "" && note != "" {
		note += "; " + lean
	} else {
		note += lean
	}
	a.Note = note
	out := a.table.append(make([]byte, 0, len(a.table.values)+len(a.head)+TailRoom))
	out = append(out, a.head...)
	for _, link := range []struct{ name, value string }{{"@odata.nextLink", next}, {"@odata.deltaLink", delta}, {cmp.Or(a.noteName, "note"), note}} {
		if link.value != "" {
			out = fmt.Appendf(out, ",%q:%s", link.name, Quote(link.value))
		}
	}
	return string(append(out, '}'))
}
