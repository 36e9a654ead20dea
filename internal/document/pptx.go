package document

import (
	"fmt"
	"strings"
)

// pptx reads one presentation: ECMA-376 part 1, section 19.
type pptx struct {
	a       *archive
	out     *output
	rels    map[string]relationship // of the slide being read
	pending []string                // blocks of the slide being read
	title   string
	cells   int
}

// readPptx writes the slides in the order in which they are shown, which is not that of their names.
func readPptx(a *archive, main string) (*Text, error) {
	p := &pptx{a: a, out: a.l.output()}
	root, err := a.tree(main)
	if err != nil {
		return nil, asError(err, "pptx")
	}
	rels, err := a.related(main)
	if err != nil {
		return nil, asError(err, "pptx")
	}
	var slides []*node
	if list := root.child("sldIdLst"); list != nil {
		slides = list.all("sldId")
	}
	hidden, missing := 0, 0
	for i, n := range slides {
		part := rels[n.rel("id")].target
		if part == "" || !a.has(part) {
			missing++
			continue
		}
		shown, err := p.slide(part, i+1)
		if err != nil {
			return nil, asError(err, "pptx")
		}
		if !shown {
			hidden++
		}
		if p.out.full {
			break
		}
	}
	t := p.out.text("pptx")
	t.Sections, t.SectionName = len(slides), "slides"
	if hidden > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("%d of the slides are hidden, and marked so.", hidden))
	}
	if missing > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("%d slides are missing in the file.", missing))
	}
	return t, nil
}

// slide writes one slide: title, text, tables, charts, speaker notes, comments.
func (p *pptx) slide(part string, number int) (shown bool, err error) {
	root, err := p.a.tree(part)
	if err != nil {
		return false, err
	}
	if p.rels, err = p.a.related(part); err != nil {
		return false, err
	}
	p.title, p.pending = "", nil
	if err := p.shapes(root.child("cSld", "spTree")); err != nil {
		return false, err
	}
	heading := fmt.Sprintf("## Slide %d", number)
	if p.title != "" {
		heading += ": " + p.title
	}
	shown = isTrue(root.attr("show"), true)
	if !shown {
		heading += " (hidden)"
	}
	p.out.block(heading)
	for _, block := range p.pending {
		p.out.block(block)
	}
	return shown, p.remarks()
}

// remarks writes what is said about the slide: its speaker's notes and the comments.
func (p *pptx) remarks() error {
	if part := one(p.rels, "notesSlide"); part != "" && p.a.has(part) {
		root, err := p.a.tree(part)
		if err != nil {
			return err
		}
		for _, shape := range root.all("sp") {
			if text := p.paragraphs(shape.child("txBody"), false); placeholder(shape) == "body" && text != "" {
				p.out.block("Notes: " + text)
			}
		}
	}
	for _, r := range sorted(p.rels, "comments") {
		if !p.a.has(r.target) {
			continue
		}
		root, err := p.a.tree(r.target)
		if err != nil {
			return err
		}
		for _, n := range root.all("cm") {
			text := n.child("text").content()
			if text == "" {
				text = p.paragraphs(n.child("txBody"), false)
			}
			p.out.block("Comment: " + strings.TrimSpace(text))
		}
	}
	return nil
}

// shapes reads the shapes of a slide or of a group. Their order in the file is the one in which they are read aloud.
func (p *pptx) shapes(tree *node) error {
	if tree == nil {
		return nil
	}
	for _, n := range tree.kids {
		var err error
		switch n.name {
		case "sp":
			p.shape(n)
		case "grpSp":
			err = p.shapes(n)
		case "AlternateContent":
			err = p.shapes(alternative(n))
		case "graphicFrame":
			err = p.frame(n)
		case "pic":
			p.picture(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *pptx) shape(n *node) {
	kind := placeholder(n)
	switch kind {
	case "dt", "ftr", "sldNum", "hdr": // on every slide, or no content
		return
	case "title", "ctrTitle":
		if text := p.paragraphs(n.child("txBody"), false); p.title == "" {
			p.title = strings.Join(strings.Fields(text), " ")
			return
		}
	}
	list := kind == "body" || kind == "obj"
	if text := p.paragraphs(n.child("txBody"), list); text != "" {
		p.pending = append(p.pending, text)
	}
}

// placeholder returns what a shape is a placeholder for; "" where it is none. One without a type is for anything.
func placeholder(n *node) string {
	ph := n.child("nvSpPr", "nvPr", "ph")
	if ph == nil {
		return ""
	}
	if kind := ph.attr("type"); kind != "" {
		return kind
	}
	return "obj"
}

func (p *pptx) picture(n *node) {
	properties := n.child("nvPicPr", "cNvPr")
	if properties == nil {
		return
	}
	if said := strings.Join(strings.Fields(properties.attr("descr")), " "); said != "" {
		p.pending = append(p.pending, "[image: "+said+"]")
	}
}

// paragraphs writes the text of a shape. Where the paragraphs are a list by the slide's layout, one alone is none.
func (p *pptx) paragraphs(body *node, list bool) string {
	if body == nil {
		return ""
	}
	var lines []string
	several, counts := 0, [maxLevels]int{}
	for _, n := range body.kids {
		if n.name == "p" && strings.TrimSpace(p.line(n)) != "" {
			several++
		}
	}
	for _, n := range body.kids {
		if n.name != "p" {
			continue
		}
		text := strings.TrimSpace(p.line(n))
		if text == "" {
			continue
		}
		mark := bullet(n.child("pPr"), list && several > 1, &counts)
		lines = append(lines, mark+strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(mark))))
	}
	return strings.Join(lines, "\n")
}

// bullet returns what stands before a paragraph, indented by its level.
func bullet(properties *node, list bool, counts *[maxLevels]int) string {
	level := 0
	if properties != nil {
		level, _ = levelNumber(properties.attr("lvl"))
	}
	level = min(max(level, 0), maxLevels-1)
	for i := level + 1; i < maxLevels; i++ {
		counts[i] = 0
	}
	numbered := properties.child("buAutoNum")
	switch {
	case properties.child("buNone") != nil:
		return strings.Repeat("  ", level)
	case numbered != nil:
		if counts[level] == 0 {
			counts[level] = span(numbered.attr("startAt"), 1) - 1
		}
		counts[level]++
		return strings.Repeat("  ", level) + fmt.Sprint(counts[level]) + ". "
	case list || properties.child("buChar") != nil || properties.child("buBlip") != nil:
		counts[level] = 0
		return strings.Repeat("  ", level) + "- "
	}
	return ""
}

// line writes a paragraph's runs.
func (p *pptx) line(n *node) string {
	var b strings.Builder
	for _, kid := range n.kids {
		switch kid.name {
		case "r":
			text := kid.child("t").content()
			if click := kid.child("rPr", "hlinkClick"); click != nil {
				if r := p.rels[click.rel("id")]; r.external {
					text = link(text, r.target)
				}
			}
			b.WriteString(text)
		case "fld":
			b.WriteString(kid.child("t").content())
		case "br":
			b.WriteString("\n")
		case "m", "oMath", "oMathPara":
			b.WriteString(formula(kid))
		case "AlternateContent":
			if branch := alternative(kid); branch != nil {
				b.WriteString(p.line(branch))
			}
		}
	}
	return b.String()
}
