package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

func TestRequestsAreRecorded(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	f.get(t)
	get(t, f.client, f.GraphURL()+"/v1.0/users/nobody%40nowhere.example?$select=id", "")
	all := f.Requests(sandbox.Graph)
	if len(all) != 2 {
		t.Fatalf("got %d requests, want 2", len(all))
	}
	first, second := all[0], all[1]
	if first.Method != http.MethodGet || first.Path != "/v1.0/users" || first.RawQuery != "$top=2" || first.Status != 200 || first.Header.Get("Authorization") != "Bearer "+f.token {
		t.Errorf("got %s %s?%s %d; want GET /v1.0/users?$top=2 200 and its token", first.Method, first.Path, first.RawQuery, first.Status)
	}
	if second.Path != "/v1.0/users/nobody%40nowhere.example" || second.Status != 401 {
		t.Errorf("got %s %d, want the path as sent and 401", second.Path, second.Status)
	}
	first.Header.Set("Authorization", "changed")
	if f.Requests(sandbox.Graph)[0].Header.Get("Authorization") == "changed" {
		t.Error("the record is not a copy")
	}
	for text, want := range map[string]int{"/users": 2, "%40nowhere": 1, "nobody@nowhere": 1, "groups": 0} {
		if got := f.Count(sandbox.Graph, text); got != want {
			t.Errorf("got %d requests with %s, want %d", got, text, want)
		}
	}
	if got := f.Count(sandbox.Login, "/oauth2/v2.0/token"); got != 1 {
		t.Errorf("got %d requests for tokens, want 1", got)
	}
}

// apiError is the part of an error's document that both APIs have in common.
func apiError(t *testing.T, body string) (code, message string) {
	t.Helper()
	var got struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return got.Error.Code, got.Error.Message
}

func TestTokensAreChecked(t *testing.T) {
	t.Parallel()
	began := time.Now()
	var later atomic.Int64 // how much it is, in nanoseconds
	f := start(t, sandbox.Options{Now: func() time.Time { return began.Add(time.Duration(later.Load())) }, TokenLifetime: 2 * time.Hour})
	graph, arm := f.url, f.ResourceManagerURL()+"/subscriptions?api-version=2022-12-01"
	a := appOf(t, f.Tenant)
	a.scope = f.ResourceManagerURL() + "/.default"
	forARM, err := a.acquire(t)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name, url, token, wantCode, wantText string) {
		t.Helper()
		status, body := get(t, f.client, url, token)
		if status != http.StatusUnauthorized {
			t.Fatalf("%s: got %d, want 401", name, status)
		}
		code, message := apiError(t, body)
		if code != wantCode || !strings.Contains(message, wantText) {
			t.Errorf("%s: got %s, %q; want %s, ...%s...", name, code, message, wantCode, wantText)
		}
	}
	for url, token := range map[string]string{graph: f.token, arm: forARM.AccessToken} {
		if status, body := get(t, f.client, url, token); status != http.StatusOK {
			t.Errorf("its own token: got %d %s, want 200", status, body)
		}
	}
	refused("nothing, Graph", graph, "", "InvalidAuthenticationToken", "empty")
	refused("nothing, ARM", arm, "", "AuthenticationFailed", "missing")
	refused("no token, Graph", graph, "x", "InvalidAuthenticationToken", "")
	refused("no token, ARM", arm, "x", "InvalidAuthenticationToken", "")
	refused("ARM's at Graph", graph, forARM.AccessToken, "InvalidAuthenticationToken", "audience")
	refused("Graph's at ARM", arm, f.token, "InvalidAuthenticationTokenAudience", "audience")
	later.Store(int64(2 * time.Hour))
	refused("expired, Graph", graph, f.token, "InvalidAuthenticationToken", "Lifetime validation failed")
	refused("expired, ARM", arm, forARM.AccessToken, "ExpiredAuthenticationToken", "")
	later.Store(int64(time.Hour))
	f.RevokeTokens()
	refused("revoked, Graph", graph, f.token, "InvalidAuthenticationToken", "")
	refused("revoked, ARM", arm, forARM.AccessToken, "InvalidAuthenticationToken", "")
}

func TestLimitedApp(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	a := appOf(t, f.Tenant)
	a.clientID, a.secret = sandbox.LimitedClientID, f.LimitedClientSecret()
	got, err := a.acquire(t)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/v1.0/users?$top=1": 200, "/v1.0/groups?$top=1": 403} {
		if status, body := get(t, f.client, f.GraphURL()+path, got.AccessToken); status != want {
			t.Errorf("%s: got %d %s, want %d", path, status, body, want)
		}
	}
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: []string{"graph.merisand.example"}})
	block, rest := pem.Decode(tenant.CA())
	if block == nil || len(rest) != 0 {
		t.Fatal("the CA is not one PEM block")
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(tenant.CA())
	for name, good := range map[string]bool{"127.0.0.1": true, "::1": true, "localhost": true, "graph.merisand.example": true, "graph.microsoft.com": false} {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: name}}
		c, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(tenant.GraphURL(), "https://"))
		if (err == nil) != good {
			t.Errorf("%s: got %v, want trust: %t", name, err, good)
		}
		if err == nil {
			c.Close()
		}
	}
	other := sandboxtest.Start(t, sandbox.Options{})
	if _, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots}}).DialContext(t.Context(), "tcp", strings.TrimPrefix(other.GraphURL(), "https://")); err == nil {
		t.Error("another tenant is trusted")
	}
}

// Not parallel: it looks at every goroutine of the process.
func TestCloseLeavesNothing(t *testing.T) {
	tenant, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := sandboxtest.Client(t, tenant)
	var http1 http.Protocols
	http1.SetHTTP1(true)
	client.Transport.(*http.Transport).Protocols = &http1
	get(t, client, tenant.LoginURL()+"/common/discovery/v2.0/keys", "") // Close waits for them, and should not do so here
	arrived := make(chan struct{})
	var ended atomic.Bool
	// It leaves the body unread, where an HTTP/1.1 server does not notice by itself that the connection is gone.
	tenant.Inject(sandbox.Fault{Host: sandbox.Login, Handler: func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		for range 100_000 { // time enough for a Close that does not wait
			runtime.Gosched()
		}
		ended.Store(true)
	}})
	hanging := make(chan error)
	go func() {
		res, err := client.Post(tenant.LoginURL(), "text/plain", strings.NewReader("x"))
		if err == nil {
			res.Body.Close()
		}
		hanging <- err
	}()
	get(t, client, tenant.GraphURL()+"/v1.0/users", "")
	<-arrived
	if err := tenant.Close(); err != nil {
		t.Error(err)
	}
	if !ended.Load() {
		t.Error("Close has not waited for the request")
	}
	left := goroutines()
	for range 1000 { // those that have told their end may still be about to end
		if !isServer(left) {
			break
		}
		runtime.Gosched()
		left = goroutines()
	}
	if isServer(left) {
		t.Errorf("goroutines are left:\n%s", left)
	}
	if err := <-hanging; err == nil {
		t.Error("the hanging request is answered, want its connection cut")
	}
	if err := tenant.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// isServer tells whether a goroutine of a tenant is among the stacks.
func isServer(stacks string) bool {
	return slices.ContainsFunc([]string{"sandbox.(*", "entrasim", "(*conn).serve", "(*Server).Serve", "(*serverConn)", "(*http2serverConn)"},
		func(name string) bool { return strings.Contains(stacks, name) })
}

// goroutines returns the stacks of all but the caller.
func goroutines() string {
	b := make([]byte, 1<<20)
	all := string(b[:runtime.Stack(b, true)])
	_, others, _ := strings.Cut(all, "\n\n")
	return others
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		t, err := sandbox.Start(sandbox.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := t.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
