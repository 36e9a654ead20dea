package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A command that a person types says what is odd, and no more; a server says what it does.
func TestWhatIsLogged(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	for _, args := range [][]string{{"status"}, {"call", "microsoft_graph", `{"path":"/users"}`}} {
		if code, _, errs := m.run(t, "", args...); code != 0 || errs != "" {
			t.Errorf("%q: got code %d, %s", args, code, errs)
		}
		if _, _, errs := m.run(t, "", append(args, "--log-level", "debug")...); !strings.Contains(errs, "level=") {
			t.Errorf("%q: nothing is logged at debug", args)
		}
	}
	const call = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/users"}}}
`
	if _, _, errs := m.run(t, call, "stdio"); !strings.Contains(errs, "level=INFO") {
		t.Errorf("a server logs nothing: %s", errs)
	}
	if _, _, errs := m.run(t, call, "stdio", "--log-level", "warn"); strings.Contains(errs, "level=INFO") {
		t.Errorf("--log-level warn logs %s", errs)
	}
}

func TestJSONOfKeyAndVersion(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	_, out, _ := m.run(t, "", "key", "create", "agent", "--json")
	var key struct{ Name, Key, SHA256 string }
	if err := json.Unmarshal([]byte(out), &key); err != nil || key.Name != "agent" || !strings.HasPrefix(key.Key, "mcp_") || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(key.SHA256) {
		t.Errorf("got %s, error %v", out, err)
	}
	_, out, _ = m.run(t, "", "version", "--json")
	var built struct{ Version string }
	if err := json.Unmarshal([]byte(out), &built); err != nil || built.Version == "" {
		t.Errorf("got %s, error %v", out, err)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.dir, "config.toml")
	config := "default_profile = \"contoso\"\n[profiles.contoso]\nclient_id = \"" + appID + "\"\n[profiles.fabrikam]\nclient_id = \"" + appID + "\"\n"
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	const profiles = "contoso\nfabrikam\n"
	for _, row := range []struct {
		line, want string
	}{
		{"login|", profiles}, {"logout|", profiles}, {"status|", profiles}, {"secret|set|", profiles}, {"secret|delete|", profiles},
		{"profile|show|", profiles}, {"profile|use|", profiles}, {"profile|remove|", profiles}, {"profile|remove|contoso|", ""},
		{"stdio|--profile|", profiles}, {"stdio|--profile|nobody|--profile|", profiles},
		{"stdio|--log-level|", "debug\ninfo\nwarn\nerror\n"}, {"status|--log-format|", "text\njson\n"},
		{"profile|add|x|--auth-mode|", "interactive\nclientCredentials\nonBehalfOf\n"}, {"profile|add|x|--access|", "read-only\nread-write\n"},
		{"profile|add|x|--cloud|", "global\nusgov\nusgov-dod\nchina\n"}, {"profile|add|x|--account-type|", "work\npersonal\n"},
		{"policy|test|", "GET\nPOST\nPUT\nPATCH\nDELETE\n"}, {"policy|test|GET|--api|", "graph\nazure\n"}, {"policy|test|GET|/me|--profile|", profiles},
		{"profile|add|x|--credential|", "client-secret\ncertificate\nfederated-token\nmanaged-identity\n"},
	} {
		code, out, _ := m.run(t, "", append([]string{"__complete", "--config", path}, strings.Split(row.line, "|")...)...)
		if got, _, _ := strings.Cut(out, ":"); code != 0 || got != row.want {
			t.Errorf("%s: got %q, want %q", row.line, got, row.want)
		}
	}
	if _, out, errs := m.run(t, "", "__complete", "--config", path+"x", "login", ""); !strings.HasPrefix(out, ":") || strings.Contains(errs, "no such file") {
		t.Errorf("without a file: got %q, %q", out, errs)
	}
}

// Mistakes are blamed on what was written, and the way out is one that works.
func TestMistakesAreBlamedOnWhatWasWritten(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	path := sandboxtest.Profile(t, tenant, "lab") // its secret rests in a file
	m.env["MICROSOFT_MCP_CONFIG"] = path
	for _, args := range [][]string{{"status", "nosuch"}, {"secret", "set", "nosuch"}, {"login", "nosuch"}, {"profile", "show", "nosuch"}} {
		if _, errs := m.wants(t, 2, `there is no profile "nosuch"`, args...); strings.Contains(errs, "--profile") {
			t.Errorf("%q: got %s", args, errs)
		}
	}
	m.wants(t, 2, `--profile: there is no profile "nosuch"`, "status", "--profile", "nosuch")
	if _, errs := m.wants(t, 2, "a client secret, in the file ", "login", "lab"); strings.Contains(errs, "secret set") {
		t.Errorf("got %s", errs)
	}
	m.wants(t, 2, `takes its client secret from the file `, "secret", "set", "lab")
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("stored what nobody looks for: %q", keys)
	}
	m.wants(t, 0, "holds no client secret", "secret", "delete", "lab")
	rewrite(t, path, "client_secret = {", "client_secret = { from = \"vault\" } #")
	m.wants(t, 2, "To change the client secret: microsoft-mcp-server secret set lab --config ", "login", "lab")
	rewrite(t, path, "client_secret = {", "certificate = { file = \"c.pem\" } #")
	m.wants(t, 2, `password = { from = "vault" }`, "secret", "set", "lab")
}
