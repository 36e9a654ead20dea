package e2e

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// asksFor runs `call find_graph_api` once and returns what it answers.
func asksFor(t *testing.T, env []string, arguments string) string {
	t.Helper()
	cmd := exec.CommandContext(within(t), binary, "call", "find_graph_api", arguments)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("call find_graph_api %s: %v\n%s", arguments, err, out)
	}
	return string(out)
}

// What Graph says of itself is fetched once, by the first who needs it, and then serves every process, also without Graph.
func TestMetadataIsFetchedOnceAndKept(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	cache := t.TempDir()
	env := environment(t, "MICROSOFT_MCP_CONFIG="+sandboxtest.Profile(t, tenant, "e2e"), "XDG_CACHE_HOME="+cache)
	if got := asksFor(t, env, `{"type": "todoTaskList"}`); !strings.Contains(got, "wellknownListName") {
		t.Errorf("the type is not described: %s", got)
	}
	kept, err := filepath.Glob(filepath.Join(cache, "microsoft-mcp-server", "schema", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept are %v, %v", kept, err)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Status: http.StatusServiceUnavailable})
	if got := asksFor(t, env, `{"path": "/me/todo/lists"}`); !strings.Contains(got, "todoTaskList") {
		t.Errorf("without Graph, the path is not described: %s", got)
	}
	if n := tenant.Count(sandbox.Graph, "$metadata"); n != 1 {
		t.Errorf("it was fetched %d times", n)
	}
	if err := os.WriteFile(kept[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := asksFor(t, env, `{"query": "unread mail"}`); !strings.Contains(got, "/messages") {
		t.Errorf("with a damaged file and without Graph: %s", got)
	}
}

// The documents of Microsoft itself, where MICROSOFT_GRAPH_METADATA names a folder that has them, are fetched by the program
// from a server that serves them as Graph does.
func TestOfficialMetadata(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MICROSOFT_GRAPH_METADATA")
	if dir == "" {
		t.Skip("MICROSOFT_GRAPH_METADATA names no folder with v1.0.xml and beta.xml")
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/$metadata")
		if !ok || r.Header.Get("Authorization") != "" {
			http.Error(w, "not here", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		http.ServeFile(w, r, filepath.Join(dir, version+".xml"))
	}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	ca := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(folder, "config.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, `[profiles.contoso]
auth_mode = "clientCredentials"
tenant_id = "11111111-1111-1111-1111-111111111111"
client_id = "22222222-2222-2222-2222-222222222222"
ca_file = %q
cloud = { authority = %[2]q, graph = %[2]q, resource_manager = %[2]q }
[profiles.contoso.credential]
client_secret = { env = "SECRET" }
`, ca, server.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environment(t, "MICROSOFT_MCP_CONFIG="+config, "SECRET=none", "XDG_CACHE_HOME="+filepath.Join(folder, "cache"))
	for arguments, want := range map[string]string{
		`{"type": "conditionalAccessPolicy"}`:                           "grantControls conditionalAccessGrantControls",
		`{"path": "/users/{user}/onlineMeetings"}`:                      "[onlineMeeting]",
		`{"type": "governanceRoleAssignment", "apiVersion": "beta"}`:    "subjectId String",
		`{"query": "cross tenant access policy identity sync partner"}`: "crossTenantAccessPolicy",
	} {
		if got := asksFor(t, env, arguments); !strings.Contains(got, want) {
			t.Errorf("%s: %s lacks %s", arguments, got, want)
		}
	}
}
