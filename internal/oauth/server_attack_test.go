package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// Mallory makes links to our authorization endpoint that shall lead elsewhere.
func TestOpenRedirect(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID := d.client()
	for _, uri := range []string{
		"", "https://evil.example/callback", "//evil.example", "http://127.0.0.1:4711/other", "http://127.0.0.1:4711/callback/", "http://127.0.0.1:4711/callback?x=1", "http://127.0.0.1:4711/Callback",
		"https://127.0.0.1:4711/callback", "http://127.0.0.1.evil.example/callback", "http://localhost:4711/callback", "http://127.0.0.1:4711@evil.example/callback", "http://evil@127.0.0.1:4711/callback",
		"http://127.0.0.1:4711/callback#x", "http://127.0.0.1:4711/callback#", "http://127.0.0.1:4711\\@evil.example/callback", "http://127.0.0.1:4711/x/../callback", "http://127.0.0.1:4711/x/%2e%2e/callback",
		"http://127.0.0.1:4711/callback\r\nSet-Cookie: x=1", "javascript:alert(1)", "data:text/html,x", "http://[::1]:4711/callback", "http://2130706433:4711/callback", "HTTP://127.0.0.1:4711/callback ",
	} {
		values := asks(clientID)
		values.Set("redirect_uri", uri)
		values.Set("response_type", "token") // an error, which would be sent on
		if p := d.get(d.browser(), "/oauth/authorize", values); p.status != http.StatusBadRequest || p.location != nil || strings.Contains(p.body, "evil.example") {
			t.Errorf("%q: %d %v", uri, p.status, p.location)
		}
		values.Set("response_type", "code")
		if p := d.get(d.browser(), "/oauth/authorize", values); p.status != http.StatusBadRequest {
			t.Errorf("%q: %d, asks for consent", uri, p.status)
		}
	}
	values := asks(clientID)
	values.Set("redirect_uri", "http://127.0.0.1:9/callback") // another port is a program's own choice
	if p := d.get(d.browser(), "/oauth/authorize", values); p.status != http.StatusOK {
		t.Errorf("another port on loopback: %d %s", p.status, p.body)
	}
}

// Mallory leaves PKCE out, or asks for a kind that hides nothing, or for tokens in the address bar.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID := d.client()
	for name, row := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"no PKCE":            {func(v url.Values) { v.Del("code_challenge"); v.Del("code_challenge_method") }, "invalid_request"},
		"plain PKCE":         {func(v url.Values) { v.Set("code_challenge_method", "plain") }, "invalid_request"},
		"PKCE by default":    {func(v url.Values) { v.Del("code_challenge_method") }, "invalid_request"},
		"short challenge":    {func(v url.Values) { v.Set("code_challenge", "x") }, "invalid_request"},
		"implicit":           {func(v url.Values) { v.Set("response_type", "token") }, "unsupported_response_type"},
		"hybrid":             {func(v url.Values) { v.Set("response_type", "code id_token") }, "unsupported_response_type"},
		"fragment":           {func(v url.Values) { v.Set("response_mode", "fragment") }, "invalid_request"},
		"form post":          {func(v url.Values) { v.Set("response_mode", "form_post") }, "invalid_request"},
		"other resource":     {func(v url.Values) { v.Set("resource", "https://other.example/mcp") }, "invalid_target"},
		"resource by prefix": {func(v url.Values) { v.Set("resource", d.issuer+"/mcp/three") }, "invalid_target"},
		"without a screen":   {func(v url.Values) { v.Set("prompt", "none") }, "login_required"},
		"request object":     {func(v url.Values) { v.Set("request", "e30.e30.") }, "request_not_supported"},
		"request by URL":     {func(v url.Values) { v.Set("request_uri", "https://evil.example/r") }, "request_not_supported"},
		"long hint":          {func(v url.Values) { v.Set("login_hint", strings.Repeat("x", 257)) }, "invalid_request"},
	} {
		values := asks(clientID)
		row.change(values)
		p := d.get(d.browser(), "/oauth/authorize", values)
		if p.status != http.StatusSeeOther || p.location.Host != "127.0.0.1:4711" {
			t.Errorf("%s: %d %s", name, p.status, p.body)
			continue
		}
		if q := p.location.Query(); q.Get("error") != row.want || q.Get("state") != "client's state" || q.Get("iss") != d.issuer {
			t.Errorf("%s: %v", name, q)
		}
	}
	values := asks(clientID)
	values.Set("resource", d.issuer+"/mcp/two/")
	if p := d.get(d.browser(), "/oauth/authorize", values); p.status != http.StatusOK {
		t.Errorf("a slash behind the resource: %d", p.status)
	}
}

// Mallory says a thing twice, so that two readers might each believe another one.
func TestDuplicateParameters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID := d.client()
	for _, name := range []string{"client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "response_type", "resource", "never_heard_of"} {
		values := asks(clientID)
		values[name] = []string{values.Get(name), values.Get(name)}
		if p := d.get(d.browser(), "/oauth/authorize", values); p.status != http.StatusBadRequest || p.location != nil {
			t.Errorf("%s twice: %d", name, p.status)
		}
	}
	values := redeems(clientID, d.code(d.browser(), asks(clientID), "ada"))
	values["client_id"] = []string{clientID, clientID}
	d.token(values).refused(t, http.StatusBadRequest, "invalid_request")
}

// Mallory begins a sign-in and has somebody else finish it, so that she holds a token of theirs.
func TestCallbackInAnotherBrowser(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mallory, victim := d.browser(), d.browser()
	d.get(victim, "/oauth/authorize", asks(d.client())) // the victim's browser is known here, too
	signInState := d.begin(mallory, asks(d.client()))
	for name, b := range map[string]*http.Client{"victim": victim, "nobody": d.browser()} {
		p := d.get(b, "/oauth/callback", url.Values{"state": {signInState}, "code": {"victim"}})
		if p.status != http.StatusBadRequest || p.location != nil {
			t.Errorf("%s: %d %v", name, p.status, p.location)
		}
	}
	if d.upstream.redeems != 0 {
		t.Error("the victim's code was redeemed")
	}
	// Who merely knows the state cannot end the sign-in either.
	if p := d.get(mallory, "/oauth/callback", url.Values{"state": {signInState}, "code": {"mallory"}}); p.status != http.StatusSeeOther {
		t.Errorf("the browser that began: %d %s", p.status, p.body)
	}
}

// Mallory sends a callback again, or too late, or with a state of her own.
func TestReplayedState(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.browser()
	values := url.Values{"state": {d.begin(b, asks(d.client()))}, "code": {"ada"}}
	if p := d.get(b, "/oauth/callback", values); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.body)
	}
	if p := d.get(b, "/oauth/callback", values); p.status != http.StatusBadRequest || p.location != nil {
		t.Errorf("at once again: %d", p.status)
	}
	late := url.Values{"state": {d.begin(b, asks(d.client()))}, "code": {"ada"}}
	d.now.Add(601)
	for name, v := range map[string]url.Values{
		"again": values, "late": late, "forged": {"state": {"AAAAAAAAAAAAAAAAAAAAAAAAAA"}, "code": {"ada"}}, "none": {"code": {"ada"}},
		"words of Mallory": {"state": {"AAAAAAAAAAAAAAAAAAAAAAAAAA"}, "error": {"x"}, "error_description": {"call 555 0100"}},
	} {
		if p := d.get(b, "/oauth/callback", v); p.status != http.StatusBadRequest || p.location != nil || strings.Contains(p.body, "555") {
			t.Errorf("%s: %d %v", name, p.status, p.location)
		}
	}
	if d.upstream.redeems != 1 {
		t.Errorf("%d codes were redeemed", d.upstream.redeems)
	}
}

// Mallory's page sends the consent form in the victim's name.
func TestForgedConsent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mallory, victim := d.browser(), d.browser()
	values := asks(d.client())
	hers := ticketField.FindStringSubmatch(d.get(mallory, "/oauth/authorize", values).body)[1]
	consent := d.get(victim, "/oauth/authorize", values)
	if p := d.post(victim, "/oauth/consent", url.Values{"ticket": {hers}, "answer": {"approve"}}); p.status != http.StatusForbidden {
		t.Errorf("Mallory's form in the victim's browser: %d", p.status)
	}
	if p := d.answer(d.browser(), consent, "approve"); p.status != http.StatusForbidden {
		t.Errorf("a browser without a cookie: %d", p.status)
	}
	for header, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		form := url.Values{"ticket": {ticketField.FindStringSubmatch(consent.body)[1]}, "answer": {"approve"}}
		r, err := http.NewRequest(http.MethodPost, d.issuer+"/oauth/consent", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, value)
		if p := d.do(victim, r); p.status != http.StatusForbidden {
			t.Errorf("%s %s: %d", header, value, p.status)
		}
	}
	d.now.Add(601)
	if p := d.answer(victim, consent, "approve"); p.status != http.StatusBadRequest || p.location != nil {
		t.Errorf("an old form: %d", p.status)
	}
}

// Mallory frames the consent screen, or puts markup into a name.
func TestConsentScreen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	registered := d.register(`{"client_name":"<script>alert(1)</script>\u202e\u0007` + strings.Repeat("N", 10_000) + `","redirect_uris":["` + loopback + `"]}`)
	if registered.status != http.StatusCreated {
		t.Fatalf("%d %s", registered.status, registered.body)
	}
	p := d.get(d.browser(), "/oauth/authorize", asks(registered.json(t)["client_id"].(string)))
	if strings.Contains(p.body, "<script") || strings.Contains(p.body, "\u202e") || strings.Contains(p.body, strings.Repeat("N", 100)) || !strings.Contains(p.body, "&lt;script&gt;") {
		t.Errorf("the name is not shown as text: %s", p.body)
	}
	policy := p.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' https: http:;"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	if strings.Contains(policy, "script-src") || p.header.Get("X-Frame-Options") != "DENY" || p.header.Get("Cache-Control") != "no-store" || p.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", p.header)
	}
	cookie := p.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-mcp-sign-in=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("no %s in %s", want, cookie)
		}
	}
}

// Mallory uses what belongs to one endpoint at another, or in the URL, where it would be logged.
func TestConfusedMethods(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, held := d.signIn("ada")
	for path, method := range map[string]string{"/oauth/authorize": "POST", "/oauth/callback": "POST", "/oauth/consent": "GET", "/oauth/token": "GET", "/oauth/register": "GET", "/oauth/revoke": "GET", "/.well-known/oauth-authorization-server": "POST"} {
		r, err := http.NewRequest(method, d.issuer+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p := d.do(d.browser(), r); p.status != http.StatusMethodNotAllowed || p.header.Get("Allow") == "" {
			t.Errorf("%s %s: %d", method, path, p.status)
		}
	}
	d.post(d.browser(), "/oauth/token?"+renews(clientID, held.refresh).Encode(), nil).refused(t, http.StatusBadRequest, "invalid_request")
	d.post(d.browser(), "/oauth/token?client_id=x", renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_request")
	secretly := renews(clientID, held.refresh)
	secretly.Set("client_secret", "x")
	d.token(secretly).refused(t, http.StatusUnauthorized, "invalid_client")
	d.token(renews("", held.refresh)).refused(t, http.StatusUnauthorized, "invalid_client")
	for _, kind := range []string{"", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"} {
		values := renews(clientID, held.refresh)
		values.Set("grant_type", kind)
		d.token(values).refused(t, http.StatusBadRequest, "unsupported_grant_type")
	}
	r, err := http.NewRequest(http.MethodPost, d.issuer+"/oauth/token", strings.NewReader(`{"grant_type":"refresh_token"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	d.do(d.browser(), r).refused(t, http.StatusBadRequest, "invalid_request")
	long := renews(clientID, strings.Repeat("x", 70_000))
	d.token(long).refused(t, http.StatusBadRequest, "invalid_request")
	if d.works(held.refresh) || !d.works(held.access) {
		t.Error("a refresh token is taken for an access token, or nothing is")
	}
	d.token(renews(clientID, held.access)).refused(t, http.StatusBadRequest, "invalid_grant")
}

// Nobody is answered wrongly while the store is out of reach.
func TestStoreOutOfReach(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.browser()
	clientID, held := d.signIn("ada")
	consent := d.get(b, "/oauth/authorize", asks(clientID))
	callback := url.Values{"state": {d.begin(b, asks(clientID))}, "code": {"ada"}}
	code := redeems(clientID, d.code(b, asks(clientID), "ada"))
	d.store.gone.Store(true)
	for name, p := range map[string]page{
		"authorize": d.get(b, "/oauth/authorize", asks(clientID)), "consent": d.answer(b, consent, "approve"), "callback": d.get(b, "/oauth/callback", callback),
		"code": d.token(code), "refresh": d.token(renews(clientID, held.refresh)), "revoke": d.post(b, "/oauth/revoke", url.Values{"token": {held.access}}), "register": d.register(`{"redirect_uris":["` + loopback + `"]}`),
	} {
		if p.status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" || strings.Contains(p.body, "connection refused") {
			t.Errorf("%s: %d %s", name, p.status, p.body)
		}
		if strings.HasPrefix(p.header.Get("Content-Type"), "application/json") && p.json(t)["error"] != "temporarily_unavailable" {
			t.Errorf("%s: %s", name, p.body)
		}
	}
	if _, err := d.server.Authenticate(t.Context(), held.access); err == nil || strings.Contains(err.Error(), held.access) {
		t.Errorf("authenticate: %v", err)
	} else if _, refused := err.(*oauth.Refused); refused {
		t.Error("a good token was refused because the store is out of reach")
	}
	d.store.gone.Store(false)
	if !d.works(held.access) || d.get(b, "/oauth/callback", callback).status != http.StatusSeeOther || d.token(code).status != http.StatusOK {
		t.Error("what was begun before the outage cannot be finished after it")
	}
}

// What the store, the log and every answer hold, read by Mallory (reference: peers that handed out the upstream's
// secrets, and logged bodies).
func TestNothingSecretLeaves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID := d.client()
	var bodies strings.Builder
	keep := func(p page) page { bodies.WriteString(p.body + "\n" + p.header.Get("Location") + "\n"); return p }
	keep(d.register(`{"client_name":"x","redirect_uris":["` + loopback + `"],"token_endpoint_auth_method":"client_secret_basic"}`))
	b := d.browser()
	p := keep(d.answer(b, keep(d.get(b, "/oauth/authorize", asks(clientID))), "approve"))
	signInState := p.location.Query().Get("state")
	p = keep(d.get(b, "/oauth/callback", url.Values{"state": {signInState}, "code": {"ada"}}))
	code := p.location.Query().Get("code")
	held := keep(d.token(redeems(clientID, code))).tokens(t)
	next := keep(d.token(renews(clientID, held.refresh))).tokens(t)
	keep(d.token(redeems(clientID, code)))
	keep(d.post(b, "/oauth/revoke", url.Values{"token": {next.access}}))
	if strings.Contains(bodies.String(), upstreamRefresh) || strings.Contains(bodies.String(), "client_secret") {
		t.Error("an answer holds a secret of the upstream, or one for a client")
	}
	secrets := []string{upstreamRefresh, signInState, code, held.access, held.refresh, next.access, next.refresh, verifier, "ada@contoso.com"}
	for _, s := range secrets {
		if strings.Contains(d.log.String(), s) {
			t.Errorf("the log holds %.12s…", s)
		}
	}
	d.store.seen.Range(func(entry, _ any) bool {
		for _, s := range secrets {
			if strings.Contains(entry.(string), s) {
				t.Errorf("the store holds %.12s… in the clear", s)
			}
		}
		return true
	})
}

func TestTooManyAttempts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	last := page{}
	for i := range 250 {
		last = d.register(`{"redirect_uris":["` + loopback + `"]}`)
		if i == 100 && last.status != http.StatusCreated {
			t.Errorf("an office of a hundred people: %d", last.status)
		}
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("the 250th registration of one address: %d", last.status)
	}
}
