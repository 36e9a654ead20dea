package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// Arguments by name mean what they mean as JSON.
func TestCallArguments(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	_, want, _ := m.run(t, "", "call", "microsoft_graph", `{"path":"/users","queryParams":{"$top":"2","$select":"displayName"},"maxItems":2}`)
	want = strings.Split(want, `"@odata`)[0] // its link is another each time
	for _, args := range [][]string{
		{"path=/users", `queryParams={"$top":"2","$select":"displayName"}`, "maxItems=2"},
		{"path=/users?$top=2&$select=displayName", "maxItems=2"},
	} {
		if _, got, errs := m.run(t, "", append([]string{"call", "microsoft_graph"}, args...)...); !strings.HasPrefix(got, want) || want == "" {
			t.Errorf("%q: got %s%s, want %s", args, got, errs, want)
		}
	}
	for _, row := range []struct {
		code int
		want string
		args []string
	}{
		{2, "path is given twice", []string{"path=/users", "path=/groups"}},
		{2, "neither a JSON object", []string{"/users"}},
		{2, "neither a JSON object", []string{"a b=c"}},
		{2, "each as NAME=VALUE", []string{"path=/users", "{}"}},
		{2, "each as NAME=VALUE", []string{"{}", "{}"}},
		{1, `"pth": is not a parameter of this tool`, []string{"pth=/users"}},
		{2, "it is one of auto, json, table, raw", []string{"path=/users", "--output", "xml"}},
		{2, "it is one of auto, always, never", []string{"path=/users", "--color=blue"}},
	} {
		if code, out, errs := m.run(t, "", append([]string{"call", "microsoft_graph"}, row.args...)...); code != row.code || !strings.Contains(errs, row.want) {
			t.Errorf("%q: got code %d, %s%s, want %d, %s", row.args, code, out, errs, row.code, row.want)
		}
	}
}

// Tables of values that are no plain texts, and of any width where nobody looks.
func TestAnswersAsTables(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Header: map[string][]string{"Content-Type": {"application/json"}}, Body: `{"value":[
		{"id":"1","n":7,"from":{"emailAddress":{"name":"Ada","address":"ada@x.example"}},"start":{"dateTime":"2026-01-01","timeZone":"UTC"},"tags":["a","b"],"name":"first"},
		{"id":"2","n":1234,"odd":{"x":1,"y":null},"name":"sec\nond"}],"more":"yes"}`})
	const want = "name     from                 start          n  tags  odd   id\n" +
		"first    Ada <ada@x.example>  2026-01-01     7  a, b         1\n" +
		"sec ond                                   1234        x: 1   2\n" +
		"more: yes\n"
	if _, got, errs := m.run(t, "", "call", "microsoft_graph", "path=/users", "format=raw", "--output=table"); got != want {
		t.Errorf("got\n%s%s\nwant\n%s", got, errs, want)
	}
}

// Rows that have no member in common would make a table of the square of their number: they are no table.
func TestAnswersOfManyColumnsAreNoTable(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	var rows []string
	for i := range 3000 {
		rows = append(rows, fmt.Sprintf(`{"k%d":1}`, i))
	}
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Header: map[string][]string{"Content-Type": {"application/json"}}, Body: `{"value":[` + strings.Join(rows, ",") + `]}`})
	_, got, errs := m.run(t, "", "call", "microsoft_graph", "path=/users", "format=raw", "maxChars=400000", "--output=table")
	if !strings.HasPrefix(got, "property  value\nvalue     k0: 1, k1: 1") && !strings.HasPrefix(got, "property  value\nvalue     1, 1, 1, ") {
		t.Errorf("got %.300s%s", got, errs)
	}
}

// What is listed is what clients get.
func TestTools(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	_, listed, _ := m.run(t, "", "tools", "--json")
	var all []struct {
		Name, Title, Description string
		ReadOnly                 bool
		InputSchema              struct{ Properties map[string]any }
	}
	if err := json.Unmarshal([]byte(listed), &all); err != nil {
		t.Fatal(err)
	}
	frames := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
`
	_, out, _ := m.run(t, frames, "stdio")
	var answer struct {
		Result struct {
			Tools []struct {
				Name, Description string
				Annotations       struct{ ReadOnlyHint bool }
				InputSchema       struct{ Properties map[string]any }
			}
		}
	}
	if err := json.Unmarshal([]byte(strings.Split(out, "\n")[1]), &answer); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, tool := range all {
		got[tool.Name] = true
		for _, served := range answer.Result.Tools {
			if served.Name == tool.Name && (served.Description != tool.Description || served.Annotations.ReadOnlyHint != tool.ReadOnly ||
				len(served.InputSchema.Properties) != len(tool.InputSchema.Properties)) {
				t.Errorf("%s is listed as %+v, and served as %+v", tool.Name, tool, served)
			}
		}
	}
	for _, served := range answer.Result.Tools {
		if !got[served.Name] {
			t.Errorf("%s is served, and not listed", served.Name)
		}
	}
	if len(all) != len(answer.Result.Tools) || len(all) < 5 {
		t.Errorf("%d tools are listed, and %d served", len(all), len(answer.Result.Tools))
	}
	m.wants(t, 2, `there is no tool "nosuch"`, "tools", "nosuch")
	m.wants(t, 2, "tools takes the name of one tool", "tools", "a", "b")
}
