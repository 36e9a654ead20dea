package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// sharedLog keeps what is logged, by whichever goroutine.
type sharedLog struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *sharedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *sharedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// store is a Graph that takes files and gives them back.
type store struct {
	mu     sync.Mutex
	put    []*graph.Request // guarded by mu
	askers []tools.Asker    // guarded by mu
	refuse error            // what everything is answered with, where it is set; guarded by mu
}

func (s *store) do(_ context.Context, r *graph.Request) (*graph.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.refuse != nil:
		return nil, s.refuse
	case r.Method() == http.MethodGet:
		h := http.Header{"Content-Type": {"text/html"}, "Content-Disposition": {`attachment; filename="Grüße; x.html"`}, "Etag": {`"1"`}}
		body := strings.Repeat("<script>alert(1)</script>", 4000)
		return &graph.Response{Status: 200, Header: h, Stream: io.NopCloser(strings.NewReader(body)), Size: int64(len(body))}, nil
	}
	s.put = append(s.put, r)
	return answerJSON(`{"id":"1","name":"a.txt"}`)
}

func (s *store) refuseWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

func (s *store) stored() []*graph.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put
}

// post is a server over HTTP with an API key, and what it stores and logs.
type post struct {
	*httptest.Server
	store *store
	log   *sharedLog
}

func newPost(t *testing.T, change func(*mcp.HTTPConfig)) post {
	t.Helper()
	p := post{store: &store{}, log: &sharedLog{}}
	c := mcp.HTTPConfig{Config: mcp.Config{Log: slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Profiles: []*tools.Profile{p.profile(t, "contoso")}}, Rules: door.Rules{Keys: []door.Key{apiKey("agent", "right-key"), apiKey("other", "other-key")}, QueryKey: true}}
	if change != nil {
		change(&c)
	}
	p.Server = startServer(t, c)
	return p
}

func (p post) profile(t *testing.T, name string) *tools.Profile {
	profile := testProfile(t, name, nil)
	profile.Remote = true
	profile.Guarded = func(a tools.Asker) graph.Caller {
		p.store.mu.Lock()
		defer p.store.mu.Unlock()
		p.store.askers = append(p.store.askers, a)
		return graphFunc(p.store.do)
	}
	return profile
}

// tool calls a tool with the key and returns the JSON that it answers with.
func (p post) tool(t *testing.T, name string, arguments map[string]any) map[string]any {
	t.Helper()
	return p.toolAs(t, "right-key", name, arguments)
}

// toolAs does so with another key.
func (p post) toolAs(t *testing.T, key, name string, arguments map[string]any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	_, body := modern(1, "tools/call", name, `{"name":"`+name+`","arguments":`+string(raw)+`}`).key(key).do(t, t.Context(), p.Server)
	var answer struct {
		Result struct {
			IsError bool
			Content []struct{ Text string }
		}
	}
	if i := strings.Index(body, "{"); i < 0 || json.Unmarshal([]byte(body[i:]), &answer) != nil || len(answer.Result.Content) == 0 {
		t.Fatalf("got %s", body)
	}
	text := answer.Result.Content[0].Text
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil || answer.Result.IsError {
		return map[string]any{"error": text}
	}
	return v
}

// link calls get_upload_config and returns the link's path with query, and its header.
func (p post) link(t *testing.T, arguments map[string]any) (path, header string) {
	t.Helper()
	answer := p.tool(t, "get_upload_config", arguments)
	address, _ := answer["uploadUrl"].(string)
	u, err := url.Parse(address)
	if err != nil || u.Path != "/upload" {
		t.Fatalf("got %v", answer)
	}
	return u.RequestURI(), answer["authHeader"].(string)
}

// download calls download_file and returns the link's path.
func (p post) download(t *testing.T) string {
	t.Helper()
	answer := p.tool(t, "download_file", map[string]any{"path": "/drives/d/items/i"})
	path, ok := strings.CutPrefix(answer["downloadUrl"].(string), p.URL)
	if !ok || !strings.HasPrefix(path, "/transfer/dnl_") || len(path) < len("/transfer/dnl_")+32 {
		t.Fatalf("got %v", answer)
	}
	return path
}

func (e exchange) named(host string) exchange { e.host = host; return e }

func TestDownloadLinkHoldsOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	path := p.download(t)
	get := exchange{method: "GET", path: path}
	// Who comes by a name or from a page that is not allowed does not use it up; nor does a look.
	for _, e := range []exchange{get.named("evil.com"), get.with("Origin", "https://evil.com")} {
		if resp, _ := e.do(t, t.Context(), p.Server); resp.StatusCode != 403 {
			t.Errorf("%+v: got %d, want 403", e, resp.StatusCode)
		}
	}
	resp, _ := exchange{method: "HEAD", path: path}.do(t, t.Context(), p.Server)
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("HEAD: got %d %v", resp.StatusCode, resp.Header)
	}
	if resp, _ := (exchange{method: "POST", path: path}).do(t, t.Context(), p.Server); resp.StatusCode != 405 {
		t.Errorf("POST: got %d", resp.StatusCode)
	}
	// What Microsoft refuses was not delivered, so the link still holds.
	p.store.refuseWith(&graph.Error{Status: 404, Code: "itemNotFound", Method: "GET", Path: "/x"})
	if resp, body := get.do(t, t.Context(), p.Server); resp.StatusCode != 404 || !strings.Contains(body, "itemNotFound") {
		t.Errorf("refused: got %d %s", resp.StatusCode, body)
	}
	p.store.refuseWith(nil)
	resp, body := get.do(t, t.Context(), p.Server)
	if resp.StatusCode != 200 || len(body) != 25*4000 || resp.ContentLength != 25*4000 {
		t.Fatalf("got %d, %d bytes", resp.StatusCode, len(body))
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store",
		"Referrer-Policy": "no-referrer", "Content-Disposition": "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%3B%20x.html", "Content-Type": "text/html"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if resp, body := get.do(t, t.Context(), p.Server); resp.StatusCode != 404 || !strings.Contains(body, "used") {
		t.Errorf("again: got %d %s", resp.StatusCode, body)
	}
	ticket := strings.TrimPrefix(path, "/transfer/")
	if log := p.log.String(); strings.Contains(log, ticket) || !strings.Contains(log, "/transfer/…") {
		t.Errorf("the log tells the link, or nothing of it:\n%s", log)
	}
}

// Whatever way a link's path is written, its secret is not in the log.
func TestLinksStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	grows := "/" + strings.Repeat("%C8%BA", 40) // Ⱥ has two bytes, and ⱥ three
	for _, before := range []string{"/transfer/", grows + "/transfer/", grows + "/Transfer/", "//transfer/", "/Transfer/", "/%74ransfer/", "/x/../transfer/", "/mcp/transfer/", "/transfer/x/"} {
		exchange{method: "GET", path: before + "dnl_secret"}.do(t, t.Context(), p.Server)
	}
	if log := p.log.String(); strings.Contains(log, "dnl_secret") || !strings.Contains(log, "/transfer/…") {
		t.Errorf("the log tells:\n%s", log)
	}
}

// A link is used up with the first byte, whatever becomes of it: nobody can try twice with what may be stored.
// Row 26 of the weaknesses: the limits hold before anything is kept.
// A limit below what may be held in memory holds for bodies that do not say their length, too.
// Links that were used, and transfers that are over, make room for others.
func TestTransfersMakeRoom(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) { c.MaxConcurrent = 8 }) // a call before may still be on its way out
	serve := func(method, path, header, body string) int {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Host = "localhost"
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		p.Config.Handler.ServeHTTP(w, r) // returns when the handler does
		return w.Code
	}
	for i := range 70 {
		up := p.tool(t, "get_upload_config", map[string]any{"path": "/me/drive/root:/a.txt"})
		address, _ := up["uploadUrl"].(string)
		if code := serve("PUT", strings.TrimPrefix(address, p.URL), up["authHeader"].(string), "x"); code != 200 {
			t.Fatalf("upload %d: got %d", i, code)
		}
		down := p.tool(t, "download_file", map[string]any{"path": "/drives/d/items/i"})
		address, _ = down["downloadUrl"].(string)
		if code := serve("GET", strings.TrimPrefix(address, p.URL), "", ""); code != 200 {
			t.Fatalf("download %d: got %d", i, code)
		}
	}
}

// halfway is a body that breaks off.
type halfway struct{ io.Reader }

func (h halfway) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if err == io.EOF {
		err = errors.New("connection reset")
	}
	return n, err
}

func (halfway) Close() error { return nil }

// A file of unknown size that breaks off does not pass for whole.
func TestDownloadThatBreaksOff(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) {
		asked := 0
		c.Profiles[0].Guarded = func(tools.Asker) graph.Caller {
			return graphFunc(func(context.Context, *graph.Request) (*graph.Response, error) {
				if asked++; asked > 2 {
					return nil, &graph.Error{Status: 404, Code: "itemNotFound", Method: "GET", Path: "/x"}
				}
				return &graph.Response{Status: 200, Header: http.Header{"Content-Type": {"application/pdf"}, "Etag": {`"1"`}},
					Stream: halfway{strings.NewReader(strings.Repeat("x", 1<<20))}, Size: -1}, nil
			})
		}
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+p.download(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("%d bytes passed for the whole", n)
	}
	log := p.log.String()
	if !strings.Contains(log, "broke off") {
		t.Errorf("the log says nothing of it:\n%s", log)
	}
	// Its line among the requests is there, too, with who it was and what was sent.
	at := strings.Index(log, "msg=request method=GET path=/transfer/…")
	if at < 0 {
		t.Fatalf("the access log lacks it:\n%s", log)
	}
	line, _, _ := strings.Cut(log[at:], "\n")
	if !strings.Contains(line, "status=200 bytes=1048576 principal=agent") || !strings.Contains(line, "broken_off=true") {
		t.Errorf("the access log has %s", line)
	}
}

// letters is "AAAA…", which is base64, too.
// Without a key everybody on this machine may upload, as they may call; a page in its browser may not.
func TestTransfersCountAsRequests(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) { c.RateLimit = 3 })
	path, header := p.link(t, map[string]any{"path": "/me/drive/root:/a.txt"}) // the first
	download := p.download(t)                                                  // the second
	put := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/b.txt", body: "x"}.with("Authorization", "Bearer right-key")
	put.do(t, t.Context(), p.Server) // the third
	for name, e := range map[string]exchange{"key": put, "ticket": exchange{method: "PUT", path: path, body: "x"}.with("Authorization", header), "download": {method: "GET", path: download}} {
		if resp, _ := e.do(t, t.Context(), p.Server); resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d, want 429", name, resp.StatusCode)
		}
	}
}

func TestLinksStandOnTheBaseURL(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) { c.BaseURL = "https://mcp.example.com/base/" })
	up := p.tool(t, "get_upload_config", map[string]any{"path": "/me/drive/root:/a.txt"})
	down := p.tool(t, "download_file", map[string]any{"path": "/drives/d/items/i"})
	if !strings.HasPrefix(up["uploadUrl"].(string), "https://mcp.example.com/base/upload?") || !strings.HasPrefix(down["downloadUrl"].(string), "https://mcp.example.com/base/transfer/dnl_") {
		t.Errorf("got %v and %v", up, down)
	}
	ends, err := time.Parse(time.RFC3339, up["expiresAt"].(string))
	if left := time.Until(ends); err != nil || left < 9*time.Minute || left > 11*time.Minute {
		t.Errorf("it ends in %s, %v", left, err)
	}
}
