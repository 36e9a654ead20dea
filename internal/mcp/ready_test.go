package mcp_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
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
		{"a wrong key", ask.with("X-API-Key", "wrong"), 401, `{"error":"Unauthorized","error_description":"this is no key of this server"}`},
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

// credentialError is what an identity says whose credential does not work.
type credentialError struct{ hintError }

func (*credentialError) OfCredential() bool { return true }

// A key opens no profile that acts for whoever calls; whoever watches the server learns of it all the same. People learn
// that it does not work, and whom to tell.
func TestReadyTellsOfProfilesForPeople(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	c.Profiles[0].For = func(context.Context, tools.Person) (*tools.Profile, error) { return c.Profiles[0], nil }
	c.Keys = append(c.Keys, door.Key{Name: "other", SHA256: sha256.Sum256([]byte("other-key")), Profiles: []string{"fabrikam"}})
	c.Bearers = []door.Authenticator{tokens{"tok-ada": {Name: "user:1/ada", Profiles: []string{"contoso"}, Person: &tools.Person{TenantID: "1", ObjectID: "ada"}}}}
	c.Ready = func(context.Context) map[string]error { return map[string]error{"contoso": &credentialError{}} }
	s := startServer(t, c)
	ask := exchange{method: "GET", path: "/ready", host: "mcp.example.com"}
	for _, tt := range []struct {
		name string
		e    exchange
		want string
	}{
		{"a key", ask.with("X-API-Key", "right-key"), `{"contoso":{"ready":false,"error":"the secret has expired","hint":"make a new one"},"fabrikam":{"ready":true}}`},
		{"a key for another profile", ask.with("X-API-Key", "other-key"), `{"fabrikam":{"ready":true}}`},
		{"a person", ask.with("Authorization", "Bearer tok-ada"), `{"contoso":{"ready":false,"error":"this server's own access to Microsoft does not work for profile contoso at the moment","hint":"tell whoever runs this server, with the request ID THE-ID; its log says why"}}`},
	} {
		resp, body := tt.e.do(t, t.Context(), s)
		body = strings.ReplaceAll(body, resp.Header.Get("X-Request-Id"), "THE-ID")
		if got, want := strings.TrimSpace(body), `{"profiles":`+tt.want+`,"ready":false,"status":"degraded","total":2}`; got != want {
			t.Errorf("%s: got %s", tt.name, got)
		}
	}
}
