package entra

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

const (
	identityHeader = "opens-the-endpoint"
	graphOrigin    = "https://graph.microsoft.com"
	assignedID     = "6d3f1f0e-1111-4222-8333-444455556666"
)

// endpoint is a platform that gives tokens, and what arrived there.
type endpoint struct {
	*httptest.Server
	mu      sync.Mutex
	arrived []*http.Request
	answer  http.HandlerFunc
	tokens  []string
}

// newEndpoint starts a platform that gives a new token at each request, of an hour.
func newEndpoint(t *testing.T, start func(*httptest.Server)) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewUnstartedServer(e)
	e.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	start(e.Server)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.arrived = append(e.arrived, r)
	answer, n := e.answer, len(e.arrived)
	e.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	e.give(w, accessToken(n), time.Hour)
}

// give answers as virtual machines do: numbers are strings.
func (e *endpoint) give(w http.ResponseWriter, token string, lifetime time.Duration) {
	e.mu.Lock()
	e.tokens = append(e.tokens, token)
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"access_token": token, "token_type": "Bearer", "resource": graphOrigin,
		"expires_on": fmt.Sprint(time.Now().Add(lifetime).Unix()), "client_id": assignedID})
}

// accessToken is one that says who it is for.
func accessToken(n int) string {
	said := fmt.Sprintf(`{"tid":%q,"appid":%q,"app_displayname":"build server","roles":["User.Read.All","Mail.Read"],"n":%d}`, company.TenantID, assignedID, n)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(said)) + "." + encode([]byte("signature"))
}

func (e *endpoint) answerWith(status int, header http.Header, body string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// requests returns what arrived; the last one has to be the query's.
func (e *endpoint) requests() []*http.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.arrived
}

func (e *endpoint) wantRequests(t *testing.T, want int) {
	t.Helper()
	if got := len(e.requests()); got != want {
		t.Errorf("got %d requests, want %d", got, want)
	}
}

// on sets the variables that a platform gives to the server, and clears the others'.
func on(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT", "DEFAULT_IDENTITY_CLIENT_ID"} {
		t.Setenv(name, variables[name])
	}
}

// machine is a managed identity under test.
type machine struct {
	*Managed
	t     *testing.T
	clock *clock
	log   *buffer
	waits *waits
	errs  []*Error
}

// newMachine makes an identity whose HTTP client would use a proxy, and reaches at virtual what asks for the endpoint
// of virtual machines.
func newMachine(t *testing.T, clientID string, dial func(context.Context, string, string) (net.Conn, error)) *machine {
	t.Helper()
	m := &machine{t: t, clock: &clock{now: time.Now()}, log: &buffer{}, waits: &waits{}}
	transport := &http.Transport{DialContext: dial, Proxy: func(r *http.Request) (*url.URL, error) {
		t.Errorf("a request to %s was to go through a proxy", r.URL.Host)
		return nil, errors.New("no proxy here")
	}}
	managed, err := NewManagedIdentity(Config{
		Profile: "contoso", Authority: "https://login.microsoftonline.com", HTTP: &http.Client{Transport: transport}, Now: m.clock.Now,
		Log: slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}, clientID)
	if err != nil {
		t.Fatal(err)
	}
	managed.sleep = m.waits.sleep
	m.Managed = managed
	t.Cleanup(func() {
		if err := managed.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return m
}

// appService makes an identity on a platform of the kind of App Service.
func appService(t *testing.T, clientID string) (*machine, *endpoint) {
	t.Helper()
	e := newEndpoint(t, (*httptest.Server).Start)
	on(t, map[string]string{"IDENTITY_ENDPOINT": e.URL + "/msi/token", "IDENTITY_HEADER": identityHeader})
	m := newMachine(t, clientID, nil)
	t.Cleanup(func() { m.checkSecrecy(e) })
	return m, e
}

func (m *machine) get(r Request) string {
	m.t.Helper()
	r.Audience = graphOrigin
	token, err := m.Token(m.t.Context(), r)
	if err != nil {
		m.t.Fatalf("got %v, want a token", err)
	}
	return token
}

func (m *machine) fail() *Error {
	m.t.Helper()
	token, err := m.Token(m.t.Context(), Request{Audience: graphOrigin})
	e, ok := errors.AsType[*Error](err)
	if token != "" || !ok {
		m.t.Fatalf("got a token: %t, and %v; want an *Error", token != "", err)
	}
	m.t.Log(e, "|", e.Hint())
	m.errs = append(m.errs, e)
	return e
}

// checkSecrecy looks for tokens, and for what opens the endpoint, in everything that could be printed.
func (m *machine) checkSecrecy(e *endpoint) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := m.log.String() + fmt.Sprintf("%v %+v %#v", m.Managed, m.Managed, m.Managed) + strings.Join(stringsIn(m.Managed.keeper), " ")
	for _, err := range m.errs {
		text += fmt.Sprintf("%v %+v %#v %s %v", err, err, *err, err.Hint(), errors.Unwrap(err)) + strings.Join(stringsIn(err), " ")
	}
	for _, hidden := range append(e.tokens, identityHeader) {
		if strings.Contains(text, hidden) {
			m.t.Error("a token, or what opens the endpoint, is shown")
		}
	}
}

func TestManagedIdentityOfAppService(t *testing.T) {
	for _, clientID := range []string{"", assignedID} {
		m, e := appService(t, clientID)
		first := m.get(Request{})
		if m.get(Request{}) != first {
			t.Error("the token was not kept")
		}
		e.wantRequests(t, 1)
		r := e.requests()[0]
		want := url.Values{"api-version": {"2019-08-01"}, "resource": {graphOrigin}}
		if clientID != "" {
			want.Set("client_id", clientID)
		}
		if diff := cmp.Diff(want, r.URL.Query()); diff != "" || r.URL.Path != "/msi/token" || r.Header.Get("X-IDENTITY-HEADER") != identityHeader {
			t.Errorf("asked %s %v, query (-want +got):\n%s", r.URL.Path, r.Header, diff)
		}
		got, err := m.Status(t.Context(), graphOrigin)
		if err != nil || got.ExpiresAt.IsZero() {
			t.Fatal(err, got.ExpiresAt)
		}
		got.ExpiresAt = time.Time{}
		wantStatus := Status{Mode: "clientCredentials", TenantID: company.TenantID, ClientID: assignedID, AppName: "build server", Permissions: []string{"Mail.Read", "User.Read.All"}}
		if diff := cmp.Diff(wantStatus, got); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
		m.clock.advance(2 * time.Hour)
		if m.get(Request{}) == first {
			t.Error("the token was not renewed: MSAL's own cache answered")
		}
		e.wantRequests(t, 2)
	}
}

func TestManagedIdentityOfAVirtualMachine(t *testing.T) {
	e := newEndpoint(t, (*httptest.Server).Start)
	on(t, nil)
	var dialled []string
	m := newMachine(t, assignedID, func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return new(net.Dialer).DialContext(ctx, network, e.Listener.Addr().String())
	})
	m.get(Request{})
	r := e.requests()[0]
	want := url.Values{"api-version": {"2018-02-01"}, "resource": {graphOrigin}, "client_id": {assignedID}}
	if diff := cmp.Diff(want, r.URL.Query()); diff != "" || r.URL.Path != "/metadata/identity/oauth2/token" || r.Header.Get("Metadata") != "true" {
		t.Errorf("asked %s %v, query (-want +got):\n%s", r.URL.Path, r.Header, diff)
	}
	if diff := cmp.Diff([]string{"169.254.169.254:80"}, dialled); diff != "" {
		t.Errorf("dialled (-want +got):\n%s", diff)
	}
}

// The endpoint of Service Fabric is known by the thumbprint of its certificate.
func TestManagedIdentityOfServiceFabric(t *testing.T) {
	e := newEndpoint(t, (*httptest.Server).StartTLS)
	sum := sha1.Sum(e.Certificate().Raw)
	variables := map[string]string{"IDENTITY_ENDPOINT": e.URL + "/metadata/identity/oauth2/token", "IDENTITY_HEADER": identityHeader, "IDENTITY_SERVER_THUMBPRINT": hex.EncodeToString(sum[:])}
	on(t, variables)
	m := newMachine(t, "", nil)
	m.get(Request{})
	if got := e.requests()[0].Header.Get("Secret"); got != identityHeader {
		t.Errorf("sent the secret %q", got)
	}
	if err := newMachine(t, assignedID, nil).fail(); !strings.Contains(err.Hint(), "remove client_id") {
		t.Errorf("got %v", err)
	}
	variables["IDENTITY_SERVER_THUMBPRINT"] = strings.Repeat("00", 20)
	on(t, variables)
	if err := newMachine(t, "", nil).fail(); !strings.Contains(err.Error(), "thumbprint") {
		t.Errorf("got %v", err)
	}
	variables["IDENTITY_SERVER_THUMBPRINT"] = "nonsense"
	on(t, variables)
	if err := newMachine(t, "", nil).fail(); !strings.Contains(err.Hint(), "IDENTITY_SERVER_THUMBPRINT") {
		t.Errorf("got %v, hint %q", err, err.Hint())
	}
	e.wantRequests(t, 1)
}

func TestManagedIdentityOfAzureArc(t *testing.T) {
	e := newEndpoint(t, (*httptest.Server).Start)
	on(t, map[string]string{"IDENTITY_ENDPOINT": e.URL + "/metadata/identity/oauth2/token", "IMDS_ENDPOINT": e.URL})
	e.answerWith(401, http.Header{"Www-Authenticate": {"Basic realm=/etc/shadow"}}, "")
	if err := newMachine(t, "", nil).fail(); !strings.Contains(err.Hint(), "group himds") || strings.Contains(err.Error(), "shadow") {
		t.Errorf("got %v, hint %q", err, err.Hint())
	}
	e.answerWith(404, nil, "")
	newMachine(t, "", nil).fail()
}

// Two identities of one process must not get each other's tokens, nor an old one of their own, from MSAL's cache.
func TestChallengeReachesThePlatform(t *testing.T) {
	m, e := appService(t, "")
	first := m.get(Request{})
	if newMachine(t, "", nil).get(Request{}) == first {
		t.Error("another identity got the token of the first")
	}
	challenge := `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	second := m.get(Request{Claims: challenge, Rejected: first})
	sum := sha256.Sum256([]byte(first))
	if got := e.requests()[2].URL.Query().Get("token_sha256_to_refresh"); second == first || got != hex.EncodeToString(sum[:]) {
		t.Errorf("the token to be replaced is named by %q; a new one came: %t", got, second != first)
	}
	if third := m.get(Request{Rejected: second}); third == second {
		t.Error("a refused token was given again")
	}
	e.wantRequests(t, 4)
}

// Platforms keep tokens for hours, whatever an API says of them.
func TestPlatformThatKeepsARefusedToken(t *testing.T) {
	m, e := appService(t, "")
	e.answer = func(w http.ResponseWriter, _ *http.Request) { e.give(w, accessToken(7), time.Hour) }
	first := m.get(Request{})
	if m.get(Request{Rejected: first}) != first || !strings.Contains(m.log.String(), "goes on giving the token") {
		t.Errorf("the log says %s", m.log)
	}
	if m.get(Request{}) != first {
		t.Error("the token was lost for the calls that it serves")
	}
}

func TestManagedIdentityIsChecked(t *testing.T) {
	t.Parallel()
	if _, err := NewManagedIdentity(Config{}, ""); err == nil {
		t.Error("accepted without an HTTP client")
	}
	_, err := NewManagedIdentity(Config{HTTP: http.DefaultClient}, "a b&resource=x")
	if help, ok := errors.AsType[hinter](err); !ok || !strings.Contains(help.Hint(), "managed identity's overview") {
		t.Errorf("got %v", err)
	}
	m, err := NewManagedIdentity(Config{HTTP: http.DefaultClient, Audiences: []string{graphOrigin}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Token(t.Context(), Request{Audience: "https://graph.microsoft.us"}); err == nil || !strings.Contains(err.Error(), "no host of this profile's cloud") {
		t.Errorf("got %v", err)
	}
}
