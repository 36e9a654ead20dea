package html

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// htmlTable collects the cells of a table until its end shows whether it is one, or only lays out a page.
type htmlTable struct {
	layout bool
	head   bool // it has th
	rows   [][]string
	tight  int
	below  []int // how many rows each column is still taken by a cell of the rows above
}

// table gives the innermost open table.
func (w *htmlWriter) table() *htmlTable {
	for i := len(w.open) - 1; i >= 0; i-- {
		if w.open[i].table != nil {
			return w.open[i].table
		}
		if w.open[i].name == "td" || w.open[i].name == "th" {
			return nil
		}
	}
	return nil
}

func (w *htmlWriter) endCell(e htmlElement) {
	w.flush()
	text := strings.Trim(string(w.frame().text), "\n")
	w.out = w.out[:len(w.out)-1]
	var table *htmlTable
	for i := len(w.open) - 2; i >= 0 && table == nil; i-- {
		table = w.open[i].table
	}
	if table == nil { // a cell without a table
		w.block(text)
		return
	}
	if len(table.rows) == 0 {
		table.rows = append(table.rows, nil)
	}
	table.head = table.head || e.name == "th"
	if table.tight += e.number; table.tight > htmlMaxTableCells {
		return
	}
	table.add(text, e.number, e.rows)
}

// nextRow begins a row. Cells that reach down into the one that ends take their places at its end, too.
func (t *htmlTable) nextRow() {
	if n := len(t.rows); n > 0 {
		for c := len(t.rows[n-1]); c < len(t.below); c++ {
			t.below[c] = max(t.below[c]-1, 0)
		}
	}
	t.rows = append(t.rows, nil)
}

// add adds a cell to the last row, behind what reaches into it from above.
func (t *htmlTable) add(text string, columns, rows int) {
	row := &t.rows[len(t.rows)-1]
	for n := len(*row); n < len(t.below) && t.below[n] > 0 && t.tight < htmlMaxTableCells; n++ {
		t.below[n]--
		t.tight++
		*row = append(*row, "")
	}
	for range columns {
		for len(t.below) <= len(*row) {
			t.below = append(t.below, 0)
		}
		t.below[len(*row)] = rows - 1
		*row = append(*row, text)
		text = ""
	}
}

func spanOf(t html.Token, key string, most int) int {
	n, _ := strconv.Atoi(htmlAttribute(t, key))
	return min(max(n, 1), most)
}

const htmlMaxTableCells = 200_000

// endTable writes a table as one, or, where it serves the layout, its cells one after another.
func (w *htmlWriter) endTable(t *htmlTable) {
	rows, columns := 0, 0
	for _, row := range t.rows {
		filled := 0
		for _, c := range row {
			if c != "" {
				filled++
			}
			// What Markdown cannot have in a cell: tables, lists, long texts.
			if len(c) > 1000 || strings.Contains(c, "|\n") || strings.Contains(c, "\n- ") || strings.HasPrefix(c, "#") {
				t.layout = true
			}
		}
		if columns = max(columns, filled); filled > 0 {
			rows++
		}
	}
	if !t.layout && columns > 1 && (rows > 1 || t.head) {
		full := t.rows[:0]
		for _, row := range t.rows {
			for i, c := range row {
				row[i] = strings.ReplaceAll(c, "\n\n", "\n")
			}
			if strings.Join(row, "") != "" {
				full = append(full, row)
			}
		}
		w.block(strings.TrimRight(reading.MarkdownTable(full), "\n"))
		return
	}
	for _, row := range t.rows {
		for _, c := range row {
			w.block(c)
		}
	}
}

// flush ends the block that is being written.
func (w *htmlWriter) flush() {
	f := w.frame()
	if w.pre == 0 && f.marks != "" {
		w.mark(f, "")
	}
	for i := range w.open {
		if name := w.open[i].name; name == "a" || name == "sup" {
			w.open[i].from = -1 // it goes on in the next block
		}
	}
	f.space = false
	line := f.line
	f.line = nil
	if w.pre > 0 {
		if text := strings.Trim(string(line), "\r\n"); strings.TrimSpace(text) != "" {
			w.block("```\n" + text + "\n```")
		}
		return
	}
	if line = bytes.TrimSpace(line); len(line) > 0 {
		w.block(string(line))
	}
}

// block adds a finished block to the frame, under the marks of the lists and quotes that it is in.
func (w *htmlWriter) block(text string) {
	if text = strings.Trim(text, "\n"); text == "" {
		return
	}
	f := w.frame()
	marker := f.marker
	f.marker = ""
	indent, quote := w.margins()
	item := marker != "" && !strings.HasPrefix(marker, "#")
	lead := quote + indent
	if item && strings.HasSuffix(indent, "  ") && !strings.HasPrefix(marker, " ") {
		lead = quote + indent[2:]
	}
	if len(f.text) > 0 {
		if !(item && f.tight) {
			f.text = append(f.text, '\n')
			if quote != "" && f.quoted {
				f.text = append(f.text, strings.TrimRight(quote, " ")...)
			}
		}
		f.text = append(f.text, '\n')
	}
	f.tight, f.quoted = item, quote != ""
	first := true
	for line := range strings.SplitSeq(text, "\n") {
		if !first {
			f.text = append(f.text, '\n')
			lead = quote + indent
			marker = ""
		}
		line = strings.TrimRight(line, " ")
		f.text = append(append(append(f.text, lead...), marker...), line...)
		w.size += len(lead) + len(marker) + 2
		first = false
	}
}

// margins gives what the open lists and quotes of the innermost frame put before each line.
func (w *htmlWriter) margins() (indent, quote string) {
	for i := len(w.open) - 1; i >= 0; i-- {
		switch w.open[i].name {
		case "td", "th":
			if w.open[i].number > 0 {
				return indent, quote
			}
		case "li":
			if len(indent) < 24 {
				indent += "  "
			}
		case "blockquote":
			if len(quote) < 24 {
				quote += "> "
			}
		}
	}
	return indent, quote
}
