package mcp_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// The allowance is one for all replicas, and where it cannot be looked up nobody is let in on the quiet.
func TestRatesAreShared(t *testing.T) {
	t.Parallel()
	store := &counted{company: newCompany()}
	c := bothWays(t)
	c.RateLimit, c.Shared = 3, store
	a, b := startServer(t, c), startServer(t, c)
	call := modern(1, "tools/list", "", "").with("X-API-Key", "right-key")
	call.host = "mcp.example.com"
	for i, s := range []*httptest.Server{a, b, a, b} {
		want := 200
		if i == 3 {
			want = 429
		}
		resp, _ := call.do(t, t.Context(), s)
		if resp.StatusCode != want || want == 429 && resp.Header.Get("Retry-After") != "7" {
			t.Errorf("call %d: got %d %v", i, resp.StatusCode, resp.Header)
		}
	}
	if resp, _ := call.with("Authorization", "Bearer tok-ada").with("X-API-Key", "").do(t, t.Context(), a); resp.StatusCode != 401 {
		t.Errorf("an empty key beside a token: got %d", resp.StatusCode)
	}
	store.down.Store(true)
	if resp, _ := call.do(t, t.Context(), a); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("without the store: got %d", resp.StatusCode)
	}
	if resp, body := (exchange{method: "GET", path: "/ready", host: "mcp.example.com"}).do(t, t.Context(), a); resp.StatusCode != 503 || !strings.Contains(body, "store") {
		t.Errorf("ready without the store: got %d %s", resp.StatusCode, body)
	}
	for key := range store.spent {
		if strings.Contains(key, "agent") || !strings.HasPrefix(key, "rate/") {
			t.Errorf("the store learns %q", key)
		}
	}
}

// counted is a company with allowances that are never refilled.
type counted struct {
	*company
	spending sync.Mutex
	spent    map[string]int // guarded by spending
}

func (c *counted) Spend(_ context.Context, key string, _, burst int) (time.Duration, error) {
	if c.down.Load() {
		return 0, cutOff{}
	}
	c.spending.Lock()
	defer c.spending.Unlock()
	if c.spent == nil {
		c.spent = map[string]int{}
	}
	if c.spent[key] == burst {
		return 6500 * time.Millisecond, nil
	}
	c.spent[key]++
	return 0, nil
}

// A key that is revoked at one replica opens nothing at the others, though they are not told: they look.
func TestRevokedKeyIsRefused(t *testing.T) {
	t.Parallel()
	store := newCompany()
	c := bothWays(t)
	c.Shared = store
	sum := sha256.Sum256([]byte("right-key"))
	if err := store.Put(t.Context(), "revoked/"+hex.EncodeToString(sum[:]), []byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	call := modern(1, "tools/list", "", "").with("X-API-Key", "right-key")
	call.host = "mcp.example.com"
	s := startServer(t, c)
	resp, _ := call.do(t, t.Context(), s)
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || !strings.Contains(got, "was revoked") {
		t.Errorf("got %d %s", resp.StatusCode, got)
	}
	store.down.Store(true)
	if resp, _ := call.do(t, t.Context(), startServer(t, c)); resp.StatusCode != 503 {
		t.Errorf("nobody can tell: got %d", resp.StatusCode)
	}
}

// Short of memory, no work begins, and the server still says that it lives.
func TestShortOfMemory(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	c.MaxMemory = 1
	counts := &counter{}
	c.Observer = counts
	s := startServer(t, c)
	call := modern(1, "tools/list", "", "").with("X-API-Key", "right-key")
	call.host = "mcp.example.com"
	upload := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/x:/content&profile=contoso", host: "mcp.example.com", body: "x"}.with("X-API-Key", "right-key")
	for _, tt := range []struct {
		e    exchange
		want int
	}{{call, 503}, {upload, 503}, {exchange{method: "GET", path: "/health"}, 200}, {exchange{method: "GET", path: "/ping"}, 200}, {exchange{method: "GET", path: "/ready"}, 200}} {
		resp, body := tt.e.do(t, t.Context(), s)
		if resp.StatusCode != tt.want || tt.want == 503 && resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d %s", tt.e.path, resp.StatusCode, body)
		}
	}
	if counts.refused("memory") != 2 {
		t.Errorf("counted %d", counts.refused("memory"))
	}
}

// What the door has learnt outlives a change of the configuration, or whoever guesses would only wait for one.
func TestReloadForgetsNoAttempts(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	c.RateLimit, c.MaxBody, c.MaxConcurrent = 4, 1<<20, 8
	s := startServer(t, c)
	call := modern(1, "tools/list", "", "")
	call.host = "mcp.example.com"
	for range 3 {
		call.with("X-API-Key", "right-key").do(t, t.Context(), s)
	}
	for range 10 {
		call.with("X-API-Key", "guess").do(t, t.Context(), s)
	}
	reload(t, s, c)
	if resp, _ := call.with("X-API-Key", "guess").do(t, t.Context(), s); resp.StatusCode != 429 {
		t.Errorf("a guess: got %d", resp.StatusCode)
	}
	for i, want := range []int{200, 429} {
		if resp, _ := call.with("X-API-Key", "right-key").do(t, t.Context(), s); resp.StatusCode != want {
			t.Errorf("call %d: got %d, want %d", i+3, resp.StatusCode, want)
		}
	}
}

// A key that only reads cannot write, whatever the profile may do, and is shown no other.
func TestReadOnlyKey(t *testing.T) {
	t.Parallel()
	c := bothWays(t)
	reading := testProfile(t, "contoso", func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		return answerJSON(`{"as":"reader"}`)
	})
	reading.ReadOnly = true
	c.Profiles[0].Reading = reading
	c.Keys[0].ReadOnly = true
	call := callGraph(1, `{"path":"/x"}`).with("X-API-Key", "right-key")
	call.host = "mcp.example.com"
	if _, body := call.do(t, t.Context(), startServer(t, c)); !strings.Contains(body, "reader") {
		t.Errorf("got %s", body)
	}
}
