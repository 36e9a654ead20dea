package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// tokens lets in whoever shows "tok-" and a name that it knows.
type tokens map[string]door.Caller

type tokenError struct {
	code, description, scope string
	away                     bool
}

func (e *tokenError) Error() string                       { return "the token: " + e.description }
func (e *tokenError) Challenge() (string, string, string) { return e.code, e.description, e.scope }
func (e *tokenError) Unavailable() bool                   { return e.away }

func (tokens) Takes(token string) bool { return strings.HasPrefix(token, "tok-") }

func (t tokens) Authenticate(_ context.Context, token string) (door.Caller, error) {
	switch token {
	case "tok-scope":
		return door.Caller{}, &tokenError{code: "insufficient_scope", description: "more is needed", scope: "mcp.write"}
	case "tok-away":
		return door.Caller{}, &tokenError{away: true}
	case "tok-expired":
		return door.Caller{}, &tokenError{code: "invalid_token", description: "it has expired"}
	case "tok-odd":
		return door.Caller{}, errors.New("odd")
	}
	c, ok := t[token]
	if !ok {
		return c, &tokenError{code: "invalid_token", description: "it is none"}
	}
	return c, nil
}

func bothWays(t *testing.T) mcp.HTTPConfig {
	return mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil), testProfile(t, "fabrikam", nil)}},
		Rules: door.Rules{Listen: "0.0.0.0:80", BaseURL: "https://mcp.example.com", Keys: []door.Key{apiKey("agent", "right-key")},
			Bearers:  []door.Authenticator{tokens{"tok-ada": {Name: "user:1/ada", Profiles: []string{"contoso"}}, "tok-none": {Name: "user:1/none"}, "tok-nameless": {Profiles: []string{"contoso"}}}},
			Resource: &door.Resource{AuthorizationServers: []string{"https://login.example.com/t/v2.0"}, Scopes: []string{"api://x/mcp.read", "api://x/mcp.write"}}}}
}

func TestBearersAndChallenges(t *testing.T) {
	t.Parallel()
	s := startServer(t, bothWays(t))
	const realm = `Bearer realm="microsoft-mcp-server"`
	meta := `, resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="api://x/mcp.read api://x/mcp.write"`
	call := modern(1, "tools/list", "", "")
	call.host = "mcp.example.com"
	at := func(path string) exchange { e := call; e.path = path; return e }
	for _, tt := range []struct {
		name      string
		e         exchange
		status    int
		challenge string
	}{
		{"key", call.with("X-API-Key", "right-key"), 200, ""},
		{"token", call.with("Authorization", "Bearer tok-ada"), 200, ""},
		{"nothing", call, 401, realm + meta},
		{"nothing, for one profile", at("/mcp/contoso"), 401, realm + strings.Replace(meta, "/mcp\"", "/mcp/contoso\"", 1)},
		{"nothing, for a profile with a hostile name", at("/mcp/a%22%2C%20b"), 401, realm + strings.Replace(meta, "/mcp\"", "/mcp/a%22%2C%20b\"", 1)},
		{"an unknown token", call.with("Authorization", "Bearer tok-eve"), 401, realm + meta + `, error="invalid_token", error_description="it is none"`},
		{"an odd one", call.with("Authorization", "Bearer tok-odd"), 401, realm + meta + `, error="invalid_token"`},
		{"one that speaks for nobody", call.with("Authorization", "Bearer tok-nameless"), 401, realm + meta + `, error="invalid_token"`},
		{"too little", call.with("Authorization", "Bearer tok-scope"), 403, realm + strings.Replace(meta, "api://x/mcp.read api://x/mcp.write", "mcp.write", 1) + `, error="insufficient_scope", error_description="more is needed"`},
		{"nobody can tell", call.with("Authorization", "Bearer tok-away"), 503, ""},
		{"a token where keys come", call.with("X-API-Key", "tok-ada"), 401, realm + meta + `, error="invalid_token", error_description="this is no key of this server"`},
		{"a token in the URL", at("/mcp?access_token=tok-ada"), 401, realm + meta + `, error="invalid_request", error_description="a token does not belong into the URL: send it in the Authorization header"`},
		{"key and token", call.with("X-API-Key", "right-key").with("Authorization", "Bearer tok-ada"), 401, realm + meta + `, error="invalid_request", error_description="one credential is needed, not several different or empty ones"`},
		{"another profile", at("/mcp/fabrikam").with("Authorization", "Bearer tok-ada"), 404, ""},
		{"no profile at all", call.with("Authorization", "Bearer tok-none"), 404, ""},
	} {
		resp, body := tt.e.do(t, t.Context(), s)
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != tt.status || got != tt.challenge {
			t.Errorf("%s: got %d %s\n%s\nwant %d\n%s", tt.name, resp.StatusCode, body, got, tt.status, tt.challenge)
		}
		if (resp.StatusCode == 503) != (resp.Header.Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After %q", tt.name, resp.Header.Get("Retry-After"))
		}
		_, said, _ := strings.Cut(tt.challenge, `error_description="`) // what is said to a client, people may read, too
		said, _, described := strings.Cut(said, `"`)
		if tt.status == 401 && (!strings.HasPrefix(body, `{"error":"Unauthorized"`) || described != strings.Contains(body, `"error_description":"`+said+`"`)) {
			t.Errorf("%s: %s", tt.name, body)
		}
	}
}

// A public server without keys lets nobody in, whoever has made it.
func TestPublicWithoutKeysIsClosed(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{Listen: "0.0.0.0:80"}})
	for _, path := range []string{"/mcp", "/upload?path=/me/drive/root:/x:/content"} {
		e := callGraph(1, `{"path":"/x"}`)
		e.path = path
		if resp, _ := e.with("Authorization", "Bearer x").do(t, t.Context(), s); resp.StatusCode != 401 {
			t.Errorf("%s: got %d", path, resp.StatusCode)
		}
	}
}

func TestRefusedAttemptsAreSlowedDown(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	counts := &counter{}
	c := bothWays(t)
	c.Log, c.Observer = slog.New(slog.NewTextHandler(&log, nil)), counts
	s := startServer(t, c)
	call := modern(1, "tools/list", "", "")
	call.host = "mcp.example.com"
	try := func(name, value string) int {
		resp, _ := call.with(name, value).do(t, t.Context(), s)
		if resp.StatusCode == 429 && resp.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
		return resp.StatusCode
	}
	if got := try("X-API-Key", "right-key"); got != 200 {
		t.Fatalf("the right key: got %d", got)
	}
	for range 12 { // nothing to guess with
		try("Authorization", "Bearer tok-expired")
		try("Authorization", "Bearer tok-eve")
		try("Authorization", "Bearer tok-scope")
		try("X-Other", "nothing")
	}
	for i := range 9 {
		if got := try("X-API-Key", fmt.Sprintf("guess-%d", i)); got != 401 {
			t.Fatalf("guess %d: got %d", i, got)
		}
	}
	for _, tt := range []struct {
		name, header, value string
		want                int
	}{
		{"the tenth", "X-API-Key", "guess-9", 429},
		{"the next", "X-API-Key", "guess-10", 429},
		{"a token that is none", "Authorization", "Bearer tok-eve", 401},
		{"nothing", "X-Other", "nothing", 401},
		{"a key that was good from here", "X-API-Key", "right-key", 200},
		{"a token", "Authorization", "Bearer tok-ada", 200},
	} {
		if got := try(tt.header, tt.value); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	text := log.String()
	for _, secret := range []string{"guess-", "tok-", "right-key"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	if n := strings.Count(text, `reason=key `); n != 10 {
		t.Errorf("ten guesses are logged %d times", n)
	}
	if counts.refused("key") < 9 || counts.refused("slowed") != 2 {
		t.Errorf("counted: %d, %d", counts.refused("key"), counts.refused("slowed"))
	}
}

// A client that comes with a token that does not hold any more learns each time how to get another, however many of its
// neighbours do, and whatever they guess.
func TestRefusedTokensAreAlwaysChallenged(t *testing.T) {
	t.Parallel()
	s := startServer(t, bothWays(t))
	call := modern(1, "tools/list", "", "")
	call.host = "mcp.example.com"
	for range 12 {
		call.with("X-API-Key", "guess").do(t, t.Context(), s)
	}
	for i := range 3 * 12 {
		token := []string{"tok-eve", "tok-odd", "tok-expired"}[i%3]
		resp, _ := call.with("Authorization", "Bearer "+token).do(t, t.Context(), s)
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || !strings.Contains(got, "resource_metadata=") || !strings.Contains(got, `error="invalid_token"`) {
			t.Fatalf("%s, time %d: got %d %s", token, i/3+1, resp.StatusCode, got)
		}
	}
}

// counter counts refusals.
type counter struct{ byReason [8]atomic.Int32 }

func (c *counter) at(reason string) *atomic.Int32 {
	for i, known := range []string{"key", "token", "slowed", "rate", "busy", "memory", "unavailable"} {
		if reason == known {
			return &c.byReason[i]
		}
	}
	return &c.byReason[7]
}

func (c *counter) refused(reason string) int32 { return c.at(reason).Load() }

func (*counter) Begin(ctx context.Context, _ string, _ ...slog.Attr) (context.Context, func(string, ...slog.Attr)) {
	return ctx, func(string, ...slog.Attr) {}
}

func (c *counter) Count(_ context.Context, name string, attrs ...slog.Attr) {
	if name == "refused" {
		c.at(attrs[0].Value.String()).Add(1)
	}
}

func (*counter) Join(ctx context.Context, _ func(string) string) context.Context { return ctx }

// Each line of a request's has its ID, if the handler of the log writes it.
func TestExpiredKeyIsRefused(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	c.Keys[0].Expires = time.Now().Add(-time.Second)
	call := modern(1, "tools/list", "", "").with("X-API-Key", "right-key")
	call.host = "mcp.example.com"
	resp, _ := call.do(t, t.Context(), startServer(t, c))
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || !strings.Contains(got, "has expired") {
		t.Errorf("got %d %s", resp.StatusCode, got)
	}
}
