package oauth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Mallory has seen a code, and is quicker or slower than the client.
func TestReplayedCode(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID := d.client()
	values := redeems(clientID, d.code(d.browser(), asks(clientID), "ada"))
	held := d.token(values).tokens(t)
	if !d.works(held.access) {
		t.Fatal("the code brought no good token")
	}
	d.token(values).refused(t, http.StatusBadRequest, "invalid_grant")
	if d.works(held.access) {
		t.Error("what the code brought is still good")
	}
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
}

// Mallory redeems between the client's question for the code and its note that it was used.
func TestCodeRedeemedInBetween(t *testing.T) {
	t.Parallel()
	between := &interrupted{at: "spent/"}
	d := newDesk(t, func(c *oauth.ServerConfig) { between.Store, c.Store = c.Store, between })
	clientID := d.client()
	values := redeems(clientID, d.code(d.browser(), asks(clientID), "ada"))
	var hers tokens
	between.before = func() { hers = d.token(values).tokens(t) }
	d.token(values).refused(t, http.StatusBadRequest, "invalid_grant")
	if d.works(hers.access) {
		t.Error("a token of a code that was used twice is good")
	}
}

// Mallory redeems at the very moment at which the client does.
func TestCodeRedeemedByManyAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID := d.client()
	values := redeems(clientID, d.code(d.browser(), asks(clientID), "ada"))
	var all sync.WaitGroup
	answers := make([]page, 20)
	for i := range answers {
		all.Go(func() { answers[i] = d.token(values) })
	}
	all.Wait()
	for _, p := range answers {
		if p.status == http.StatusOK && d.works(p.tokens(t).access) {
			t.Error("a token of a code that was used twice is good")
		}
	}
}

// Mallory has a code that is not for her.
func TestCodeOfSomebodyElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, other := d.client(), d.client()
	for name, change := range map[string]func(url.Values){
		"other client":     func(v url.Values) { v.Set("client_id", other) },
		"other redirect":   func(v url.Values) { v.Set("redirect_uri", "http://127.0.0.1:9/callback") },
		"empty redirect":   func(v url.Values) { v.Set("redirect_uri", "") },
		"other verifier":   func(v url.Values) { v.Set("code_verifier", strings.Repeat("x", 43)) },
		"no verifier":      func(v url.Values) { v.Del("code_verifier") },
		"challenge itself": func(v url.Values) { v.Set("code_verifier", s256(verifier)) },
		"other code":       func(v url.Values) { v.Set("code", "AAAAAAAAAAAAAAAAAAAAAAAAAA") },
		"no code":          func(v url.Values) { v.Del("code") },
		"too late":         func(url.Values) { d.now.Add(61) },
		"refresh for code": func(v url.Values) { v.Set("code", "msrt_"+v.Get("code")) },
	} {
		code := d.code(d.browser(), asks(clientID), "ada")
		values := redeems(clientID, code)
		change(values)
		d.token(values).refused(t, http.StatusBadRequest, "invalid_grant")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	values := redeems(clientID, d.code(d.browser(), asks(clientID), "ada"))
	values.Set("resource", d.issuer+"/mcp/two")
	d.token(values).refused(t, http.StatusBadRequest, "invalid_target")
}

// Mallory has copied a refresh token.
func TestStolenRefreshToken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, first := d.signIn("ada")
	second := d.token(renews(clientID, first.refresh)).tokens(t)
	d.now.Add(11)
	d.token(renews(clientID, first.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	if d.works(second.access) {
		t.Error("the grant of a token that was used twice goes on")
	}
	d.token(renews(clientID, second.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")

	clientID, held := d.signIn("bob")
	d.token(renews(d.client(), held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
}

// Mallory changes a token, or brings one that another server made, or one for another resource.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	d, other := newDesk(t), newDesk(t)
	clientID, held := d.signIn("ada")
	_, foreign := other.signIn("ada")
	for name, token := range map[string]string{
		"empty": "", "prefix": "msat_", "foreign": foreign.access, "cut": held.access[:len(held.access)-1], "longer": held.access + "A", "padded": held.access + "=",
		"line": held.access + "\n", "changed": flipped(held.access), "huge": "msat_" + strings.Repeat("A", 1<<20), "registration": "msat_" + strings.TrimPrefix(clientID, "msc_"),
		"refresh": "msat_" + strings.TrimPrefix(held.refresh, "msrt_"),
	} {
		if d.works(token) {
			t.Errorf("%s: let in", name)
		}
	}
	d.token(renews(clientID, foreign.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	values := renews(clientID, held.refresh)
	values.Set("resource", d.issuer+"/mcp/two")
	d.token(values).refused(t, http.StatusBadRequest, "invalid_target")
}

// An endpoint that is not served any more takes no tokens, and neither does another server that shares the store.
func TestTokenForAnotherResource(t *testing.T) {
	t.Parallel()
	var c oauth.ServerConfig
	d := newDesk(t, func(own *oauth.ServerConfig) { c = *own })
	values := asks(d.client())
	values.Set("resource", d.issuer+"/mcp/two")
	held := d.token(redeems(values.Get("client_id"), d.code(d.browser(), values, "ada"))).tokens(t)
	signed, err := d.server.Authenticate(t.Context(), held.access)
	if err != nil || signed.Resource != d.issuer+"/mcp/two" {
		t.Errorf("resource: %q %v", signed.Resource, err)
	}
	for name, change := range map[string]func(*oauth.ServerConfig){
		"fewer endpoints": func(c *oauth.ServerConfig) { c.Resources = c.Resources[:1] },
		"another issuer":  func(c *oauth.ServerConfig) { c.Issuer = "https://other.example.com" },
	} {
		other := c
		change(&other)
		server, err := oauth.NewServer(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Authenticate(t.Context(), held.access); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

// flipped changes one character in the middle.
func flipped(token string) string {
	i := len(token) / 2
	with := byte('A')
	if token[i] == with {
		with = 'B'
	}
	return token[:i] + string(with) + token[i+1:]
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, held := d.signIn("ada")
	d.post(d.browser(), "/oauth/revoke", url.Values{"token": {held.refresh}, "client_id": {d.client()}}).refused(t, http.StatusUnauthorized, "invalid_client")
	if !d.works(held.access) {
		t.Error("another client has revoked the grant")
	}
	for _, token := range []string{held.refresh, held.refresh, "unknown"} {
		if p := d.post(d.browser(), "/oauth/revoke", url.Values{"token": {token}, "client_id": {clientID}}); p.status != http.StatusOK {
			t.Errorf("revocation: %d", p.status)
		}
	}
	if d.works(held.access) {
		t.Error("the access token outlives its grant")
	}
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")

	_, held = d.signIn("bob")
	signed, err := d.server.Authenticate(t.Context(), held.access)
	if err != nil {
		t.Fatal(err)
	}
	grants := d.server.Grants()
	if err := grants.End(t.Context(), signed.Grant); err != nil || d.works(held.access) {
		t.Errorf("ended: %v", err)
	}
	if _, _, err := grants.Load(t.Context(), signed.Grant); !isGone(err) {
		t.Errorf("load of what has ended: %v", err)
	}
	if err := grants.Save(t.Context(), signed.Grant, "version", secret.NewText("x")); !isGone(err) {
		t.Errorf("save to what has ended: %v", err)
	}
}

func isGone(err error) bool {
	g, ok := err.(interface{ Gone() bool })
	return ok && g.Gone()
}

func TestGrantsOfTwoReplicas(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, held := d.signIn("ada")
	signed, err := d.server.Authenticate(t.Context(), held.access)
	if err != nil {
		t.Fatal(err)
	}
	one, two := d.server.Grants(), d.server.Grants()
	_, version, err := one.Load(t.Context(), signed.Grant)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range []*oauth.Grants{one, two} {
		if err := g.Save(t.Context(), signed.Grant, version, secret.NewText([]string{"first", "second"}[i])); err != nil {
			t.Fatal(err)
		}
	}
	refresh, next, err := two.Load(t.Context(), signed.Grant)
	if err != nil || refresh.Reveal() != "first" || next == version {
		t.Errorf("kept %q in version %q: %v", refresh.Reveal(), next, err)
	}
}

// A revocation that comes while a replica is writing is not undone by it.
func TestGrantEndsWhileItIsRenewed(t *testing.T) {
	t.Parallel()
	between := &interrupted{at: "grant/"}
	d := newDesk(t, func(c *oauth.ServerConfig) { between.Store, c.Store = c.Store, between })
	clientID, held := d.signIn("ada")
	signed, err := d.server.Authenticate(t.Context(), held.access)
	if err != nil {
		t.Fatal(err)
	}
	between.before = func() {
		if err := d.server.Grants().End(context.Background(), signed.Grant); err != nil {
			t.Error(err)
		}
	}
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	if d.works(held.access) {
		t.Error("the grant is back")
	}
}

// interrupted has something happen before a value of some kind is written, once.
type interrupted struct {
	oauth.Store
	at     string
	before func()
}

func (i *interrupted) interrupt(key string) {
	if do := i.before; do != nil && strings.HasPrefix(key, i.at) {
		i.before = nil
		do()
	}
}

func (i *interrupted) Put(ctx context.Context, key string, value []byte, life time.Duration) error {
	i.interrupt(key)
	return i.Store.Put(ctx, key, value, life)
}

func (i *interrupted) Create(ctx context.Context, key string, value []byte, life time.Duration) (bool, error) {
	i.interrupt(key)
	return i.Store.Create(ctx, key, value, life)
}
