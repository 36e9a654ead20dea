package mcp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// bothServers are one server, once with the library's transport alone.
func bothServers(t *testing.T, c mcp.HTTPConfig) (ours, libraries *httptest.Server) {
	t.Helper()
	c.Listen, c.MaxBody, c.MaxConcurrent, c.Config = "127.0.0.1:0", 1<<20, 64, c.Alone()
	h := mcp.NewHandler(c)
	ours, libraries = httptest.NewServer(h), httptest.NewServer(h.ByLibrary())
	t.Cleanup(ours.Close)
	t.Cleanup(libraries.Close)
	return ours, libraries
}

// seen is all that a client sees of an answer but when and under which number it came.
func seen(t *testing.T, e exchange, s *httptest.Server) (int, http.Header, string) {
	resp, body := e.do(t, t.Context(), s)
	resp.Header.Del("Date")
	resp.Header.Del("X-Request-Id")
	return resp.StatusCode, resp.Header, body
}

// Tool calls go past the library's transport: nobody is to see it.
func TestCallsAreAnsweredAsTheLibraryWould(t *testing.T) {
	t.Parallel()
	paged := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		switch {
		case r.Path() == "/users" && r.Query("$skiptoken") == "":
			return answerJSON(`{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
		case r.Path() == "/users":
			return answerJSON(`{"value":[{"id":"2"}]}`)
		}
		return answerJSON(`{"path":"` + r.Path() + `","x":"` + strings.Repeat("é<", 5000) + `"}`)
	}
	ours, libraries := bothServers(t, mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: []*tools.Profile{testProfile(t, "contoso", paged)}}})
	for name, params := range map[string]string{
		"an answer":         `{"name":"microsoft_graph","arguments":{"path":"/users<&>/é"}}`,
		"progress":          `{"name":"microsoft_graph","arguments":{"path":"/users","maxItems":10},"_meta":{"progressToken":"p<"}}`,
		"a number for it":   `{"name":"microsoft_graph","arguments":{"path":"/users","maxItems":10},"_meta":{"progressToken":7,"traceparent":"x"}}`,
		"nothing to report": `{"name":"microsoft_graph","arguments":{"path":"/me"},"_meta":{"progressToken":0}}`,
		"a failure":         `{"name":"microsoft_graph","arguments":{"path":"users"}}`,
		"another argument":  `{"name":"microsoft_graph","arguments":{"paht":"/users"}}`,
		"another tool":      `{"name":"nothing","arguments":{}}`,
		"no tool":           `{"arguments":{}}`,
		"a number for one":  `{"name":7,"arguments":{}}`,
		"no arguments":      `{"name":"microsoft_graph"}`,
		"null":              `{"name":"microsoft_graph","arguments":null,"_meta":null,"task":null}`,
		"odd arguments":     `{"name":"microsoft_graph","arguments":[1]}`,
		"an odd _meta":      `{"name":"microsoft_graph","arguments":{"path":"/me"},"_meta":[]}`,
		"a task":            `{"name":"microsoft_graph","arguments":{"path":"/me"},"task":{"ttl":1}}`,
		"an odd task":       `{"name":"microsoft_graph","arguments":{"path":"/me"},"task":1}`,
		"an old answer":     `{"name":"microsoft_graph","arguments":{"path":"/me"},"inputResponses":{"confirm":{"action":"accept"}},"requestState":"x"}`,
		"odd answers":       `{"name":"microsoft_graph","arguments":{"path":"/me"},"inputResponses":[]}`,
		"a version":         `{"name":"microsoft_graph","arguments":{"path":"/me"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25"}}`,
		"no version":        `{"name":"microsoft_graph","arguments":{"path":"/me"},"_meta":{"io.modelcontextprotocol/protocolVersion":7}}`,
	} {
		calls := map[string]exchange{}
		for who, capabilities := range map[string]string{"asks": `{"elicitation":{"form":{},"url":{}}}`, "does not ask": "{}"} {
			session := func() string { // of its own: in one with progress before, the library makes all answers streams
				return greet(t, ours, capabilities, nil)
			}
			for _, version := range []string{"2025-11-25", "2025-03-26", "2024-11-05", "1999-01-01"} {
				calls["a client that "+who+", "+version] = legacy(7, "tools/call", params, session()).with("Mcp-Protocol-Version", version)
			}
			for _, contentType := range []string{"application/json; charset=utf-8", "Application/JSON", "text/plain", ""} {
				calls["a client that "+who+" and sends "+contentType] = legacy(7, "tools/call", params, session()).with("Content-Type", contentType)
			}
		}
		if !strings.Contains(params, `"_meta":null`) && !strings.Contains(params, `"_meta":[]`) && !strings.Contains(params, "protocolVersion") {
			calls["modern"] = modern("a", "tools/call", "microsoft_graph", params)
			calls["modern, another name"] = modern(7, "tools/call", "nothing", params)
			calls["modern, another method"] = modern(7, "tools/call", "microsoft_graph", params).with("Mcp-Method", "tools/list")
			calls["modern, an event ID"] = modern(7, "tools/call", "microsoft_graph", params).with("Last-Event-ID", "1")
			calls["modern, an encoded name"] = modern(7, "tools/call", "=?base64?bWljcm9zb2Z0X2dyYXBo?=", params)
			calls["modern, another version in the header"] = modern(7, "tools/call", "microsoft_graph", params).with("Mcp-Protocol-Version", "2025-11-25")
			calls["modern, one that nobody knows"] = exchange{body: strings.ReplaceAll(modern(7, "tools/call", "", params).body, "2026-07-28", "2027-01-01")}.with("Mcp-Protocol-Version", "2027-01-01")
			calls["modern, no capabilities"] = exchange{body: strings.ReplaceAll(modern(7, "tools/call", "", params).body, "clientCapabilities", "x"), header: modern(7, "tools/call", "microsoft_graph", "").header}
		}
		for how, call := range calls {
			status, header, body := seen(t, call, ours)
			wantStatus, wantHeader, want := seen(t, call, libraries)
			if status != wantStatus || body != want {
				t.Errorf("%s, %s: got %d %.600s, want %d %.600s", name, how, status, body, wantStatus, want)
			}
			if diff := cmp.Diff(wantHeader, header); diff != "" {
				t.Errorf("%s, %s: header (-want +got)\n%s", name, how, diff)
			}
		}
	}
}

// Whatever the ID is, and whatever else a message says.
func TestOddCallsAreAnsweredAsTheLibraryWould(t *testing.T) {
	t.Parallel()
	ours, libraries := bothServers(t, mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}})
	session := greet(t, ours, "{}", nil)
	call := legacy(0, "tools/call", "{}", session)
	const params = `"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/me"}}`
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":0,` + params + `}`, `{"jsonrpc":"2.0","id":-1,` + params + `}`, `{"jsonrpc":"2.0","id":1.5,` + params + `}`, `{"jsonrpc":"2.0","id":"é<\u2028",` + params + `}`,
		`{"jsonrpc":"2.0","id":"",` + params + `}`, `{"jsonrpc":"2.0",` + params + `}`, `{"jsonrpc":"2.0","id":{"a":1},` + params + `}`, `{"jsonrpc":"2.0","id":true,` + params + `}`,
		`{"jsonrpc":"1.0","id":1,` + params + `}`, `{"id":1,` + params + `}`, `{"jsonrpc":2,"id":1,` + params + `}`, `{"jsonrpc":"2.0","id":1,"result":{},` + params + `}`, `{"jsonrpc":"2.0","id":1,"result":null,` + params + `}`,
		`{"jsonrpc":"2.0","id":1,"ID":2,` + params + `}`, `{"jsonrpc":"2.0","id":1,` + params + `,"params":{"NAME":"nothing"}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":1},` + params + `}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}`, `[]`, `{`, ``, `null`, `7`,
	} {
		call.body = body
		status, _, got := seen(t, call, ours)
		wantStatus, _, want := seen(t, call, libraries)
		if status != wantStatus || got != want {
			t.Errorf("%s: got %d %s, want %d %s", body, status, got, wantStatus, want)
		}
	}
}
