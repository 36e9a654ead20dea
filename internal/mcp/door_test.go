package mcp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDoor(t *testing.T) {
	t.Parallel()
	config := func(t *testing.T) mcp.HTTPConfig {
		return mcp.HTTPConfig{Config: mcp.Config{Version: "1.2.3", Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}}
	}
	open := startServer(t, config(t))
	keyed := config(t)
	keyed.Keys, keyed.QueryKey = []door.Key{apiKey("agent", "right-key")}, true
	guarded := startServer(t, keyed)
	keyed.QueryKey = false
	headerOnly := startServer(t, keyed)
	public := config(t)
	public.Listen, public.Keys = "0.0.0.0:80", []door.Key{apiKey("agent", "right-key")}
	public.BaseURL, public.AllowedHosts, public.AllowedOrigins = "https://mcp.example.com", []string{"alias.example.com:8443"}, []string{"https://app.example.com"}
	wide := startServer(t, public)

	servers := map[string]*httptest.Server{"open": open, "guarded": guarded, "headerOnly": headerOnly, "wide": wide}
	call := callGraph(1, `{"path":"/x"}`)
	keyedCall := call.with("Authorization", "Bearer right-key")
	for _, tt := range []struct {
		name string
		e    exchange
		on   string
		want int
		body string
	}{
		{name: "no key configured", on: "open", e: call, want: 200},
		{name: "evil origin", on: "open", e: call.with("Origin", "https://evil.com"), want: 403, body: "Origin is not allowed"},
		{name: "null origin", on: "open", e: call.with("Origin", "null"), want: 403},
		{name: "origin that begins like ours", on: "open", e: call.with("Origin", "http://localhost.evil.com"), want: 403},
		{name: "origin with user", on: "open", e: call.with("Origin", "http://localhost@evil.com"), want: 403},
		{name: "loopback origin", on: "open", e: call.with("Origin", "http://localhost:6274"), want: 200},
		{name: "rebound host", on: "open", e: func() exchange { e := call; e.host = "evil.com"; return e }(), want: 403, body: "Host is not allowed"},
		{name: "rebound host with port", on: "open", e: func() exchange { e := call; e.host = "evil.com:8080"; return e }(), want: 403},
		{name: "localhost", on: "open", e: func() exchange { e := call; e.host = "localhost:8080"; return e }(), want: 200},
		{name: "IPv6 loopback", on: "open", e: func() exchange { e := call; e.host = "[::1]:8080"; return e }(), want: 200},

		{name: "no key", on: "guarded", e: call, want: 401, body: `{"error":"Unauthorized"}`},
		{name: "wrong key", on: "guarded", e: call.with("Authorization", "Bearer wrong-key"), want: 401},
		{name: "empty key", on: "guarded", e: call.with("Authorization", "Bearer "), want: 401},
		{name: "key as basic", on: "guarded", e: call.with("Authorization", "Basic right-key"), want: 401},
		{name: "bearer", on: "guarded", e: keyedCall, want: 200},
		{name: "bearer in other case", on: "guarded", e: call.with("Authorization", "bearer right-key"), want: 200},
		{name: "ApiKey", on: "guarded", e: call.with("Authorization", "ApiKey right-key"), want: 200},
		{name: "X-API-Key", on: "guarded", e: call.with("X-API-Key", "right-key"), want: 200},
		{name: "two different keys", on: "guarded", e: keyedCall.with("X-API-Key", "other"), want: 401},
		{name: "query key", on: "guarded", e: func() exchange { e := call; e.path = "/mcp?api_key=right-key"; return e }(), want: 200},
		{name: "query key switched off", on: "headerOnly", e: func() exchange { e := call; e.path = "/mcp?api_key=right-key"; return e }(), want: 401},
		{name: "origin is checked before the key", on: "guarded", e: call.with("Origin", "https://evil.com"), want: 403},

		{name: "base URL's host", on: "wide", e: func() exchange { e := keyedCall; e.host = "mcp.example.com"; return e }(), want: 200},
		{name: "allowed host", on: "wide", e: func() exchange { e := keyedCall; e.host = "alias.example.com"; return e }(), want: 200},
		{name: "other host", on: "wide", e: func() exchange { e := keyedCall; e.host = "evil.com"; return e }(), want: 403},
		{name: "base URL's origin", on: "wide", e: keyedCall.with("Origin", "https://mcp.example.com"), want: 200},
		{name: "allowed origin", on: "wide", e: keyedCall.with("Origin", "https://app.example.com"), want: 200},
		{name: "loopback origin on a public server", on: "wide", e: keyedCall.with("Origin", "http://localhost:3000"), want: 403},

		{name: "health", on: "guarded", e: exchange{method: "GET", path: "/health"}, want: 200, body: "healthy v1.2.3"},
		{name: "health by HEAD", on: "guarded", e: exchange{method: "HEAD", path: "/health"}, want: 200},
		{name: "ping", on: "guarded", e: exchange{method: "GET", path: "/ping"}, want: 200, body: "pong"},
		{name: "ready", on: "guarded", e: exchange{method: "GET", path: "/ready"}, want: 200, body: `"ready":true`},
		{name: "elsewhere", on: "guarded", e: exchange{method: "GET", path: "/other"}, want: 404},
		{name: "below the endpoint", on: "open", e: func() exchange { e := call; e.path = "/mcp/contoso/x"; return e }(), want: 404},
		{name: "HEAD", on: "open", e: exchange{method: "HEAD", path: "/mcp"}, want: 405},
		{name: "PUT", on: "open", e: exchange{method: "PUT", path: "/mcp"}, want: 405},
		{name: "legacy without a session", on: "open", e: legacy(1, "tools/list", "{}", ""), want: 400, body: "initialize"},
		{name: "DELETE without a session", on: "open", e: exchange{method: "DELETE", path: "/mcp"}, want: 400},
		{name: "initialize with an old session", on: "open", e: legacy(1, "initialize", fmt.Sprintf(hello, "{}"), "mcp-session-gone"), want: 200},
		{name: "origin of a file", on: "open", e: call.with("Origin", "file://localhost"), want: 403},
		{name: "origin with a path", on: "open", e: call.with("Origin", "http://localhost/evil.com"), want: 403},
		{name: "stream outside of an answer", on: "open", e: exchange{method: "GET", path: "/mcp"}, want: 405},

		{name: "not JSON", on: "open", e: exchange{body: "{nonsense"}, want: 400, body: "-32700"},
		{name: "not JSON's content type", on: "open", e: exchange{body: "{}", header: map[string]string{"Content-Type": "text/plain"}}, want: 400},
		{name: "id that loses digits", on: "open", e: exchange{body: `{"jsonrpc":"2.0","id":1764000000000000001,"method":"ping"}`}, want: 400, body: "loses digits"},
		{name: "too large", on: "open", e: exchange{body: strings.Repeat(" ", 1<<20+1)}, want: 413, body: "max_body"},
		{name: "unknown tool", on: "open", e: modern(1, "tools/call", "nothing", `{"name":"nothing","arguments":{}}`), want: 400, body: "not found"},
		{name: "unknown method", on: "open", e: modern(1, "nothing/at/all", "", ""), want: 404, body: "-32601"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp, body := tt.e.do(t, t.Context(), servers[tt.on])
			if resp.StatusCode != tt.want || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, tt.want, tt.body)
			}
			if tt.want == 401 && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("401 without a challenge: %v", resp.Header)
			}
			if resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("CORS is on")
			}
		})
	}
}

// endless is a body that its sender claims no length for.
type endless struct {
	most int64
	sent atomic.Int64 // the client may go on reading after it has its answer
}

func (e *endless) Read(b []byte) (int, error) {
	if e.sent.Add(int64(len(b))) > e.most {
		return 0, io.EOF
	}
	return len(b), nil
}

// Where everybody may ask, a page that has made its own name point to this machine is not let in by what it says in the
// name of a proxy.
func TestReboundHostBehindATrustedProxy(t *testing.T) {
	t.Parallel()
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{AllowedHosts: []string{"mcp.example.com"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}}
	open := startServer(t, c)
	c.Keys = []door.Key{apiKey("agent", "right-key")}
	keyed := startServer(t, c)
	call := callGraph(1, `{"path":"/x"}`)
	upload := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/a.txt", body: "x"}
	for _, tt := range []struct {
		name, host, said string
		e                exchange
		on               *httptest.Server
		want             int
	}{
		{"rebound", "evil.example", "localhost", call, open, 403},
		{"rebound, an allowed name", "evil.example", "mcp.example.com", call, open, 403},
		{"rebound, a file", "evil.example", "localhost", upload, open, 403},
		{"a proxy that passes the name", "mcp.example.com", "", call, open, 200},
		{"a proxy that says the name", "localhost:8080", "mcp.example.com", call, open, 200},
		{"a proxy that says another", "localhost:8080", "evil.example", call, open, 403},
		{"a proxy with a name of its own, and a key", "backend.internal", "mcp.example.com", call.key("right-key"), keyed, 200},
	} {
		tt.e.host = tt.host
		resp, body := tt.e.with("X-Forwarded-Host", tt.said).do(t, t.Context(), tt.on)
		if resp.StatusCode != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, resp.StatusCode, body, tt.want)
		}
	}
	look := exchange{method: "GET", path: "/ready", host: "evil.example"}.with("X-Forwarded-Host", "localhost")
	if _, body := look.do(t, t.Context(), open); strings.Contains(body, "contoso") {
		t.Errorf("a rebound page sees the profiles: %s", body)
	}
}

func TestBodyWithoutLengthIsBounded(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}})
	body := &endless{most: 200 << 20}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/mcp", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.Client().Do(r)
	if err == nil { // the client may also see its connection closed while it still sends
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("got %s", resp.Status)
		}
	}
	if sent := body.sent.Load(); sent > 16<<20 {
		t.Errorf("%d MiB were read of a body that may have 1 MiB", sent>>20)
	}
}

func TestTooOftenAndTooMany(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{RateLimit: 3,
		Keys: []door.Key{apiKey("a", "key-a"), apiKey("b", "key-b")}}})
	call := callGraph(1, `{"path":"/x"}`)
	for i := range 4 {
		resp, _ := call.with("X-API-Key", "key-a").do(t, t.Context(), s)
		if want := map[bool]int{true: 200, false: 429}[i < 3]; resp.StatusCode != want {
			t.Errorf("call %d: got %d, want %d", i, resp.StatusCode, want)
		} else if want == 429 && resp.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
	if resp, _ := call.with("X-API-Key", "key-b").do(t, t.Context(), s); resp.StatusCode != 200 {
		t.Errorf("another principal: got %d", resp.StatusCode)
	}

	started, release := make(chan struct{}), make(chan struct{})
	slow := func(context.Context, *graph.Request) (*graph.Response, error) {
		close(started)
		<-release
		return answerJSON(`{}`)
	}
	full := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", slow)}}, Rules: door.Rules{MaxConcurrent: 1, MaxWait: -1}})
	var wg sync.WaitGroup
	wg.Go(func() { call.do(t, context.Background(), full) })
	<-started
	if resp, _ := call.do(t, t.Context(), full); resp.StatusCode != 429 {
		t.Errorf("a full server: got %d, want 429", resp.StatusCode)
	}
	close(release)
	wg.Wait()
}

// One key cannot take all places, and a person's answer needs none.
func TestPlacesAreShared(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}, 10), make(chan struct{})
	slow := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Path() == "/slow" {
			started <- struct{}{}
			<-release
		}
		return answerJSON(`{}`)
	}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", slow)}}, Rules: door.Rules{MaxConcurrent: 4, MaxWait: -1,
		Keys: []door.Key{apiKey("a", "key-a"), apiKey("b", "key-b")}}})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { callGraph(1, `{"path":"/slow"}`).with("X-API-Key", "key-a").do(t, context.Background(), s) })
		<-started
	}
	quick := callGraph(1, `{"path":"/x"}`)
	if resp, _ := quick.with("X-API-Key", "key-a").do(t, t.Context(), s); resp.StatusCode != 429 {
		t.Errorf("a third call of one key: got %d, want 429", resp.StatusCode)
	}
	if resp, _ := quick.with("X-API-Key", "key-b").do(t, t.Context(), s); resp.StatusCode != 200 {
		t.Errorf("another key: got %d, want 200", resp.StatusCode)
	}
	session := greet(t, s, "{}", map[string]string{"X-API-Key": "key-b"})
	answer := exchange{body: `{"jsonrpc":"2.0","id":9,"result":{"action":"accept"}}`, header: map[string]string{"X-API-Key": "key-a", "Mcp-Session-Id": session, "Mcp-Protocol-Version": "2025-11-25"}}
	if resp, body := answer.do(t, t.Context(), s); resp.StatusCode == 429 {
		t.Errorf("an answer of the key that has no place left: got %d %s", resp.StatusCode, body)
	}
	close(release)
	wg.Wait()
}

func TestSessionsBelongToTheirPrincipal(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}},
		Rules: door.Rules{Keys: []door.Key{apiKey("a", "key-a"), apiKey("b", "key-b")}}})
	session := greet(t, s, "{}", map[string]string{"X-API-Key": "key-a"})
	list := legacy(2, "tools/list", "{}", session)
	remove := exchange{method: "DELETE", header: map[string]string{"Mcp-Session-Id": session, "Mcp-Protocol-Version": "2025-11-25"}}
	for _, step := range []struct {
		name string
		e    exchange
		want int
	}{
		{"its owner", list.with("X-API-Key", "key-a"), 200},
		{"another", list.with("X-API-Key", "key-b"), 404},
		{"another's DELETE", remove.with("X-API-Key", "key-b"), 404},
		{"its owner still", list.with("X-API-Key", "key-a"), 200},
		{"an invented one", legacy(2, "tools/list", "{}", "mcp-session-0").with("X-API-Key", "key-a"), 404},
		{"its owner's DELETE", remove.with("X-API-Key", "key-a"), 200},
		{"a closed one", list.with("X-API-Key", "key-a"), 404},
	} {
		if resp, body := step.e.do(t, t.Context(), s); resp.StatusCode != step.want {
			t.Errorf("%s: got %d %s, want %d", step.name, resp.StatusCode, body, step.want)
		}
	}
}

func TestKeysAreNotLogged(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, Rules: door.Rules{QueryKey: true, Keys: []door.Key{apiKey("agent", "right-key")}}})
	call := callGraph(1, `{"path":"/users/somebody-private"}`)
	call.path = "/mcp?api_key=right-key"
	call.do(t, t.Context(), s)
	call.path = "/mcp?api_key=wrong-key"
	_, body := call.do(t, t.Context(), s)
	text := log.String() + body
	for _, secret := range []string{"right-key", "wrong-key", "somebody-private"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log or the answer:\n%s", secret, text)
		}
	}
	for _, want := range []string{"principal=agent", "path=/mcp ", "status=401", "tool=microsoft_graph"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
}

// lockedBuffer is a buffer that a server may write while a test reads.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Clients seldom say goodbye: the longest idle session of a principal goes when it has too many.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}})
	first := greet(t, s, "{}", nil)
	second := greet(t, s, "{}", nil)
	for range 999 {
		greet(t, s, "{}", nil)
	}
	for session, want := range map[string]int{first: 404, second: 200} {
		if resp, _ := legacy(2, "tools/list", "{}", session).do(t, t.Context(), s); resp.StatusCode != want {
			t.Errorf("got %d, want %d", resp.StatusCode, want)
		}
	}
}
