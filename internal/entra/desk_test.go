package entra

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	testTenant = "0b8f2d6c-1111-4222-8333-444455556666"
	testClient = "7c1f0e9a-aaaa-4bbb-8ccc-ddddeeeeffff"
	testGraph  = "https://graph.example"
	testSecret = "the-secret-of-the-app"
)

// desk plays the token endpoint for many people, as Microsoft documents it, and hears all that is said to it. The
// embedded tenant plays it more strictly, but for people whom it knows.
type desk struct {
	*httptest.Server
	t *testing.T

	mu        sync.Mutex
	forms     []url.Values // of token requests
	documents int          // requests for metadata
	endpoint  string       // of tokens, in the metadata; "" for its own
	page      string       // where people sign in, in the metadata; "" for its own
	refusals  []string     // bodies that answer the next requests, in place of tokens
	status    int          // of refusals
	held      chan struct{}
	arrived   chan struct{}
	issued    int
	codes     map[string]map[string]any // the ID token's claims, by code
	refresh   map[string]string         // object IDs, by refresh token
	omit      string                    // a field that tokens come without
	as        string                    // an object ID that every token is for, "" for the right one
	name      map[string]any            // claims of ID tokens that differ
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	a := &desk{t: t, codes: map[string]map[string]any{}, refresh: map[string]string{}, status: http.StatusBadRequest}
	a.Server = httptest.NewTLSServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	return a
}

func (a *desk) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, tokenPath) {
		a.mu.Lock()
		a.documents++
		endpoint, page := a.endpoint, a.page
		a.mu.Unlock()
		base := a.URL + "/" + testTenant
		if page == "" {
			page = base + "/oauth2/v2.0/authorize"
		}
		if endpoint == "" {
			endpoint = base + tokenPath
		}
		writeJSON(w, 200, map[string]any{"token_endpoint": endpoint, "authorization_endpoint": page, "issuer": base + "/v2.0"})
		return
	}
	if err := r.ParseForm(); err != nil {
		a.t.Error(err)
	}
	status, answer, wait := a.answer(r.PostForm)
	if wait != nil {
		<-wait
	}
	writeJSON(w, status, answer)
}

// answer decides what a token request gets, and what it has to wait for first.
func (a *desk) answer(form url.Values) (int, map[string]any, chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forms = append(a.forms, form)
	wait := a.held
	if wait != nil {
		close(a.arrived)
		a.held = nil
	}
	if len(a.refusals) > 0 {
		var said map[string]any
		if err := json.Unmarshal([]byte(a.refusals[0]), &said); err != nil {
			a.t.Error(err)
		}
		a.refusals = a.refusals[1:]
		return a.status, said, wait
	}
	if form.Get("client_secret") != testSecret {
		return 401, map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret.", "error_codes": []int{7000215}}, wait
	}
	return 200, a.grant(form), wait
}

// grant makes tokens. The caller holds mu.
func (a *desk) grant(form url.Values) map[string]any {
	said := map[string]any{"aud": testClient, "tid": testTenant, "preferred_username": "ada@contoso.example", "name": "Ada"}
	switch form.Get("grant_type") {
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		said["oid"] = readText(form.Get("assertion")).ObjectID
	case "refresh_token":
		said["oid"] = a.refresh[form.Get("refresh_token")]
	case "authorization_code":
		maps.Copy(said, a.codes[form.Get("code")])
	}
	if a.as != "" {
		said["oid"] = a.as
	}
	maps.Copy(said, a.name)
	a.issued++
	if form.Get("grant_type") == "client_credentials" {
		return map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": unsignedJWT(map[string]any{"tid": testTenant, "jti": a.issued})}
	}
	renewed := fmt.Sprintf("refresh-%d-of-%v", a.issued, said["oid"])
	a.refresh[renewed], _ = said["oid"].(string)
	answer := map[string]any{
		"token_type": "Bearer", "expires_in": 3600, "scope": testGraph + "/User.Read " + testGraph + "/Mail.Read",
		"access_token": unsignedJWT(map[string]any{"oid": said["oid"], "tid": said["tid"], "jti": a.issued, "exp": time.Now().Add(time.Hour).Unix()}),
		"id_token":     unsignedJWT(said), "refresh_token": renewed,
		"client_info": base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"u","utid":"t"}`)),
	}
	delete(answer, a.omit)
	return answer
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// unsignedJWT is an unsigned token with these claims.
func unsignedJWT(claims map[string]any) string {
	raw, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(raw) + "." + encode([]byte("signature"))
}

// refuse makes the next requests fail with these bodies.
func (a *desk) refuse(status int, bodies ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.refusals = status, bodies
}

// hold makes the next request wait for release; arrived is closed when it is there.
func (a *desk) hold() (arrived, release chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held, a.arrived = make(chan struct{}), make(chan struct{})
	return a.arrived, a.held
}

func (a *desk) asked() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]url.Values(nil), a.forms...)
}

func (a *desk) wantRequests(want int) {
	a.t.Helper()
	if got := len(a.asked()); got != want {
		a.t.Errorf("got %d token requests, want %d", got, want)
	}
}

// refusalBody is what the authority says to a request that it refuses.
func refusalBody(code int, kind, more string) string {
	return fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: No. Trace ID: 00000000-0000-0000-0000-000000000001","error_codes":[%d]%s}`, kind, code, code, more)
}

// hall is what the tests of a server for many watch.
type hall struct {
	t         *testing.T
	authority *desk
	clock     *clock
	source    *source
	log       *buffer
	heard     *ears
	config    Config

	mu   sync.Mutex
	seen []error
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, authority: newDesk(t), clock: &clock{now: time.Now()}, log: &buffer{}, heard: &ears{}}
	h.source = &source{text: secret.NewText(testSecret)}
	h.config = Config{
		Profile: "contoso", Authority: h.authority.URL, TenantID: testTenant, ClientID: testClient, Scopes: []string{"User.Read", "Mail.Read"},
		Audiences: []string{testGraph}, HTTP: h.authority.Client(), Now: h.clock.Now, Observer: h.heard,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	t.Cleanup(h.checkSecrecy)
	return h
}

func (h *hall) graph() Request { return Request{Audience: testGraph} }

// asker is the identity of one person.
type asker interface {
	Token(ctx context.Context, r Request) (string, error)
}

// token returns the token that answers r.
func (h *hall) token(p asker, r Request) string {
	h.t.Helper()
	text, err := p.Token(h.t.Context(), r)
	if err != nil {
		h.t.Fatalf("got %v, want a token", err)
	}
	return text
}

// refusal returns the error that answers r.
func (h *hall) refusal(p asker, r Request) *Error {
	h.t.Helper()
	text, err := p.Token(h.t.Context(), r)
	if text != "" {
		h.t.Fatal("got a token, want an error")
	}
	return h.explained(err)
}

// explained returns err as what it has to be, with a remedy.
func (h *hall) explained(err error) *Error {
	h.t.Helper()
	h.mu.Lock()
	h.seen = append(h.seen, err)
	h.mu.Unlock()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		h.t.Fatalf("got %v, want an *Error", err)
	}
	if e.Hint() == "" {
		h.t.Errorf("%v: no remedy", e)
	}
	return e
}

// checkSecrecy looks for what people and the app prove themselves with in all that could be printed.
func (h *hall) checkSecrecy() {
	var shown bytes.Buffer
	_, _ = io.WriteString(&shown, h.log.String())
	for _, err := range h.seen {
		for ; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintf(&shown, " %v %+v %#v", err, err, err)
		}
	}
	h.authority.mu.Lock() // an exchange that was given up may still be answered
	refreshes := slices.Collect(maps.Keys(h.authority.refresh))
	h.authority.mu.Unlock()
	for _, refresh := range refreshes {
		if strings.Contains(shown.String(), refresh) {
			h.t.Error("a log or an error shows a refresh token")
		}
	}
	for _, form := range h.authority.asked() {
		for _, name := range []string{"client_secret", "assertion", "code", "code_verifier", "refresh_token"} {
			if s := form.Get(name); s != "" && strings.Contains(shown.String(), s) {
				h.t.Errorf("a log or an error shows the %s", name)
			}
		}
	}
}

// ears is an Observer.
type ears struct {
	mu   sync.Mutex
	said []string
}

func (l *ears) Begin(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, func(string, ...slog.Attr)) {
	return ctx, func(outcome string, _ ...slog.Attr) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.said = append(l.said, fmt.Sprint(name, attrs, outcome))
	}
}

func (l *ears) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.said...)
}

// someID is the n-th of many GUIDs.
func someID(n int) string { return fmt.Sprintf("%08d-abcd-4000-8000-000000000000", n) }
