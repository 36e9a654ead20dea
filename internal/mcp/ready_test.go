package mcp_test

import (
	"context"
	"strings"
	"testing"
)

func TestReadyTellsThoseWhoMaySee(t *testing.T) {
	t.Parallel()
	failed := map[string]error{"fabrikam": &hintError{}}
	c := bothWays(t)
	c.Ready = func(context.Context) map[string]error { return failed }
	s := startServer(t, c)
	ask := exchange{method: "GET", path: "/ready", host: "mcp.example.com"}
	for _, tt := range []struct {
		name   string
		e      exchange
		status int
		want   string
	}{
		{"anybody", ask, 200, `{"ready":false,"status":"degraded","total":2}`},
		{"a key", ask.with("X-API-Key", "right-key"), 200, `{"profiles":{"contoso":{"ready":true},"fabrikam":{"ready":false,"error":"the secret has expired","hint":"make a new one"}},"ready":false,"status":"degraded","total":2}`},
		{"a person", ask.with("Authorization", "Bearer tok-ada"), 200, `{"profiles":{"contoso":{"ready":true}},"ready":false,"status":"degraded","total":2}`},
		{"a wrong key", ask.with("X-API-Key", "wrong"), 401, `{"error":"Unauthorized"}`},
		{"a probe by address", func() exchange { e := ask.with("X-API-Key", "right-key"); e.host = "192.0.2.1"; return e }(), 200, `{"ready":false,"status":"degraded","total":2}`},
	} {
		resp, body := tt.e.do(t, t.Context(), s)
		if resp.StatusCode != tt.status || strings.TrimSpace(body) != tt.want {
			t.Errorf("%s: got %d %s", tt.name, resp.StatusCode, body)
		}
	}
	failed = map[string]error{"fabrikam": &hintError{}, "contoso": &hintError{}}
	none := bothWays(t)
	none.Ready = func(context.Context) map[string]error { return failed }
	if resp, body := ask.do(t, t.Context(), startServer(t, none)); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("none works: got %d %s", resp.StatusCode, body)
	}
}

type hintError struct{}

func (*hintError) Error() string { return "the secret has expired" }
func (*hintError) Hint() string  { return "make a new one" }
