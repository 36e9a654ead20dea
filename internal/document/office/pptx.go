package office

import (
	"fmt"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// pptx reads one presentation: ECMA-376 part 1, section 19.
type pptx struct {
	drawings                 // of the slide being read
	deck     *reading.Output // the slides before it
	title    string
}

// readPptx writes the slides in the order in which they are shown, which is not that of their names.
func readPptx(a *archive, main string) (*reading.Text, error) {
	p := &pptx{drawings: drawings{a: a}, deck: a.l.Output()}
	root, err := a.tree(main)
	if err != nil {
		return nil, reading.AsError(err, "pptx")
	}
	rels, err := a.related(main)
	if err != nil {
		return nil, reading.AsError(err, "pptx")
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
			return nil, reading.AsError(err, "pptx")
		}
		if !shown {
			hidden++
		}
		if p.deck.Full {
			break
		}
	}
	t := p.deck.Text("pptx")
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
	p.title, p.out = "", p.a.l.Output()
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
	p.deck.Block(heading)
	p.deck.Block(p.out.String())
	p.deck.Full = p.deck.Full || p.out.Full
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
				p.deck.Block("Notes: " + text)
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
			p.comment(n)
		}
	}
	return nil
}

// comment writes a comment and the replies to it: as text in the files of old programs, as paragraphs in new ones.
func (p *pptx) comment(n *node) {
	said := func(n *node) string {
		text := n.child("text").content()
		if text == "" {
			text = p.paragraphs(n.child("txBody"), false)
		}
		return strings.TrimSpace(text)
	}
	text := "Comment: " + said(n)
	if replies := n.child("replyLst"); replies != nil {
		for _, reply := range replies.all("reply") {
			text += "\nReply: " + said(reply)
		}
	}
	p.deck.Block(text)
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
		p.out.Block(text)
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
		p.out.Block("[image: " + said + "]")
	}
}
