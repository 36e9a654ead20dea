package document

import "strings"

// table adds rows as a Markdown table whose first row is the head, as a block. Rows may be of different length; the
// cells are made to fit. Columns that are empty at the right end are left out. The rows go straight into the output,
// so that a table costs no more than the output takes.
func (o *output) table(rows [][]string) {
	width, all := 0, 0
	for _, row := range rows {
		n := filled(row)
		width, all = max(width, n), all+n
	}
	if width == 0 || o.full {
		return
	}
	// Short rows are filled up, but not where that would make a table of bars: a few kilobytes can hold a row of a
	// hundred thousand cells, and as many rows of one.
	even := len(rows) <= (4*all+1000)/width
	if o.b.Len() > 0 {
		o.write("\n\n")
	}
	for i, row := range rows {
		cells := width
		if i > 0 {
			o.write("\n")
			if !even {
				cells = max(filled(row), 1)
			}
		}
		if o.row(row, cells); i == 0 {
			o.rule(width)
		}
		if o.full {
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
func (o *output) row(row []string, cells int) {
	for i := 0; i < cells && !o.full; i++ {
		o.write("|")
		if i < len(row) {
			o.write(cell(row[i]))
		}
	}
	o.write("|")
}

// rule writes the line below the head.
func (o *output) rule(width int) {
	o.write("\n")
	for i := 0; i < width && !o.full; i++ {
		o.write("|-")
	}
	o.write("|")
}

// markdownTable returns what table writes, at most as much as a text may have.
func markdownTable(rows [][]string) string {
	o := defaultLimits().output()
	o.table(rows)
	return o.String()
}

// cell makes s fit into a cell of a Markdown table: one line, no bars.
func cell(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, `\`) {
		s += " " // it would take the bar behind it along
	}
	if !strings.ContainsAny(s, "|\n\r\t") {
		return s
	}
	return strings.NewReplacer("|", `\|`, "\r\n", "<br>", "\n", "<br>", "\r", "<br>", "\t", " ").Replace(s)
}
