package mcp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCORS(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	c.AllowedOrigins = []string{"https://app.example.com"}
	off := startServer(t, c)
	c.CORS = true
	on := startServer(t, c)
	preflight := exchange{method: "OPTIONS", host: "mcp.example.com", header: map[string]string{"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST",
		"Access-Control-Request-Headers": "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name,mcp-param-path,x-evil,mcp-param-*"}}
	resp, _ := preflight.do(t, t.Context(), on)
	got := map[string]string{}
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			got[name] = resp.Header.Get(name)
		}
	}
	want := map[string]string{"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE", "Access-Control-Max-Age": "600",
		"Access-Control-Allow-Headers": "authorization, content-type, mcp-protocol-version, mcp-method, mcp-name, mcp-param-path"}
	if diff := cmp.Diff(want, got); diff != "" || resp.StatusCode != 204 || resp.Header.Get("Vary") != "Origin" {
		t.Errorf("%d %s", resp.StatusCode, diff)
	}
	call := callGraph(1, `{"path":"/x"}`)
	call.host = "mcp.example.com"
	for _, tt := range []struct {
		name    string
		e       exchange
		on      string
		status  int
		allowed string
	}{
		{"an answer", call.with("X-API-Key", "right-key").with("Origin", "https://app.example.com"), "on", 200, "https://app.example.com"},
		{"a refusal, with its challenge", call.with("Origin", "https://app.example.com"), "on", 401, "https://app.example.com"},
		{"another page's preflight", preflight.with("Origin", "https://evil.example"), "on", 403, ""},
		{"our own page, which needs none", call.with("X-API-Key", "right-key").with("Origin", "https://mcp.example.com"), "on", 401, ""},
		{"preflight by another name", func() exchange { e := preflight; e.host = "evil.example"; return e }(), "on", 403, "https://app.example.com"},
		{"off", call.with("Origin", "https://app.example.com"), "off", 401, ""},
		{"preflight, off", preflight, "off", 401, ""},
	} {
		if tt.name == "our own page, which needs none" {
			tt.e, tt.status = tt.e.with("Authorization", "ApiKey right-key"), 200
		}
		s := on
		if tt.on == "off" {
			s = off
		}
		resp, _ := tt.e.do(t, t.Context(), s)
		if resp.StatusCode != tt.status || resp.Header.Get("Access-Control-Allow-Origin") != tt.allowed || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: got %d %q", tt.name, resp.StatusCode, resp.Header.Get("Access-Control-Allow-Origin"))
		}
	}
}
