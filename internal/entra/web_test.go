package entra

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	testRedirect  = "https://mcp.contoso.example/oauth/callback"
	testChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// web is a hall with the app that people sign in to.
type web struct {
	*hall
	*Web
}

func newWeb(t *testing.T, change func(*Config)) *web {
	t.Helper()
	h := newHall(t)
	if change != nil {
		change(&h.config)
	}
	w, err := NewWeb(h.config, ClientSecret(h.source))
	if err != nil {
		t.Fatal(err)
	}
	w.sleep = (&waits{}).sleep
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &web{hall: h, Web: w}
}

func signInOf(n string) WebSignIn {
	return WebSignIn{RedirectURI: testRedirect, State: "state-" + n, Nonce: "nonce-" + n, Challenge: testChallenge}
}

// back is what somebody came back with, and whom the authority takes the code for.
func (w *web) back(id string, claims map[string]any) WebCode {
	w.authority.mu.Lock()
	defer w.authority.mu.Unlock()
	code := "code-of-" + id
	w.authority.codes[code] = map[string]any{"oid": id, "nonce": "nonce-1"}
	for name, value := range claims {
		w.authority.codes[code][name] = value
	}
	return WebCode{Code: secret.NewText(code), RedirectURI: testRedirect, Verifier: secret.NewText("the-verifier-of-" + id), Nonce: "nonce-1"}
}

func TestSignInPage(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	in := signInOf("1")
	in.LoginHint, in.Prompt = "ada@contoso.example", "select_account"
	raw, err := w.AuthorizeURL(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	query := page.Query()
	if !strings.Contains(query.Get("claims"), "CP1") {
		t.Errorf("the claims are %s", query.Get("claims"))
	}
	query.Del("claims")
	want := url.Values{
		"client_id": {testClient}, "response_type": {"code"}, "response_mode": {"query"}, "redirect_uri": {testRedirect},
		"scope": {testGraph + "/User.Read " + testGraph + "/Mail.Read openid profile offline_access"}, "state": {"state-1"}, "nonce": {"nonce-1"},
		"code_challenge": {testChallenge}, "code_challenge_method": {"S256"}, "login_hint": {in.LoginHint}, "prompt": {"select_account"},
	}
	if diff := cmp.Diff(want, query); diff != "" {
		t.Error(diff)
	}
	if got, want := page.Scheme+"://"+page.Host, w.authority.URL; got != want {
		t.Errorf("the page is at %s, want %s", got, want)
	}
}

// Anybody can begin a sign-in, as often as they like.
func TestManySignInsAskForThePageOnce(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	together(50, func(i int) {
		in := signInOf(someID(i))
		raw, err := w.AuthorizeURL(t.Context(), in)
		if err != nil || strings.Count(raw, url.QueryEscape(in.State)) != 1 || strings.Contains(raw, "login_hint") || strings.Contains(raw, "prompt") {
			t.Errorf("got %s, %v", raw, err)
		}
	})
	if w.authority.documents > 2 {
		t.Errorf("the metadata was read %d times", w.authority.documents)
	}
}

func TestSignInWithoutItsGuards(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	for name, change := range map[string]func(*WebSignIn){
		"no state": func(s *WebSignIn) { s.State = "" }, "no nonce": func(s *WebSignIn) { s.Nonce = "" },
		"no challenge": func(s *WebSignIn) { s.Challenge = "" }, "plain": func(s *WebSignIn) { s.Challenge = "short" },
		"http": func(s *WebSignIn) { s.RedirectURI = "http://mcp.contoso.example/oauth/callback" }, "no redirect": func(s *WebSignIn) { s.RedirectURI = "" },
		"user": func(s *WebSignIn) { s.RedirectURI = "https://a@b/oauth/callback" }, "fragment": func(s *WebSignIn) { s.RedirectURI += "#" },
		"prompt": func(s *WebSignIn) { s.Prompt = "none" },
		"large":  func(s *WebSignIn) { s.LoginHint = strings.Repeat("a", maxSignIn) },
	} {
		in := signInOf("1")
		change(&in)
		if raw, err := w.AuthorizeURL(t.Context(), in); err == nil {
			t.Errorf("%s: got %s", name, raw)
		}
	}
	if w.authority.documents != 0 {
		t.Error("the authority was asked")
	}
}

func TestSignInPageAtAnotherHost(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	w.authority.page = "https://evil.example/authorize"
	if raw, err := w.AuthorizeURL(t.Context(), signInOf("1")); err == nil {
		t.Errorf("got %s", raw)
	}
	w.authority.page = ""
	if _, err := w.AuthorizeURL(t.Context(), signInOf("1")); err != nil {
		t.Errorf("what led to another host is kept: %v", err)
	}
}

func TestCodeIsRedeemed(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	g, err := w.Redeem(t.Context(), w.back(someID(1), nil))
	if err != nil {
		t.Fatal(err)
	}
	if g.TenantID != testTenant || g.ObjectID != someID(1) || g.Account != "ada@contoso.example" || g.Refresh.IsZero() {
		t.Errorf("got %s %s %s", g.TenantID, g.ObjectID, g.Account)
	}
	form := w.authority.asked()[0]
	for name, want := range map[string]string{"code": "code-of-" + someID(1), "code_verifier": "the-verifier-of-" + someID(1), "redirect_uri": testRedirect,
		"client_secret": testSecret, "grant_type": "authorization_code"} {
		if form.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, form.Get(name), want)
		}
	}
	if diff := cmp.Diff([]string{"token[kind=web]ok"}, w.heard.heard()); diff != "" {
		t.Error(diff)
	}
}

// A code is good for one try.
func TestCodeIsSentOnce(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	w.authority.refuse(503, `{"error":"temporarily_unavailable"}`)
	if _, err := w.Redeem(t.Context(), w.back(someID(1), nil)); err == nil {
		t.Error("no error")
	}
	w.authority.wantRequests(1)
}

func TestWhoIsNotLetIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claims     map[string]any
		omit, want string
	}{
		"another sign-in's nonce": {claims: map[string]any{"nonce": "nonce-2"}, want: "nonce"},
		"no nonce":                {claims: map[string]any{"nonce": nil}, want: "nonce"},
		"for another app":         {claims: map[string]any{"aud": someID(9)}, want: "another app"},
		"of another tenant":       {claims: map[string]any{"tid": someID(9)}, want: "is of tenant " + someID(9)},
		"a personal account":      {claims: map[string]any{"tid": personalTenant}, want: "personal account"},
		"nobody":                  {claims: map[string]any{"oid": nil}, want: "does not name the person"},
		"no ID token":             {omit: "id_token", want: "no ID token"},
		"no refresh token":        {omit: "refresh_token", want: "no refresh token"},
		"fewer scopes":            {omit: "scope", want: "did not grant"},
		"no token":                {omit: "access_token", want: "without an access_token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t, nil)
			w.authority.omit = test.omit
			g, err := w.Redeem(t.Context(), w.back(someID(1), test.claims))
			if e := w.explained(err); !strings.Contains(e.Error(), test.want) || strings.Contains(e.Hint(), "Mobile and desktop") {
				t.Errorf("got %v (%s), want %q", e, e.Hint(), test.want)
			}
			if !g.Refresh.IsZero() {
				t.Error("something is handed out all the same")
			}
		})
	}
}

func TestCodeWithoutItsGuards(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	for name, change := range map[string]func(*WebCode){
		"no code": func(c *WebCode) { c.Code = secret.Text{} }, "no verifier": func(c *WebCode) { c.Verifier = secret.Text{} },
		"no nonce": func(c *WebCode) { c.Nonce = "" }, "no redirect": func(c *WebCode) { c.RedirectURI = "" },
	} {
		c := w.back(someID(1), nil)
		change(&c)
		if _, err := w.Redeem(t.Context(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	w.authority.wantRequests(0)
}

func TestRefusedCode(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	w.authority.refuse(400, refusalBody(50011, "invalid_client", ""))
	_, err := w.Redeem(t.Context(), w.back(someID(1), nil))
	if e := w.explained(err); !strings.Contains(e.Hint(), "platform Web, and add exactly "+testRedirect) {
		t.Errorf("got %s", e.Hint())
	}
}

// An authority of someone's own may repeat what it was sent.
func TestErrorHidesTheCode(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	c := w.back(someID(1), nil)
	w.authority.refuse(400, `{"error":"invalid_grant","error_description":"AADSTS70000: bad `+c.Code.Reveal()+` or `+c.Verifier.Reveal()+`"}`)
	_, err := w.Redeem(t.Context(), c)
	if e := w.explained(err); strings.Count(e.Message, "[secret]") != 2 {
		t.Errorf("got %q", e.Message)
	}
}

func TestReplacedSecretOfTheWebApp(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	w.source.set("the-secret-before", nil)
	if _, err := w.Redeem(t.Context(), w.back(someID(1), nil)); err == nil {
		t.Error("the secret before is still good")
	}
	w.source.set(testSecret, nil)
	w.clock.advance(memoryOfSecret)
	if _, err := w.Redeem(t.Context(), w.back(someID(1), nil)); err != nil {
		t.Error(err)
	}
}

// The person may close the window as soon as they are back.
func TestCodeIsRedeemedWithoutThePerson(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := w.Redeem(gone, w.back(someID(1), nil)); err != nil {
		t.Error(err)
	}
}

func TestClosedWebLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := w.Redeem(t.Context(), w.back(someID(1), nil)); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
}

func TestRefusalThatCameByBrowser(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	err := w.Denied(url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}, "error_description": {"AADSTS65004: User declined to consent."}})
	if e := w.explained(err); !strings.Contains(e.Hint(), "at the client") || !strings.Contains(e.Error(), "cancelled") {
		t.Errorf("got %v (%s)", e, e.Hint())
	}
	w.explained(w.Denied(url.Values{"error": {strings.Repeat("x", 1000)}, "error_description": {strings.Repeat("\x00<script>", 10000)}}))
}

func TestSignInPageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWeb(t, nil)
	for _, after := range []time.Duration{0, time.Minute, documentAge} {
		w.clock.advance(after)
		if _, err := w.AuthorizeURL(t.Context(), signInOf("1")); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.authority.documents; got != 2 {
		t.Errorf("the metadata was read %d times, want 2", got)
	}
}
