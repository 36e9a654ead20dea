package office

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// wordLine is a paragraph's text, and what hangs on it.
type wordLine struct {
	text           []byte
	raised, struck bool // the run being read is
	boxes          []*node
	figures        []string
}

func (p *wordLine) write(s string) { p.text = append(p.text, s...) }

func (p *wordLine) String() string { return string(p.text) }

func (d *docx) inlines(p *wordLine, n *node) {
	if n == nil {
		return
	}
	for _, kid := range n.kids {
		d.inline(p, kid)
	}
}

// inline writes what stands in a paragraph.
func (d *docx) inline(p *wordLine, n *node) {
	switch n.name {
	case "p", "ins", "moveTo", "smartTag", "customXml", "bdo", "dir", "fldSimple":
		d.inlines(p, n)
	case "sdt":
		d.inlines(p, n.child("sdtContent"))
	case "AlternateContent":
		d.inlines(p, alternative(n))
	case "r":
		d.run(p, n)
	case "hyperlink":
		d.hyperlink(p, n)
	case "del", "moveFrom":
		d.deleted = true
	case "oMath", "oMathPara":
		if d.shown() {
			p.write(formula(n))
		}
	default:
		d.piece(p, n)
	}
}

// run writes a run: a stretch of text with the same properties.
func (d *docx) run(p *wordLine, n *node) {
	properties := n.child("rPr")
	if properties.on("vanish") {
		d.hidden = true
		return
	}
	raised, struck := p.raised, p.struck
	style := d.styles[properties.value("rStyle")]
	p.raised = properties.value("vertAlign") == "superscript" || style != nil && style.raised && properties.child("vertAlign") == nil
	p.struck = properties.on("strike") || properties.on("dstrike")
	d.inlines(p, n)
	p.raised, p.struck = raised, struck
}

// within returns what stands in n, as a text of its own.
func (d *docx) within(p *wordLine, n *node) string {
	inner := &wordLine{}
	d.inlines(inner, n)
	p.boxes, p.figures = append(p.boxes, inner.boxes...), append(p.figures, inner.figures...)
	return inner.String()
}

// piece writes what stands in a run.
func (d *docx) piece(p *wordLine, n *node) {
	switch n.name {
	case "fldChar":
		d.field(p, n)
	case "instrText":
		d.instruction(n.content())
	case "drawing", "pict", "object":
		d.drawing(p, n)
	case "t":
		d.letters(p, n.content())
	case "tab", "ptab":
		d.letters(p, "\t")
	case "br":
		if kind := n.attr("type"); kind == "" || kind == "textWrapping" {
			d.letters(p, "\n")
		}
	case "cr":
		d.letters(p, "\n")
	case "noBreakHyphen":
		d.letters(p, "-")
	case "sym":
		d.letters(p, symbol(n.attr("char")))
	case "ruby":
		d.inlines(p, n.child("rubyBase"))
	case "footnoteReference", "endnoteReference", "commentReference":
		if d.shown() {
			d.refer(p, strings.TrimSuffix(n.name, "Reference"), n.attr("id"))
		}
	}
}

// letters writes what a run shows, or holds it back where a field's instruction stands.
func (d *docx) letters(p *wordLine, s string) {
	if !d.shown() {
		d.hold(s)
		return
	}
	p.write(reading.Marked(s, p.raised, p.struck))
}

func (d *docx) refer(p *wordLine, kind, id string) {
	n := d.notes[kind+" "+id]
	if n == nil {
		return
	}
	if n.label == "" {
		d.counts[kind]++
		n.label = fmt.Sprint(map[string]string{"endnote": "e", "comment": "c"}[kind], d.counts[kind])
		d.used = append(d.used, n)
	}
	p.write("[^" + n.label + "]")
}

func (d *docx) hyperlink(p *wordLine, n *node) {
	text := d.within(p, n)
	if r := d.rels[n.rel("id")]; r.external {
		text = link(text, r.target)
	}
	p.write(text)
}

// link writes a link, where it leads to somewhere that a reader can go.
func link(text, target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
		return text
	}
	shown := strings.TrimSpace(text)
	if shown == "" || shown == target || "mailto:"+shown == target || strings.ContainsAny(shown, "[]") {
		return text
	}
	target = strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "\n", "", "|", "%7C").Replace(target)
	return strings.Replace(text, shown, "["+strings.ReplaceAll(shown, "\n", " ")+"]("+target+")", 1)
}

// drawing takes the text boxes of a drawing, charts and diagrams, and what is said of a picture for those who do not
// see it.
func (d *docx) drawing(p *wordLine, n *node) {
	found := false
	for _, box := range textBoxes(n) {
		p.boxes, found = append(p.boxes, box), true
	}
	for _, data := range n.all("graphicData") {
		if text := d.figure(data); text != "" {
			p.figures, found = append(p.figures, text), true
		}
	}
	if found || !d.shown() {
		return
	}
	for _, properties := range n.all("docPr") {
		if said := strings.TrimSpace(properties.attr("descr")); said != "" {
			p.write("[image: " + strings.Join(strings.Fields(said), " ") + "]")
		}
	}
}

// figure returns the text of a chart or diagram. Each part is read once, however often a document shows it.
func (d *docx) figure(data *node) string {
	figures := &drawings{a: d.a, rels: d.rels, cells: d.cells, out: d.a.l.Output()}
	part := figures.part(data)
	if text, known := d.figures[part]; known || part == "" {
		return text
	}
	if err := figures.figure(data); err != nil {
		d.lost = true
	}
	d.cells = figures.cells
	d.figures[part] = figures.out.String()
	return d.figures[part]
}

// textBoxes returns the contents of text boxes, those of an alternative once.
func textBoxes(n *node) []*node {
	var found []*node
	for _, kid := range n.kids {
		switch kid.name {
		case "txbxContent":
			found = append(found, kid)
		case "AlternateContent":
			if branch := alternative(kid); branch != nil {
				found = append(found, textBoxes(branch)...)
			}
		default:
			found = append(found, textBoxes(kid)...)
		}
	}
	return found
}

// symbol reads the characters of Wingdings that forms are ticked with. The others are decoration.
func symbol(hex string) string {
	switch strings.ToUpper(strings.TrimPrefix(strings.ToUpper(hex), "F0")) {
	case "FE", "52", "54", "FD", "78":
		return "☒"
	case "A8", "6F", "71":
		return "☐"
	case "FC":
		return "✓"
	case "FB":
		return "✗"
	case "E0":
		return "→"
	case "B7":
		return "•"
	}
	return ""
}

func isWord(r rune) bool { return unicode.IsLetter(r) }

// formula writes Office's mathematics on a line.
func formula(n *node) string {
	group := func(s string) string {
		if len([]rune(s)) > 1 {
			return "(" + s + ")"
		}
		return s
	}
	inside := func(names ...string) string {
		if c := n.child(names...); c != nil {
			return formula(c)
		}
		return ""
	}
	switch n.name {
	case "t":
		return n.content()
	case "f":
		return group(inside("num")) + "/" + group(inside("den"))
	case "sSup":
		return inside("e") + "^" + group(inside("sup"))
	case "sSub":
		return inside("e") + "_" + group(inside("sub"))
	case "sSubSup":
		return inside("e") + "_" + group(inside("sub")) + "^" + group(inside("sup"))
	case "rad":
		return "√" + group(inside("e"))
	case "nary":
		return n.value("naryPr", "chr") + "_" + group(inside("sub")) + "^" + group(inside("sup")) + " " + inside("e")
	case "d":
		return "(" + inside("e") + ")"
	}
	var b strings.Builder
	for _, kid := range n.kids {
		b.WriteString(formula(kid))
	}
	return b.String()
}
