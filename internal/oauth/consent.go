package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// ticket is what the consent screen's form brings back: a request that was shown to this browser, and until when the
// answer counts. It is sealed for the browser's cookie, so that no other page can make a form that is taken.
type ticket struct {
	Asked   asked     `json:"asked"`
	State   string    `json:"state"` // of the sign-in that comes of it, of which there is one
	Expires time.Time `json:"expires"`
}

// flow is a sign-in that is under way upstream. It is kept under the digest of the state that travels there.
type flow struct {
	App      string    `json:"app"`
	Asked    asked     `json:"asked"`
	Browser  string    `json:"browser"` // digest of its cookie
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Expires  time.Time `json:"expires"`
}

const (
	flowLife     = 10 * time.Minute
	consentInAll = 1200 // a minute
)

// cookieName is that of the cookie by which a browser is known again. The prefix keeps other hosts of the domain, and
// pages without TLS, from setting it.
func (s *Server) cookieName() string {
	if s.secure {
		return "__Host-mcp-sign-in"
	}
	return "mcp-sign-in"
}

// browser returns the value of the cookie by which the browser is known, "" if there is none that could be ours.
func (s *Server) browser(r *http.Request) string {
	c, err := r.Cookie(s.cookieName())
	if err != nil || len(c.Value) != len(rand.Text()) || !isUnreserved(c.Value) {
		return ""
	}
	return c.Value
}

// mark makes sure that the browser can be known again, and returns what it is known by.
func (s *Server) mark(w http.ResponseWriter, r *http.Request) string {
	value := s.browser(r)
	if value == "" {
		value = rand.Text()
	}
	// Lax, because the browser comes back from another site.
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Value: value, Path: "/", MaxAge: int(time.Hour / time.Second), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
	return value
}

// showConsent asks the person. Nothing is kept here for it.
func (s *Server) showConsent(w http.ResponseWriter, r *http.Request, c client, a asked) {
	form, err := s.records.handOut("consent", ticket{a, rand.Text(), s.config.Now().Add(flowLife)}, s.mark(w, r))
	if err != nil {
		s.showTrouble(w, r, err, 0)
		return
	}
	s.showForm(w, question{Title: a.Title, Host: c.Host, To: destination(a.Redirect), Local: isLocal(a.Redirect), Server: strings.TrimPrefix(strings.TrimPrefix(s.config.Issuer, "https://"), "http://"),
		Abilities: s.config.Abilities, Action: s.base + consentPath, Ticket: form}, a.Redirect)
}

// serveConsent takes the person's answer, and sends the browser to the sign-in where they have agreed.
func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request) {
	wait, err := s.spend(r, "consent")
	if err != nil || wait > 0 {
		s.showTrouble(w, r, err, wait)
		return
	}
	values, err := readForm(w, r)
	if err != nil {
		s.showRefusal(w, r, fail(codeInvalidRequest, err.Error()))
		return
	}
	var t ticket
	browser := s.browser(r)
	if !s.fromOurselves(r) || browser == "" || !s.records.handIn("consent", values.Get("ticket"), browser, &t) {
		s.config.Observe(r.Context(), "refused")
		s.config.Log.WarnContext(r.Context(), "consent refused: the form was not shown to this browser")
		s.show(w, http.StatusForbidden, notice{Title: "This answer does not count", Lead: "It comes from a form that was not shown to this browser, or the browser keeps no cookies.",
			Next: "Allow cookies for this server, go back to the program, and connect again."})
		return
	}
	switch {
	case s.config.Now().After(t.Expires):
		s.config.Observe(r.Context(), "refused")
		s.show(w, http.StatusBadRequest, notice{Title: "You took longer than ten minutes", Lead: "The question has run out.", Next: "Go back to the program and connect again."})
	case values.Get("answer") != "approve":
		s.config.Observe(r.Context(), "denied")
		redirect(w, s.failureURL(t.Asked, fail(codeAccessDenied, "the person did not agree")))
	default:
		// In all is bounded only what fills the store, and what nobody does without a browser and a client: such a bound lets
		// strangers keep others out.
		if wait, err := s.config.Store.Spend(r.Context(), "oauth/consent/all", consentInAll, consentInAll); err != nil || wait > 0 {
			s.showTrouble(w, r, err, wait)
			return
		}
		s.signIn(w, r, t, browser)
	}
}

// fromOurselves tells whether a form was sent by a page of this server, as far as the browser says.
func (s *Server) fromOurselves(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	issuer, err := url.Parse(s.config.Issuer)
	return err == nil && (origin == "" || strings.EqualFold(origin, issuer.Scheme+"://"+issuer.Host))
}

// signIn sends the browser to the sign-in, with a state, a nonce and a PKCE pair of our own: what the client has sent is
// between it and us. An answer that comes twice, as from two clicks, leads to the same sign-in; one that has ended is not
// begun again.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, t ticket, browser string) {
	ctx, id := r.Context(), fingerprint(t.State)
	f := flow{App: s.config.App, Asked: t.Asked, Browser: fingerprint(browser), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text(), Expires: s.config.Now().Add(flowLife)}
	known, err := s.records.create(ctx, "flow", id, f, flowLife)
	if err == nil && !known {
		known, err = s.records.get(ctx, "flow", id, &f)
	}
	var over bool
	if err == nil {
		over, err = s.records.get(ctx, "answered", id, &ended{})
	}
	if err == nil && over {
		known, err = false, s.records.drop(ctx, "flow", id)
	}
	switch {
	case err != nil:
		s.showTrouble(w, r, err, 0)
		return
	case !known:
		s.config.Observe(ctx, "refused")
		s.show(w, http.StatusBadRequest, notice{Title: "You have answered already", Lead: "An answer counts for one sign-in.", Next: "Go back to the program; if it is not connected there, connect again."})
		return
	}
	address, err := s.config.Upstream.AuthorizeURL(ctx, f.begin(s.callback(), t.State))
	if err != nil {
		if lost := s.records.drop(ctx, "flow", id); lost != nil {
			err = errors.Join(err, lost)
		}
		s.showUpstreamError(w, r, t.Asked, err)
		return
	}
	redirect(w, address)
}

// begin is what the sign-in begins with.
func (f flow) begin(callback, state string) UpstreamSignIn {
	prompt := oidc.PromptSelectAccount // the browser may be signed in as somebody else
	switch {
	case f.Asked.Again:
		prompt = oidc.PromptLogin
	case f.Asked.Hint != "":
		prompt = ""
	}
	sum := sha256.Sum256([]byte(f.Verifier))
	return UpstreamSignIn{RedirectURI: callback, State: state, Nonce: f.Nonce,
		Challenge: base64.RawURLEncoding.EncodeToString(sum[:]), LoginHint: f.Asked.Hint, Prompt: prompt}
}
