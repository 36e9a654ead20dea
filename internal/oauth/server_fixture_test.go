package oauth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// desk is an authorization server over TLS, with a sign-in behind it that is played here.
type desk struct {
	t        testing.TB
	server   *oauth.Server
	issuer   string
	store    *store
	upstream *entra
	log      *bytes.Buffer
	outcomes chan string
	now      atomic.Int64 // seconds that the clock is ahead
	web      *httptest.Server
}

func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func newDesk(t testing.TB, change ...func(*oauth.ServerConfig)) *desk {
	t.Helper()
	d := &desk{t: t, store: &store{Memory: state.NewMemory()}, upstream: &entra{flows: map[string]oauth.UpstreamSignIn{}, login: "https://login.example"}, log: &bytes.Buffer{}, outcomes: make(chan string, 1000)}
	d.web = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.server.ServeHTTP(w, r) }))
	d.web.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of connections that are given up
	d.web.StartTLS()
	t.Cleanup(d.web.Close)
	d.issuer = d.web.URL
	c := oauth.ServerConfig{Issuer: d.issuer, Resources: []string{d.issuer + "/mcp", d.issuer + "/mcp/two"}, Abilities: []string{"read your mail"},
		App: "tenant/app", Remote: func(r *http.Request) string { return r.Header.Get("X-From") },
		Upstream: d.upstream, Store: d.store, Sealer: newSealer(t), Registration: true, Redirects: []string{"https://client.example.org/callback", "cursor://oauth/callback"},
		Now: func() time.Time { return time.Now().Add(time.Duration(d.now.Load()) * time.Second) },
		Log: slog.New(slog.NewJSONHandler(&locked{w: d.log}, &slog.HandlerOptions{Level: slog.LevelDebug})), Observe: d.observe}
	for _, f := range change {
		f(&c)
	}
	server, err := oauth.NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	d.server = server
	return d
}

func (d *desk) observe(_ context.Context, outcome string) {
	select {
	case d.outcomes <- outcome:
	default: // nobody wants to know
	}
}

func newSealer(t testing.TB) *state.Sealer {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	sealer, err := state.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// locked writes one line after the other.
type locked struct {
	mu sync.Mutex // guards w
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// browser is a person's: it keeps cookies and follows nothing by itself.
func (d *desk) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &http.Client{Transport: d.web.Client().Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// page is an answer, with its body read.
type page struct {
	status   int
	header   http.Header
	body     string
	location *url.URL
}

func (d *desk) do(b *http.Client, r *http.Request) page {
	d.t.Helper()
	answer, err := b.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	p := page{status: answer.StatusCode, header: answer.Header, body: string(body)}
	if text := answer.Header.Get("Location"); text != "" {
		if p.location, err = url.Parse(text); err != nil {
			d.t.Fatal(err)
		}
	}
	return p
}

func (d *desk) get(b *http.Client, path string, values url.Values) page {
	d.t.Helper()
	r, err := http.NewRequest(http.MethodGet, d.issuer+path+"?"+values.Encode(), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.do(b, r)
}

func (d *desk) post(b *http.Client, path string, values url.Values) page {
	d.t.Helper()
	r, err := http.NewRequest(http.MethodPost, d.issuer+path, strings.NewReader(values.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(b, r)
}

func (d *desk) register(body string) page {
	d.t.Helper()
	r, err := http.NewRequest(http.MethodPost, d.issuer+"/oauth/register", strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return d.do(d.browser(), r)
}

const loopback = "http://127.0.0.1:4711/callback"

// client registers one with these redirect URIs, loopback where there are none.
func (d *desk) client(uris ...string) string {
	d.t.Helper()
	if len(uris) == 0 {
		uris = []string{loopback}
	}
	body, err := json.Marshal(map[string]any{"client_name": "Inspector", "redirect_uris": uris})
	if err != nil {
		d.t.Fatal(err)
	}
	answer := d.register(string(body))
	if answer.status != http.StatusCreated {
		d.t.Fatalf("registration: %d %s", answer.status, answer.body)
	}
	return answer.json(d.t)["client_id"].(string)
}

func (p page) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(p.body), &v); err != nil {
		t.Fatalf("%d %q: %v", p.status, p.body, err)
	}
	return v
}

var verifier = strings.Repeat("verifier-", 6)

// asks returns the parameters of a good authorization request.
func asks(clientID string) url.Values {
	return url.Values{"client_id": {clientID}, "redirect_uri": {loopback}, "response_type": {"code"}, "state": {"client's state"},
		"code_challenge": {s256(verifier)}, "code_challenge_method": {"S256"}}
}

var ticketField = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

// answer gives the answer of a person to the consent screen that p is.
func (d *desk) answer(b *http.Client, p page, with string) page {
	d.t.Helper()
	found := ticketField.FindStringSubmatch(p.body)
	if p.status != http.StatusOK || found == nil {
		d.t.Fatalf("no consent screen: %d %s", p.status, p.body)
	}
	return d.post(b, "/oauth/consent", url.Values{"ticket": {found[1]}, "answer": {with}})
}

// begin goes as far as the sign-in, and returns its state.
func (d *desk) begin(b *http.Client, values url.Values) string {
	d.t.Helper()
	p := d.answer(b, d.get(b, "/oauth/authorize", values), "approve")
	if p.status != http.StatusSeeOther || p.location.Host != "login.example" {
		d.t.Fatalf("not sent to the sign-in: %d %s", p.status, p.body)
	}
	return p.location.Query().Get("state")
}

// code signs who in and returns what the client gets.
func (d *desk) code(b *http.Client, values url.Values, who string) string {
	d.t.Helper()
	p := d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, values)}, "code": {who}})
	if p.status != http.StatusSeeOther || p.location.Query().Get("code") == "" {
		d.t.Fatalf("no code: %d %v %s", p.status, p.location, p.body)
	}
	return p.location.Query().Get("code")
}

func redeems(clientID, code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "client_id": {clientID}, "code": {code}, "redirect_uri": {loopback}, "code_verifier": {verifier}}
}

// token posts to the token endpoint, without a browser.
func (d *desk) token(values url.Values) page {
	d.t.Helper()
	return d.post(d.web.Client(), "/oauth/token", values)
}

type tokens struct{ access, refresh string }

func (p page) tokens(t testing.TB) tokens {
	t.Helper()
	v := p.json(t)
	if p.status != http.StatusOK {
		t.Fatalf("no tokens: %d %v", p.status, v)
	}
	return tokens{v["access_token"].(string), v["refresh_token"].(string)}
}

// signIn signs who in, with a client of its own.
func (d *desk) signIn(who string) (clientID string, _ tokens) {
	d.t.Helper()
	clientID = d.client()
	return clientID, d.token(redeems(clientID, d.code(d.browser(), asks(clientID), who))).tokens(d.t)
}

func renews(clientID, refresh string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {refresh}}
}

func (p page) refused(t testing.TB, status int, code string) {
	t.Helper()
	if p.status != status {
		t.Errorf("got %d %s, want %d", p.status, p.body, status)
		return
	}
	if got := p.json(t)["error"]; got != code {
		t.Errorf("got %v, want %s: %s", got, code, p.body)
	}
}

func (d *desk) works(access string) bool {
	d.t.Helper()
	_, err := d.server.Authenticate(d.t.Context(), access)
	if err == nil {
		return true
	}
	if _, refusal := errors.AsType[*oauth.Refused](err); !refusal {
		d.t.Fatalf("neither let in nor refused: %v", err)
	}
	return false
}
