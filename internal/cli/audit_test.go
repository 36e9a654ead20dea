package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// auditLines returns what the audit log holds, without what differs from run to run.
func auditLines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(text) {
		var l map[string]any
		if json.Unmarshal([]byte(line), &l) == nil && l["msg"] == "audit" {
			lines = append(lines, l)
		}
	}
	return lines
}

// A script can tell what a policy says from a command that failed.
func TestExitCodesOfPolicyTest(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.dir, "config.toml")
	config := "[profiles.contoso]\nclient_id = \"" + appID + "\"\naccess = \"read-write\"\npolicy = { deny = [\"PUT /**\"], confirm = [\"DELETE /**\"] }\n"
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]int{"GET": 0, "PUT": 3, "DELETE": 4, "FETCH": 2} {
		code, _, errs := m.run(t, "", "--config", path, "policy", "test", method, "/me")
		if code != want || (errs == "") != (want != 2) {
			t.Errorf("%s: got code %d, want %d; %s", method, code, want, errs)
		}
	}
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("the vault was used: %q", keys)
	}
}

// checkRefusal checks the line of a change that a read-only profile wanted.
func checkRefusal(t *testing.T, line map[string]any) {
	t.Helper()
	for key, want := range map[string]any{"verdict": "denied", "rule": "access: read-only", "path": "/users/" + company.CEOID,
		"profile": "lab", "tool": "microsoft_graph", "method": "PATCH", "api": "graph", "version": "v1.0"} {
		if line[key] != want {
			t.Errorf("%s: got %v, want %v", key, line[key], want)
		}
	}
	for _, key := range []string{"time", "tenant", "account", "call"} {
		if text, _ := line[key].(string); text == "" {
			t.Errorf("%s is missing: %v", key, line)
		}
	}
}

// Every refusal and every change is recorded, on standard error or in a file, and nothing of what they carried.
func TestAuditThroughTheWholeStack(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	path := sandboxtest.Profile(t, tenant, "lab")
	m.env["MICROSOFT_MCP_CONFIG"] = path
	rewrite(t, path, `access = "read-write"`, `access = "read-only"`)
	const private = "nobody-reads-this"
	patch := `{"path":"/users/` + company.CEOID + `?note=` + private + `","method":"PATCH","body":{"jobTitle":"` + private + `"}}`

	_, _, errs := m.run(t, "", "call", "microsoft_graph", `{"path":"/users"}`)
	if lines := auditLines(t, errs); len(lines) != 0 {
		t.Errorf("a read is recorded: %v", lines)
	}
	code, _, errs := m.run(t, "", "call", "microsoft_graph", patch)
	lines := auditLines(t, errs)
	if code != 1 || len(lines) != 1 {
		t.Fatalf("a refusal: got code %d, %v", code, lines)
	}
	checkRefusal(t, lines[0])

	rewrite(t, path, `access = "read-only"`, "access = \"read-write\"\nfolders = [\"files\"]")
	for rule, call := range map[string][]string{
		"not a valid request: path":  {"microsoft_graph", `{"path":"/users/../` + private + `"}`},
		"a file that cannot be used": {"upload_file", `{"path":"/users/x/drive/root:/a.txt","localFile":"/etc/` + private + `"}`},
	} {
		_, _, errs := m.run(t, "", append([]string{"call"}, call...)...)
		if lines := auditLines(t, errs); len(lines) != 1 || lines[0]["verdict"] != "denied" || lines[0]["rule"] != rule {
			t.Errorf("%v: got %v", call, lines)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(path), "audit.jsonl")
	if err := os.WriteFile(path, append(text, "\n[audit]\nfile = \"audit.jsonl\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := m.run(t, "", "call", "microsoft_graph", patch); code != 0 || len(auditLines(t, errs)) != 0 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	kept, err := os.ReadFile(file)
	lines = auditLines(t, string(kept))
	if err != nil || len(lines) != 2 || lines[0]["stage"] != "sending" || lines[1]["stage"] != "done" || lines[0]["call"] != lines[1]["call"] {
		t.Fatalf("a change: got %v, %v", lines, err)
	}
	if id, _ := lines[1]["graph_request_id"].(string); id == "" || lines[1]["status"] != 204.0 && lines[1]["status"] != 200.0 {
		t.Errorf("what came of it: got %v", lines[1])
	}
	if strings.Contains(string(kept)+errs, private) {
		t.Errorf("the log holds what was sent: %s%s", kept, errs)
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	checkUnwritable(t, m, patch)
}

// checkUnwritable checks that a log that cannot be written stops changes, and nothing else.
func checkUnwritable(t *testing.T, m *machine, patch string) {
	t.Helper()
	if code, _, errs := m.run(t, "", "call", "microsoft_graph", patch); code != 1 || !strings.Contains(errs, "not sent: the audit log cannot be written") || !strings.Contains(errs, "audit.jsonl") {
		t.Errorf("got code %d, %s", code, errs)
	}
	if code, _, errs := m.run(t, "", "call", "microsoft_graph", `{"path":"/users"}`); code != 0 {
		t.Errorf("reading: got code %d, %s", code, errs)
	}
}
