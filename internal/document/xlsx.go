package document

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// xlsx reads one workbook: ECMA-376 part 1, section 18. Sheets are streamed, and reading stops where the text has
// its bound: a million rows cost what the first ones cost.
type xlsx struct {
	a       *archive
	out     *output
	shared  []string
	missing bool // shared strings were left out
	formats []cellFormat
	epoch   bool // days are counted from 1904
	notes   []string
	cells   int
	cut     bool     // a sheet was
	unread  []string // sheets for which there was no room
}

func readXlsx(a *archive, main string) (*Text, error) {
	x := &xlsx{a: a, out: a.l.output()}
	root, err := a.tree(main)
	if err != nil {
		return nil, asError(err, "xlsx")
	}
	rels, err := a.related(main)
	if err != nil {
		return nil, asError(err, "xlsx")
	}
	if properties := root.child("workbookPr"); properties != nil {
		x.epoch = isTrue(properties.attr("date1904"), false)
	}
	if err := x.prepare(rels); err != nil {
		return nil, asError(err, "xlsx")
	}
	sheets := root.child("sheets").all("sheet")
	for i, sheet := range sheets {
		if err := x.sheet(sheet, rels[sheet.rel("id")], len(sheets)-i); err != nil {
			return nil, asError(err, "xlsx")
		}
	}
	return x.text(len(sheets)), nil
}

// sheet writes one sheet under its name. While others are left, it may take half of the room, so that a long list in
// front does not hide the rest.
func (x *xlsx) sheet(n *node, r relationship, left int) error {
	name := cmp.Or(strings.Join(strings.Fields(n.attr("name")), " "), "(no name)")
	room := x.a.l.text - x.out.len()
	if left > 1 {
		room /= 2
	}
	if x.out.full || x.cells >= x.a.l.cells || room < 200 {
		x.unread = append(x.unread, printable(name))
		return nil
	}
	heading := "## " + name
	if state := n.attr("state"); strings.Contains(strings.ToLower(state), "hidden") {
		heading += " (hidden)"
	}
	x.out.block(heading)
	if r.kind != "worksheet" || !x.a.has(r.target) {
		if r.kind == "worksheet" {
			x.notes = append(x.notes, "Sheet "+printable(name)+" is missing in the file.")
		} else {
			x.out.block("(no cells: a " + cmp.Or(r.kind, "sheet") + ")")
		}
		return nil
	}
	s := &sheetReader{x: x, name: printable(name), room: room, links: map[string]string{}}
	if err := s.read(r.target); err != nil {
		return err
	}
	rels, err := x.a.related(r.target)
	if err != nil {
		return err
	}
	s.write(rels)
	return s.comments(rels)
}

// prepare reads what the cells refer to.
func (x *xlsx) prepare(rels map[string]relationship) error {
	if part := one(rels, "sharedStrings"); part != "" && x.a.has(part) {
		if err := x.sharedStrings(part); err != nil {
			return err
		}
	}
	if part := one(rels, "styles"); part != "" && x.a.has(part) {
		root, err := x.a.tree(part)
		if err != nil {
			return err
		}
		x.formats = cellFormats(root)
	}
	return nil
}

// maxShared bounds the shared strings that are kept, in bytes.
const maxShared = 64 << 20

func (x *xlsx) sharedStrings(part string) error {
	e, err := x.a.stream(part)
	if err != nil {
		return err
	}
	defer e.close()
	size := 0
	for {
		t, err := e.next(true)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := t.(xml.StartElement); !ok || start.Name.Local != "si" {
			continue
		}
		s, err := e.richText("si")
		if err != nil {
			return err
		}
		if size += len(s) + 16; size > maxShared {
			x.missing = true
			return nil
		}
		x.shared = append(x.shared, s)
	}
}

// richText reads the characters up to the end of an element that has begun: those in <t>, not those in <rPh>, which
// say how the others are pronounced.
func (e *elements) richText(end string) (string, error) {
	var b strings.Builder
	inText, phonetic := false, false
	for {
		t, err := e.next(true)
		if errors.Is(err, io.EOF) {
			return "", &Error{Kind: Broken, Detail: "its part " + printable(e.name) + " breaks off"}
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			inText = t.Name.Local == "t"
			phonetic = phonetic || t.Name.Local == "rPh"
		case xml.EndElement:
			inText = false
			switch t.Name.Local {
			case "rPh":
				phonetic = false
			case end:
				return unescape(b.String()), nil
			}
		case xml.CharData:
			if inText && !phonetic {
				b.Write(t)
			}
		}
	}
}

// unescape resolves _xHHHH_, which is how Excel writes characters that XML lacks.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		at := strings.Index(s, "_x")
		if at < 0 {
			return b.String() + s
		}
		b.WriteString(s[:at])
		s = s[at:]
		code, err := uint64(0), error(strconv.ErrSyntax)
		if len(s) >= 7 && s[6] == '_' {
			code, err = strconv.ParseUint(s[2:6], 16, 16)
		}
		if err != nil {
			b.WriteString(s[:2])
			s = s[2:]
			continue
		}
		if r := rune(code); r == '\n' || r == '\t' || r >= ' ' && (r < 0xd800 || r > 0xdfff) {
			b.WriteRune(r)
		}
		s = s[7:]
	}
}

func (x *xlsx) text(sheets int) *Text {
	t := x.out.text("xlsx")
	t.Sections, t.SectionName = sheets, "sheets"
	t.Truncated = t.Truncated || x.cut
	t.Notes = append(t.Notes, x.notes...)
	if x.missing {
		t.Truncated = true
		t.Notes = append(t.Notes, fmt.Sprintf("The workbook has more than %d MiB of different texts; those beyond are shown as …", maxShared>>20))
	}
	if len(x.unread) > 0 {
		t.Truncated = true
		names := x.unread
		if len(names) > 20 {
			names = append(names[:20:20], fmt.Sprintf("and %d more", len(x.unread)-20))
		}
		t.Notes = append(t.Notes, "There was no room for these sheets: "+strings.Join(names, ", ")+".")
	}
	return t
}
