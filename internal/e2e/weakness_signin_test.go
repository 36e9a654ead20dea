package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// step is one request of a visitor's browser or program.
func (v *visitor) step(by *http.Client, address string, form url.Values) func(context.Context) (seen, error) {
	return func(ctx context.Context) (seen, error) { return v.send(ctx, by, address, form) }
}

// callback brings an answer of Entra's to the server, by the visitor's browser.
func (v *visitor) callback(at *url.URL) func(context.Context) (seen, error) {
	return v.step(v.browser, at.String(), nil)
}

// token asks for tokens, by the visitor's program.
func (v *visitor) token(form url.Values) func(context.Context) (seen, error) {
	return v.step(v.program, v.origin+"/oauth/token", form)
}

// with returns values of which one is another.
func with(values url.Values, name, value string) url.Values {
	others := url.Values{}
	for key, all := range values {
		others[key] = all
	}
	if others.Set(name, value); value == "" {
		others.Del(name)
	}
	return others
}

// checkInVain makes steps of an attack that end with a status, without a way to go on and without anything to gain.
func (c *court) checkInVain(t *testing.T, what string, status int, steps ...func(context.Context) (seen, error)) {
	t.Helper()
	for i, step := range steps {
		got, err := step(within(t))
		if err != nil || got.status != status || got.to != nil || strings.Contains(got.body, "access_token") {
			t.Errorf("%s, step %d: %v %v, want %d and no way on", what, i, got, err, status)
		}
	}
}

// must does what is no attack.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// arrived is somebody whose program is known, and who has signed in at Entra, but has not come back to us yet.
func (c *court) arrived(t *testing.T, i int) (*visitor, *url.URL) {
	t.Helper()
	v := c.visitor(i)
	if err := v.register(within(t)); err != nil {
		t.Fatal(err)
	}
	return v, must[*url.URL](t)(v.upToCallback(within(t)))
}

// Mallory begins a sign-in and has Ada finish it (or the other way round): what comes back from Entra counts in the
// browser that has agreed, once.
func TestMalloryPassesOnACallback(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	mallory, hers := c.arrived(t, 1)
	c.checkInVain(t, "in Ada's browser, which was here before", http.StatusBadRequest, ada.callback(hers))
	c.checkInVain(t, "in a browser that was never here", http.StatusBadRequest, c.visitor(2).callback(hers))
	other := *hers
	other.RawQuery = with(hers.Query(), "state", rand.Text()).Encode()
	c.checkInVain(t, "with a state of her own", http.StatusBadRequest, mallory.callback(&other))
	other.RawQuery = with(hers.Query(), "state", "").Encode()
	c.checkInVain(t, "without any", http.StatusBadRequest, mallory.callback(&other))
	got := must[seen](t)(mallory.callback(hers)(within(t)))
	if got.to == nil || got.to.Query().Get("code") == "" {
		t.Fatalf("the sign-in that was attacked does not end well: %v", got)
	}
	c.checkInVain(t, "a second time", http.StatusBadRequest, mallory.callback(hers))

	// She takes the code of Entra's for her own sign-in, which is bound to another verifier and nonce.
	_, stolen := c.arrived(t, 2)
	mallory, hers = c.arrived(t, 1)
	hers.RawQuery = with(hers.Query(), "code", stolen.Query().Get("code")).Encode()
	got = must[seen](t)(mallory.callback(hers)(within(t)))
	if got.status != http.StatusBadRequest || got.to != nil {
		t.Errorf("with the code of somebody else: %v", got)
	}
}

// Mallory has seen a code on its way to Ada's program.
func TestMalloryHasACode(t *testing.T) {
	t.Parallel()
	c, _ := heldCourt(t)
	ctx := within(t)
	mallory := c.visitor(1)
	if err := mallory.signIn(ctx); err != nil {
		t.Fatal(err)
	}
	// Every attempt spends the code that it shows, so that each has one of its own.
	for what, change := range map[string]func(url.Values) url.Values{
		"without the verifier":     func(f url.Values) url.Values { return with(f, "code_verifier", "") },
		"with another verifier":    func(f url.Values) url.Values { return with(f, "code_verifier", rand.Text()+rand.Text()) },
		"as her own program":       func(f url.Values) url.Values { return with(f, "client_id", mallory.clientID) },
		"for another redirect URI": func(f url.Values) url.Values { return with(f, "redirect_uri", "http://127.0.0.1:6666/callback") },
		"for another resource":     func(f url.Values) url.Values { return with(f, "resource", "https://graph.microsoft.com") },
		"for another endpoint":     func(f url.Values) url.Values { return with(f, "resource", c.origin+"/mcp/"+peopleProfile) },
		"for the app's profile":    func(f url.Values) url.Values { return with(f, "resource", c.origin+"/mcp/"+appProfile) },
		"as a refresh token": func(f url.Values) url.Values {
			return with(with(f, "grant_type", "refresh_token"), "refresh_token", f.Get("code"))
		},
		"as an app":                      func(f url.Values) url.Values { return with(f, "grant_type", "client_credentials") },
		"with a secret that there's not": func(f url.Values) url.Values { return with(f, "client_secret", "x") },
	} {
		v := c.visitor(2)
		v.clientID = mallory.clientID
		if what == "as her own program" {
			v.clientID = ""
			if err := v.register(ctx); err != nil {
				t.Fatal(err)
			}
		}
		form := v.exchange(must[string](t)(v.upToCode(ctx)))
		if got := must[seen](t)(v.token(change(form))(ctx)); got.status < 400 || got.status > 401 || strings.Contains(got.body, "access_token") {
			t.Errorf("%s: %v", what, got)
		}
	}
	// Used twice, the code ends what it has brought: nobody can tell which of the two was Ada.
	v := c.visitor(3)
	if err := v.register(ctx); err != nil {
		t.Fatal(err)
	}
	form := v.exchange(must[string](t)(v.upToCode(ctx)))
	if err := v.redeem(ctx, form); err != nil {
		t.Fatal(err)
	}
	m := v.member(crowdWeb(t))
	m.mcp.key = v.access
	if err := m.me(ctx); err != nil {
		t.Error(err)
	}
	c.checkInVain(t, "a code twice", http.StatusBadRequest, v.token(form))
	if err := m.me(ctx); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("what a code has brought that was used twice works on: %v", err)
	}
	c.checkInVain(t, "its refresh token", http.StatusBadRequest, v.token(v.renewal()))
}

// Mallory has copied a refresh token. When both have used it, it is of no more use to either.
func TestMalloryHasARefreshToken(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	ctx := within(t)
	copied, mallory := ada.renewal(), c.visitor(1)
	if err := mallory.register(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 { // past the one that may come twice, because an answer can get lost
		if err := ada.redeem(ctx, ada.renewal()); err != nil {
			t.Fatal(err)
		}
	}
	c.checkInVain(t, "an old refresh token", http.StatusBadRequest, mallory.token(copied), ada.token(ada.renewal()))
	c.checkRefused(t, knock{"the access token of that grant", "POST", "/mcp", c.bearer(ada.access), 401})

	if err := ada.signIn(ctx); err != nil {
		t.Fatal(err)
	}
	c.checkInVain(t, "shown as another program", http.StatusBadRequest, mallory.token(with(ada.renewal(), "client_id", mallory.clientID)), ada.token(ada.renewal()))
}

// Mallory makes links that lead from us to her, and programs that would send codes there.
func TestMalloryWantsToBeRedirectedTo(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	ctx := within(t)
	for _, uri := range []string{"https://evil.example/callback", "http://evil.example/callback", "http://127.0.0.1.evil.example/callback", "http://127.0.0.1@evil.example/callback", "javascript:alert(1)",
		"data:text/html,x", "//evil.example", c.origin + "/../x", "http://127.0.0.1/callback#x", "http://localhost/callback?code=x", "file:///etc/passwd", "http://127.0.0.1\\@evil.example/"} {
		mallory := c.visitor(1)
		if mallory.redirect = uri; mallory.register(ctx) == nil {
			t.Errorf("row 11: a program may register %s", uri)
		}
		asked := ada.ask()
		asked.Set("redirect_uri", uri)
		c.checkInVain(t, "row 11: Ada's program and "+uri, http.StatusBadRequest, ada.step(ada.browser, c.origin+"/oauth/authorize?"+asked.Encode(), nil))
		asked.Set("response_type", "token")
		c.checkInVain(t, "row 11: with a mistake, "+uri, http.StatusBadRequest, ada.step(ada.browser, c.origin+"/oauth/authorize?"+asked.Encode(), nil))
	}
	for _, query := range []string{"error=access_denied&state=x&redirect_uri=https://evil.example", "code=x&state=x&redirect_uri=https://evil.example", "error=x&error_uri=https://evil.example"} {
		c.checkInVain(t, "row 11: a callback of her own", http.StatusBadRequest, ada.step(ada.browser, c.origin+"/oauth/callback?"+query, nil))
	}
	for name, value := range map[string]string{"resource": "https://graph.microsoft.com", "code_challenge_method": "plain", "code_challenge": "", "request_uri": "https://evil.example", "response_mode": "fragment", "prompt": "none"} {
		got := must[seen](t)(ada.send(ctx, ada.browser, c.origin+"/oauth/authorize?"+with(ada.ask(), name, value).Encode(), nil))
		if got.to == nil || got.to.Host != "127.0.0.1" || got.to.Query().Get("error") == "" || got.to.Query().Get("code") != "" || got.to.Query().Get("iss") != c.origin {
			t.Errorf("%s %q: %v", name, value, got)
		}
	}
}

// Mallory answers the question for Ada: with a form of her own, or one that was shown to herself.
func TestMalloryAgreesForAda(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	ctx := within(t)
	mallory := c.visitor(1)
	if err := mallory.register(ctx); err != nil {
		t.Fatal(err)
	}
	hers := must[string](t)(mallory.consentTicket(ctx, mallory.ask()))
	for what, ticket := range map[string]string{"hers": hers, "none": "", "made up": rand.Text(), "a client's ID": strings.TrimPrefix(ada.clientID, "msc_"), "a token": strings.TrimPrefix(ada.access, "msat_")} {
		c.checkInVain(t, what, http.StatusForbidden, ada.step(ada.browser, c.origin+"/oauth/consent", url.Values{"ticket": {ticket}, "answer": {"approve"}}))
	}
	got := must[seen](t)(mallory.send(ctx, mallory.browser, c.origin+"/oauth/consent", url.Values{"ticket": {hers}, "answer": {"approve"}}, "Sec-Fetch-Site", "cross-site"))
	if got.status != http.StatusForbidden {
		t.Errorf("from a page of another site: %v", got)
	}
}

// Row 9: who registers a client gets nothing that opens anything, whatever they ask for; and row 11: what they say is not
// written down.
func TestMalloryRegisters(t *testing.T) {
	t.Parallel()
	c, _ := heldCourt(t)
	const marker = "marker7782"
	c.secrets.add(marker + marker)
	for _, method := range []string{"none", "client_secret_basic", "client_secret_post", "private_key_jwt"} {
		body := `{"redirect_uris":["http://127.0.0.1/` + marker + marker + `"],"token_endpoint_auth_method":"` + method + `","client_secret":"mine","client_id":"` + sandbox.APIClientID + `","scope":"` + marker + marker + ` .default"}`
		res, text := ask(t, http.MethodPost, c.origin+"/oauth/register", body, http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {c.place()}})
		c.secrets.hear(text)
		if res.StatusCode == http.StatusCreated && !strings.Contains(text, `"token_endpoint_auth_method":"none"`) || strings.Contains(text, "client_secret") || strings.Contains(text, "mine") || strings.Contains(text, sandbox.APIClientID) || strings.Contains(text, ".default") {
			t.Errorf("%s: %s %s", method, res.Status, text)
		}
	}
}

// Whom Entra does not let in, we do not: the people of other tenants, and those whose accounts are closed. What a page
// says of it is text, whoever has made the link.
func TestWhomEntraDoesNotLetIn(t *testing.T) {
	t.Parallel()
	c, _ := heldCourt(t)
	ctx := within(t)
	for _, upn := range []string{sandbox.StrangerUPN, sandbox.PersonalUPN, c.tenant.UPN(sandbox.DisabledUPN), c.tenant.UPN(sandbox.BlockedUPN)} {
		v := c.visitor(1)
		if v.upn = upn; v.signIn(ctx) == nil || v.access != "" {
			t.Errorf("%s is let in", upn)
		}
	}
	v := c.visitor(1)
	if err := v.register(ctx); err != nil {
		t.Fatal(err)
	}
	at := must[*url.URL](t)(v.agree(ctx, must[string](t)(v.consentTicket(ctx, v.ask()))))
	answer := url.Values{"state": {at.Query().Get("state")}, "error": {"server_error"}, "error_description": {"<script>alert(1)</script>AADSTS50020\"'><a href=https://evil.example>"}}
	got := must[seen](t)(v.send(ctx, v.browser, c.origin+"/oauth/callback?"+answer.Encode(), nil))
	if got.status != http.StatusBadRequest || strings.Contains(got.body, "<script") || strings.Contains(got.body, "<a href=https://evil") || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("a link of Mallory's: %v %s", got.header, got.body)
	}
}

// Row 12 and session fixation: a session is its opener's, whoever knows its ID and with whatever token they come.
func TestMallorySharesASession(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	ctx, web := within(t), crowdWeb(t)
	mallory := c.visitor(1)
	if err := mallory.signIn(ctx); err != nil {
		t.Fatal(err)
	}
	entra := sandboxtest.APIToken(t, c.tenant, crewUPN(c.tenant, 2))
	agent := sandboxtest.AgentToken(t, c.tenant, sandbox.APIRole)
	c.secrets.add(entra, agent)
	victim := ada.member(web)
	victim.mcp.key = ada.access
	if err := victim.greet(ctx, legacy); err != nil {
		t.Fatal(err)
	}
	c.secrets.add(victim.mcp.session)
	for who, token := range map[string]string{"somebody who has signed in through us": mallory.access, "somebody with a token of Entra's": entra, "an app": agent, "a key": c.key} {
		thief := *victim.mcp
		thief.key = token
		if _, came, err := thief.call(ctx, whoAmI(), nil); came != gone {
			t.Errorf("%s in Ada's session: %d %v", who, came, err)
		}
		if res, text := ask(t, http.MethodDelete, victim.mcp.url, "", c.bearer(token, "Mcp-Session-Id", victim.mcp.session, "Mcp-Protocol-Version", legacyRevision)); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s ends Ada's session: %s %s", who, res.Status, text)
		}
	}
	if err := victim.me(ctx); err != nil {
		t.Errorf("Ada's session is not hers any more: %v", err)
	}
	// A session that nobody has opened is not opened by naming it.
	victim.mcp.session = "mcp-session-" + rand.Text()
	if err := victim.me(ctx); err == nil || errors.Is(err, errSignInAgain) {
		t.Errorf("a session of Mallory's making: %v", err)
	}
}
