package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestUploadLinkHoldsOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	path, header := p.link(t, map[string]any{"path": "/me/drive/root:/a b.txt:/content", "contentType": "text/csv"})
	put := exchange{method: "PUT", path: path, body: "hello"}.with("Authorization", header)
	// Row 5 of the weaknesses: what the model sees is no key, neither of the server nor to anything else.
	if strings.Contains(header, "right-key") || !strings.HasPrefix(header, "Bearer upl_") || len(header) < len("Bearer upl_")+32 {
		t.Errorf("the header is %s", header)
	}
	for name, e := range map[string]exchange{
		"for /mcp":       callGraph(1, `{"path":"/x"}`).with("Authorization", header),
		"as a download":  {method: "GET", path: "/transfer/" + strings.TrimPrefix(header, "Bearer ")},
		"in the query":   {method: "PUT", path: path + "&api_key=" + strings.TrimPrefix(header, "Bearer "), body: "x"},
		"another path":   exchange{method: "PUT", path: "/upload?path=%2Fme%2Fdrive%2Froot%3A%2Fevil.txt", body: "x"}.with("Authorization", header),
		"another way":    exchange{method: "PUT", path: path + "&conflictBehavior=replace", body: "x"}.with("Authorization", header),
		"rebound":        put.named("evil.com"),
		"from a page":    put.with("Origin", "https://evil.com"),
		"an empty one":   exchange{method: "PUT", path: path}.with("Authorization", header),
		"another method": exchange{method: "PATCH", path: path, body: "x"}.with("Authorization", header),
	} {
		if resp, body := e.do(t, t.Context(), p.Server); resp.StatusCode < 400 {
			t.Errorf("%s: got %d %s", name, resp.StatusCode, body)
		}
	}
	if stored := p.store.stored(); len(stored) != 0 {
		t.Fatalf("%v was stored", stored)
	}
	resp, body := put.do(t, t.Context(), p.Server)
	if resp.StatusCode != 200 || strings.TrimSpace(body) != `{"id":"1","name":"a.txt"}` || resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	stored := p.store.stored()
	if len(stored) != 1 || string(stored[0].Body()) != "hello" || stored[0].Path() != "/me/drive/root:/a%20b.txt:/content" ||
		stored[0].Query("@microsoft.graph.conflictBehavior") != "rename" || stored[0].Header("Content-Type") != "text/csv" {
		t.Fatalf("stored: %v", stored)
	}
	if resp, body := put.do(t, t.Context(), p.Server); resp.StatusCode != 401 || !strings.Contains(body, "get_upload_config") {
		t.Errorf("again: got %d %s", resp.StatusCode, body)
	}
	if log := p.log.String(); strings.Contains(log, strings.TrimPrefix(header, "Bearer ")) || strings.Contains(log, "a b.txt") || strings.Contains(log, "root") {
		t.Errorf("the log tells:\n%s", log)
	}
}

func TestUploadLinkThatFailedIsUsedUp(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	path, header := p.link(t, map[string]any{"path": "/me/drive/root:/a.txt"})
	put := exchange{method: "PUT", path: path, body: "hello"}.with("Authorization", header)
	p.store.refuseWith(&graph.Error{Status: 507, Code: "quotaLimitReached", Method: "PUT", Path: "/x"})
	if resp, body := put.do(t, t.Context(), p.Server); resp.StatusCode != 502 || !strings.Contains(body, "quotaLimitReached") {
		t.Errorf("refused: got %d %s", resp.StatusCode, body)
	}
	p.store.refuseWith(nil)
	if resp, _ := put.do(t, t.Context(), p.Server); resp.StatusCode != 401 {
		t.Errorf("again: got %d, want 401", resp.StatusCode)
	}
}

func TestUploadAsTheAncestor(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	const where = "/upload?path=%2Fdrives%2Fd%2Froot%3A%2Fx%2Fa.pdf%3A%2Fcontent"
	key := exchange{method: "POST", path: where, body: "aGVs\nbG8=\n", header: map[string]string{"Authorization": "Bearer right-key"}}
	for _, row := range []struct {
		name         string
		e            exchange
		want         int
		body         string // of the answer
		stored, kind string
	}{
		{name: "POST of base64", e: exchange{method: "POST", path: where + "&encoding=base64&contentType=application/pdf", body: "aGVs\nbG8=\n", header: key.header}, want: 200, stored: "hello", kind: "application/pdf"},
		{name: "PUT of the bytes", e: exchange{method: "PUT", path: where, body: "hello", header: key.header}.with("Content-Type", "application/pdf"), want: 200, stored: "hello", kind: "application/pdf"},
		{name: "curl's own content type", e: exchange{method: "POST", path: where, body: "hello", header: key.header}.with("Content-Type", "application/x-www-form-urlencoded"), want: 200, stored: "hello", kind: "application/octet-stream"},
		{name: "key in the query", e: exchange{method: "PUT", path: where + "&api_key=right-key", body: "hello"}, want: 200, stored: "hello", kind: "application/json"},
		{name: "no key", e: exchange{method: "PUT", path: where, body: "x"}, want: 401, body: `{"error":"Unauthorized"}`},
		{name: "wrong key", e: exchange{method: "PUT", path: where, body: "x"}.with("Authorization", "Bearer wrong"), want: 401},
		{name: "a ticket that never was", e: exchange{method: "PUT", path: where, body: "x"}.with("Authorization", "Bearer upl_guess"), want: 401},
		{name: "no path", e: exchange{method: "PUT", path: "/upload", body: "x", header: key.header}, want: 400, body: "path is missing"},
		{name: "a folder", e: exchange{method: "PUT", path: "/upload?path=/me/drive", body: "x", header: key.header}, want: 400, body: "does not name a file"},
		{name: "elsewhere", e: exchange{method: "PUT", path: "/upload?path=https://evil.example/me/drive/root:/a", body: "x", header: key.header}, want: 400},
		{name: "around a corner", e: exchange{method: "PUT", path: "/upload?path=/drives/../me/drive/root:/a", body: "x", header: key.header}, want: 400},
		{name: "nothing", e: exchange{method: "PUT", path: where, header: key.header}, want: 400, body: "empty"},
		{name: "nothing as base64", e: exchange{method: "PUT", path: where + "&encoding=base64", body: "\n", header: key.header}, want: 400, body: "empty"},
		{name: "no base64", e: exchange{method: "PUT", path: where + "&encoding=base64", body: "a*b=", header: key.header}, want: 400, body: "not base64"},
		{name: "half base64", e: exchange{method: "PUT", path: where + "&encoding=base64", body: "aGVsbG8", header: key.header}, want: 400, body: "not base64"},
		{name: "another encoding", e: exchange{method: "PUT", path: where + "&encoding=hex", body: "00", header: key.header}, want: 400, body: "base64"},
		{name: "an unknown behaviour", e: exchange{method: "PUT", path: where + "&conflictBehavior=overwrite", body: "x", header: key.header}, want: 400, body: "conflictBehavior"},
		{name: "an unknown version", e: exchange{method: "PUT", path: where + "&apiVersion=v9", body: "x", header: key.header}, want: 400, body: "apiVersion"},
		{name: "an unknown profile", e: exchange{method: "PUT", path: where + "&profile=fabrikam", body: "x", header: key.header}, want: 404},
		{name: "GET", e: exchange{method: "GET", path: where, header: key.header}, want: 405},
		{name: "rebound", e: exchange{method: "PUT", path: where, body: "x", header: key.header, host: "evil.com"}, want: 403},
		{name: "from a page", e: exchange{method: "PUT", path: where, body: "x", header: key.header}.with("Origin", "https://evil.com"), want: 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(p.store.stored())
			resp, body := row.e.do(t, t.Context(), p.Server)
			if resp.StatusCode != row.want || !strings.Contains(body, row.body) {
				t.Fatalf("got %d %s, want %d %s", resp.StatusCode, body, row.want, row.body)
			}
			stored := p.store.stored()[before:]
			if row.want != 200 {
				if len(stored) != 0 || !json.Valid([]byte(body)) {
					t.Errorf("stored %v, answered %s", stored, body)
				}
				return
			}
			if len(stored) != 1 || string(stored[0].Body()) != row.stored || stored[0].Header("Content-Type") != row.kind {
				t.Errorf("got %q as %s", stored[0].Body(), stored[0].Header("Content-Type"))
			}
		})
	}
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	got := p.store.askers[len(p.store.askers)-1]
	if want := (tools.Asker{Principal: "agent", Tool: "upload_file", RequestID: got.RequestID}); got != want || got.RequestID == "" {
		t.Errorf("the guard was told %+v, want %+v", got, want)
	}
}

func TestUploadProfiles(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{p.profile(t, "contoso"), p.profile(t, "fabrikam"), {Name: "reader", Tools: []string{"get_auth_status"}}}},
		Rules: door.Rules{Keys: []door.Key{apiKey("all", "all-key"), apiKey("one", "one-key", "contoso"), apiKey("none", "none-key", "reader")}}})
	const where = "/upload?path=/me/drive/root:/a.txt"
	for _, row := range []struct {
		key, path string
		want      int
		body      string
	}{
		{"all-key", where, 400, "contoso, fabrikam"},
		{"all-key", where + "&profile=fabrikam", 200, ""},
		{"one-key", where, 200, ""},
		{"one-key", where + "&profile=fabrikam", 404, ""},
		{"none-key", where, 403, "may upload"},
		{"none-key", where + "&profile=reader", 404, ""},
	} {
		resp, body := exchange{method: "PUT", path: row.path, body: "x"}.with("Authorization", "Bearer "+row.key).do(t, t.Context(), s)
		if resp.StatusCode != row.want || !strings.Contains(body, row.body) {
			t.Errorf("%s %s: got %d %s, want %d %s", row.key, row.path, resp.StatusCode, body, row.want, row.body)
		}
	}
}

func TestUploadAnswersWithTheReason(t *testing.T) {
	t.Parallel()
	asking := &question{path: "x"}
	p := newPost(t, nil)
	e := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/a.txt", body: "x"}.with("Authorization", "Bearer right-key")
	for _, row := range []struct {
		with error
		want int
		body string
	}{
		{&graph.Error{Status: 403, Code: "accessDenied", Method: "PUT", Path: "/x"}, 403, "accessDenied"},
		{&graph.Error{Status: 409, Code: "nameAlreadyExists", Method: "PUT", Path: "/x"}, 409, "nameAlreadyExists"},
		{&graph.Error{Status: 401, Code: "InvalidAuthenticationToken", Method: "PUT", Path: "/x"}, 502, "InvalidAuthenticationToken"}, // not the caller's key
		{&graph.Error{Status: 503, Code: "serviceNotAvailable", Method: "PUT", Path: "/x"}, 502, "serviceNotAvailable"},
		{asking, 403, asking.Error()},
		{errors.New("anything"), 502, "anything"},
	} {
		p.store.refuseWith(row.with)
		resp, body := e.do(t, t.Context(), p.Server)
		if resp.StatusCode != row.want || !strings.Contains(body, row.body) || !json.Valid([]byte(body)) {
			t.Errorf("%v: got %d %s, want %d", row.with, resp.StatusCode, body, row.want)
		}
	}
	p.store.refuseWith(nil)
	// What the policy refuses is refused before the file is read.
	profile := p.profile(t, "contoso")
	profile.Check = func(tools.Asker, *graph.Request, ...*graph.Request) error { return errors.New("refused by the policy") }
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{profile}}})
	delete(e.header, "Authorization")
	if resp, body := e.do(t, t.Context(), s); resp.StatusCode != 403 || !strings.Contains(body, "refused by the policy") {
		t.Errorf("the policy: got %d %s", resp.StatusCode, body)
	}
	if stored := p.store.stored(); len(stored) != 0 {
		t.Errorf("stored: %v", stored)
	}
}

// Where Microsoft asks to wait, whoever uploads or downloads hears for how long.
func TestTransfersSayWhenToComeAgain(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	put := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/a.txt", body: "x"}.with("Authorization", "Bearer right-key")
	get := exchange{method: "GET", path: p.download(t)}
	for _, row := range []struct {
		status int
		wait   time.Duration
		want   string
	}{{429, 30 * time.Second, "30"}, {503, 1500 * time.Millisecond, "2"}, {429, 0, ""}, {403, 0, ""}} {
		p.store.refuseWith(fmt.Errorf("sending: %w", &graph.Error{Status: row.status, RetryAfter: row.wait, Method: "PUT", Path: "/x"}))
		for _, e := range []exchange{put, get} {
			resp, body := e.do(t, t.Context(), p.Server)
			if got := resp.Header.Get("Retry-After"); resp.StatusCode == 200 || got != row.want {
				t.Errorf("%s after %d: got %d, Retry-After %q, want %q\n%s", e.method, row.status, resp.StatusCode, got, row.want, body)
			}
		}
	}
}

// A ticket of which some bytes were taken in does not come back, whatever happens then.
func TestUploadLinkIsUsedUpByAPanic(t *testing.T) {
	t.Parallel()
	for begun, want := range map[bool]int{false: 200, true: 401} {
		var faulty atomic.Bool
		p := newPost(t, func(c *mcp.HTTPConfig) {
			c.Profiles[0].Guarded = func(tools.Asker) graph.Caller {
				if !begun && faulty.Swap(false) {
					panic("a fault before the body is looked at")
				}
				return graphFunc(func(context.Context, *graph.Request) (*graph.Response, error) {
					if faulty.Swap(false) {
						panic("a fault")
					}
					return answerJSON(`{"id":"1"}`)
				})
			}
		})
		path, header := p.link(t, map[string]any{"path": "/me/drive/root:/a.txt"})
		put := exchange{method: "PUT", path: path, body: "hello"}.with("Authorization", header)
		faulty.Store(true)
		if resp, body := put.do(t, t.Context(), p.Server); resp.StatusCode != 500 {
			t.Fatalf("begun %v: got %d %s, want a fault", begun, resp.StatusCode, body)
		}
		if resp, body := put.do(t, t.Context(), p.Server); resp.StatusCode != want {
			t.Errorf("begun %v, again: got %d %s, want %d", begun, resp.StatusCode, body, want)
		}
	}
}

func TestUploadLimits(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) { c.MaxUpload = 6 << 20 })
	send := func(body io.Reader, length int64, query string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.URL+"/upload?path=/me/drive/root:/a.bin"+query, body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("Authorization", "Bearer right-key")
		resp, err := p.Client().Do(r)
		if err != nil {
			return 0, err.Error() // a client may see the end of the connection before the answer
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	for _, row := range []struct {
		name  string
		size  int64
		known bool
		query string
		want  int
		body  string
	}{
		{"small without a length", 1 << 20, false, "", 200, ""},
		{"endless", 1 << 40, false, "", 413, "max_upload"},
		{"too large by its own word", 6<<20 + 1, true, "", 413, "max_upload"},
		{"as large as one request takes", 4 << 20, true, "", 200, ""},
		{"endless base64", 1 << 40, false, "&encoding=base64", 413, "max_upload"},
	} {
		length := int64(-1)
		if row.known {
			length = row.size
		}
		status, body := send(io.LimitReader(letters{}, row.size), length, row.query)
		if status != row.want && !(status == 0 && row.want >= 411) || status != 0 && !strings.Contains(body, row.body) {
			t.Errorf("%s: got %d %s, want %d %s", row.name, status, body, row.want, row.body)
		}
	}
	if status, body := send(io.LimitReader(letters{}, 5), 10, ""); status == 200 {
		t.Errorf("half a body: got %d %s", status, body)
	}
	if stored := p.store.stored(); len(stored) != 2 {
		t.Errorf("%d files were stored, want 2", len(stored))
	}
}

func TestUploadLimitWithoutLength(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) { c.MaxUpload = 1 << 20 })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/upload?path=/me/drive/root:/a.bin", io.LimitReader(letters{}, 2<<20))
	r.Host, r.ContentLength = "localhost", -1
	r.Header.Set("Authorization", "Bearer right-key")
	w := httptest.NewRecorder()
	p.Config.Handler.ServeHTTP(w, r)
	if w.Code != 413 || !strings.Contains(w.Body.String(), "max_upload") || len(p.store.stored()) != 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'A'
	}
	return len(b), nil
}

// Without a key everybody on this machine may upload, as they may call; a page in its browser may not.
func TestUploadWithoutKeys(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) {
		c.Keys = nil
		c.AllowedOrigins = []string{"http://localhost:6274"}
	})
	put := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/a.txt", body: "x"}
	page := exchange{method: "POST", path: put.path, body: "x"}.with("Content-Type", "text/plain") // no browser asks before it sends this
	other := "http://localhost:" + p.URL[strings.LastIndexByte(p.URL, ':')+1:]                     // by another name than the request's
	for _, row := range []struct {
		name string
		e    exchange
		want int
	}{
		{"a program", put, 200},
		{"a page of this server", page.with("Origin", p.URL), 200},
		{"an allowed page", page.with("Origin", "http://LOCALHOST:6274"), 200},
		{"a page of the Internet", page.with("Origin", "https://evil.com"), 403},
		{"a page on another port", page.with("Origin", "http://localhost:3000"), 403},
		{"a page on no port", page.with("Origin", "http://127.0.0.1"), 403},
		{"a page by another name", page.with("Origin", other), 403},
		{"a page by another scheme", page.with("Origin", strings.Replace(p.URL, "http:", "https:", 1)), 403},
		{"a page of nowhere", page.with("Origin", "null"), 403},
		{"a ticket that does not hold", put.with("Authorization", "Bearer upl_expired"), 401},
	} {
		before := len(p.store.stored())
		resp, body := row.e.do(t, t.Context(), p.Server)
		if stored := len(p.store.stored()) > before; resp.StatusCode != row.want || stored != (row.want == 200) {
			t.Errorf("%s: got %d %s, stored: %v; want %d", row.name, resp.StatusCode, body, stored, row.want)
		}
	}
	// A ticket says who sends the file, and so does a key: a page on this machine may have one.
	path, header := p.link(t, map[string]any{"path": "/me/drive/root:/a.txt"})
	if resp, body := (exchange{method: "PUT", path: path, body: "x"}).with("Authorization", header).with("Origin", "http://localhost:3000").do(t, t.Context(), p.Server); resp.StatusCode != 200 {
		t.Errorf("with a ticket: got %d %s", resp.StatusCode, body)
	}
	keyed := newPost(t, nil)
	if resp, body := put.with("Authorization", "Bearer right-key").with("Origin", "http://localhost:3000").do(t, t.Context(), keyed.Server); resp.StatusCode != 200 {
		t.Errorf("with a key: got %d %s", resp.StatusCode, body)
	}
}
