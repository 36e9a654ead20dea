package office

import (
	"strconv"
	"strings"
)

// wordField is an open field: its instruction, then its result, which is what is shown.
type wordField struct {
	instruction string
	result      bool      // it has begun
	value       string    // of a form field that stores it beside its result
	line        *wordLine // in which the result begins, at from
	from        int
}

// maxInstruction is how many bytes of an instruction are kept. Addresses have some hundred.
const maxInstruction = 4000

// shown says whether text is visible: it is not where a field's instruction stands.
func (d *docx) shown() bool {
	for i := range d.fields {
		if !d.fields[i].result {
			return false
		}
	}
	return true
}

// field begins a field, its result, or ends it.
func (d *docx) field(p *wordLine, n *node) {
	last := len(d.fields) - 1
	switch kind := n.attr("fldCharType"); {
	case kind == "begin" && len(d.fields) < d.a.l.Depth:
		d.fields = append(d.fields, wordField{value: formValue(n.child("ffData"))})
	case kind == "separate" && last >= 0:
		open := &d.fields[last]
		open.result, open.line, open.from = true, p, len(p.text)
		d.release()
	case kind == "end" && last >= 0:
		ended := d.fields[last]
		d.fields = d.fields[:last]
		d.release()
		d.end(p, ended)
	}
}

// end writes what a field says beside its result: the address of a link, the value of a form field.
func (d *docx) end(p *wordLine, f wordField) {
	target := linkTarget(f.instruction)
	if !d.shown() || f.value == "" && target == "" {
		return
	}
	shown := ""
	if f.line == p && f.from <= len(p.text) {
		shown = string(p.text[f.from:])
	}
	switch {
	case f.value != "" && strings.TrimSpace(shown) == "":
		p.write(f.value)
	case target != "" && shown != "":
		p.text = append(p.text[:f.from], link(shown, target)...)
	}
}

func (d *docx) instruction(s string) {
	last := len(d.fields) - 1
	if last < 0 || d.fields[last].result {
		return
	}
	if f := &d.fields[last]; len(f.instruction)+len(s) <= maxInstruction {
		f.instruction += s
	}
}

// linkTarget returns the address in the instruction of a field that is a link; "" where it leads into the document.
func linkTarget(instruction string) string {
	name, rest, _ := strings.Cut(strings.TrimSpace(instruction), " ")
	rest = strings.TrimSpace(rest)
	if !strings.EqualFold(name, "HYPERLINK") || strings.HasPrefix(rest, `\`) {
		return ""
	}
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		target, _, _ := strings.Cut(quoted, `"`)
		return target
	}
	target, _, _ := strings.Cut(rest, " ")
	return target
}

// formValue returns what is chosen in a form field of the old kind: an entry of a list, or whether a box is ticked.
// What is typed into a field is its result.
func formValue(n *node) string {
	if list := n.child("ddList"); list != nil {
		chosen, err := strconv.Atoi(list.value("result"))
		if err != nil {
			chosen = span(list.value("default"), 0)
		}
		for _, entry := range list.kids {
			if entry.name != "listEntry" {
				continue
			}
			if chosen == 0 {
				return entry.attr("val")
			}
			chosen--
		}
		return ""
	}
	box := n.child("checkBox")
	switch {
	case box == nil:
		return ""
	case box.on("checked"), box.child("checked") == nil && box.on("default"):
		return "☒"
	}
	return "☐"
}

// hold keeps text of an instruction, for the case that it is none.
func (d *docx) hold(s string) {
	if d.held.Len()+len(s) <= d.a.l.Text {
		d.held.WriteString(s)
	}
}

// release forgets what was held back, once the fields around it turn out to be proper ones.
func (d *docx) release() {
	if d.shown() {
		d.held.Reset()
		d.waiting = 0
	}
}

// unclosed gives up on fields whose result does not begin for some paragraphs: instructions are short, and a broken
// field must not swallow the document.
func (d *docx) unclosed(f *flow) {
	if d.shown() {
		d.waiting = 0
		return
	}
	d.hold("\n\n")
	if d.waiting++; d.waiting > 3 {
		d.giveUp(f)
	}
}

// giveUp takes the open fields for broken ones, and writes what they held back.
func (d *docx) giveUp(f *flow) {
	d.fields, d.waiting = nil, 0
	for text := range strings.SplitSeq(d.held.String(), "\n\n") {
		f.Block(escapeLine(strings.TrimSpace(text)))
		f.inList = false
	}
	d.held.Reset()
}
