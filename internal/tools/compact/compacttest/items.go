// Package compacttest reads what compact writes, as a model would.
package compacttest

import (
	"bytes"
	"encoding/json"
	"testing"
)

// Items reads an answer's list in whichever form it came, as a model would.
func Items(t testing.TB, text string) []map[string]any {
	t.Helper()
	var form struct {
		Common  map[string]any
		Value   []map[string]any
		Columns []string
		Rows    [][]any
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&form); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	for _, row := range form.Rows {
		if len(row) != len(form.Columns) {
			t.Fatalf("a row of %d cells under %d columns", len(row), len(form.Columns))
		}
		item := map[string]any{}
		for i, cell := range row {
			if cell != nil {
				item[form.Columns[i]] = cell
			}
		}
		form.Value = append(form.Value, item)
	}
	for _, item := range form.Value {
		for name, value := range form.Common {
			item[name] = value
		}
	}
	return form.Value
}
