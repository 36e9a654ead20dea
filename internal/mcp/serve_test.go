package mcp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// graphFunc stands for the guarded Graph of a profile.
type graphFunc func(context.Context, *graph.Request) (*graph.Response, error)

func (f graphFunc) Do(ctx context.Context, r *graph.Request) (*graph.Response, error) {
	return f(ctx, r)
}

func answerJSON(body string) (*graph.Response, error) {
	return &graph.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}, nil
}

func testProfile(t testing.TB, name string, do graphFunc) *tools.Profile {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	if do == nil {
		do = func(_ context.Context, r *graph.Request) (*graph.Response, error) {
			return answerJSON(fmt.Sprintf(`{"profile":%q,"path":%q}`, name, r.Path()))
		}
	}
	return &tools.Profile{Name: name, TenantID: "tenant-" + name, Account: "account-" + name, Mode: "clientCredentials", Cloud: "global",
		Endpoints: e, Guarded: func(tools.Asker) graph.Caller { return do },
		Status: func(context.Context) (tools.Status, error) {
			return tools.Status{Permissions: []string{"User.Read.All"}}, nil
		}}
}

func startServer(t *testing.T, c mcp.HTTPConfig) *httptest.Server {
	t.Helper()
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.MaxConcurrent == 0 {
		c.MaxConcurrent = 64
	}
	c.Config = c.Alone()
	s := httptest.NewServer(mcp.NewHandler(c))
	t.Cleanup(s.Close)
	return s
}

func apiKey(name, key string, profiles ...string) door.Key {
	return door.Key{Name: name, SHA256: sha256.Sum256([]byte(key)), Profiles: profiles}
}

// exchange is one HTTP request and what came back.
type exchange struct {
	method, path, body string
	header             map[string]string
	host               string
}

func (e exchange) do(t testing.TB, ctx context.Context, s *httptest.Server) (*http.Response, string) {
	t.Helper()
	if e.method == "" {
		e.method = http.MethodPost
	}
	if e.path == "" {
		e.path = "/mcp"
	}
	r, err := http.NewRequestWithContext(ctx, e.method, s.URL+e.path, strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range e.header {
		r.Header.Set(name, value)
	}
	if e.host != "" {
		r.Host = e.host
	}
	client := s.Client()
	if client == nil { // a server that the test runs by itself
		client = http.DefaultClient
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// modern writes a request of the stateless era: body and the headers that must agree with it.
func modern(id any, method, name, params string) exchange {
	if params == "" {
		params = "{}"
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(params), &p); err != nil {
		panic(err) // a test's own words
	}
	meta, _ := p["_meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28"
	if meta["io.modelcontextprotocol/clientCapabilities"] == nil {
		meta["io.modelcontextprotocol/clientCapabilities"] = map[string]any{}
	}
	p["_meta"] = meta
	message := map[string]any{"jsonrpc": "2.0", "method": method, "params": p}
	if id != nil {
		message["id"] = id
	}
	body, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	e := exchange{body: string(body), header: map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method}}
	if name != "" {
		e.header["Mcp-Name"] = name
	}
	return e
}

func callGraph(id any, arguments string) exchange {
	return modern(id, "tools/call", "microsoft_graph", `{"name":"microsoft_graph","arguments":`+arguments+`}`)
}

func legacy(id int, method, params, session string) exchange {
	e := exchange{body: fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params),
		header: map[string]string{"Mcp-Protocol-Version": "2025-11-25"}}
	if session != "" {
		e.header["Mcp-Session-Id"] = session
	}
	return e
}

const hello = `{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"test","version":"1"}}`

// greet opens a session of the older era.
func greet(t testing.TB, s *httptest.Server, capabilities string, header map[string]string) string {
	t.Helper()
	e := legacy(1, "initialize", fmt.Sprintf(hello, capabilities), "")
	delete(e.header, "Mcp-Protocol-Version")
	for name, value := range header {
		e.header[name] = value
	}
	resp, body := e.do(t, t.Context(), s)
	id := resp.Header.Get("Mcp-Session-Id")
	if id == "" {
		t.Fatalf("no session: %d %s", resp.StatusCode, body)
	}
	return id
}

func (e exchange) with(name, value string) exchange {
	header := map[string]string{name: value}
	for n, v := range e.header {
		if _, set := header[n]; !set {
			header[n] = v
		}
	}
	e.header = header
	return e
}

func TestToolCallInBothEras(t *testing.T) {
	t.Parallel()
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}})
	session := greet(t, s, "{}", nil)
	for name, e := range map[string]exchange{
		"modern": callGraph(7, `{"path":"/users"}`),
		"legacy": legacy(7, "tools/call", `{"name":"microsoft_graph","arguments":{"path":"/users"}}`, session),
	} {
		_, body := e.do(t, t.Context(), s)
		for _, want := range []string{`"id":7`, `{\"profile\":\"contoso\",\"path\":\"/users\"}`, `"profile":"contoso"`, `"tenant":"tenant-contoso"`, `"account":"account-contoso"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %s lacks %s", name, body, want)
			}
		}
	}
}

func TestBadCallsAreToolErrors(t *testing.T) {
	t.Parallel()
	failing := func(context.Context, *graph.Request) (*graph.Response, error) { panic("a fault with a secret") }
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", failing)}}})
	for arguments, want := range map[string]string{
		`{"pth":"/users"}`:              `did you mean \"path\"?`,
		`{}`:                            `parameter \"path\": is required and missing`,
		`{"path":"/users","maxitem":1}`: `did you mean \"maxItems\"?`,
		`{"path":".evil.com/x","apiType":"azure"}`: `does not begin with`,
		`{"path":"/users\u0000"}`:                  `control character`,
		`{"path":"/panic"}`:                        `look before repeating it`,
	} {
		_, body := callGraph(1, arguments).do(t, t.Context(), s)
		if !strings.Contains(body, want) || !strings.Contains(body, `"isError":true`) || strings.Contains(body, "secret") {
			t.Errorf("%s: got %s, want %s", arguments, body, want)
		}
	}
}

func TestSeveralProfiles(t *testing.T) {
	t.Parallel()
	profiles := []*tools.Profile{testProfile(t, "contoso", nil), testProfile(t, "fabrikam", nil)}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: profiles},
		Rules: door.Rules{Keys: []door.Key{apiKey("both", "key-b"), apiKey("one", "key-1", "fabrikam")}}})
	call := func(key, path, arguments string) string {
		e := callGraph(1, arguments).with("Authorization", "Bearer "+key)
		e.path = path
		_, body := e.do(t, t.Context(), s)
		return body
	}
	for _, tt := range []struct{ name, key, path, arguments, want string }{
		{"named", "key-b", "/mcp", `{"profile":"fabrikam","path":"/x"}`, `"tenant":"tenant-fabrikam"`},
		{"not named", "key-b", "/mcp", `{"path":"/x"}`, `parameter \"profile\": is required and missing`},
		{"misspelt", "key-b", "/mcp", `{"profile":"fabricam","path":"/x"}`, `did you mean \"fabrikam\"?`},
		{"the key's only one", "key-1", "/mcp", `{"path":"/x"}`, `"tenant":"tenant-fabrikam"`},
		{"not the key's", "key-1", "/mcp", `{"profile":"contoso","path":"/x"}`, `is not a parameter of this tool`},
		{"by path", "key-b", "/mcp/contoso", `{"path":"/x"}`, `"tenant":"tenant-contoso"`},
		{"by path, not the key's", "key-1", "/mcp/contoso", `{"path":"/x"}`, `no profile of this name`},
		{"by path, unknown", "key-b", "/mcp/nobody", `{"path":"/x"}`, `no profile of this name`},
	} {
		if body := call(tt.key, tt.path, tt.arguments); !strings.Contains(body, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, body, tt.want)
		}
	}
}

// The library's forwarder used to lose the last notification before an answer.
func TestNoNotificationIsLost(t *testing.T) {
	t.Parallel()
	do := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Query("$skiptoken") == "" {
			return answerJSON(`{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
		}
		return answerJSON(`{"value":[{"id":"2"}]}`)
	}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", do)}}})
	session := greet(t, s, "{}", nil)
	params := `{"name":"microsoft_graph","arguments":{"path":"/users","maxItems":10},"_meta":{"progressToken":"p"}}`
	for i := range 50 {
		for name, e := range map[string]exchange{"modern": modern(i, "tools/call", "microsoft_graph", params), "legacy": legacy(i, "tools/call", params, session)} {
			_, body := e.do(t, t.Context(), s)
			progress, answer := strings.Index(body, "notifications/progress"), strings.Index(body, `"result"`)
			if progress < 0 || answer < progress {
				t.Fatalf("%s, call %d: the progress notification is missing or late: %s", name, i, body)
			}
		}
	}
}

// Requests without a session share the library's key of running calls, so one client's cancellation used to end
// another's call of the same id.
func TestCancellationDoesNotReachAnothersCall(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		close(started)
		select {
		case <-release:
			return answerJSON(`{"finished":true}`)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", do)}}})
	answer := make(chan string, 1)
	go func() {
		_, body := callGraph(7, `{"path":"/slow"}`).do(t, context.Background(), s)
		answer <- body
	}()
	<-started
	session := greet(t, s, "{}", nil)
	for _, e := range []exchange{
		modern(nil, "notifications/cancelled", "", `{"requestId":7}`),
		{body: `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`},
		{body: `{"jsonrpc":"2.0","method":"notifications/cancelle\u0064","params":{"requestId":7}}`},
		{body: modern(nil, "notifications/cancelled", "", `{"requestId":7}`).body, header: map[string]string{"Mcp-Session-Id": session, "Mcp-Protocol-Version": "2025-11-25"}},
	} {
		e.do(t, t.Context(), s)
	}
	close(release)
	if body := <-answer; !strings.Contains(body, "finished") {
		t.Errorf("the call was ended by somebody else: %s", body)
	}
}

func TestClosingTheRequestCancelsTheCall(t *testing.T) {
	t.Parallel()
	started, cancelled := make(chan struct{}), make(chan struct{})
	do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		close(started)
		<-ctx.Done()
		close(cancelled)
		return nil, context.Cause(ctx)
	}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", do)}}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/mcp", bytes.NewReader([]byte(callGraph(1, `{"path":"/slow"}`).body)))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range callGraph(1, `{"path":"/slow"}`).with("Content-Type", "application/json").header {
		r.Header.Set(name, value)
	}
	go func() {
		<-started
		cancel()
	}()
	if resp, err := s.Client().Do(r); err == nil {
		resp.Body.Close()
		t.Errorf("got an answer: %s", resp.Status)
	}
	<-cancelled
}

func TestServeEndsWithOpenStreams(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	l := listen(t)
	done := make(chan error, 1)
	h := mcp.NewHandler(mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}.Alone(),
		Rules: door.Rules{Listen: l.Addr().String(), MaxBody: 1 << 20, MaxConcurrent: 4}})
	go func() { done <- door.Serve(ctx, l, h, time.Minute) }()
	s := &httptest.Server{URL: "http://" + l.Addr().String()}
	modern(1, "subscriptions/listen", "", `{"notifications":{"toolsListChanged":true}}`).do(t, t.Context(), s)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
}

// A call that takes longer than the server has left is cut off, and its client told so on the connection that it has: it
// may have been carried out.
func TestCallsCutOffAtTheEndAreAnswered(t *testing.T) {
	t.Parallel()
	for _, era := range []string{"stateless", "session"} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
				stop()
				<-ctx.Done()
				return nil, ctx.Err()
			}
			l := listen(t)
			h := mcp.NewHandler(mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", do)}}.Alone(),
				Rules: door.Rules{Listen: l.Addr().String(), MaxBody: 1 << 20, MaxConcurrent: 4}})
			done := make(chan error, 1)
			go func() { done <- door.Serve(ctx, l, h, 4*time.Second) }()
			s := &httptest.Server{URL: "http://" + l.Addr().String()}
			call := callGraph(1, `{"path":"/slow"}`)
			if era == "session" {
				call = legacy(1, "tools/call", `{"name":"microsoft_graph","arguments":{"path":"/slow"}}`, greet(t, s, "{}", nil))
			}
			if _, body := call.do(t, t.Context(), s); !strings.Contains(body, "the server was asked to end") {
				t.Errorf("got %q", body)
			}
			if err := <-done; err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}
