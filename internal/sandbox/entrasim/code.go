package entrasim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"
)

const (
	codeLifetime = 10 * time.Minute
	codeLength   = 900 // about as many characters as Entra's
)

// codeTicket is what an authorization code stands for.
type codeTicket struct {
	ID                      string
	App, Tenant, Redirect   string
	Scope, Nonce, Challenge string
	Claims                  requestedClaims
	SignIn                  signIn
	Until                   time.Time
}

// newCode makes an authorization code for somebody who has signed in and consented.
func (e *Entra) newCode(q *signInRequest, s signIn) string {
	return e.secrets.add(e.sealer.sealText("code", codeTicket{
		ID: newGUID(), App: q.app.ID, Tenant: q.authority, Redirect: q.redirect, Scope: q.scope, Nonce: q.nonce, Challenge: q.challenge,
		Claims: q.claims, SignIn: s, Until: e.now().Add(codeLifetime),
	}, codeLength))
}

// grantCode redeems an authorization code (RFC 6749, section 4.1.3, and RFC 7636, section 4.6).
func (e *Entra) grantCode(q tokenRequest) (tokenAnswer, *refusal) {
	app, why := e.client(q)
	if why != nil {
		return tokenAnswer{}, why
	}
	for _, name := range []string{"code", "redirect_uri"} {
		if q.form.Get(name) == "" {
			return tokenAnswer{}, lacking(name)
		}
	}
	var t codeTicket
	if !e.sealer.openText("code", q.form.Get("code"), &t) {
		return tokenAnswer{}, refuse(invalidGrant, 9002313, "The authorization code is malformed or was issued elsewhere.")
	}
	if why := e.checkCode(q, app, t); why != nil {
		return tokenAnswer{}, why
	}
	if !e.seen.first(e, "code "+t.ID, t.Until) {
		return tokenAnswer{}, refuse(invalidGrant, 54005, "The authorization code was already redeemed. Get a new one, or use the refresh token.")
	}
	return e.answerPerson(q, personGrant{app: app, signIn: t.SignIn, nonce: t.Nonce, scope: t.Scope, claims: q.claims.or(t.Claims)})
}

func (e *Entra) checkCode(q tokenRequest, app App, t codeTicket) *refusal {
	authority, why := e.authority(q.tenant)
	switch redirect := q.form.Get("redirect_uri"); {
	case why != nil:
		return why
	case t.App != app.ID:
		return refuse(invalidGrant, 70000, "The authorization code was issued to another application.").because(clientMismatch)
	case t.Tenant != authority:
		return refuse(invalidGrant, 700005, "The authorization code is to be used at another tenant's endpoint, that of '%s'.", t.Tenant)
	case redirect != t.Redirect:
		return refuse(invalidClient, 500112, "The reply address '%s' is not the reply address '%s' with which the authorization code was requested.", redirect, t.Redirect)
	case !verifies(t.Challenge, q.form.Get("code_verifier")):
		return refuse(invalidGrant, 501481, "The code verifier does not match the code challenge with which the authorization code was requested.")
	case !e.now().Before(t.Until):
		return refuse(invalidGrant, 70008, "The authorization code has expired. Send the person to sign in again.")
	}
	return nil
}

// verifies checks a verifier by its challenge. Without a challenge there must be no verifier: somebody has taken
// it out on the way otherwise.
func verifies(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 128 &&
		subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// replays remembers what is good once, until it would have expired anyway.
type replays map[string]time.Time

// first reports whether something is used for the first time.
func (r replays) first(e *Entra, key string, until time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, used := r[key]; used {
		return false
	}
	if len(r) > 0 && len(r)%1000 == 0 {
		for old, end := range r {
			if e.now().After(end.Add(allowedSkew)) {
				delete(r, old)
			}
		}
	}
	r[key] = until
	return true
}
