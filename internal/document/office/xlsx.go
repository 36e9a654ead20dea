package office

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// xlsx reads one workbook: ECMA-376 part 1, section 18. Sheets are streamed, and reading stops where the text has
// its bound: a million rows cost what the first ones cost.
type xlsx struct {
	a       *archive
	out     *reading.Output
	shared  []string
	missing bool // shared strings were left out
	formats []cellFormat
	epoch   bool // days are counted from 1904
	notes   []string
	cells   int
	cut     bool     // a sheet was
	unread  []string // sheets for which there was no room
}

func readXlsx(a *archive, main string) (*reading.Text, error) {
	x := &xlsx{a: a, out: a.l.Output()}
	root, err := a.tree(main)
	if err != nil {
		return nil, reading.AsError(err, "xlsx")
	}
	rels, err := a.related(main)
	if err != nil {
		return nil, reading.AsError(err, "xlsx")
	}
	if properties := root.child("workbookPr"); properties != nil {
		x.epoch = isTrue(properties.attr("date1904"), false)
	}
	if err := x.prepare(rels); err != nil {
		return nil, reading.AsError(err, "xlsx")
	}
	sheets := root.child("sheets").all("sheet")
	for i, sheet := range sheets {
		if err := x.sheet(sheet, rels[sheet.rel("id")], len(sheets)-i); err != nil {
			return nil, reading.AsError(err, "xlsx")
		}
	}
	return x.text(len(sheets)), nil
}

// sheet writes one sheet under its name. While others are left, it may take half of the room, so that a long list in
// front does not hide the rest.
func (x *xlsx) sheet(n *node, r relationship, left int) error {
	name := cmp.Or(strings.Join(strings.Fields(n.attr("name")), " "), "(no name)")
	room := x.a.l.Text - x.out.Len()
	if left > 1 {
		room /= 2
	}
	if x.out.Full || x.cells >= x.a.l.Cells || room < 200 {
		x.unread = append(x.unread, printable(name))
		return nil
	}
	heading := "## " + name
	if state := n.attr("state"); strings.Contains(strings.ToLower(state), "hidden") {
		heading += " (hidden)"
	}
	x.out.Block(heading)
	if r.kind != "worksheet" || !x.a.has(r.target) {
		if r.kind == "worksheet" {
			x.notes = append(x.notes, "Sheet "+printable(name)+" is missing in the file.")
		} else {
			x.out.Block("(no cells: a " + cmp.Or(r.kind, "sheet") + ")")
		}
		return nil
	}
	s := &sheetReader{x: x, name: printable(name), room: room, links: map[string]string{}}
	if err := s.read(r.target); reading.IsTooLarge(err) {
		s.cut = true
		s.endRow()
	} else if err != nil {
		return err
	}
	rels, err := x.a.related(r.target)
	if err != nil && !reading.IsTooLarge(err) {
		return err
	}
	s.write(rels)
	if err := s.comments(rels); reading.IsTooLarge(err) {
		x.cut = true
		x.notes = append(x.notes, "The comments on sheet "+s.name+" are larger than what is read, and were left out.")
	} else if err != nil {
		return err
	}
	return nil
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

// Bounds on the shared strings that are kept, in bytes. Short ones cost more than their letters.
const (
	maxShared  = 32 << 20
	sharedCost = 64
)

// sharedStrings reads the texts that cells refer to. Where there are too many, the rest is missing.
func (x *xlsx) sharedStrings(part string) error {
	e, err := x.a.streamHalf(part)
	if err != nil {
		return err
	}
	defer e.close()
	for size := 0; size <= maxShared; {
		s, err := e.nextShared()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case reading.IsTooLarge(err):
			x.missing = true
			return nil
		case err != nil:
			return err
		}
		if size += len(s) + sharedCost; size <= maxShared {
			x.shared = append(x.shared, s)
		}
	}
	x.missing = true
	return nil
}

// nextShared reads the next shared string; io.EOF where there is none.
func (e *elements) nextShared() (string, error) {
	for {
		t, err := e.next(true)
		if err != nil {
			return "", err
		}
		if start, ok := t.(xml.StartElement); ok && start.Name.Local == "si" {
			return e.richText("si")
		}
	}
}

func (x *xlsx) text(sheets int) *reading.Text {
	t := x.out.Text("xlsx")
	t.Sections, t.SectionName = sheets, "sheets"
	t.Truncated = t.Truncated || x.cut
	t.Notes = append(t.Notes, x.notes...)
	if x.missing {
		t.Truncated = true
		t.Notes = append(t.Notes, "The workbook has more different texts than are read; those beyond are shown as …")
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
