package mcp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestResourceMetadata(t *testing.T) {
	t.Parallel()
	s := startServer(t, bothWays(t))
	ask := func(path, host string) (int, string) {
		resp, body := exchange{method: "GET", path: path, host: host}.do(t, t.Context(), s)
		return resp.StatusCode, strings.TrimSpace(body)
	}
	for path, resource := range map[string]string{"": "/mcp", "/mcp": "/mcp", "/mcp/contoso": "/mcp/contoso", "/mcp/nobody-s": "/mcp/nobody-s"} {
		want := `{"authorization_servers":["https://login.example.com/t/v2.0"],"bearer_methods_supported":["header"],"resource":"https://mcp.example.com` + resource +
			`","resource_name":"microsoft-mcp-server","scopes_supported":["api://x/mcp.read","api://x/mcp.write"]}`
		if status, got := ask("/.well-known/oauth-protected-resource"+path, "mcp.example.com"); status != 200 || got != want {
			t.Errorf("%q: got %d\n%s", path, status, cmp.Diff(want, got))
		}
	}
	if status, _ := ask("/.well-known/oauth-protected-resource/mcp", "evil.example"); status != 403 {
		t.Errorf("by another name: got %d", status)
	}
	keysOnly := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{Keys: []door.Key{apiKey("a", "k")}}})
	if resp, _ := (exchange{method: "GET", path: "/.well-known/oauth-protected-resource/mcp"}).do(t, t.Context(), keysOnly); resp.StatusCode != 404 {
		t.Errorf("with keys alone: got %d", resp.StatusCode)
	}
}

func TestAuthorizationServerIsBehindTheDoor(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	c.OAuth = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		fmt.Fprint(w, "page "+r.URL.Path)
	})
	s := startServer(t, c)
	form := exchange{path: "/oauth/consent", host: "mcp.example.com", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "a=b"}
	for _, tt := range []struct {
		name   string
		e      exchange
		status int
	}{
		{"a form of our own", form.with("Origin", "https://mcp.example.com"), 200},
		{"a program's", form, 200},
		{"another page's", form.with("Origin", "https://evil.example"), 403},
		{"a page's that hides", form.with("Origin", "null"), 403},
		{"by another name", func() exchange { e := form; e.host = "evil.example"; return e }(), 403},
		{"a large one", func() exchange { e := form; e.body = strings.Repeat("a", 64<<10+1); return e }(), 413},
		{"metadata", exchange{method: "GET", path: "/.well-known/oauth-authorization-server", host: "mcp.example.com"}, 200},
		{"metadata of a path", exchange{method: "GET", path: "/.well-known/oauth-authorization-server/oauth", host: "mcp.example.com"}, 200},
	} {
		if resp, body := tt.e.do(t, t.Context(), s); resp.StatusCode != tt.status {
			t.Errorf("%s: got %d %s", tt.name, resp.StatusCode, body)
		}
	}
	if _, body := (func() exchange { e := form; e.body = strings.Repeat("a", 64<<10+1); return e }()).do(t, t.Context(), s); !strings.Contains(body, "too large") {
		t.Errorf("a large form reaches the page: %s", body)
	}
	c.Listen, c.BaseURL = "127.0.0.1:0", ""
	local := startServer(t, c)
	form.host = "localhost:8080"
	for origin, want := range map[string]int{"http://localhost:8080": 200, "http://localhost:3000": 403} { // another page of this machine's
		if resp, _ := form.with("Origin", origin).do(t, t.Context(), local); resp.StatusCode != want {
			t.Errorf("%s: got %d", origin, resp.StatusCode)
		}
	}
	form.host = "mcp.example.com"
	limited := 0
	for range 1300 {
		if resp, _ := form.do(t, t.Context(), s); resp.StatusCode == 429 {
			limited++
		}
	}
	if limited == 0 {
		t.Error("an address may come as often as it likes")
	}
}
