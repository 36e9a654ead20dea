package oauth_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, b := d.client(), d.browser()
	consent := d.get(b, "/oauth/authorize", asks(clientID))
	for _, want := range []string{"Inspector", "read your mail", "127.0.0.1:4711", "Nobody has checked the name", strings.TrimPrefix(d.issuer, "https://")} {
		if !strings.Contains(consent.body, want) {
			t.Errorf("the consent screen does not say %q", want)
		}
	}
	toSignIn := d.answer(b, consent, "approve")
	back := d.get(b, "/oauth/callback", url.Values{"state": {toSignIn.location.Query().Get("state")}, "code": {"ada"}})
	q := back.location.Query()
	want := url.Values{"state": {"client's state"}, "iss": {d.issuer}, "code": {q.Get("code")}}
	if diff := cmp.Diff(want, q); diff != "" || back.location.Host != "127.0.0.1:4711" || back.location.Path != "/callback" {
		t.Errorf("answer to the client: %v %s", back.location, diff)
	}
	answer := d.token(redeems(clientID, q.Get("code")))
	got := answer.json(t)
	if got["token_type"] != "Bearer" || got["expires_in"] != float64(3600) || got["scope"] != oauth.Scope || answer.header.Get("Cache-Control") != "no-store" {
		t.Errorf("token answer: %s", answer.body)
	}
	held := answer.tokens(t)
	if !d.server.Takes(held.access) || d.server.Takes(held.refresh) {
		t.Error("Takes does not know the tokens apart")
	}
	signed, err := d.server.Authenticate(t.Context(), held.access)
	if err != nil {
		t.Fatal(err)
	}
	wantSigned := oauth.Signed{TenantID: "tenant", ObjectID: "object-ada", Account: "ada@contoso.com", Resource: d.issuer + "/mcp", Grant: signed.Grant, Expires: signed.Expires}
	if diff := cmp.Diff(wantSigned, signed); diff != "" || signed.Grant == "" {
		t.Errorf("signed in: %s", diff)
	}
	refresh, version, err := d.server.Grants().Load(t.Context(), signed.Grant)
	if err != nil || refresh.Reveal() != upstreamRefresh+"ada" || version == "" {
		t.Errorf("grant: %v %q %v", refresh, version, err)
	}
	if got := <-d.outcomes; got != "ok" {
		t.Errorf("observed %q", got)
	}
}

func TestPersonDeniesAndCancels(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.browser()
	values := asks(d.client())
	answer := d.answer(b, d.get(b, "/oauth/authorize", values), "deny")
	q := answer.location.Query()
	if answer.status != http.StatusSeeOther || q.Get("error") != "access_denied" || q.Get("state") != "client's state" || q.Get("iss") != d.issuer {
		t.Errorf("denied: %d %v", answer.status, answer.location)
	}
	cancelled := d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, values)}, "error": {"access_denied"}, "error_description": {"AADSTS65004: User declined.\r\nTrace ID: x"}})
	if q := cancelled.location.Query(); q.Get("error") != "access_denied" || q.Get("iss") != d.issuer || q.Get("state") == "" {
		t.Errorf("cancelled: %v", cancelled.location)
	}
	refused := d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, values)}, "error": {"invalid_request"}, "error_description": {"AADSTS50105: <b>not assigned</b>"}})
	if refused.status != http.StatusBadRequest || !strings.Contains(refused.body, "as Entra says: AADSTS50105") || !strings.Contains(refused.body, "Have an administrator assign the account.") || strings.Contains(refused.body, "<b>not") || !strings.Contains(refused.body, "error=access_denied") {
		t.Errorf("refused upstream: %d %s", refused.status, refused.body)
	}
	d.upstream.broken = hinted{}
	failed := d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, values)}, "code": {"ada"}})
	if !strings.Contains(failed.body, "The account is another tenant&#39;s.") || !strings.Contains(failed.body, "Sign in as somebody else.") {
		t.Errorf("failed upstream: %d %s", failed.status, failed.body)
	}
}

type hinted struct{}

func (hinted) Error() string { return "the account is another tenant's" }
func (hinted) Hint() string  { return "sign in as somebody else" }

// ForPerson has it shown.
func (hinted) ForPerson() bool { return true }

func TestRefreshTokensRotate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, first := d.signIn("ada")
	second := d.token(renews(clientID, first.refresh)).tokens(t)
	if !d.works(first.access) || !d.works(second.access) {
		t.Error("a refresh ended the access token")
	}
	again := d.token(renews(clientID, first.refresh)).tokens(t) // its answer was lost
	third := d.token(renews(clientID, again.refresh)).tokens(t)
	if !d.works(third.access) {
		t.Error("the repeated refresh brought no good token")
	}
	d.now.Add(3601)
	if d.works(third.access) {
		t.Error("an access token outlived its hour")
	}
	fourth := d.token(renews(clientID, third.refresh)).tokens(t)
	if !d.works(fourth.access) {
		t.Error("the refresh after an hour brought no good token")
	}
}

func TestHundredPeopleAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(c *oauth.ServerConfig) { c.Remote = func(*http.Request) string { return rand.Text() } })
	var all sync.WaitGroup
	for n := range 100 {
		who := fmt.Sprintf("person%d", n)
		all.Go(func() {
			_, held := d.signIn(who)
			signed, err := d.server.Authenticate(t.Context(), held.access)
			if err != nil || signed.ObjectID != "object-"+who {
				t.Errorf("%s is %q: %v", who, signed.ObjectID, err)
				return
			}
			if refresh, _, err := d.server.Grants().Load(t.Context(), signed.Grant); err != nil || refresh.Reveal() != upstreamRefresh+who {
				t.Errorf("%s has another's grant: %v", who, err)
			}
		})
	}
	all.Wait()
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp", "/.well-known/oauth-authorization-server/mcp/two", "/.well-known/openid-configuration"} {
		got := d.get(d.browser(), path, nil).json(t)
		want := map[string]any{
			"issuer": d.issuer, "authorization_endpoint": d.issuer + "/oauth/authorize", "token_endpoint": d.issuer + "/oauth/token",
			"registration_endpoint": d.issuer + "/oauth/register", "revocation_endpoint": d.issuer + "/oauth/revoke",
			"response_types_supported": []any{"code"}, "response_modes_supported": []any{"query"}, "grant_types_supported": []any{"authorization_code", "refresh_token"},
			"code_challenge_methods_supported": []any{"S256"}, "token_endpoint_auth_methods_supported": []any{"none"}, "revocation_endpoint_auth_methods_supported": []any{"none"},
			"scopes_supported": []any{"mcp"}, "client_id_metadata_document_supported": true, "authorization_response_iss_parameter_supported": true, "request_uri_parameter_supported": false,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	for _, path := range []string{"/.well-known/oauth-authorization-server/other", "/mcp", "/oauth/"} {
		d.get(d.browser(), path, nil).refused(t, http.StatusNotFound, "not_found")
	}
	closed := newDesk(t, func(c *oauth.ServerConfig) { c.Registration = false })
	if got := closed.get(closed.browser(), "/.well-known/oauth-authorization-server", nil).json(t)["registration_endpoint"]; got != nil {
		t.Errorf("names a registration that there is not: %v", got)
	}
	closed.register(`{}`).refused(t, http.StatusNotFound, "not_found")
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*oauth.ServerConfig){
		"issuer without TLS":    func(c *oauth.ServerConfig) { c.Issuer = "http://mcp.example.com" },
		"issuer with a slash":   func(c *oauth.ServerConfig) { c.Issuer = "https://mcp.example.com/" },
		"issuer with a query":   func(c *oauth.ServerConfig) { c.Issuer = "https://mcp.example.com?x=1" },
		"no resource":           func(c *oauth.ServerConfig) { c.Resources = nil },
		"no app":                func(c *oauth.ServerConfig) { c.App = "" },
		"all from one place":    func(c *oauth.ServerConfig) { c.Remote = nil },
		"script as redirect":    func(c *oauth.ServerConfig) { c.Redirects = []string{"javascript:alert(1)"} },
		"any host as redirect":  func(c *oauth.ServerConfig) { c.Redirects = []string{"https://*"} },
		"open host as redirect": func(c *oauth.ServerConfig) { c.Redirects = []string{"https://example.com*"} },
		"plain http redirect":   func(c *oauth.ServerConfig) { c.Redirects = []string{"http://example.com/callback"} },
	} {
		c := oauth.ServerConfig{Issuer: "https://mcp.example.com", Resources: []string{"https://mcp.example.com/mcp"}, App: "tenant/app", Upstream: &entra{}, Store: state.NewMemory(), Sealer: newSealer(t), Remote: func(*http.Request) string { return "" }}
		if _, err := oauth.NewServer(c); err != nil {
			t.Fatal(err)
		}
		change(&c)
		if _, err := oauth.NewServer(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
