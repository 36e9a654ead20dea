package entra

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// held makes the next answer of the token endpoint wait for release; arrived is closed when the request is there.
func (s *someone) held() (arrived, release chan struct{}) {
	arrived, release = make(chan struct{}), make(chan struct{})
	s.inject("/oauth2/v2.0/token", sandbox.Fault{Times: 1, Delay: func(context.Context) { close(arrived); <-release }})
	return arrived, release
}

// slowly starts a call whose renewal waits for release.
func (s *someone) slowly() (release chan struct{}, done chan error) {
	s.t.Helper()
	s.clock.advance(2 * time.Hour)
	arrived, release := s.held()
	done = make(chan error, 1)
	go func() { _, err := s.Token(context.Background(), s.graph()); done <- err }()
	<-arrived
	return release, done
}

// locked gives s, and every other identity of it, a lock as processes share it.
func locked(t *testing.T, tenant *sandbox.Tenant) *someone {
	t.Helper()
	dir := t.TempDir()
	s := somebody(t, tenant, func(_ *Config, p *Person) { p.Lock = secret.NewLock(dir, "sign-in") })
	s.person.Lock = secret.NewLock(dir, "sign-in")
	return s
}

// Somebody signs out while another process renews, and takes longer than anybody waits: the renewal must not bring
// the sign-in back.
func TestSignOutDuringARenewal(t *testing.T) {
	t.Parallel()
	s := locked(t, shared)
	other := s.again()
	other.lockWait = time.Millisecond
	release, done := s.slowly()
	was, err := other.SignOut(t.Context())
	if !was || err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("got %t, %v; want that somebody was signed out, and that it may not hold", was, err)
	}
	close(release)
	if e, ok := errors.AsType[*Error](<-done); !ok || !e.SignInNeeded() {
		t.Errorf("the renewal ended with %v, want that a sign-in is needed", e)
	}
	if keys := s.vault.Keys(); len(keys) != 0 {
		t.Errorf("the renewal brought back %v", keys)
	}
}

// Somebody signs in as another meanwhile: the renewal of the one before must not replace that.
func TestSignInDuringARenewal(t *testing.T) {
	t.Parallel()
	s := locked(t, shared)
	other := s.again()
	other.lockWait = time.Millisecond
	release, done := s.slowly()
	s.signInWith(other, sandbox.AdminUPN)
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	third := s.again()
	s.token(third, s.graph())
	for _, u := range []*User{s.User, other, third} {
		if _, account := u.Who(); account != sandbox.AdminUPN {
			t.Errorf("an identity acts as %s", account)
		}
	}
}

// Whoever reads the record of another account has no token of the one before any more, so that results are labelled
// with the account that they are of.
func TestTokensAreOfTheKnownAccount(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	serving := s.again()
	first := s.token(serving, s.graph())
	s.signIn(sandbox.AdminUPN)
	status, err := serving.Status(t.Context(), s.tenant.GraphURL())
	if err != nil || status.Account != sandbox.AdminUPN {
		t.Errorf("got %+v, %v", status, err)
	}
	if _, account := serving.Who(); account != sandbox.AdminUPN || s.token(serving, s.graph()) == first {
		t.Errorf("results say %s, calls go out with the token of another: %t", account, s.token(serving, s.graph()) == first)
	}
}

// The person has signed in by another process, and out again, while the code of this attempt is exchanged: what comes
// of it is not stored any more.
func TestCodeExchangedAfterAnotherProcess(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	arrived, release := s.held()
	page := make(chan string, 1)
	go func() { page <- s.choose(in, sandbox.MemberUPN) }()
	<-arrived
	other := s.again()
	s.signInWith(other, sandbox.AdminUPN)
	if err := in.Wait(t.Context()); err != nil { // ended by the other process's
		t.Fatal(err)
	}
	if was, err := s.SignOut(t.Context()); !was || err != nil {
		t.Fatal(was, err)
	}
	close(release)
	if text := <-page; !strings.Contains(text, sandbox.AdminUPN) || strings.Contains(text, sandbox.MemberUPN) {
		t.Errorf("the page says %s", text)
	}
	if keys := s.vault.Keys(); len(keys) != 0 {
		t.Errorf("the sign-in is back: %v", keys)
	}
}

// What was cancelled, or signed out, while the code was exchanged is not stored, and the page says so.
func TestCancelledWhileExchanging(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*someone, *SignIn){
		"cancelled":  func(_ *someone, in *SignIn) { in.Cancel() },
		"signed out": func(s *someone, _ *SignIn) { _, _ = s.SignOut(s.t.Context()) },
		"closed":     func(s *someone, _ *SignIn) { go func() { _ = s.Close(context.Background()) }() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := nobody(t, shared, nil)
			in := s.begin()
			arrived, release := s.held()
			page := make(chan string, 1)
			go func() { page <- s.choose(in, sandbox.MemberUPN) }()
			<-arrived
			end(s, in)
			if e := s.outcome(in); !strings.Contains(e.Error(), "was cancelled") {
				t.Errorf("got %v", e)
			}
			close(release)
			if text := <-page; strings.Contains(text, "You are signed in") || !strings.Contains(text, "was cancelled") {
				t.Errorf("the page says %s", text)
			}
			if keys := s.vault.Keys(); len(keys) != 0 {
				t.Errorf("something is kept: %v", keys)
			}
		})
	}
}

// The same by device code.
func TestDeviceCancelledWhileAnswering(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetDeviceInterval(0)
	s := nobody(t, tenant, nil)
	begun := make(chan *SignIn, 1)
	next := s.wire.next
	s.wire.next = tripper(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err == nil && resp.StatusCode == http.StatusOK && strings.HasSuffix(r.URL.Path, tokenPath) {
			in := <-begun // the grant is there, and on its way
			in.Cancel()
			<-in.done
		}
		return resp, err
	})
	in := s.beginDevice()
	begun <- in
	sandboxtest.EnterCode(t, tenant, in.URL, in.UserCode, sandbox.MemberUPN)
	s.outcome(in)
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if keys := s.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
}

// A start that hangs keeps nobody else waiting for longer than they want.
func TestSignInHonoursItsContext(t *testing.T) {
	t.Parallel()
	vault := &hungVault{entered: make(chan struct{}, 1), release: make(chan struct{})}
	s := nobody(t, shared, func(_ *Config, p *Person) { vault.Vault, p.Vault = p.Vault, vault })
	first := make(chan error, 1)
	go func() { _, err := s.SignIn(context.Background(), Browser); first <- err }()
	<-vault.entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SignIn(ctx, Browser); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(vault.release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// hungVault answers no Get before it is released.
type hungVault struct {
	secret.Vault
	entered, release chan struct{}
}

func (v *hungVault) Get(ctx context.Context, key string) (secret.Text, error) {
	select {
	case v.entered <- struct{}{}:
	default:
	}
	<-v.release
	return v.Vault.Get(ctx, key)
}

func TestNoSignInAfterClose(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignIn(t.Context(), Browser); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
}

// A renewal that the vault did not take is offered to it again, while calls go on and at the end.
func TestRenewalIsStoredLater(t *testing.T) {
	t.Parallel()
	for _, atTheEnd := range []bool{false, true} {
		tenant := sandboxtest.Start(t, sandbox.Options{})
		tenant.SetRefreshRotation(sandbox.RefreshTokensOnce)
		var vault *brokenVault
		s := somebody(t, tenant, func(_ *Config, p *Person) {
			vault = &brokenVault{Vault: p.Vault}
			p.Vault = vault
		})
		serving := s.again()
		s.token(serving, s.graph())
		vault.set(errors.New("locked for a moment"))
		s.clock.advance(2 * time.Hour)
		s.token(serving, s.graph())
		serving.flow.Wait()
		vault.set(nil)
		if atTheEnd {
			if err := serving.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else {
			s.clock.advance(2 * lookInterval)
			s.token(serving, s.graph())
			serving.flow.Wait()
		}
		s.token(s.again(), s.graph())
		if n := tenant.RefusedRefreshes(); n != 0 {
			t.Errorf("at the end %t: %d used refresh tokens were sent again", atTheEnd, n)
		}
	}
}

// Another process, without the lock, was first: its refresh token is read, and the person not asked.
func TestRefreshTokenUsedByAnother(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetRefreshRotation(sandbox.RefreshTokensOnce)
	s := locked(t, tenant)
	other := s.again()
	other.lockWait = time.Millisecond
	release, done := s.slowly()
	s.token(other, s.graph())
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A refusal, or a renewal, that comes late does not replace the refresh token of a later one.
func TestNewerRecordStays(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	old, failed := s.load(t.Context())
	if failed != nil {
		t.Fatal(failed)
	}
	later := *old
	later.generation, later.refresh = old.generation+2, secret.NewText("the later refresh token")
	if err := s.save(t.Context(), &later); err != nil {
		t.Fatal(err)
	}
	if newer, failed := s.store(t.Context(), old); failed != nil || newer == nil || newer.generation != later.generation {
		t.Errorf("got %v, %v; want the later record", newer, failed)
	}
	if there, failed := s.load(t.Context()); failed != nil || there.refresh.Reveal() != later.refresh.Reveal() {
		t.Errorf("the later refresh token is gone: %v", failed)
	}
}

// The profile asks for fewer permissions than before: the token that has more is not used on.
func TestOtherScopes(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	first := s.token(s.User, s.graph())
	fewer := nobody(t, shared, func(c *Config, p *Person) {
		c.Scopes, p.Vault = []string{"User.Read"}, s.person.Vault
	})
	if fewer.token(fewer.User, fewer.graph()) == first {
		t.Error("the token with more permissions is used")
	}
}

// Where a person was asked already, they are not asked for ever: a device code cannot bring consent for a second API.
func TestConsentIsAskedOnce(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetDeviceInterval(0)
	s := nobody(t, tenant, nil)
	arm := Request{Audience: tenant.ResourceManagerURL()}
	byCode := func() {
		in := s.beginDevice()
		sandboxtest.EnterCode(t, tenant, in.URL, in.UserCode, sandbox.MemberUPN)
		if err := in.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	byCode()
	if e := s.refusal(s.User, arm); !e.SignInNeeded() {
		t.Fatalf("got %v", e)
	}
	byCode()
	if e := s.refusal(s.User, arm); e.SignInNeeded() || !strings.Contains(e.Hint(), "adminconsent") || !strings.Contains(e.Hint(), `"`+arm.Audience+`/user_impersonation" to scopes`) {
		t.Errorf("got %v (%s), want that another sign-in is of no use", e, e.Hint())
	}
	// The remedy is one: with the permission in its scopes, a profile's person is asked in the browser.
	named := nobody(t, tenant, func(c *Config, p *Person) {
		c.Scopes, p.Vault = append(c.Scopes, arm.Audience+"/user_impersonation"), s.person.Vault
	})
	named.signIn(sandbox.MemberUPN)
	if named.token(named.User, named.graph()) == named.token(named.User, arm) {
		t.Error("one token for both")
	}
}

// One API's refusal does not take away what another has asked for.
func TestClaimsAreKept(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	challenged := s.unsigned("more is needed")
	challenged.claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	s.want(s.tenant.GraphURL(), challenged)
	s.want(s.tenant.ResourceManagerURL(), s.unsigned("no consent"))
	if in := s.begin(); !strings.Contains(in.URL, "1700000000") || !strings.Contains(in.URL, "user_impersonation") {
		t.Errorf("the next sign-in asks for %s", in.URL)
	}
}

// A sign-out that could not delete changes nothing.
func TestSignOutThatFails(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	s.token(s.User, s.graph())
	s.vault.Switch(vaulttest.Locked)
	if was, err := s.SignOut(t.Context()); was || !errors.Is(err, secret.ErrLocked) {
		t.Errorf("got %t, %v", was, err)
	}
	s.vault.Switch(vaulttest.Open)
	if _, account := s.Who(); account != sandbox.MemberUPN {
		t.Errorf("got %q", account)
	}
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
}

// Close keeps nobody longer than they want, even where the vault hangs.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	var vault *brokenVault
	hung := &hungVault{entered: make(chan struct{}, 1), release: make(chan struct{})}
	s := somebody(t, shared, func(_ *Config, p *Person) {
		vault = &brokenVault{Vault: p.Vault}
		hung.Vault, p.Vault = vault, vault
	})
	s.person.Vault = hung
	u, err := NewUser(s.config, s.person)
	if err != nil {
		t.Fatal(err)
	}
	rec, failed := s.load(t.Context())
	if failed != nil {
		t.Fatal(failed)
	}
	u.unsaved = rec
	ctx, cancel := context.WithCancel(t.Context())
	closed := make(chan error, 1)
	go func() { closed <- u.Close(ctx) }()
	<-hung.entered
	cancel()
	if err := <-closed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(hung.release)
}

// The secret of one of Microsoft's clouds does not go to another, whatever the metadata say.
func TestMetadataOfAnotherCloud(t *testing.T) {
	t.Parallel()
	const tenant = "11111111-2222-3333-4444-555555555555"
	client := &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		body := `{"tenant_discovery_endpoint":"https://login.microsoftonline.com/` + tenant + `/v2.0/.well-known/openid-configuration",
			"metadata":[{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com"]}]}`
		switch {
		case r.Method == http.MethodPost:
			t.Errorf("the secret was sent to %s", r.URL.Host)
		case strings.Contains(r.URL.Path, "openid-configuration"):
			body = `{"authorization_endpoint":"https://login.microsoftonline.com/x/authorize",
				"token_endpoint":"https://login.partner.microsoftonline.cn/` + tenant + `/oauth2/v2.0/token","issuer":"https://login.microsoftonline.com/` + tenant + `/v2.0"}`
		}
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})}
	app, err := NewApp(Config{Profile: "p", Authority: "https://login.microsoftonline.com", TenantID: tenant, ClientID: tenant,
		Known: true, HTTP: client}, ClientSecret(&source{text: secret.NewText("very-secret")}))
	if err != nil {
		t.Fatal(err)
	}
	app.sleep = (&waits{}).sleep
	if _, err := app.Token(t.Context(), Request{Audience: "https://graph.microsoft.com"}); err == nil {
		t.Error("got a token")
	}
}

// What stands in a command line is good for one browser.
func TestPageIsForOneBrowser(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	_, state := listener(t, in)
	if strings.Contains(in.Page, state) || !strings.HasPrefix(in.Page, "http://localhost:") {
		t.Fatalf("%s gives away the state", in.Page)
	}
	var cookie string
	open := func(given string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.Page, nil)
		if err != nil {
			t.Fatal(err)
		}
		if given != "" {
			req.Header.Set("Cookie", given)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		cookie, _, _ = strings.Cut(resp.Header.Get("Set-Cookie"), ";")
		return resp.StatusCode, resp.Header.Get("Location")
	}
	if status, _ := s.fetch(in.Page+"x", nil); status != http.StatusNotFound {
		t.Errorf("a wrong ticket: got %d", status)
	}
	status, to := open("")
	own := cookie
	if status != http.StatusSeeOther || to != in.URL {
		t.Errorf("got %d to %s", status, to)
	}
	if status, to := open(own); status != http.StatusSeeOther || to != in.URL {
		t.Errorf("the same browser again: got %d to %s", status, to)
	}
	if status, to := open(""); status != http.StatusConflict || to != "" {
		t.Errorf("another browser: got %d to %s", status, to)
	}
	if e := s.outcome(in); !strings.Contains(e.Error(), "two browsers opened the sign-in") {
		t.Errorf("got %v", e)
	}
}

// Two processes wait for the person, who signs in by one of them: the other has its sign-in, too.
func TestSignedInByAnotherProcess(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	waiting := s.begin()
	other := s.again()
	s.signInWith(other, sandbox.MemberUPN)
	if err := waiting.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if _, account, _ := waiting.Who(); account != sandbox.MemberUPN {
		t.Errorf("got %s", account)
	}
}
