package entra

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// loopback receives the answer of one sign-in in the browser (RFC 8252, section 7.3). Any page in any browser of
// this machine, and any of its users, can send requests here: what does not bring this sign-in's state changes
// nothing.
type loopback struct {
	user     *User
	signIn   *SignIn
	server   http.Server
	port     int
	redirect string // http://localhost:PORT, without a path, as it is registered

	state, nonce, verifier string

	ticket string // in the address that is handed to a browser of this machine
	cookie string // of the browser that has used it

	mu        sync.Mutex    // guards the next two
	opened    bool          // the ticket was used
	answered  bool          // a callback with the right state came; there is no second one
	delivered chan struct{} // closed when the page that answers it has left
}

const (
	callbackHeader = 64 << 10 // a code has some 2 KB
	callbackForm   = 64 << 10
	pageTime       = 10 * time.Second // for the last page to reach the browser
	lingering      = 30 * time.Second // of the listener after the end, for pages that are loaded again
)

// startBrowser listens, and makes the URL that the person opens.
func (u *User) startBrowser(ctx context.Context, s *SignIn) *Error {
	l := &loopback{user: u, signIn: s, state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text(), ticket: rand.Text(), cookie: rand.Text(), delivered: make(chan struct{})}
	listeners, err := ListenLoopback()
	if err != nil {
		return u.config.newError("no port of this machine can be listened on: "+tidy(err.Error()), "sign in with a code: {login} --device-code")
	}
	l.port = listeners[0].Addr().(*net.TCPAddr).Port
	l.redirect = "http://localhost:" + strconv.Itoa(l.port)
	address, failed := l.authorizeURL(ctx)
	if failed != nil {
		closeAll(listeners)
		return failed
	}
	s.URL, s.Page = address, l.redirect+startPath+l.ticket
	if !l.serve(listeners) {
		closeAll(listeners)
		return u.config.closedError()
	}
	return nil
}

// authorizeURL makes the URL of Entra's sign-in page. MSAL's has neither state nor nonce nor PKCE, and no
// offline_access, without which there is no refresh token.
func (l *loopback) authorizeURL(ctx context.Context) (string, *Error) {
	u := l.user
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	x := &exchange{client: u.client}
	msal, failed := u.msal(x, u.config.TenantID, nil)
	if failed != nil {
		return "", failed
	}
	scopes, further, claims := u.consentScopes()
	l.signIn.asks = further
	options := []public.AuthCodeURLOption{public.WithClaims(claims)}
	if u.person.Account != "" {
		options = append(options, public.WithLoginHint(u.person.Account))
	} else {
		options = append(options, public.WithPrompt(2)) // select_account: the browser may be signed in as somebody else
	}
	raw, err := msal.AuthCodeURL(ctx, u.config.ClientID, l.redirect, scopes, options...)
	if err != nil {
		return "", x.explainPerson(u.now(), err)
	}
	address, failed := u.parsePage(raw)
	if failed != nil {
		return "", failed
	}
	query := address.Query()
	challenge := sha256.Sum256([]byte(l.verifier))
	for name, value := range map[string]string{
		"state": l.state, "nonce": l.nonce, "response_mode": "query",
		"code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method": "S256",
	} {
		query.Set(name, value)
	}
	address.RawQuery = query.Encode()
	return address.String(), nil
}

// serve answers until the sign-in has ended and its page is delivered, and for a moment longer. It reports false where
// the identity is closed.
func (l *loopback) serve(listeners []net.Listener) bool {
	l.server = http.Server{
		Handler: l, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: callbackHeader, ErrorLog: log.New(io.Discard, "", 0),
	}
	return l.user.spawn(func() {
		var serving sync.WaitGroup
		for _, listener := range listeners {
			serving.Go(func() { _ = l.server.Serve(listener) })
		}
		<-l.signIn.done
		if !l.first() { // somebody waits for a page
			wait(l.delivered, pageTime)
		}
		wait(l.user.closing, lingering)
		// Not Shutdown: it would wait for the connections that browsers open in advance and never use.
		_ = l.server.Close()
		serving.Wait()
	})
}

// wait returns when c is closed, or after d.
func wait(c <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	}
}

// startPath is where a browser of this machine begins, before the ticket.
const startPath = "/start/"

// ServeHTTP answers the browser.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !l.isOurs(r.Host):
	case strings.HasPrefix(r.URL.Path, startPath) && r.Method == http.MethodGet:
		l.start(w, r)
		return
	case r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodPost):
		l.callback(w, r)
		return
	}
	http.Error(w, "there is nothing here", http.StatusNotFound)
}

// start sends the browser on to Entra. The ticket is good for one browser: it stands in a command line, which others
// on this machine may read. Where another comes, one of the two is not the person's.
func (l *loopback) start(w http.ResponseWriter, r *http.Request) {
	if !same(strings.TrimPrefix(r.URL.Path, startPath), l.ticket) {
		http.Error(w, "there is nothing here", http.StatusNotFound)
		return
	}
	const name = "sign-in"
	given, err := r.Cookie(name)
	l.mu.Lock()
	allowed := !l.opened || err == nil && same(given.Value, l.cookie)
	l.opened = true
	l.mu.Unlock()
	if !allowed {
		l.signIn.giveUp(l.user.unsigned("two browsers opened the sign-in to profile " + l.user.config.Profile + ", and one of them is not the person's"))
		writePage(w, http.StatusConflict, page{
			title: "Opened twice", lead: "Another browser or program has opened this sign-in, so it was ended.",
			next: linked("If that was you, start anew. If it was not, somebody on this machine is watching."),
		})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: l.cookie, Path: r.URL.Path, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(signInTime / time.Second)})
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, l.signIn.URL, http.StatusSeeOther)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// callback takes the authority's answer.
func (l *loopback) callback(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, callbackForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the request cannot be read", http.StatusBadRequest)
		return
	}
	if !same(r.Form.Get("state"), l.state) {
		writePage(w, http.StatusBadRequest, page{
			title: "Not this sign-in", lead: "This page was opened by something other than the sign-in that is waiting.",
			next: linked("If you are signing in, go on in the window in which you began. If you are not, close this page."),
		})
		return
	}
	if !l.first() {
		writePage(w, http.StatusConflict, page{
			title: "This sign-in is over", lead: "It was answered before, was cancelled or took too long; an answer counts once.",
			next: linked("Close this page. To sign in again, start anew."),
		})
		return
	}
	defer close(l.delivered)
	l.signIn.end(l.settle(r.Context(), r.Form))
	writePage(w, http.StatusOK, l.user.outcome(l.signIn.outcome())) // which may be of before
}

// isOurs reports whether a request is addressed to this listener: a name of somebody's domain that leads here (DNS
// rebinding) is not.
func (l *loopback) isOurs(host string) bool {
	name, port, err := net.SplitHostPort(host)
	return err == nil && port == strconv.Itoa(l.port) && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, strings.ToLower(name))
}

// first reports whether no callback came before.
func (l *loopback) first() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.answered
	l.answered = true
	return first
}

// settle makes a sign-in of the authority's answer.
func (l *loopback) settle(ctx context.Context, form url.Values) (person, *Error) {
	u := l.user
	ctx = context.WithoutCancel(ctx) // the person may close the window at once
	if form.Get("error") != "" {
		return person{}, u.denied(form)
	}
	code := secret.NewText(form.Get("code"))
	if code.IsZero() {
		return person{}, u.unsigned("the authority's answer holds neither a code nor an error")
	}
	x := &exchange{client: u.client, hidden: []secret.Text{code, secret.NewText(l.verifier)}}
	msal, failed := u.msal(x, u.config.TenantID, nil)
	if failed != nil {
		return person{}, failed
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	// Once: a code is good for one try, whatever becomes of the answer.
	_, err := msal.AcquireTokenByAuthCode(ctx, code.Reveal(), l.redirect, u.scopes(u.config.Audiences[0]), public.WithChallenge(l.verifier))
	g, ok := x.granted()
	if !ok {
		return person{}, x.explainPerson(u.now(), err)
	}
	return u.admit(ctx, l.signIn, g, l.nonce)
}
