package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

func cellsOf(values []json.RawMessage) []string {
	cells := make([]string, len(values))
	for i, value := range values {
		cells[i] = cellOf(value)
	}
	return cells
}

// cellOf writes a value for a person to read in a cell of a table.
func cellOf(raw json.RawMessage) string {
	var text string
	var list []json.RawMessage
	switch {
	case json.Unmarshal(raw, &text) == nil: // also null, which is empty
		return strings.TrimSpace(text)
	case json.Unmarshal(raw, &list) == nil:
		return strings.Join(slices.DeleteFunc(cellsOf(list), func(s string) bool { return s == "" }), ", ")
	}
	members := membersOf(raw)
	if members == nil {
		return strings.TrimSpace(string(raw))
	}
	of := map[string]string{}
	var all []string
	for _, m := range members {
		of[m.name] = cellOf(m.value)
		if of[m.name] != "" {
			all = append(all, m.name+": "+of[m.name])
		}
	}
	switch {
	case len(members) == 1: // {"emailAddress": {…}}, {"user": {…}}
		return of[members[0].name]
	case of["name"] != "" && of["address"] != "":
		return of["name"] + " <" + of["address"] + ">"
	}
	for _, name := range []string{"displayName", "dateTime", "content"} { // what the other members only explain
		if of[name] != "" {
			return of[name]
		}
	}
	return strings.Join(all, ", ")
}

// findingOf shows what find_graph_api has found: the calls, then in the same columns those that it names in a line each.
func findingOf(members []jsonMember) *listing {
	l := &listing{table: terminal.Table{Whole: true, Columns: []terminal.Column{
		{Name: "call", Ink: func(string) terminal.Ink { return terminal.Strong }}, {Name: "does", Wrap: true}, {Name: "permission"},
		{Name: "for apps"}, {Name: "allowed", Ink: allowedInk}, {Name: "note", Wrap: true},
	}}}
	for _, m := range members {
		switch m.name {
		case "calls":
			var calls []struct {
				Call, Does, Allowed string
				Permissions         struct{ Delegated, Application string }
				Notes               []string
			}
			if json.Unmarshal(m.value, &calls) != nil {
				return nil
			}
			for _, c := range calls {
				l.table.Rows = append(l.table.Rows, []string{c.Call, c.Does, c.Permissions.Delegated, c.Permissions.Application, c.Allowed, strings.Join(c.Notes, "; ")})
			}
		case "also":
			var lines []string
			if json.Unmarshal(m.value, &lines) != nil {
				return nil
			}
			for _, line := range lines {
				call, does, _ := strings.Cut(line, ": ")
				l.table.Rows = append(l.table.Rows, []string{call, does})
			}
		default:
			l.rest = append(l.rest, m)
		}
	}
	if len(l.table.Rows) == 0 {
		return nil
	}
	l.leaveOutEmpty()
	return l
}

// leaveOutEmpty leaves out the columns that no row has anything in.
func (l *listing) leaveOutEmpty() {
	for c := len(l.table.Columns) - 1; c >= 0; c-- {
		filled := func(row []string) bool { return c < len(row) && strings.TrimSpace(row[c]) != "" }
		if slices.ContainsFunc(l.table.Rows, filled) {
			continue
		}
		l.table.Columns = slices.Delete(l.table.Columns, c, c+1)
		for i, row := range l.table.Rows {
			if c < len(row) {
				l.table.Rows[i] = slices.Delete(row, c, c+1)
			}
		}
	}
}

func allowedInk(text string) terminal.Ink {
	switch {
	case strings.HasPrefix(text, "yes"):
		return terminal.Good
	case strings.HasPrefix(text, "no"):
		return terminal.Bad
	}
	return terminal.Warn
}
