package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Web is the confidential web app by which people sign in at Entra through this server's own authorization server
// (authorization code with PKCE, RFC 6749, section 4.1, and RFC 7636), and by which the server acts for them
// afterwards. At the tenants common, organizations and consumers, whoever has such an account may sign in; the server
// then acts for each at their own tenant. It is safe for concurrent use.
type Web struct {
	served
	people *crowd[*Visitor]
	page   signInPage
}

// signInPage is the address of Entra's sign-in page, with what all sign-ins have in common.
type signInPage struct {
	asking chan struct{} // held by whoever asks for it, and guards what follows
	url    *url.URL
	from   time.Time
}

// NewWeb checks c and returns the web app of c, which proves itself by cred. It makes no connection and reads no
// secret. Its errors are *Error.
func NewWeb(c Config, cred Credential) (*Web, error) {
	if len(c.Scopes) == 0 {
		return nil, c.newError("there are no scopes to ask for", `write the delegated permissions into profile {profile}: scopes = ["User.Read"]`)
	}
	s, err := newServed(c, cred, kindWeb)
	if err != nil {
		return nil, err
	}
	return &Web{served: s, people: newCrowd((*Visitor).spent), page: signInPage{asking: make(chan struct{}, 1)}}, nil
}

// maxSignIn bounds what a sign-in begins with, in bytes; browsers and proxies take addresses of some 8,000.
const maxSignIn = 4 << 10

// WebSignIn is one sign-in that begins. All but the last two have to be set.
type WebSignIn struct {
	RedirectURI string // where the person comes back to; registered with the app, on the platform Web
	State       string // comes back with them
	Nonce       string // comes back in the ID token
	Challenge   string // of the code verifier, S256 (RFC 7636, section 4.2)
	LoginHint   string // the account, where it is known
	Prompt      string // "", login, select_account or consent
}

// AuthorizeURL returns the address of the page where the person signs in. It fails with an *Error, or ctx's error.
func (w *Web) AuthorizeURL(ctx context.Context, s WebSignIn) (string, error) {
	if failed := w.checkSignIn(s); failed != nil {
		return "", failed
	}
	page, err := w.signInPage(ctx, s.RedirectURI)
	if err != nil {
		return "", err
	}
	query := page.Query()
	for name, value := range map[string]string{
		"redirect_uri": s.RedirectURI, "state": s.State, "nonce": s.Nonce, "response_mode": "query",
		"code_challenge": s.Challenge, "code_challenge_method": "S256", "login_hint": s.LoginHint, "prompt": s.Prompt,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	page.RawQuery = query.Encode()
	return page.String(), nil
}

// checkSignIn refuses what would be a sign-in without its guards.
func (w *Web) checkSignIn(s WebSignIn) *Error {
	switch {
	case !isRedirect(s.RedirectURI):
		return w.config.newError("the redirect URI of the sign-in is not https, nor http on this machine", "set base_url to the https address of this server")
	case s.State == "" || s.Nonce == "" || len(s.Challenge) != 43: // base64url of a SHA-256
		return w.config.newError("a sign-in was to begin without state, nonce or code challenge", "report it as a fault of this program")
	case len(s.State)+len(s.Nonce)+len(s.LoginHint)+len(s.RedirectURI) > maxSignIn:
		return w.config.newError("a sign-in was to begin with more than fits into an address", "begin it anew, without a login hint or with a shorter one")
	case !slices.Contains([]string{"", "login", "select_account", "consent"}, s.Prompt):
		return w.config.newError("a sign-in was to begin with a prompt that Entra does not know", "report it as a fault of this program")
	}
	return nil
}

// isRedirect reports whether raw is an absolute URI that a code may be sent to.
func isRedirect(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || strings.Contains(raw, "#") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1"}, u.Hostname())
}

// signInPage returns the page that people sign in at. Anybody can begin a sign-in: the authority is asked for the page
// now and then, by one at a time.
func (w *Web) signInPage(ctx context.Context, redirect string) (*url.URL, error) {
	select {
	case w.page.asking <- struct{}{}:
		defer func() { <-w.page.asking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := w.now()
	if age := now.Sub(w.page.from); w.page.url == nil || age < 0 || age >= documentAge {
		page, failed := w.askForPage(ctx, redirect)
		if failed != nil {
			return nil, failed
		}
		w.page.url, w.page.from = page, now
	}
	page := *w.page.url
	return &page, nil
}

// askForPage has MSAL make the page's address. MSAL's has neither state nor nonce nor PKCE.
func (w *Web) askForPage(ctx context.Context, redirect string) (*url.URL, *Error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	msal, x, failed := w.confidential(ctx, w.cred, nil)
	if failed != nil {
		return nil, failed
	}
	raw, err := msal.AuthCodeURL(ctx, w.config.ClientID, redirect, w.asked(nil))
	if err != nil {
		return nil, x.explainPerson(w.now(), err)
	}
	page, failed := w.parsePage(raw)
	if failed != nil {
		w.documents.clear()
	}
	return page, failed
}

// WebCode is what a person came back with, and what their sign-in began with.
type WebCode struct {
	Code        secret.Text
	RedirectURI string
	Verifier    secret.Text
	Nonce       string
}

// WebGrant is what a person has granted by signing in. The refresh token is for the caller to keep.
type WebGrant struct {
	TenantID string
	ObjectID string
	Account  string // the name the person signs in with
	Refresh  secret.Text
}

// Redeem trades the code that a person came back with for what they have granted, and checks who they are. A code is
// good for one try, whatever becomes of the answer. It fails with an *Error; nothing is kept then.
func (w *Web) Redeem(ctx context.Context, c WebCode) (WebGrant, error) {
	if c.Code.IsZero() || c.Verifier.IsZero() || c.Nonce == "" || !isRedirect(c.RedirectURI) {
		return WebGrant{}, w.config.newError("a sign-in was to end without code, verifier, nonce or redirect URI", "report it as a fault of this program")
	}
	// The person may close the window at once, and the code is spent then.
	ctx, leave, ok := w.gate.enter(context.WithoutCancel(ctx))
	if !ok {
		return WebGrant{}, w.config.closedError()
	}
	defer leave()
	g, failed := w.trade(ctx, c)
	if failed != nil {
		w.noteRefusal(ctx, failed)
		return WebGrant{}, failed
	}
	granted, failed := w.admit(g, c.Nonce)
	if failed != nil {
		return WebGrant{}, failed
	}
	return granted, nil
}

// trade makes the request for what the code stands for.
func (w *Web) trade(ctx context.Context, c WebCode) (grant, *Error) {
	msal, x, failed := w.confidential(ctx, w.cred, nil)
	if failed != nil {
		return grant{}, failed
	}
	own := *x.client
	own.config.redirect = c.RedirectURI
	x.client, x.hidden = &own, append(x.hidden, c.Code, c.Verifier)
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err := msal.AcquireTokenByAuthCode(ctx, c.Code.Reveal(), c.RedirectURI, w.scopes(w.config.Audiences[0]), confidential.WithChallenge(c.Verifier.Reveal()))
	g, ok := x.granted()
	if !ok {
		return grant{}, x.explainPerson(w.now(), err)
	}
	return g, nil
}

// admit checks who signed in, and what they granted.
func (w *Web) admit(g grant, nonce string) (WebGrant, *Error) {
	who, failed := w.identify(g, nonce)
	if failed != nil {
		return WebGrant{}, failed
	}
	if failed := w.checkPlace(who); failed != nil {
		return WebGrant{}, failed.forPerson()
	}
	if who.objectID == "" {
		return WebGrant{}, w.config.newError("the authority at "+w.cloud.host+" answered with an ID token that does not name the person",
			w.config.strangeHint(permanent, w.cloud.host))
	}
	if failed := w.checkGrant(g, "add the delegated permission offline_access to the app: {permissions}"); failed != nil {
		return WebGrant{}, failed
	}
	// The token itself is not kept; one that cannot be used is known now, and not at the first call.
	if _, failed := w.accept(g.access.Reveal(), "", g.lifetime, g.refreshIn); failed != nil {
		return WebGrant{}, failed
	}
	return WebGrant{TenantID: who.tenantID, ObjectID: who.objectID, Account: who.account, Refresh: g.refresh}, nil
}
