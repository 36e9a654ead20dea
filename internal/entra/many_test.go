package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// ours is an embedded tenant with an app of ours that acts for people there.
type ours struct {
	t      *testing.T
	tenant *sandbox.Tenant
	config Config
	cred   Credential
}

func newOurs(t *testing.T) *ours {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{URIs: []string{"https://mcp.merisand.example/mcp"}, Redirects: []string{testRedirect}})
	tenant.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	return &ours{t: t, tenant: tenant, cred: ClientSecret(&source{text: secret.NewText(tenant.Secret(sandbox.APIClientID))}), config: Config{
		Profile: "contoso", Authority: tenant.LoginURL(), TenantID: tenant.TenantID(), ClientID: sandbox.APIClientID, Scopes: []string{"User.Read", "Mail.Read"},
		Audiences: []string{tenant.GraphURL()}, HTTP: sandboxtest.Client(t, tenant),
	}}
}

// me asks Graph whose token it is, and returns the challenge where it wants another one.
func (o *ours) me(token string) (upn, challenge string) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.tenant.GraphURL()+"/v1.0/me", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := o.config.HTTP.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, after, ok := strings.Cut(resp.Header.Get("WWW-Authenticate"), `claims="`); ok {
		encoded, _, _ := strings.Cut(after, `"`)
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			o.t.Fatal(err)
		}
		return "", string(raw)
	}
	var said struct {
		UPN string `json:"userPrincipalName"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
		o.t.Fatal(err)
	}
	return said.UPN, ""
}

// wantMe asks an identity for a token, and Graph whose it is; a challenge is answered once.
func (o *ours) wantMe(p asker, upn string) {
	o.t.Helper()
	token, err := p.Token(o.t.Context(), Request{Audience: o.tenant.GraphURL()})
	if err != nil {
		o.t.Fatal(err)
	}
	got, challenge := o.me(token)
	if challenge != "" {
		if token, err = p.Token(o.t.Context(), Request{Audience: o.tenant.GraphURL(), Claims: challenge, Rejected: token}); err != nil {
			o.t.Fatal(err)
		}
		got, challenge = o.me(token)
	}
	if got != upn || challenge != "" {
		o.t.Errorf("got the token of %q, want that of %s", got, upn)
	}
}

func TestOnBehalfOfPeopleOfATenant(t *testing.T) {
	t.Parallel()
	o := newOurs(t)
	people, err := NewOnBehalfOf(o.config, o.cred)
	if err != nil {
		t.Fatal(err)
	}
	come := func(upn string, pairs ...string) *Behalf {
		token := secret.NewText(sandboxtest.APIToken(t, o.tenant, upn, pairs...))
		said := readClaims(token)
		return people.Person(said.TenantID, said.ObjectID, token)
	}
	for _, upn := range []string{sandbox.MemberUPN, sandbox.AdminUPN} {
		p := come(upn)
		o.wantMe(p, upn)
		o.tenant.ChallengeTokens()
		o.wantMe(p, upn)
		if _, account := p.Who(); account != upn {
			t.Errorf("the account is %q, want %s", account, upn)
		}
	}
	o.tenant.RequireMFA(sandbox.MemberUPN)
	o.tenant.ChallengeTokens()
	p := come(sandbox.MemberUPN)
	held, err := p.Token(t.Context(), Request{Audience: o.tenant.GraphURL()})
	if err != nil {
		t.Fatal(err) // what is held is used on, until Graph refuses it
	}
	_, challenge := o.me(held)
	_, err = p.Token(t.Context(), Request{Audience: o.tenant.GraphURL(), Claims: challenge, Rejected: held})
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.SignInNeeded() || e.claims == "" {
		t.Fatalf("got %v, want the claims that a sign-in has to bring", err)
	}
	o.wantMe(come(sandbox.MemberUPN, "claims", e.claims), sandbox.MemberUPN)
}

// grantOf lets somebody sign in by way of w.
func (o *ours) grantOf(w *Web, upn string) WebGrant {
	o.t.Helper()
	const verifier = "a-verifier-of-a-test-that-is-long-enough-to-be-one"
	sum := sha256.Sum256([]byte(verifier))
	page, err := w.AuthorizeURL(o.t.Context(), WebSignIn{RedirectURI: testRedirect, State: "the-state", Nonce: "the-nonce",
		Challenge: base64.RawURLEncoding.EncodeToString(sum[:])})
	if err != nil {
		o.t.Fatal(err)
	}
	end := sandboxtest.SignIn(o.t, o.tenant, page, upn)
	if end.Form.Get("state") != "the-state" {
		o.t.Fatalf("the sign-in ended with %v %s", end.Form, end.Page)
	}
	g, err := w.Redeem(o.t.Context(), WebCode{Code: secret.NewText(end.Form.Get("code")), RedirectURI: testRedirect, Verifier: secret.NewText(verifier), Nonce: "the-nonce"})
	if err != nil {
		o.t.Fatal(err)
	}
	return g
}

// personOf is who has granted g, which is kept by that name.
func personOf(grant string, g WebGrant) WebPerson {
	return WebPerson{Grant: grant, TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account}
}

func TestPeopleOfATenantSignIn(t *testing.T) {
	t.Parallel()
	o, m := newOurs(t), newMemory()
	now := &clock{now: time.Now()}
	o.config.Now = now.Now
	w, err := NewWeb(o.config, o.cred)
	if err != nil {
		t.Fatal(err)
	}
	visitors := map[string]*Visitor{}
	for _, upn := range []string{sandbox.MemberUPN, sandbox.AdminUPN} {
		g := o.grantOf(w, upn)
		m.put(upn, g.Refresh.Reveal())
		visitors[upn] = w.Person(personOf(upn, g), m)
		if g.Account != upn {
			t.Errorf("%s signed in, want %s", g.Account, upn)
		}
	}
	for upn, v := range visitors {
		o.wantMe(v, upn)
	}
	o.tenant.ChallengeTokens()
	for upn, v := range visitors {
		before := m.get(upn)
		if o.wantMe(v, upn); m.get(upn) == before {
			t.Errorf("%s: the renewed refresh token was not saved", upn)
		}
	}
	o.tenant.RevokeSessions(sandbox.MemberUPN)
	now.advance(2 * time.Hour)
	_, err = visitors[sandbox.MemberUPN].Token(t.Context(), Request{Audience: o.tenant.GraphURL()})
	if e, ok := errors.AsType[*Error](err); !ok || !e.Gone() || e.Code != "AADSTS50173" {
		t.Errorf("got %v, want that the grant has ended", err)
	}
	o.tenant.RequireMFA(sandbox.AdminUPN)
	_, err = visitors[sandbox.AdminUPN].Token(t.Context(), Request{Audience: o.tenant.GraphURL()})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Gone() || e.claims == "" {
		t.Fatalf("got %v, want the claims that a sign-in has to bring", err)
	}
	g := o.grantOf(w, sandbox.AdminUPN)
	m.put("another", g.Refresh.Reveal())
	o.wantMe(w.Person(personOf("another", g), m), sandbox.AdminUPN)
}
