package reading

import "strings"

// Table adds rows as a Markdown table whose first row is the head, as a block. Rows may be of different length; the
// cells are made to fit. Columns that are empty at the right end are left out. The rows go straight into the output,
// so that a table costs no more than the output takes.
func (o *Output) Table(rows [][]string) {
	width, all := 0, 0
	for _, row := range rows {
		n := filled(row)
		width, all = max(width, n), all+n
	}
	if width == 0 || o.Full {
		return
	}
	// Short rows are filled up, but not where that would make a table of bars: a few kilobytes can hold a row of a
	// hundred thousand cells, and as many rows of one.
	even := len(rows) <= (4*all+1000)/width
	if o.b.Len() > 0 {
		o.Write("\n\n")
	}
	for i, row := range rows {
		cells := width
		if i > 0 {
			o.Write("\n")
			if !even {
				cells = max(filled(row), 1)
			}
		}
		if o.row(row, cells); i == 0 {
			o.rule(width)
		}
		if o.Full {
			return
		}
	}
}

// filled returns how many cells a row has without those that are empty at its end.
func filled(row []string) int {
	n := len(row)
	for n > 0 && strings.TrimSpace(row[n-1]) == "" {
		n--
	}
	return n
}

// row writes the first cells of a row, and empty ones where it has fewer.
func (o *Output) row(row []string, cells int) {
	for i := 0; i < cells && !o.Full; i++ {
		o.Write("|")
		if i < len(row) {
			o.Write(Cell(row[i]))
		}
	}
	o.Write("|")
}

// rule writes the line below the head.
func (o *Output) rule(width int) {
	o.Write("\n")
	for i := 0; i < width && !o.Full; i++ {
		o.Write("|-")
	}
	o.Write("|")
}

// MarkdownTable returns what Output.Table writes, at most as much as a text may have.
func MarkdownTable(rows [][]string) string {
	o := DefaultLimits().Output()
	o.Table(rows)
	return o.String()
}

// Cell makes s fit into a cell of a Markdown table: one line, no bars.
func Cell(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, `\`) {
		s += " " // it would take the bar behind it along
	}
	if !strings.ContainsAny(s, "|\n\r\t") {
		return s
	}
	return strings.NewReplacer("|", `\|`, "\r\n", "<br>", "\n", "<br>", "\r", "<br>", "\t", " ").Replace(s)
}
