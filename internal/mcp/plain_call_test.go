package mcp_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// What has a _meta goes through the library's transport, and what has none past it: nobody is to see the difference.
func TestPlainCallsAreAnsweredAsTheLibraryWould(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}})
	session := greet(t, s, "{}", nil)
	seen := func(e exchange) (int, http.Header, string) {
		resp, body := e.do(t, t.Context(), s)
		resp.Header.Del("Date")
		resp.Header.Del("X-Request-Id")
		return resp.StatusCode, resp.Header, body
	}
	for name, params := range map[string]string{
		"an answer":        `"name":"microsoft_graph","arguments":{"path":"/users<&>/é"}}`,
		"a failure":        `"name":"microsoft_graph","arguments":{"path":"users"}}`,
		"another argument": `"name":"microsoft_graph","arguments":{"paht":"/users"}}`,
		"another tool":     `"name":"nothing","arguments":{}}`,
		"no arguments":     `"name":"microsoft_graph"}`,
		"odd arguments":    `"name":"microsoft_graph","arguments":[1]}`,
	} {
		for _, version := range []string{"2025-11-25", "2024-11-05", "1999-01-01"} {
			plain := legacy(7, "tools/call", `{`+params, session).with("Mcp-Protocol-Version", version)
			status, header, body := seen(plain)
			wantStatus, wantHeader, want := seen(legacy(7, "tools/call", `{"_meta":{"a":1},`+params, session).with("Mcp-Protocol-Version", version))
			if status != wantStatus || body != want {
				t.Errorf("%s, %s: got %d %s, want %d %s", name, version, status, body, wantStatus, want)
			}
			if diff := cmp.Diff(wantHeader, header); diff != "" {
				t.Errorf("%s, %s: header\n%s", name, version, diff)
			}
		}
	}
	if status, _, body := seen(legacy(8, "tools/call", `{"name":"microsoft_graph","arguments":{"path":"/me"}}`, session).with("Content-Type", "text/plain")); status != http.StatusBadRequest {
		t.Errorf("text: got %d %s", status, body)
	}
}
