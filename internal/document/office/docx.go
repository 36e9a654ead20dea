package office

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// docx reads one Word document: ECMA-376 part 1, section 17. The body is read block by block, so that a long
// document never stands in memory as a tree.
type docx struct {
	a         *archive
	rels      map[string]relationship // of the part being read
	styles    map[string]*wordStyle
	numbers   *numbering
	fields    []wordField       // the open ones, inmost last
	held      strings.Builder   // what stands in the instructions of fields
	waiting   int               // paragraphs in which nothing was shown because of a field
	notes     map[string]*note  // footnotes, endnotes and comments by "kind id"
	used      []*note           // those that the text refers to, in order
	counts    map[string]int    // how many of each kind are used
	figures   map[string]string // texts of charts and diagrams by their part
	cells     int
	lost      bool // a chart or diagram could not be read
	hidden    bool // hidden text was met
	deleted   bool // a tracked deletion was met
	unread    bool // a part in a foreign format was met
	cellsFull bool
}

// note is a footnote, an endnote or a comment.
type note struct {
	part, label string
	body        *node
}

// flow is where blocks go: the text itself, a cell, a note.
type flow struct {
	*reading.Output
	inList bool // the last block was an item of a list
}

// item adds an item of a list; mark is what stands before it.
func (f *flow) item(mark, text string) {
	text = mark + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(mark)))
	if f.inList {
		f.Line(text)
	} else {
		f.Block(text)
	}
	f.inList = true
}

func readDocx(a *archive, main string) (*reading.Text, error) {
	d := &docx{a: a, notes: map[string]*note{}, counts: map[string]int{}, figures: map[string]string{}}
	rels, err := a.related(main)
	if err != nil {
		return nil, reading.AsError(err, "docx")
	}
	if err := d.prepare(rels); err != nil {
		return nil, reading.AsError(err, "docx")
	}
	d.rels = rels
	f := &flow{Output: a.l.Output()}
	if err := d.body(f, main); err != nil {
		return nil, reading.AsError(err, "docx")
	}
	if err := d.margins(f, rels); err != nil {
		return nil, reading.AsError(err, "docx")
	}
	if err := d.footnotes(f); err != nil {
		return nil, reading.AsError(err, "docx")
	}
	return d.text(f), nil
}

// prepare reads what the body refers to.
func (d *docx) prepare(rels map[string]relationship) error {
	var err error
	if d.styles, err = d.a.wordStyles(one(rels, "styles")); err != nil {
		return err
	}
	if d.numbers, err = d.a.numbering(one(rels, "numbering"), d.styles); err != nil {
		return err
	}
	for kind, element := range map[string]string{"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"} {
		part := one(rels, kind)
		if part == "" || !d.a.has(part) {
			continue
		}
		root, err := d.a.tree(part)
		if err != nil {
			return err
		}
		for _, n := range root.all(element) {
			d.notes[element+" "+n.attr("id")] = &note{part: part, body: n}
		}
	}
	return nil
}

// body streams the main part.
func (d *docx) body(f *flow, main string) error {
	e, err := d.a.stream(main)
	if err != nil {
		return err
	}
	defer e.close()
	inBody := false
	for !f.Full {
		t, err := e.next(false)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if !inBody {
			inBody = start.Name.Local == "body"
			continue
		}
		n, err := e.subtree(start)
		if err != nil {
			return err
		}
		d.block(f, n)
	}
	d.giveUp(f)
	if !inBody {
		return &reading.Error{Kind: reading.Broken, Detail: "its main part has no body"}
	}
	return nil
}

// block writes a paragraph, a table, or what stands in a wrapper.
func (d *docx) block(f *flow, n *node) {
	if f.Full {
		return
	}
	switch n.name {
	case "p":
		d.paragraph(f, n)
	case "tbl":
		d.table(f, n)
	case "sdt":
		d.blocks(f, n.child("sdtContent"))
	case "AlternateContent":
		d.blocks(f, alternative(n))
	case "ins", "moveTo", "customXml", "smartTag", "txbxContent":
		d.blocks(f, n)
	case "del", "moveFrom":
		d.deleted = true
	case "altChunk":
		d.unread = true
	}
}

func (d *docx) blocks(f *flow, n *node) {
	if n == nil {
		return
	}
	for _, kid := range n.kids {
		d.block(f, kid)
	}
}

// alternative returns the branch of an mc:AlternateContent to read: the first with anything in it.
func alternative(n *node) *node {
	for _, branch := range n.kids {
		if (branch.name == "Choice" || branch.name == "Fallback") && len(branch.kids) > 0 {
			return branch
		}
	}
	return nil
}

// paragraph writes one paragraph: a heading, an item of a list or plain text; text boxes come after it.
func (d *docx) paragraph(f *flow, n *node) {
	p := &wordLine{}
	d.inline(p, n)
	d.unclosed(f)
	properties := n.child("pPr")
	style := d.styles[properties.value("pStyle")]
	text := strings.Trim(reading.Settle(p.String()), " \t\n")
	label, level, listed := d.numbers.label(properties, style)
	heading := headingLevel(properties, style)
	switch {
	case text == "":
	case heading > 0:
		if listed && label != "-" {
			text = label + " " + text
		}
		f.Block(strings.Repeat("#", heading) + " " + strings.Join(strings.Fields(text), " "))
		f.inList = false
	case listed:
		f.item(strings.Repeat("  ", level)+label+" ", text)
	default:
		f.Block(escapeLine(text))
		f.inList = false
	}
	for _, box := range p.boxes {
		d.blocks(f, box)
	}
	for _, figure := range p.figures {
		f.Block(figure)
		f.inList = false
	}
}

// escapeLine keeps a paragraph from being taken for a heading or a table.
func escapeLine(s string) string {
	if strings.HasPrefix(s, "|") || strings.HasPrefix(s, "#") && strings.HasPrefix(strings.TrimLeft(s, "#"), " ") {
		return `\` + s
	}
	return s
}

// margins writes the headers and footers of the pages, each once, whatever number of sections have it.
func (d *docx) margins(f *flow, rels map[string]relationship) error {
	seen := map[string]bool{}
	for _, kind := range []string{"header", "footer"} {
		for _, r := range sorted(rels, kind) {
			if !d.a.has(r.target) {
				continue
			}
			root, err := d.a.tree(r.target)
			if err != nil {
				return err
			}
			text, err := d.aside(r.target, root)
			if err != nil {
				return err
			}
			if line := kind + ": " + text; strings.ContainsFunc(text, isWord) && !seen[line] {
				seen[line] = true
				f.Block("Page " + line)
			}
		}
	}
	return nil
}

// aside returns what stands in a part beside the text, on as few lines as it takes.
func (d *docx) aside(part string, root *node) (string, error) {
	rels, err := d.a.related(part)
	if err != nil {
		return "", err
	}
	outer, fields := d.rels, d.fields
	d.rels, d.fields = rels, nil
	side := &flow{Output: d.a.l.Output()}
	d.blocks(side, root)
	d.giveUp(side)
	d.rels, d.fields = outer, fields
	return strings.ReplaceAll(side.String(), "\n\n", "\n"), nil
}

// footnotes writes the notes that were referred to, as Markdown's footnotes. They may refer to others.
func (d *docx) footnotes(f *flow) error {
	for i := 0; i < len(d.used) && !f.Full; i++ {
		n := d.used[i]
		text, err := d.aside(n.part, n.body)
		if err != nil {
			return err
		}
		if author := n.body.attr("author"); author != "" {
			text = author + ": " + text
		}
		text = "[^" + n.label + "]: " + strings.ReplaceAll(text, "\n", "\n  ")
		if i == 0 {
			f.Block(text)
		} else {
			f.Line(text)
		}
	}
	return nil
}

func (d *docx) text(f *flow) *reading.Text {
	t := f.Text("docx")
	if d.deleted {
		t.Notes = append(t.Notes, "Tracked deletions were left out, tracked insertions are in the text.")
	}
	if d.hidden {
		t.Notes = append(t.Notes, "Hidden text was left out.")
	}
	if d.unread {
		t.Notes = append(t.Notes, "A part in another format (altChunk) was left out.")
	}
	if d.lost {
		t.Notes = append(t.Notes, "A chart or diagram could not be read, and was left out.")
	}
	if d.cellsFull {
		t.Truncated = true
		t.Notes = append(t.Notes, fmt.Sprintf("Tables were cut after %d cells.", d.a.l.Cells))
	}
	return t
}
