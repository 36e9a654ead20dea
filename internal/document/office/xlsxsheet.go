package office

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// Excel's own bounds.
const (
	maxRow    = 1 << 20
	maxColumn = 1 << 14
)

// sheetReader reads one sheet.
type sheetReader struct {
	x         *xlsx
	name      string
	room      int // bytes of text that this sheet may have
	rows      []sheetRow
	at        sheetRow // the row being read
	column    int      // of the last cell in it
	links     map[string]string
	dimension string
	hidden    bool // a row or column is
	bare      bool // a formula without a value was met
	cut       bool
}

type sheetRow struct {
	number int
	cells  []sheetCell
}

type sheetCell struct {
	column int // from 1
	text   string
}

// read streams a sheet's part.
func (s *sheetReader) read(part string) error {
	e, err := s.x.a.streamHalf(part)
	if err != nil {
		return err
	}
	defer e.close()
	for !s.cut {
		t, err := e.next(true)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := s.element(e, t); err != nil {
				return err
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				s.endRow()
			}
		}
	}
	s.endRow()
	return nil
}

func (s *sheetReader) element(e *elements, t xml.StartElement) error {
	switch t.Name.Local {
	case "dimension":
		s.dimension = attribute(t, "ref")
	case "col":
		s.hidden = s.hidden || isTrue(attribute(t, "hidden"), false)
	case "row":
		s.endRow()
		number, err := strconv.Atoi(attribute(t, "r"))
		if err != nil || number <= s.at.number || number > maxRow {
			number = s.at.number + 1 // rows may leave their number out
		}
		s.at, s.column = sheetRow{number: number}, 0
		s.hidden = s.hidden || isTrue(attribute(t, "hidden"), false)
	case "c":
		return s.cell(e, t)
	case "hyperlink":
		if len(s.links) < 100_000 {
			s.links[attribute(t, "ref")] = prefixed(t, "id")
		}
	}
	return nil
}

func (s *sheetReader) endRow() {
	if len(s.at.cells) > 0 {
		s.rows = append(s.rows, s.at)
		s.at.cells = nil
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func prefixed(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// storedCell is what a cell stores: a value or a text, and how it came to be.
type storedCell struct {
	value, formula strings.Builder
	inline         string
	hasFormula     bool
	into           *strings.Builder // where the characters go that are being read
}

// cell reads a cell to its end.
func (s *sheetReader) cell(e *elements, start xml.StartElement) error {
	var c storedCell
	for done := false; !done; {
		t, err := e.next(true)
		if errors.Is(err, io.EOF) {
			return &reading.Error{Kind: reading.Broken, Detail: "its part " + printable(e.name) + " breaks off"}
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := c.begin(e, t.Name.Local); err != nil {
				return err
			}
		case xml.EndElement:
			c.into, done = nil, t.Name.Local == "c"
		case xml.CharData:
			if c.into != nil {
				c.into.Write(t)
			}
		}
	}
	text := c.inline
	if text == "" {
		text = s.x.value(attribute(start, "t"), attribute(start, "s"), c.value.String())
	}
	if text == "" && c.hasFormula && c.value.Len() == 0 {
		text, s.bare = "="+c.formula.String(), true
	}
	if s.x.format(attribute(start, "s")).struck {
		text = reading.Settle(reading.Marked(text, false, true))
	}
	s.add(attribute(start, "r"), text)
	return nil
}

func (c *storedCell) begin(e *elements, name string) (err error) {
	switch c.into = nil; name {
	case "v":
		c.into = &c.value
	case "f":
		c.into, c.hasFormula = &c.formula, true
	case "is":
		c.inline, err = e.richText("is")
	}
	return err
}

// add puts a cell into its row, and stops the sheet where its room ends.
func (s *sheetReader) add(ref, text string) {
	column, _ := reference(ref)
	if column <= s.column { // without a reference, or out of order
		column = s.column + 1
	}
	s.column = column
	if strings.TrimSpace(text) == "" || column > maxColumn {
		return
	}
	s.room -= len(text) + 2
	s.x.cells++
	if s.room < 0 || s.x.cells > s.x.a.l.Cells {
		s.cut = true
		return
	}
	s.at.cells = append(s.at.cells, sheetCell{column, text})
}

// reference reads "BC12". What cannot be read is 0.
func reference(s string) (column, row int) {
	s, _, _ = strings.Cut(s, ":")
	i := 0
	for ; i < len(s) && i < 3; i++ {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(s[i:])
	if err != nil || row < 1 || row > maxRow || column > maxColumn {
		return column, 0
	}
	return column, row
}

func columnName(n int) string {
	var name []byte
	for ; n > 0; n = (n - 1) / 26 {
		name = append([]byte{byte('A' + (n-1)%26)}, name...)
	}
	return string(name)
}

// value makes text of a cell's stored value.
func (x *xlsx) value(kind, style, v string) string {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		switch {
		case err != nil || i < 0:
			return ""
		case i < len(x.shared):
			return x.shared[i]
		case x.missing:
			return "…"
		}
		return ""
	case "str", "inlineStr":
		return unescape(v)
	case "b":
		if isTrue(strings.TrimSpace(v), false) {
			return "TRUE"
		}
		if v != "" {
			return "FALSE"
		}
		return ""
	case "e", "d":
		return strings.TrimSpace(v)
	}
	return x.format(style).show(strings.TrimSpace(v), x.epoch)
}

// format returns the format of a style; a plain one where there is no such style.
func (x *xlsx) format(style string) cellFormat {
	i, err := strconv.Atoi(style)
	if err != nil || i < 0 || i >= len(x.formats) {
		return cellFormat{}
	}
	return x.formats[i]
}

// comments writes what is said about cells. Where people answer each other, Excel also keeps a copy for its old
// programs, which says nothing new.
func (s *sheetReader) comments(rels map[string]relationship) error {
	parts, element := sorted(rels, "threadedComment"), "threadedComment"
	if len(parts) == 0 {
		parts, element = sorted(rels, "comments"), "comment"
	}
	var lines []string
	for _, r := range parts {
		if !s.x.a.has(r.target) {
			continue
		}
		root, err := s.x.a.tree(r.target)
		if err != nil {
			return err
		}
		for _, n := range root.all(element) {
			if text := strings.Join(strings.Fields(n.child("text").content()), " "); text != "" {
				lines = append(lines, fmt.Sprintf("- %s: %s", printable(n.attr("ref")), text))
			}
		}
	}
	if len(lines) > 0 {
		s.x.out.Block("Comments:\n" + strings.Join(lines, "\n"))
	}
	return nil
}
