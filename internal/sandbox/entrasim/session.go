package entrasim

import (
	"net/http"
	"time"
)

// signIn is that somebody has signed in to an app, which refresh tokens go back to.
type signIn struct {
	Serial uint64    // numbers all sign-ins
	At     time.Time //
	Person string    // object ID

	SecondFactor bool // it had one
}

// sessions are sign-ins: which are revoked, and which a browser may go on with.
type sessions struct {
	serial   uint64
	revoked  map[string]revocation // by person
	browsers map[string]signIn     // by cookie
}

// revocation ends a person's sign-ins up to one, and the access tokens that can be challenged up to one.
type revocation struct {
	signIn, token uint64
	at            time.Time
}

func newSessions() sessions {
	return sessions{revoked: map[string]revocation{}, browsers: map[string]signIn{}}
}

// maxBrowsers bounds what is kept: a browser that is forgotten is asked again.
const maxBrowsers = 1000

// sessionCookie is what a browser is known by again.
const sessionCookie = "ESTSAUTH"

// newSignIn numbers a sign-in.
func (e *Entra) newSignIn(p *Person, secondFactor bool) signIn {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions.serial++
	return signIn{Serial: e.sessions.serial, At: e.now(), Person: p.ObjectID, SecondFactor: secondFactor}
}

// remember lets the browser go on with a sign-in.
func (e *Entra) remember(w http.ResponseWriter, s signIn) {
	key := newGUID()
	e.mu.Lock()
	if len(e.sessions.browsers) >= maxBrowsers {
		clear(e.sessions.browsers)
	}
	e.sessions.browsers[key] = s
	e.mu.Unlock()
	setCookie(w, sessionCookie, key)
}

// remembered returns who has signed in with the browser, nil for nobody.
func (e *Entra) remembered(r *http.Request) *Person {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s, ok := e.sessions.browsers[c.Value]
	if !ok || s.Serial <= e.sessions.revoked[s.Person].signIn {
		return nil
	}
	return e.people.byObject[s.Person]
}

// setCookie sets one as Entra does: for its own pages, also when another site leads to them.
func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
}

// RevokeSessions ends what a person has signed in to so far: refresh tokens get AADSTS50173, and APIs challenge the
// access tokens that they can challenge. Nothing happens where nobody has the name.
func (e *Entra) RevokeSessions(upn string) {
	p := e.people.named(upn)
	if p == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions.revoked[p.ObjectID] = revocation{signIn: e.sessions.serial, token: e.issued, at: e.now()}
}

// revocationOf returns what has ended a sign-in, if anything has.
func (e *Entra) revocationOf(s signIn) (revocation, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	rev := e.sessions.revoked[s.Person]
	return rev, s.Serial <= rev.signIn
}
