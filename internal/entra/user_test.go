package entra

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

func TestNobodyHasSignedIn(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	e := s.refusal(s.User, s.graph())
	if !e.SignInNeeded() || !strings.Contains(e.Hint(), "microsoft-mcp-server login contoso") {
		t.Errorf("got %v (%s), want that a person has to sign in", e, e.Hint())
	}
	if tenant, account := s.Who(); tenant+account != "" {
		t.Errorf("got %s, %s, want nobody", tenant, account)
	}
	s.wantRenewals(0)
}

// Another process finds the sign-in, and the access token with it.
func TestSignInIsShared(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	first := s.token(s.User, s.graph())
	other := s.again()
	if s.token(other, s.graph()) != first {
		t.Error("the other process has another token")
	}
	s.wantRenewals(0)
	if tenant, account := other.Who(); tenant != sandbox.TenantID || account != sandbox.MemberUPN {
		t.Errorf("got %s, %s", tenant, account)
	}
	status, err := other.Status(t.Context(), s.tenant.GraphURL())
	if err != nil || status.Account != sandbox.MemberUPN || status.Mode != "interactive" || status.SignedInAt.IsZero() {
		t.Errorf("got %+v, %v", status, err)
	}
	if got := strings.Join(status.Permissions, " "); !strings.Contains(got, "Mail.Read") || !strings.Contains(got, "User.Read") || strings.Contains(got, "offline") {
		t.Errorf("permissions %q", got)
	}
}

func TestRenewalOnceForAll(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	first := s.token(s.User, s.graph())
	other := s.again()
	s.clock.advance(2 * time.Hour)
	var different atomic.Bool
	together(50, func(i int) {
		u := []*User{s.User, other}[i%2]
		text, err := u.Token(t.Context(), s.graph())
		if err != nil {
			t.Error(err)
		}
		if text == first {
			different.Store(true)
		}
	})
	if different.Load() {
		t.Error("an expired token was handed out")
	}
	if got := s.grants("refresh_token"); got > 2 { // one without a lock between the two, at most each its own
		t.Errorf("got %d renewals", got)
	}
}

// Refresh tokens that are good once: the stored one is replaced, and a stale copy is read again before it is used.
func TestRotation(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetRefreshRotation(sandbox.RefreshTokensOnce)
	s := somebody(t, tenant, nil)
	other := s.again()
	for range 4 {
		s.clock.advance(2 * time.Hour)
		s.token(s.User, s.graph())
		s.clock.advance(2 * time.Hour)
		s.token(other, s.graph())
	}
	if n := tenant.RefusedRefreshes(); n != 0 {
		t.Errorf("%d used refresh tokens were sent again", n)
	}
	s.wantRenewals(8)
}

func TestRefreshTokenRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil func(*sandbox.Tenant)
		want  string
	}{
		"revoked": {func(t *sandbox.Tenant) { t.RevokeSessions(sandbox.MemberUPN) }, "AADSTS50173"},
		"expired": {func(t *sandbox.Tenant) { t.SetRefreshLifetime(time.Nanosecond) }, "AADSTS700082"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := sandboxtest.Start(t, sandbox.Options{})
			s := somebody(t, tenant, nil)
			row.spoil(tenant)
			s.clock.advance(2 * time.Hour)
			e := s.refusal(s.User, s.graph())
			if !e.SignInNeeded() || e.Code != row.want || !strings.Contains(e.Hint(), "login contoso") {
				t.Errorf("got %v (%s), want %s and to sign in again", e, e.Hint(), row.want)
			}
			s.clock.advance(-2 * time.Hour) // the stored access token would be good again
			if _, err := s.again().Status(t.Context(), tenant.GraphURL()); err == nil {
				t.Error("another process is told that all is well")
			}
		})
	}
}

// What may pass is waited out, or bridged by the token that is there; it signs nobody out.
func TestAuthorityInTrouble(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault sandbox.Fault
		want  string
	}{
		"503":  {sandbox.Fault{Status: 503, Body: "{}"}, "503"},
		"429":  {sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}}, Body: "{}"}, "429"},
		"HTML": {sandbox.Fault{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>log in to the hotel</html>"}, "HTML page"},
		"half": {sandbox.Fault{HalfBody: true}, "cut"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := somebody(t, shared, nil)
			s.clock.advance(2 * time.Hour)
			remove := s.inject("/oauth2/v2.0/token", row.fault)
			e := s.refusal(s.User, s.graph())
			if e.SignInNeeded() || !strings.Contains(e.Error(), row.want) || e.Hint() == "" {
				t.Errorf("got %v (%s), want %q and no sign-in", e, e.Hint(), row.want)
			}
			remove()
			s.clock.advance(11 * time.Minute) // what is remembered of the failure is over
			s.token(s.User, s.graph())
		})
	}
}

// A 401 without a challenge: one forced renewal, not the token of the record again.
func TestRejectedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	first := s.token(s.User, s.graph())
	second := s.token(s.User, Request{Audience: s.tenant.GraphURL(), Rejected: first})
	if first == second {
		t.Error("the rejected token came back")
	}
	s.wantRenewals(1)
	if s.token(s.again(), s.graph()) != second {
		t.Error("another process got the rejected token")
	}
}

// Continuous access evaluation: the claims go to the authority, and the token that comes satisfies them.
func TestPersonsClaimsChallenge(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	first := s.token(s.User, s.graph())
	second := s.token(s.User, Request{Audience: s.tenant.GraphURL(), Claims: claims, Rejected: first})
	if first == second || !strings.Contains(s.wire.lastForm().Get("claims"), "1700000000") {
		t.Errorf("another token: %t; claims sent: %s", first != second, s.wire.lastForm().Get("claims"))
	}
	if got := s.wire.lastForm().Get("claims"); !strings.Contains(strings.ToLower(got), "cp1") {
		t.Errorf("the capability is missing: %s", got)
	}
	s.wantRenewals(1)
}

// One sign-in, two APIs.
func TestTokenForResourceManager(t *testing.T) {
	t.Parallel()
	s := somebody(t, sandboxtest.Start(t, sandbox.Options{}), nil) // consent is remembered by the tenant
	e := s.refusal(s.User, Request{Audience: s.tenant.ResourceManagerURL()})
	if !e.SignInNeeded() {
		t.Fatalf("got %v, want that consent is missing", e)
	}
	in := s.begin()
	if !strings.Contains(in.URL, "user_impersonation") {
		t.Errorf("the next sign-in does not ask for consent: %s", in.URL)
	}
	s.choose(in, sandbox.MemberUPN)
	if err := in.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.token(s.User, s.graph()) == s.token(s.User, Request{Audience: s.tenant.ResourceManagerURL()}) {
		t.Error("one token for both")
	}
}

// The vault does not take a renewal: this process goes on, and stores the next one.
func TestVaultFailsAtARenewal(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetRefreshRotation(sandbox.RefreshTokensOnce)
	var vault *brokenVault
	s := somebody(t, tenant, func(_ *Config, p *Person) {
		vault = &brokenVault{Vault: p.Vault}
		p.Vault = vault
	})
	vault.set(errors.New("the disk is full"))
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
	if !strings.Contains(s.log.String(), "the disk is full") {
		t.Error("nothing was logged")
	}
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
	vault.set(nil)
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
	s.clock.advance(2 * time.Hour)
	s.token(s.again(), s.graph())
	if n := tenant.RefusedRefreshes(); n != 0 {
		t.Errorf("%d used refresh tokens were sent again", n)
	}
}

func TestVaultInTrouble(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	s.vault.Switch(vaulttest.Locked)
	e := s.refusal(s.User, s.graph())
	if e.SignInNeeded() || !errors.Is(e, secret.ErrLocked) || e.Hint() == "" {
		t.Errorf("got %v (%s), want that the vault is locked", e, e.Hint())
	}
	if _, err := s.SignIn(t.Context(), Browser); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("a person was sent to sign in for nothing: %v", err)
	}
}

func TestRecordOfAnother(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	for name, change := range map[string]func(*Config, *Person){
		"app":     func(c *Config, _ *Person) { c.ClientID = sandbox.KioskClientID },
		"account": func(_ *Config, p *Person) { p.Account = "ada@contoso.com" },
		"tenant":  func(c *Config, _ *Person) { c.TenantID = "11111111-2222-3333-4444-555555555555" },
	} {
		other := nobody(t, shared, func(c *Config, p *Person) {
			p.Vault = s.person.Vault
			change(c, p)
		})
		if e := other.refusal(other.User, other.graph()); !e.SignInNeeded() || !strings.Contains(e.Error(), "stored sign-in") {
			t.Errorf("%s: got %v, want that the stored sign-in is another's", name, e)
		}
	}
	damaged := nobody(t, shared, nil)
	if err := damaged.person.Vault.Put(t.Context(), damaged.person.Key, secret.NewText("{}")); err != nil {
		t.Fatal(err)
	}
	if e := damaged.refusal(damaged.User, damaged.graph()); !e.SignInNeeded() {
		t.Errorf("got %v, want to sign in", e)
	}
}

func TestSignOutLeavesNothing(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, nil)
	s.token(s.User, s.graph())
	was, err := s.SignOut(t.Context())
	if err != nil || !was {
		t.Fatalf("got %t, %v", was, err)
	}
	if n := len(s.vault.Keys()); n != 0 {
		t.Errorf("%d items are left", n)
	}
	if e := s.refusal(s.User, s.graph()); !e.SignInNeeded() {
		t.Errorf("got %v, want to sign in", e)
	}
	if was, err := s.SignOut(t.Context()); was || err != nil {
		t.Errorf("the second time: %t, %v", was, err)
	}
}

// Two profiles, two tenants: neither ever sees the other's token.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	const otherID = "b7a4c1d2-0000-4000-8000-1234567890ab"
	other := sandboxtest.Start(t, sandbox.Options{TenantID: otherID, Domain: "fabrikam.example"})
	vault := secret.Chunked(&vaulttest.Memory{})
	one := somebody(t, shared, func(_ *Config, p *Person) { p.Vault = vault })
	two := nobody(t, other, func(c *Config, p *Person) {
		c.Profile, c.TenantID = "fabrikam", otherID
		p.Vault, p.Key = vault, secret.SignInKey("fabrikam", "4e5f6071")
	})
	two.signIn(other.UPN(sandbox.MemberUPN))
	if one.token(one.User, one.graph()) == two.token(two.User, two.graph()) {
		t.Error("one token for both")
	}
	if e := one.refusal(one.User, two.graph()); !strings.Contains(e.Error(), "no host of this profile's cloud") {
		t.Errorf("got %v", e)
	}
	if tenant, _ := two.Who(); tenant != otherID {
		t.Errorf("got tenant %s", tenant)
	}
}

// A lock that another process never gives back does not stop this one.
func TestLockThatHangs(t *testing.T) {
	t.Parallel()
	s := somebody(t, shared, func(_ *Config, p *Person) { p.Lock = hungLock{} })
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
	if !strings.Contains(s.log.String(), "without the lock") {
		t.Error("nothing was logged")
	}
}

type hungLock struct{}

func (hungLock) Acquire(context.Context) (func(), error) { return nil, context.DeadlineExceeded }

// Whoever asked first may leave; the renewal is not lost.
func TestRenewalOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetRefreshRotation(sandbox.RefreshTokensOnce)
	s := somebody(t, tenant, nil)
	s.clock.advance(2 * time.Hour)
	arrived, release := make(chan struct{}), make(chan struct{})
	s.inject("/oauth2/v2.0/token", sandbox.Fault{Times: 1, Delay: func(context.Context) { close(arrived); <-release }})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { _, err := s.Token(ctx, s.graph()); gone <- err }()
	<-arrived
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	closed := make(chan error)
	go func() { closed <- s.Close(context.Background()) }()
	close(release)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	s.token(s.again(), s.graph())
	if n := tenant.RefusedRefreshes(); n != 0 {
		t.Errorf("%d used refresh tokens were sent again", n)
	}
}

// Whoever signs out, or in as somebody else, in another process is soon noticed by those that serve.
func TestChangeElsewhereIsNoticed(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	s := somebody(t, tenant, nil)
	serving := s.again()
	first := s.token(serving, s.graph())
	other := s.again()
	s.clock.advance(2 * time.Second) // the sign-ins are told apart by the second
	s.signInWith(other, sandbox.AdminUPN)
	s.clock.advance(2 * lookInterval)
	s.token(serving, s.graph())
	serving.flow.Wait()
	if s.token(serving, s.graph()) == first {
		t.Error("the token of the one before is used on")
	}
	if _, account := serving.Who(); account != sandbox.AdminUPN {
		t.Errorf("got %s", account)
	}
	if _, err := other.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.clock.advance(2 * lookInterval)
	s.token(serving, s.graph())
	serving.flow.Wait()
	if e := s.refusal(serving, s.graph()); !e.SignInNeeded() {
		t.Errorf("got %v, want to sign in", e)
	}
}
