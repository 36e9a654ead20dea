package entra

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, func(_ *Config, p *Person) { p.Account = sandbox.MemberUPN })
	in := s.begin()
	u, err := url.Parse(in.URL)
	if err != nil {
		t.Fatal(err)
	}
	if want := s.tenant.LoginURL() + "/" + sandbox.TenantID + "/oauth2/v2.0/authorize"; !strings.HasPrefix(in.URL, want+"?") {
		t.Errorf("got %s, want %s", in.URL, want)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"client_id": sandbox.DesktopClientID, "response_type": "code", "response_mode": "query",
		"code_challenge_method": "S256", "login_hint": sandbox.MemberUPN,
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for _, scope := range []string{"openid", "profile", "offline_access", s.tenant.GraphURL() + "/User.Read", s.tenant.GraphURL() + "/Mail.Read"} {
		if !strings.Contains(" "+q.Get("scope")+" ", " "+scope+" ") {
			t.Errorf("scope %q lacks %s", q.Get("scope"), scope)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 20 {
			t.Errorf("%s = %q, too short to be safe", name, q.Get(name))
		}
	}
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || redirect.Hostname() != "localhost" || redirect.Path != "" || redirect.Scheme != "http" {
		t.Errorf("redirect_uri = %q, want http://localhost:PORT", q.Get("redirect_uri"))
	}
	if q.Get("prompt") != "" {
		t.Errorf("with one account there is nothing to choose: prompt = %q", q.Get("prompt"))
	}
	if other := nobody(t, shared, nil).begin(); !strings.Contains(other.URL, "prompt=select_account") {
		t.Errorf("a browser that knows somebody would sign them in unasked: %s", other.URL)
	}
}

func TestSignedInPage(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	page := s.choose(in, sandbox.MemberUPN)
	for _, want := range []string{"You are signed in", sandbox.MemberUPN, sandbox.TenantID, "contoso", "the keyring"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if err := in.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	tenant, account, name := in.Who()
	if tenant != sandbox.TenantID || account != sandbox.MemberUPN || name == "" {
		t.Errorf("got %s, %s, %s", tenant, account, name)
	}
}

// Everything that may go wrong between the person and Entra has words of its own, on the page and in the error, and
// leaves nothing behind.
func TestSignInThatFails(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*Config, *Person)
		upn    string
		refuse sandboxtest.Refuse
		want   string // in the error
		hint   string
	}{
		"cancelled":        {nil, sandbox.MemberUPN, sandboxtest.Cancel, "cancelled the sign-in", "login contoso"},
		"consent declined": {nil, sandbox.MemberUPN, sandboxtest.Decline, "AADSTS65004: the person cancelled the sign-in to profile contoso, or declined to consent", "login contoso"},
		"admin consent": {func(c *Config, _ *Person) { c.Scopes = []string{"AuditLog.Read.All"} }, sandbox.MemberUPN, "", "AADSTS90094",
			"adminconsent?client_id=" + sandbox.DesktopClientID},
		"another account": {func(_ *Config, p *Person) { p.Account = sandbox.AdminUPN }, sandbox.MemberUPN, "",
			"takes " + sandbox.AdminUPN + " alone", "choose " + sandbox.AdminUPN},
		"personal account": {func(c *Config, _ *Person) { c.TenantID = "common" }, sandbox.PersonalUPN, "", "is a personal account", `account_type = "personal"`},
		"unknown scope":    {func(c *Config, _ *Person) { c.Scopes = []string{"Mail.Raed"} }, sandbox.MemberUPN, "", "AADSTS650053", "check scopes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := sandboxtest.Start(t, sandbox.Options{}) // consent is remembered by the tenant
			s := nobody(t, tenant, row.change)
			in := s.begin()
			page := s.choose(in, row.upn, row.refuse)
			e := s.outcome(in)
			if !strings.Contains(e.Error(), row.want) || !strings.Contains(e.Hint(), row.hint) {
				t.Errorf("got %v (%s), want %q (%q)", e, e.Hint(), row.want, row.hint)
			}
			if !strings.Contains(page, "The sign-in did not work") || !strings.Contains(page, "What now?") {
				t.Errorf("the page does not say so: %s", page)
			}
			if name == "admin consent" && !strings.Contains(page, `<a href="`+s.tenant.LoginURL()+"/"+sandbox.TenantID+"/adminconsent?client_id=") {
				t.Errorf("the page has no link for the administrator: %s", page)
			}
			if keys := s.vault.Keys(); len(keys) != 0 {
				t.Errorf("something is kept: %v", keys)
			}
			if _, err := s.Token(t.Context(), s.graph()); err == nil {
				t.Error("there is a token all the same")
			}
		})
	}
}

// Where Entra itself ends the matter on its page, nobody comes back: cancelling and waiting too long have their words.
func TestSignInThatNeverEnds(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	if ending := sandboxtest.SignIn(t, s.tenant, in.URL, sandbox.BlockedUPN); ending.URL != nil || !strings.Contains(ending.Page, "AADSTS53003") {
		t.Fatalf("got %+v, want Entra's own page", ending)
	}
	in.Cancel()
	if e := s.outcome(in); !strings.Contains(e.Error(), "was cancelled") || !e.SignInNeeded() {
		t.Errorf("got %v", e)
	}
	s.patience = time.Millisecond
	if e := s.outcome(s.begin()); !strings.Contains(e.Error(), "nobody finished the sign-in to profile contoso in time") {
		t.Errorf("got %v", e)
	}
}

// What the token endpoint answers is checked before anything of it is kept.
func TestStrangeGrants(t *testing.T) {
	t.Parallel()
	const otherID = "b7a4c1d2-0000-4000-8000-1234567890ab"
	for name, row := range map[string]struct {
		change func(answer, claims map[string]any)
		want   string
	}{
		"good":             {func(_, _ map[string]any) {}, ""},
		"another tenant":   {func(_, c map[string]any) { c["tid"] = otherID }, "signed in to tenant " + otherID},
		"another app":      {func(_, c map[string]any) { c["aud"] = otherID }, "an ID token for another app"},
		"another sign-in":  {func(_, c map[string]any) { c["nonce"] = "of before" }, "its nonce differs"},
		"no ID token":      {func(a, _ map[string]any) { a["id_token"] = "" }, "no ID token"},
		"no tenant":        {func(_, c map[string]any) { delete(c, "tid") }, "names no tenant"},
		"no refresh token": {func(a, _ map[string]any) { delete(a, "refresh_token") }, "no refresh token"},
		"fewer scopes":     {func(a, _ map[string]any) { a["scope"] = "openid User.Read" }, "did not grant Mail.Read"},
		"line in a token":  {func(a, _ map[string]any) { a["access_token"] = "a\nb" }, "no header can carry"},
		"expired":          {func(a, _ map[string]any) { a["expires_in"] = 0 }, "already expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := nobody(t, shared, nil)
			in := s.begin()
			address, state := listener(t, in)
			u, err := url.Parse(in.URL)
			if err != nil {
				t.Fatal(err)
			}
			claims := map[string]any{"aud": sandbox.DesktopClientID, "tid": sandbox.TenantID, "oid": otherID, "preferred_username": sandbox.MemberUPN,
				"nonce": u.Query().Get("nonce"), "exp": time.Now().Add(time.Hour).Unix()}
			answer := map[string]any{"token_type": "Bearer", "access_token": "opaque", "refresh_token": "a-refresh-token", "expires_in": 3600,
				"scope": "openid User.Read Mail.Read", "client_info": encoded(map[string]any{"uid": "u", "utid": "t"})}
			row.change(answer, claims)
			if answer["id_token"] == nil {
				answer["id_token"] = encoded(map[string]any{"alg": "none"}) + "." + encoded(claims) + ".x"
			}
			body, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			s.inject("/oauth2/v2.0/token", sandbox.Fault{Header: http.Header{"Content-Type": {"application/json"}}, Body: string(body)})
			_, page := s.fetch(address+"/?code=some-long-code&state="+state, nil)
			if row.want == "" {
				if err := in.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				return
			}
			if e := s.outcome(in); !strings.Contains(e.Error(), row.want) || e.Hint() == "" || !strings.Contains(page, "did not work") {
				t.Errorf("got %v (%s), want %q", e, e.Hint(), row.want)
			}
			if keys := s.vault.Keys(); len(keys) != 0 {
				t.Errorf("something is kept: %v", keys)
			}
		})
	}
}

func encoded(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Several callers at once start one sign-in, and all learn of its end.
func TestOneSignInForAll(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	var mu sync.Mutex
	var all []*SignIn
	together(20, func(int) {
		in, err := s.SignIn(t.Context(), Browser)
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, in)
	})
	for _, in := range all {
		if in != all[0] {
			t.Fatal("there are two sign-ins")
		}
	}
	s.choose(all[0], sandbox.MemberUPN)
	together(20, func(i int) {
		if err := all[i].Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if next := s.begin(); next == all[0] {
		t.Error("a sign-in that has ended is handed out again")
	}
}

func TestPersonalAccount(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, func(c *Config, p *Person) { c.TenantID, p.Personal = "consumers", true })
	s.signIn(sandbox.PersonalUPN)
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
	if tenant, _ := s.Who(); tenant != sandbox.ConsumersTenantID {
		t.Errorf("got tenant %s", tenant)
	}
}

// A profile that leaves the tenant open: renewals go to the account's own.
func TestCommonTenant(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, func(c *Config, _ *Person) { c.TenantID = "common" })
	s.signIn(sandbox.MemberUPN)
	before := s.tenant.Count(sandbox.Login, "/"+sandbox.TenantID+"/oauth2/v2.0/token")
	s.clock.advance(2 * time.Hour)
	s.token(s.User, s.graph())
	if s.tenant.Count(sandbox.Login, "/"+sandbox.TenantID+"/oauth2/v2.0/token") == before {
		t.Error("the renewal did not go to the account's tenant")
	}
}

func TestRedirectNotRegistered(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, func(c *Config, _ *Person) { c.ClientID = sandbox.KioskClientID })
	ending := sandboxtest.SignIn(t, s.tenant, s.begin().URL, sandbox.MemberUPN)
	if !strings.Contains(ending.Page, "AADSTS50011") {
		t.Errorf("got %+v", ending)
	}
}
