package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// refusedPatch is what a read-only profile refuses.
const refusedPatch = `{"path":"/users/` + company.CEOID + `","method":"PATCH","body":{"jobTitle":"x"}}`

// readOnlyLab writes the configuration of a tenant whose profile only reads, with more at its end.
func (m *machine) readOnlyLab(t *testing.T, more string) string {
	t.Helper()
	path := sandboxtest.Profile(t, sandboxtest.Start(t, sandbox.Options{}), "lab")
	rewrite(t, path, `access = "read-write"`, `access = "read-only"`)
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(text, "\n"+more...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.env["MICROSOFT_MCP_CONFIG"] = path
	return filepath.Dir(path)
}

// What a command prints is no place for the audit log; a server over HTTP has nothing else to print.
func TestAuditToStandardOutput(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.readOnlyLab(t, "[audit]\nto = \"stdout\"\n")
	_, out, errs := m.run(t, "", "call", "microsoft_graph", refusedPatch)
	if len(auditLines(t, errs)) != 1 || len(auditLines(t, out)) != 0 {
		t.Errorf("a command: got %s\nand\n%s", out, errs)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	m.env["MCP_API_KEY"] = "right-key"
	var printed bytes.Buffer
	said, ended := &address{found: make(chan string, 1)}, make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, m.around(strings.NewReader(""), &printed, said, "http", "--listen", "127.0.0.1:0"))
	}()
	endpoint := <-said.found
	session := post(t, endpoint, "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	post(t, endpoint, session, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	post(t, endpoint, session, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"microsoft_graph","arguments":`+refusedPatch+`}}`)
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("got exit code %d", code)
	}
	lines := auditLines(t, printed.String())
	if len(lines) != 1 || lines[0]["principal"] != "MCP_API_KEY" || lines[0]["verdict"] != "denied" {
		t.Fatalf("a server: got %v in\n%s", lines, printed.String())
	}
	// The two logs can be joined.
	id, _ := lines[0]["request_id"].(string)
	for _, line := range []string{`msg="tool call" `, "msg=request "} {
		if id == "" || !regexp.MustCompile(line+`.* request_id=`+id).MatchString(said.text.String()) {
			t.Errorf("no line %s has the request ID %q of the audit log:\n%s", line, id, said.text.String())
		}
	}
}

// post sends a message and returns the session that the server names.
func post(t *testing.T, endpoint, session, message string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"Authorization": "Bearer right-key", "Content-Type": "application/json", "Accept": "application/json, text/event-stream"} {
		req.Header.Set(key, value)
	}
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode >= 300 {
		t.Fatalf("got %s: %s, %v", resp.Status, text, err)
	}
	return resp.Header.Get("Mcp-Session-Id")
}

// A log that is rotated by size keeps every line.
func TestAuditRotates(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	dir := m.readOnlyLab(t, "[audit]\nfile = \"audit.jsonl\"\nmax_size = 65536\nkeep = 2\n")
	if err := os.WriteFile(filepath.Join(dir, "audit.jsonl"), bytes.Repeat([]byte("{}\n"), 22_000), 0o600); err != nil {
		t.Fatal(err)
	}
	m.run(t, "", "call", "microsoft_graph", refusedPatch)
	text, err := os.ReadFile(filepath.Join(dir, "audit.jsonl.1"))
	if lines := auditLines(t, string(text)); err != nil || len(lines) != 1 || len(text) < 66_000 {
		t.Errorf("got %v, %v and %d bytes", lines, err, len(text))
	}
}
