package office

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// odfLook is how a style shows letters, as far as that changes what they say.
type odfLook struct {
	raised, struck bool
	saysRaised     bool // the style decides, and not what it stands in
	saysStruck     bool
}

// odfLevel is how a level of a list is numbered.
type odfLevel struct {
	format, before, after string
	start                 int
}

// commonStyles reads the styles that have a part of their own.
func (d *odf) commonStyles() error {
	if !d.a.has("styles.xml") {
		return nil
	}
	root, err := d.a.tree("styles.xml")
	if err == nil {
		d.styles(root.child("styles"))
	}
	return err
}

// styles reads a list of styles. Those in use have names of their own in the content, and are read last.
func (d *odf) styles(styles *node) {
	for _, n := range styles.all("style") {
		name := n.attr("name")
		look := d.looks[n.attr("parent-style-name")]
		for _, p := range n.kids {
			if p.attr("display") == "false" && p.name == "table-properties" || p.attr("visibility") == "hidden" {
				d.hidden[name] = true
			}
			if p.name == "text-properties" {
				look.read(p)
			}
		}
		if look != (odfLook{}) {
			d.looks[name] = look
		}
	}
	for _, n := range styles.all("list-style") {
		for _, level := range n.all("list-level-style-number") {
			if level.attr("num-format") == "" { // a number that is not shown
				continue
			}
			d.numbers[n.attr("name")+" "+level.attr("level")] = odfLevel{format: level.attr("num-format"),
				before: level.attr("num-prefix"), after: level.attr("num-suffix"), start: span(level.attr("start-value"), 1)}
		}
	}
}

// read takes "super 58%" or "33% 58%", and a line through the letters.
func (l *odfLook) read(properties *node) {
	if position := properties.attr("text-position"); position != "" {
		height, _, _ := strings.Cut(position, " ")
		percent, err := strconv.ParseFloat(strings.TrimSuffix(height, "%"), 64)
		l.raised, l.saysRaised = height == "super" || err == nil && percent > 0, true
	}
	if line := cmp.Or(properties.attr("text-line-through-style"), properties.attr("text-line-through-type")); line != "" {
		l.struck, l.saysStruck = line != "none", true
	}
}

// within returns the look of what has a style and stands in what has a look.
func (l odfLook) within(outer odfLook) odfLook {
	if !l.saysRaised {
		l.raised = outer.raised
	}
	if !l.saysStruck {
		l.struck = outer.struck
	}
	return l
}

// list writes a list of a level, from 1, and those within; they have its style where they name none.
func (d *odf) list(n *node, level int, style string) {
	style = cmp.Or(n.attr("style-name"), style)
	key := fmt.Sprint(style, " ", level)
	number, numbered := d.numbers[key]
	count := max(number.start, 1) - 1
	if n.attr("continue-numbering") == "true" || n.attr("continue-list") != "" {
		count = max(count, d.counts[key])
	}
	for _, item := range n.kids {
		mark := "- "
		switch {
		case item.name == "list-header" && numbered:
			mark = ""
		case item.name == "list-header":
		case item.name != "list-item":
			continue
		default:
			if start, err := strconv.Atoi(item.attr("start-value")); err == nil && start >= 0 {
				count = start - 1
			}
			if count++; numbered {
				mark = number.show(count) + " "
			}
		}
		d.item(item, strings.Repeat("  ", level-1)+mark, level, style)
	}
	d.counts[key] = count
}

func (l odfLevel) show(n int) string {
	format := map[string]string{"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}[l.format]
	if shown := strings.TrimSpace(l.before + countAs(n, format) + l.after); l.before+l.after != "" {
		return shown
	}
	return countAs(n, format) + "."
}

// item writes an item's paragraphs and the lists in it.
func (d *odf) item(n *node, mark string, level int, style string) {
	for _, kid := range n.kids {
		switch kid.name {
		case "p", "h":
			if text := strings.TrimSpace(d.line(kid)); text != "" {
				d.f.item(mark, text)
				mark = strings.Repeat(" ", len(mark))
			}
		case "list":
			if level < d.a.l.Depth {
				d.list(kid, level+1, style)
			}
		}
	}
}

// line writes what stands in a paragraph.
func (d *odf) line(n *node) string {
	var b strings.Builder
	d.inlines(&b, n, d.looks[n.attr("style-name")])
	return reading.Settle(b.String())
}

func (d *odf) inlines(b *strings.Builder, n *node, look odfLook) {
	for _, kid := range n.kids {
		d.inline(b, kid, look)
	}
}

func (d *odf) inline(b *strings.Builder, n *node, look odfLook) {
	switch n.name {
	case "":
		// White space collapses in OpenDocument; what counts is written as elements.
		text := strings.NewReplacer("\n", " ", "\t", " ", "\r", "").Replace(n.text)
		b.WriteString(reading.Marked(text, look.raised, look.struck))
	case "s":
		b.WriteString(strings.Repeat(" ", min(span(n.attr("c"), 1), 100)))
	case "tab":
		b.WriteString("\t")
	case "line-break":
		b.WriteString("\n")
	case "a":
		var inner strings.Builder
		d.inlines(&inner, n, look)
		b.WriteString(link(inner.String(), n.attr("href")))
	case "note":
		d.note(b, d.aside(n.child("note-body")))
	case "annotation":
		d.note(b, strings.TrimPrefix(n.child("creator").content()+": ", ": ")+d.aside(n))
	case "frame", "custom-shape", "rect", "g", "annotation-end", "soft-page-break", "text-box", "deletion", "ruby-text":
	default:
		d.inlines(b, n, d.looks[n.attr("style-name")].within(look))
	}
}

// note writes a footnote's or comment's number, and keeps its text for the end.
func (d *odf) note(b *strings.Builder, text string) {
	label := fmt.Sprintf("[^%d]", len(d.notes)+1)
	b.WriteString(label)
	d.notes = append(d.notes, label+": "+text)
}
