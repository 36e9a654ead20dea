package plain

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// ReadCSV makes a Markdown table of a table in text. It costs a model two bars a row more than the file as it
// stands, but a page then ends between records, and its head can be repeated. What is no table stays as it is.
func ReadCSV(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	plain, err := Read(ctx, f, l)
	if err != nil {
		return nil, err
	}
	plain.Format = "csv"
	body, comma := separator(f, plain.Body)
	rows, complete, err := records(ctx, body, comma, l)
	if err != nil {
		return nil, err
	}
	if !tabular(rows) {
		return plain, nil
	}
	o := l.Output()
	o.Table(rows)
	t := o.Text("csv")
	if !complete || plain.Truncated {
		t.Truncated = true
		t.Notes = append(t.Notes, fmt.Sprintf("The table is larger than what is read: it ends after row %d.", len(rows)))
	}
	if !plain.Truncated {
		t.Notes = append(t.Notes, plain.Notes...) // on its encoding
	}
	return t, nil
}

// separator finds out what separates the fields. Excel's "sep=;" in the first line says so, and is taken away.
func separator(f reading.File, body string) (string, rune) {
	first, rest, _ := strings.Cut(body, "\n")
	if sign, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(first)), "sep="); ok && len(sign) == 1 && strings.Contains(",;|:", sign) {
		return rest, rune(sign[0])
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimRight(first, "\r")), "sep=\t") {
		return rest, '\t'
	}
	best, most := ',', 0
	if f.Extension() == "tsv" || f.Extension() == "tab" || f.MediaType() == "text/tab-separated-values" {
		best, most = '\t', 1
	}
	// Commas come last: where others are as many, they are decimal ones.
	for _, comma := range []rune{'\t', ';', '|', ','} {
		if score := agreement(body, comma); score > most {
			best, most = comma, score
		}
	}
	return body, best
}

// agreement says how well the first lines agree on having the same number of a separator, outside of quotes.
func agreement(body string, comma rune) int {
	counts := map[int]int{}
	count, quoted, lines := 0, false, 0
	for _, r := range body[:min(len(body), sampleSize)] {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == comma:
			count++
		case r == '\n':
			counts[count]++
			count = 0
			lines++
		}
		if lines == 100 {
			break
		}
	}
	if lines == 0 || lines < 100 && len(body) <= sampleSize {
		counts[count]++
	}
	best := 0
	for count, lines := range counts {
		if count > 0 {
			best = max(best, lines*100+min(count, 99))
		}
	}
	return best
}

// longestField is more than any cell of Excel holds; a longer one is a quote that nobody closed.
const longestField = 1 << 15

// records reads the rows, up to the limits; complete says whether those are all.
func records(ctx context.Context, body string, comma rune, l *reading.Limits) (rows [][]string, complete bool, err error) {
	r := csv.NewReader(strings.NewReader(body))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	cells, size := 0, 0
	for {
		if len(rows)%1024 == 0 {
			if err := l.Check(ctx); err != nil {
				return nil, false, err
			}
		}
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, true, nil
		}
		if err != nil {
			return nil, true, nil // no table, then
		}
		cells += len(row)
		for _, field := range row {
			if size += len(field) + 1; len(field) > longestField {
				return nil, true, nil
			}
		}
		if cells > l.Cells || size > l.Text {
			return rows, false, nil
		}
		rows = append(rows, row)
	}
}

// tabular says whether rows are a table: two columns at least, and most rows of the same length.
func tabular(rows [][]string) bool {
	lengths, most, width := map[int]int{}, 0, 0
	for _, row := range rows {
		if lengths[len(row)]++; lengths[len(row)] > most {
			most, width = lengths[len(row)], len(row)
		}
	}
	return width >= 2 && most*2 >= len(rows)
}
