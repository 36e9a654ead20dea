package entra

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const testVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of testChallenge (RFC 7636, appendix B)

// open is a server at which people of many tenants sign in to the sandbox.
type open struct {
	t      *testing.T
	tenant *sandbox.Tenant
	config Config
	source *source

	mu    sync.Mutex
	asked []string // the tenants at which tokens were asked for
}

func newOpen(t *testing.T, alias string) *open {
	t.Helper()
	o := &open{t: t, tenant: sandboxtest.Start(t, sandbox.Options{})}
	o.source = &source{text: secret.NewText(o.tenant.RegisterAPI(sandbox.API{Redirects: []string{testRedirect}, Accounts: sandbox.Everyone}))}
	o.config = Config{
		Profile: "contoso", Authority: o.tenant.LoginURL(), TenantID: alias, ClientID: sandbox.APIClientID, Scopes: []string{"User.Read"},
		Audiences: []string{o.tenant.GraphURL()}, HTTP: &http.Client{Transport: o},
	}
	return o
}

// RoundTrip notes at which tenant a token is asked for.
func (o *open) RoundTrip(r *http.Request) (*http.Response, error) {
	if tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); "/"+rest == tokenPath {
		o.mu.Lock()
		o.asked = append(o.asked, tenant)
		o.mu.Unlock()
	}
	return sandboxtest.Client(o.t, o.tenant).Transport.RoundTrip(r)
}

// replica is one of the processes of the server.
func (o *open) replica() *Web {
	o.t.Helper()
	w, err := NewWeb(o.config, ClientSecret(o.source))
	if err != nil {
		o.t.Fatal(err)
	}
	w.sleep = (&waits{}).sleep
	o.t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			o.t.Error(err)
		}
	})
	return w
}

// signIn lets somebody sign in. Where Entra does not let them, the error is its page.
func (o *open) signIn(w *Web, upn string) (g WebGrant, page string, err error) {
	o.t.Helper()
	at, err := w.AuthorizeURL(o.t.Context(), signInOf("1"))
	if err != nil {
		o.t.Fatal(err)
	}
	if !strings.HasPrefix(at, o.tenant.LoginURL()+"/"+o.config.TenantID+"/") {
		o.t.Errorf("people sign in at %s", at)
	}
	end := sandboxtest.SignIn(o.t, o.tenant, at, upn)
	if end.URL == nil {
		return WebGrant{}, end.Page, nil
	}
	g, err = w.Redeem(o.t.Context(), WebCode{Code: secret.NewText(end.Form.Get("code")), RedirectURI: testRedirect, Verifier: secret.NewText(testVerifier), Nonce: "nonce-1"})
	return g, "", err
}

// whoIs asks Graph whose a token is.
func (o *open) whoIs(token string) string {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.tenant.GraphURL()+"/v1.0/me", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := sandboxtest.Client(o.t, o.tenant).Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var me struct{ UserPrincipalName string }
	if err := json.NewDecoder(resp.Body).Decode(&me); err != nil {
		o.t.Fatal(err)
	}
	return me.UserPrincipalName
}

// A person signs in where anybody may, and their tokens come from where they are at home, of one replica and another.
func TestPeopleOfManyTenants(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ alias, upn, tenantID, home string }{
		{"common", sandbox.MemberUPN, sandbox.TenantID, sandbox.TenantID},
		{"common", sandbox.PersonalUPN, personalTenant, "consumers"},
		{"organizations", sandbox.MemberUPN, sandbox.TenantID, sandbox.TenantID},
		{"consumers", sandbox.PersonalUPN, personalTenant, "consumers"},
	} {
		t.Run(row.alias+" "+row.upn, func(t *testing.T) {
			t.Parallel()
			o, m := newOpen(t, row.alias), newMemory()
			w := o.replica()
			g, page, err := o.signIn(w, row.upn)
			if err != nil || g.TenantID != row.tenantID || g.Account != row.upn {
				t.Fatalf("got %s of %s, %v %s", g.Account, g.TenantID, err, page)
			}
			m.put("grant-1", g.Refresh.Reveal())
			who := WebPerson{Grant: "grant-1", TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account}
			for _, server := range []*Web{w, o.replica(), o.replica()} {
				v := server.Person(who, m)
				token, err := v.Token(t.Context(), Request{Audience: o.tenant.GraphURL()})
				if err != nil {
					t.Fatal(err)
				}
				if got := o.whoIs(token); got != row.upn {
					t.Errorf("Graph takes the token for %q", got)
				}
			}
			if diff := cmp.Diff([]string{row.alias, row.home, row.home, row.home}, o.asked); diff != "" {
				t.Error(diff)
			}
			if m.get("grant-1") == g.Refresh.Reveal() {
				t.Error("the renewed refresh token was not saved")
			}
		})
	}
}

func TestWhoIsNotLetInWhereManyAre(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ alias, upn, want string }{
		{"common", sandbox.StrangerUPN, "AADSTS50020"}, {"organizations", sandbox.PersonalUPN, "AADSTS500200"}, {"consumers", sandbox.MemberUPN, "AADSTS50034"},
	} {
		o := newOpen(t, row.alias)
		if _, page, err := o.signIn(o.replica(), row.upn); err != nil || !strings.Contains(page, row.want) {
			t.Errorf("%s at %s: got %v, %s", row.upn, row.alias, err, page)
		}
	}
}

// Whatever an authority says: an alias lets in whom it stands for, and what becomes a part of an address is an ID.
func TestPlacesOfManyTenants(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ alias, tenantID, want string }{
		{"common", someID(9), ""}, {"Common", personalTenant, ""}, {"organizations", someID(9), ""}, {"consumers", personalTenant, ""},
		{"consumers", strings.ToUpper(personalTenant), ""},
		{"organizations", personalTenant, "is a personal account"}, {"organizations", strings.ToUpper(personalTenant), "is a personal account"},
		{"consumers", someID(9), "is a work account"}, {"common", "abc", "by its ID"}, {"organizations", "common", "names no tenant"}, {"common", "../" + someID(9)[3:], "names no tenant"},
	} {
		w := newWeb(t, func(c *Config) { c.TenantID = row.alias })
		g, err := w.Redeem(t.Context(), w.back(someID(1), map[string]any{"tid": row.tenantID}))
		if row.want == "" {
			if err != nil || g.TenantID != row.tenantID {
				t.Errorf("%s, %s: got %v", row.alias, row.tenantID, err)
			}
			continue
		}
		if e := w.explained(err); !strings.Contains(e.Error(), row.want) || !g.Refresh.IsZero() {
			t.Errorf("%s, %s: got %v", row.alias, row.tenantID, err)
		}
		m := newMemory()
		m.put("grant-1", "refresh-0")
		requests := len(w.authority.asked())
		w.refusal(w.Person(WebPerson{Grant: "grant-1", TenantID: row.tenantID, ObjectID: someID(1)}, m), w.graph())
		w.authority.wantRequests(requests)
	}
}

// One object ID in two tenants is two people, and who is not named is nobody.
func TestOwnersOfManyTenants(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		claims     map[string]any
		omit, want string
	}{
		"the same person": {map[string]any{"tid": someID(8)}, "", ""},
		"another tenant":  {map[string]any{"tid": someID(9)}, "", "another person"},
		"another person":  {map[string]any{"tid": someID(8), "oid": someID(2)}, "", "another person"},
		"nobody":          {map[string]any{"tid": nil, "oid": nil}, "", "did not say whom"},
		"no tenant":       {map[string]any{"tid": nil}, "id_token", "did not say whom"},
	} {
		w, m := newWeb(t, func(c *Config) { c.TenantID = "common" }), newMemory()
		p := w.granted(m, someID(1))
		p.TenantID = someID(8)
		w.authority.name, w.authority.omit = row.claims, row.omit
		v := w.Person(p, m)
		if row.want == "" {
			w.token(v, w.graph())
		} else if e := w.refusal(v, w.graph()); !strings.Contains(e.Error(), row.want) {
			t.Errorf("%s: got %v", name, e)
		}
	}
}

// A tenant in which somebody has taken the app away stops its own people alone.
func TestOneTenantDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	for alias, want := range map[string]bool{"common": true, testTenant: false} {
		w, m := newWeb(t, func(c *Config) { c.TenantID = alias }), newMemory()
		w.authority.refuse(401, refusalBody(7000215, "invalid_client", ""))
		w.refusal(w.Person(w.granted(m, someID(1)), m), w.graph())
		if _, err := w.Person(w.granted(m, someID(2)), m).Token(t.Context(), w.graph()); (err == nil) != want {
			t.Errorf("%s: got %v", alias, err)
		}
	}
}

func TestOnBehalfOfNeedsOneTenant(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for _, alias := range []string{"common", "Organizations", "consumers"} {
		h.config.TenantID = alias
		_, err := NewOnBehalfOf(h.config, ClientSecret(h.source))
		if e := h.explained(err); !strings.Contains(e.Error(), "tenant_id "+alias+" is not one tenant") {
			t.Errorf("got %v", e)
		}
	}
}

// Where people of any tenant sign in, one tenant may not know the app any more. That is about its people, and no outage.
func TestAppIsGoneFromSomebodysTenant(t *testing.T) {
	t.Parallel()
	for _, code := range []int{700016, 7000112} {
		for tenant, forPerson := range map[string]bool{"common": true, testTenant: false} {
			w, m := newWeb(t, func(c *Config) { c.TenantID = tenant }), newMemory()
			v := w.Person(w.granted(m, someID(1)), m)
			w.authority.refuse(400, refusalBody(code, "unauthorized_client", ""))
			var failed *Error
			if err := v.Renew(t.Context()); !errors.As(err, &failed) || failed.ForPerson() != forPerson {
				t.Errorf("%d at %s: %v", code, tenant, err)
			}
		}
	}
}
