package entra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// someone is a person's identity at a tenant, and what the tests watch.
type someone struct {
	*User
	t      *testing.T
	tenant *sandbox.Tenant
	config Config
	person Person
	vault  *vaulttest.Memory
	clock  *clock
	wire   *wire
	log    *buffer
	pages  *buffer // what the browser showed
}

// nobody makes an identity that nobody has signed in to; change may alter its configuration.
func nobody(t *testing.T, tenant *sandbox.Tenant, change func(*Config, *Person)) *someone {
	t.Helper()
	s := &someone{t: t, tenant: tenant, vault: &vaulttest.Memory{}, clock: &clock{now: time.Now()}, log: &buffer{}, pages: &buffer{}}
	s.wire = &wire{name: t.Name(), next: sandboxtest.Client(t, tenant).Transport}
	s.config = Config{
		Profile: "contoso", Authority: tenant.LoginURL(), TenantID: sandbox.TenantID, ClientID: sandbox.DesktopClientID,
		Scopes: []string{"User.Read", "Mail.Read"}, Audiences: []string{tenant.GraphURL(), tenant.ResourceManagerURL()},
		HTTP: &http.Client{Transport: s.wire}, Now: s.clock.Now,
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	s.person = Person{Vault: secret.Chunked(s.vault), Key: secret.SignInKey("contoso", "0a1b2c3d"), Place: "the keyring"}
	if change != nil {
		change(&s.config, &s.person)
	}
	s.User = s.again()
	t.Cleanup(s.checkSecrecy)
	return s
}

// somebody is nobody after a member of the tenant has signed in.
func somebody(t *testing.T, tenant *sandbox.Tenant, change func(*Config, *Person)) *someone {
	t.Helper()
	s := nobody(t, tenant, change)
	s.signIn(sandbox.MemberUPN)
	return s
}

// again makes another identity of the same profile and vault, as another process would.
func (s *someone) again() *User {
	s.t.Helper()
	u, err := NewUser(s.config, s.person)
	if err != nil {
		s.t.Fatal(err)
	}
	u.sleep = (&waits{}).sleep
	u.devicePace = 0
	s.t.Cleanup(func() {
		if err := u.Close(context.Background()); err != nil {
			s.t.Error(err)
		}
	})
	return u
}

// begin starts a sign-in in the browser.
func (s *someone) begin() *SignIn {
	s.t.Helper()
	in, err := s.SignIn(s.t.Context(), Browser)
	if err != nil {
		s.t.Fatal(err)
	}
	return in
}

// signIn lets somebody sign in.
func (s *someone) signIn(upn string) {
	s.t.Helper()
	s.signInWith(s.User, upn)
}

// signInWith is signIn by another identity of the profile.
func (s *someone) signInWith(u *User, upn string) {
	s.t.Helper()
	in, err := u.SignIn(s.t.Context(), Browser)
	if err != nil {
		s.t.Fatal(err)
	}
	s.choose(in, upn)
	if err := in.Wait(s.t.Context()); err != nil {
		s.t.Fatalf("signing in: %v", err)
	}
}

// choose lets somebody pick an account, agree to everything, and come back to the listener; it returns the page.
func (s *someone) choose(in *SignIn, upn string, refuse ...sandboxtest.Refuse) string {
	s.t.Helper()
	page, err := sandboxtest.SignIn(s.t, s.tenant, in.URL, upn, refuse...).Deliver(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = s.pages.Write([]byte(page))
	return page
}

// fetch asks for an address as a browser of this machine does; change may alter the request.
func (s *someone) fetch(address string, change func(*http.Request)) (status int, text string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = s.pages.Write(body)
	return resp.StatusCode, string(body)
}

func (s *someone) graph() Request { return Request{Audience: s.tenant.GraphURL()} }

// token returns the token that answers r to u.
func (s *someone) token(u *User, r Request) string {
	s.t.Helper()
	text, err := u.Token(s.t.Context(), r)
	s.wire.see(text, err)
	if err != nil {
		s.t.Fatalf("got %v, want a token", err)
	}
	return text
}

// refusal returns the error that answers r to u.
func (s *someone) refusal(u *User, r Request) *Error {
	s.t.Helper()
	text, err := u.Token(s.t.Context(), r)
	s.wire.see(text, err)
	e, ok := errors.AsType[*Error](err)
	if text != "" || !ok {
		s.t.Fatalf("got a token: %t, and %v; want an *Error", text != "", err)
	}
	return e
}

// grants counts the requests of one grant type that left.
func (s *someone) grants(kind string) (n int) {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	for _, form := range s.wire.forms {
		if form.Get("grant_type") == kind {
			n++
		}
	}
	return n
}

func (s *someone) wantRenewals(want int) {
	s.t.Helper()
	if got := s.grants("refresh_token"); got != want {
		s.t.Errorf("got %d renewals, want %d", got, want)
	}
}

// outcome waits for the end of a sign-in, which is an error.
func (s *someone) outcome(in *SignIn) *Error {
	s.t.Helper()
	err := in.Wait(s.t.Context())
	e, ok := errors.AsType[*Error](err)
	if !ok {
		s.t.Fatalf("got %v, want an *Error", err)
	}
	s.wire.see("", err)
	return e
}

// inject makes a path of the authority misbehave towards this identity.
func (s *someone) inject(suffix string, fault sandbox.Fault) (remove func()) {
	fault.Host = sandbox.Login
	fault.Match = func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, suffix) && r.Header.Get("Fixture") == s.wire.name
	}
	remove = s.tenant.Inject(fault)
	s.t.Cleanup(remove)
	return remove
}

// checkSecrecy looks for codes, verifiers and tokens in all that anybody can see.
func (s *someone) checkSecrecy() {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	hidden := append([]string(nil), s.wire.tokens...)
	for _, form := range s.wire.forms {
		for _, name := range []string{"code", "code_verifier", "refresh_token", "device_code"} {
			hidden = append(hidden, form.Get(name))
		}
	}
	places := map[string]string{"the log": s.log.String(), "a page": s.pages.String(), "the user": fmt.Sprintf("%v %+v %#v %s", s.User, s.User, s.User, s.User)}
	for i, e := range s.wire.errs {
		text := fmt.Sprintf("%v %+v %#v %s", e, e, *e, e.Hint())
		for err := error(e); err != nil; err = errors.Unwrap(err) {
			text += fmt.Sprintf(" %v %+v %#v", err, err, err)
		}
		places[fmt.Sprintf("error %d", i)] = text
	}
	for place, text := range places {
		for _, h := range hidden {
			if len(h) > 8 && strings.Contains(text, h) {
				s.t.Errorf("%s shows a secret or a token", place)
			}
		}
	}
}

// brokenVault is a vault whose writing can fail.
type brokenVault struct {
	secret.Vault

	mu     sync.Mutex
	broken error // guarded by mu
}

func (v *brokenVault) set(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.broken = err
}

func (v *brokenVault) Put(ctx context.Context, key string, t secret.Text) error {
	v.mu.Lock()
	err := v.broken
	v.mu.Unlock()
	if err != nil {
		return err
	}
	return v.Vault.Put(ctx, key, t)
}
