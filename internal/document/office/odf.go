package office

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// odf reads one OpenDocument file (ISO/IEC 26300): text, sheets or slides. Its content is one part, which is read as a
// tree; LibreOffice's own bounds keep that in the size of a document.
type odf struct {
	a       *archive
	f       *flow
	hidden  map[string]bool // styles that hide a sheet or slide
	looks   map[string]odfLook
	numbers map[string]odfLevel // by "style level" of lists that are numbered
	counts  map[string]int      // where those stopped
	notes   []string            // footnotes and comments
	cells   int
	size    int  // bytes in cells
	full    bool // a bound on cells was met
}

func readOpenDocument(a *archive) (*reading.Text, error) {
	d := &odf{a: a, f: &flow{Output: a.l.Output()}, hidden: map[string]bool{}, looks: map[string]odfLook{}, numbers: map[string]odfLevel{}, counts: map[string]int{}}
	broken := d.commonStyles()
	root, err := a.tree("content.xml")
	if err != nil {
		if a.has("META-INF/manifest.xml") {
			if manifest, broken := a.tree("META-INF/manifest.xml"); broken == nil && len(manifest.all("encryption-data")) > 0 {
				return nil, &reading.Error{Kind: reading.Encrypted, Format: "OpenDocument", Detail: "it has a password"}
			}
		}
		return nil, reading.AsError(err, "OpenDocument")
	}
	if broken != nil {
		return nil, reading.AsError(broken, "OpenDocument")
	}
	d.styles(root.child("automatic-styles"))
	content := root.child("body")
	switch {
	case content.child("spreadsheet") != nil:
		return d.spreadsheet(content.child("spreadsheet")), nil
	case content.child("presentation") != nil:
		return d.presentation(content.child("presentation")), nil
	case content.child("text") != nil:
		d.blocks(content.child("text"))
		return d.text("odt", 0, ""), nil
	}
	return nil, &reading.Error{Kind: reading.Unsupported, Format: "OpenDocument", Detail: "it is neither text nor sheets nor slides"}
}

func (d *odf) text(format string, sections int, name string) *reading.Text {
	for i, note := range d.notes {
		if i == 0 {
			d.f.Block(note)
		} else {
			d.f.Line(note)
		}
	}
	t := d.f.Text(format)
	t.Sections, t.SectionName = sections, name
	if d.full {
		t.Truncated = true
		t.Notes = append(t.Notes, "Tables were cut: they are larger than what is read.")
	}
	return t
}

// blocks writes paragraphs, headings, lists, tables and what holds such.
func (d *odf) blocks(n *node) {
	if n == nil || d.f.Full {
		return
	}
	for _, kid := range n.kids {
		switch kid.name {
		case "h":
			level, _ := strconv.Atoi(kid.attr("outline-level"))
			d.f.Block(strings.Repeat("#", min(max(level, 1), 6)) + " " + strings.Join(strings.Fields(d.line(kid)), " "))
			d.f.inList = false
			d.boxes(kid)
		case "p":
			d.f.Block(escapeLine(strings.Trim(d.line(kid), " \t\n")))
			d.f.inList = false
			d.boxes(kid)
		case "list":
			d.list(kid, 1, kid.attr("style-name"))
		case "table":
			d.f.Table(d.grid(kid))
			d.f.inList = false
		case "tracked-changes", "forms", "sequence-decls", "notes": // deletions, and what is no text
		default:
			d.blocks(kid)
		}
	}
}

// boxes writes the text boxes that hang on a paragraph.
func (d *odf) boxes(n *node) {
	for _, box := range n.all("text-box") {
		d.blocks(box)
	}
}

// aside returns the paragraphs in n on one line.
func (d *odf) aside(n *node) string {
	var lines []string
	for _, p := range n.all("p") {
		lines = append(lines, strings.TrimSpace(d.line(p)))
	}
	return strings.Join(lines, " ")
}

// grid returns the cells of a table, those that are said to be repeated included while anything follows.
func (d *odf) grid(table *node) [][]string {
	var rows [][]string
	empty := 0
	for _, tr := range rowsOf(table) {
		row := d.row(tr)
		times := min(span(tr.attr("number-rows-repeated"), 1), maxRow)
		if len(row) == 0 {
			empty += times
			continue
		}
		for range min(empty, 1) { // one says that there is a gap
			rows = append(rows, nil)
		}
		for empty = 0; times > 0 && !d.full; times-- {
			d.cells += len(row)
			for _, text := range row {
				d.size += len(text)
			}
			// A few bytes can say that a long row repeats a million times.
			if d.full = d.cells > d.a.l.Cells || d.size > d.a.l.Text; !d.full {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// rowsOf returns a table's rows, also those in groups, but not those of tables within its cells.
func rowsOf(n *node) []*node {
	var rows []*node
	for _, kid := range n.kids {
		switch kid.name {
		case "table-row":
			rows = append(rows, kid)
		case "table-row-group", "table-header-rows", "table-rows":
			rows = append(rows, rowsOf(kid)...)
		}
	}
	return rows
}

func (d *odf) row(tr *node) []string {
	var row []string
	skipped := 0
	for _, tc := range tr.kids {
		if tc.name != "table-cell" && tc.name != "covered-table-cell" {
			continue
		}
		times, text := span(tc.attr("number-columns-repeated"), 1), ""
		if tc.name == "table-cell" {
			text = d.cell(tc)
		}
		if text == "" {
			skipped = min(skipped+times, maxSpan*64)
			continue
		}
		row = append(row, make([]string, skipped)...)
		skipped = 0
		row = append(row, slices.Repeat([]string{text}, times)...)
		if len(row) > maxColumn {
			return row[:maxColumn]
		}
	}
	return row
}

// cell returns a cell's value as it is stored where it is a number, a date or a time, and else its text.
func (d *odf) cell(n *node) string {
	switch n.attr("value-type") {
	case "float":
		return shortNumber(n.attr("value"))
	case "percentage":
		return hundredfold(shortNumber(n.attr("value")))
	case "currency":
		return strings.TrimSpace(shortNumber(n.attr("value")) + " " + n.attr("currency"))
	case "date":
		return strings.TrimSuffix(strings.Replace(n.attr("date-value"), "T", " ", 1), " 00:00:00")
	case "boolean":
		return strings.ToUpper(n.attr("boolean-value"))
	}
	var lines []string
	for _, kid := range n.kids {
		switch kid.name {
		case "p", "h":
			lines = append(lines, strings.TrimSpace(d.line(kid)))
		case "list":
			lines = append(lines, d.aside(kid))
		case "table":
			for _, row := range d.grid(kid) {
				lines = append(lines, strings.Join(row, " / "))
			}
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func (d *odf) spreadsheet(n *node) *reading.Text {
	count := 0
	for _, table := range n.kids {
		if table.name != "table" {
			continue
		}
		count++
		heading := "## " + cmp.Or(table.attr("name"), "(no name)")
		if d.hidden[table.attr("style-name")] {
			heading += " (hidden)"
		}
		d.f.Block(heading)
		before := d.f.Len()
		if d.f.Table(d.grid(table)); d.f.Len() == before {
			d.f.Block("(empty)")
		}
	}
	return d.text("ods", count, "sheets")
}

func (d *odf) presentation(n *node) *reading.Text {
	count := 0
	for _, page := range n.kids {
		if page.name != "page" {
			continue
		}
		count++
		heading := fmt.Sprintf("## Slide %d", count)
		var title *node
		for _, frame := range page.kids {
			if frame.attr("class") == "title" && title == nil {
				title = frame
			}
		}
		if title != nil {
			if said := strings.Join(strings.Fields(d.aside(title)), " "); said != "" {
				heading += ": " + said
			}
		}
		if d.hidden[page.attr("style-name")] {
			heading += " (hidden)"
		}
		d.f.Block(heading)
		for _, shape := range page.kids {
			if shape != title && shape.name != "notes" {
				d.blocks(&node{kids: []*node{shape}})
			}
		}
		if notes := page.child("notes"); notes != nil {
			if said := d.aside(notes); said != "" {
				d.f.Block("Notes: " + said)
			}
		}
	}
	return d.text("odp", count, "slides")
}
