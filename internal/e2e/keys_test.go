package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// makeKey has the program make a key and write it into the configuration.
func makeKey(t *testing.T, config string, flags ...string) string {
	t.Helper()
	cmd := exec.CommandContext(within(t), binary, append([]string{"--config", config, "key", "create", "--json"}, flags...)...)
	cmd.Env, cmd.Dir = environment(t), t.TempDir()
	out, err := cmd.Output()
	var made struct{ Key string }
	if err != nil || json.Unmarshal(out, &made) != nil || made.Key == "" {
		t.Fatalf("key create %v: %v: %s", flags, err, out)
	}
	return made.Key
}

// What a key's entry says holds in the server that runs.
func TestKeysAreWhatTheirEntriesSay(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	writes := makeKey(t, config, "writes")
	reads := makeKey(t, config, "reads", "--read-only", "--expires", "2d")
	gone := makeKey(t, config, "gone", "--expires", "3d")
	expire(t, config)
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", "127.0.0.1:0")
	url := p.endpoint(t)

	call := func(key, method, path string) (int, string) {
		frame := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":%q,"method":%q,"body":{"givenName":"Ada"}},`+
			`"_meta":{"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientCapabilities":{}}}}`, path, method, modernRevision)
		header := withKey(key, "Mcp-Protocol-Version", modernRevision, "Mcp-Method", "tools/call", "Mcp-Name", "microsoft_graph")
		res, body := ask(t, http.MethodPost, url, frame, header)
		return res.StatusCode, body
	}
	if status, body := call(gone, "GET", "/users?$top=1"); status != http.StatusUnauthorized {
		t.Errorf("a key that has expired: %d %s", status, body)
	}
	if status, body := call(reads, "GET", "/users?$top=1"); status != http.StatusOK || !strings.Contains(body, "displayName") {
		t.Errorf("reading with a key that reads: %d %s", status, body)
	}
	const contacts = "/users/" + company.MemberUPN + "/contacts"
	if _, body := call(reads, "POST", contacts); !strings.Contains(body, `"isError":true`) || !strings.Contains(body, "read-only") || tenant.Count(sandbox.Graph, contacts) != 0 {
		t.Errorf("changing with a key that reads: %s; %d requests", body, tenant.Count(sandbox.Graph, contacts))
	}
	if _, body := call(writes, "POST", contacts); strings.Contains(body, `"isError":true`) || tenant.Count(sandbox.Graph, contacts) != 1 {
		t.Errorf("changing with a key that writes: %s", body)
	}
}

// expire has the key that expires in three days be one that has expired.
func expire(t *testing.T, config string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(text), `name = "gone"`)
	head, tail := string(text[:at]), string(text[at:])
	line := regexp.MustCompile(`(?m)^expires = .*$`)
	if !line.MatchString(tail) {
		t.Fatalf("no key expires:\n%s", text)
	}
	if err := os.WriteFile(config, []byte(head+line.ReplaceAllString(tail, "expires = 2020-01-31")), 0o600); err != nil {
		t.Fatal(err)
	}
}
