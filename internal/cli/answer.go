package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// The values of call's --output.
const (
	formAuto  = "auto"
	formJSON  = "json"
	formTable = "table"
	formRaw   = "raw"
)

func forms() []string { return []string{formAuto, formJSON, formTable, formRaw} }

// printAnswer prints what a tool answered. Without --output, scripts get the bytes that a client gets.
func (o *options) printAnswer(tool, text, form string) error {
	screen := o.screen(o.env.Stdout)
	if form == formAuto && !screen.Live {
		form = formRaw
	}
	if form == formAuto || form == formTable {
		l := listingOf(tool, []byte(text))
		switch {
		case l == nil && form == formTable:
			l = propertiesOf([]byte(text))
		case tool == "microsoft_graph_batch" && form == formAuto: // what was asked for is inside of its rows
			l = nil
		}
		if l != nil {
			return l.write(o.env.Stdout, screen)
		}
	}
	if form != formRaw {
		if done, err := terminal.JSON(o.env.Stdout, screen, []byte(text), ""); done {
			return err
		}
	}
	if screen.Live {
		text = terminal.Lines(text)
	}
	_, err := fmt.Fprintln(o.env.Stdout, text)
	return err
}

// mostColumns is what a table may have: every row has a cell for each, so that rows without a common member would take
// memory by the square of their number.
const mostColumns = 64

// listing is an answer that is a list: a table, and what stands beside it.
type listing struct {
	table terminal.Table
	rest  []jsonMember
}

// jsonMember is a member of an object.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// membersOf returns the members of an object in their order; nil where raw is none.
func membersOf(raw []byte) []jsonMember {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil
	}
	var members []jsonMember
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil
		}
		m := jsonMember{}
		m.name, _ = token.(string)
		if decoder.Decode(&m.value) != nil {
			return nil
		}
		members = append(members, m)
	}
	return members
}

// listingOf reads the answer of a tool that is a list of objects, or rows under columns; nil where it is neither.
func listingOf(tool string, raw []byte) *listing {
	members := membersOf(raw)
	if tool == "find_graph_api" {
		return findingOf(members)
	}
	l := &listing{}
	for _, m := range members {
		switch {
		case m.name == "columns" && l.table.Columns == nil:
			var names []string
			if json.Unmarshal(m.value, &names) != nil || len(names) > mostColumns {
				return nil
			}
			for _, name := range names {
				l.table.Columns = append(l.table.Columns, terminal.Column{Name: name})
			}
		case m.name == "rows" && l.table.Columns != nil && l.table.Rows == nil:
			var rows [][]json.RawMessage
			if json.Unmarshal(m.value, &rows) != nil {
				return nil
			}
			for _, row := range rows {
				l.table.Rows = append(l.table.Rows, cellsOf(row))
			}
		case l.table.Columns == nil && l.addObjects(m.value):
		default:
			l.rest = append(l.rest, m)
		}
	}
	if len(l.table.Rows) == 0 {
		return nil
	}
	l.arrange()
	return l
}

// addObjects takes a list of objects for the rows.
func (l *listing) addObjects(raw json.RawMessage) bool {
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil || len(elements) == 0 {
		return false
	}
	at := map[string]int{}
	var columns []terminal.Column
	var rows [][]string
	for _, element := range elements {
		members := membersOf(element)
		if members == nil {
			return false
		}
		row := make([]string, len(columns), len(columns)+len(members))
		for _, m := range members {
			i, known := at[m.name]
			if !known {
				if i = len(columns); i == mostColumns {
					return false
				}
				at[m.name] = i
				columns, row = append(columns, terminal.Column{Name: m.name}), append(row, "")
			}
			row[i] = cellOf(m.value)
		}
		rows = append(rows, row)
	}
	l.table.Columns, l.table.Rows = columns, rows
	return true
}

// arrange puts what says most of a thing to the left, and what only a program reads to the right.
func (l *listing) arrange() {
	columns := l.table.Columns
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
		columns[i].Spare = isOpaque(columns[i].Name)
		columns[i].Right = l.allNumbers(i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rankOf(columns[a].Name), rankOf(columns[b].Name)) })
	sorted := terminal.Table{}
	for _, i := range order {
		sorted.Columns = append(sorted.Columns, columns[i])
	}
	for _, row := range l.table.Rows {
		moved := make([]string, len(order))
		for to, from := range order {
			if from < len(row) {
				moved[to] = row[from]
			}
		}
		sorted.Rows = append(sorted.Rows, moved)
	}
	l.table = sorted
}

func (l *listing) allNumbers(column int) bool {
	some := false
	for _, row := range l.table.Rows {
		if column >= len(row) || row[column] == "" {
			continue
		}
		if some = true; !json.Valid([]byte(row[column])) || strings.ContainsAny(row[column][:1], `"{[tfn`) {
			return false
		}
	}
	return some
}

// rankOf says how early a reader wants to see a property.
func rankOf(name string) int {
	first := []string{"displayName", "name", "subject", "title", "method", "path", "status", "from", "start", "end", "receivedDateTime", "jobTitle",
		"userPrincipalName", "mail", "size", "lastModifiedDateTime"}
	switch i := slices.Index(first, name); {
	case i >= 0:
		return i
	case isOpaque(name) || name == "body":
		return len(first) + 1
	}
	return len(first)
}

// isOpaque tells whether a property is for programs.
func isOpaque(name string) bool {
	return name == "id" || name == "changeKey" || strings.Contains(name, "@") || strings.HasSuffix(name, "Id") || strings.HasSuffix(strings.ToLower(name), "url")
}

// write writes the table, and below it what stands beside the list.
func (l *listing) write(w io.Writer, s terminal.Screen) error {
	left, err := l.table.Write(w, s)
	if err != nil {
		return err
	}
	var lines []string
	for _, m := range l.rest {
		switch value := cellOf(m.value); m.name {
		case "common":
			lines = append(lines, "all have: "+value)
		case "@odata.nextLink":
			lines = append(lines, "there are more: maxItems takes more of them, and --output json shows where to go on")
		default:
			lines = append(lines, m.name+": "+value)
		}
	}
	if len(left) > 0 {
		lines = append(lines, "too narrow for: "+strings.Join(left, ", ")+"; --output json shows all")
	}
	for _, line := range lines {
		for _, part := range terminal.Wrap(terminal.Printable(line), s.Width) {
			if _, err := fmt.Fprintln(w, s.Paint(terminal.Dim, part)); err != nil {
				return err
			}
		}
	}
	return nil
}

// propertiesOf shows an object as a table of its members; nil where raw is none.
func propertiesOf(raw []byte) *listing {
	members := membersOf(raw)
	if len(members) == 0 {
		return nil
	}
	l := &listing{table: terminal.Table{Whole: true, Columns: []terminal.Column{{Name: "property", Ink: inked(terminal.Name)}, {Name: "value", Wrap: true}}}}
	for _, m := range members {
		l.table.Rows = append(l.table.Rows, []string{m.name, cellOf(m.value)})
	}
	return l
}
