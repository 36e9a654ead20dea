package entrasim

import (
	"time"
)

// RefreshRotation says what becomes of a refresh token that was used.
type RefreshRotation int

// The rotations.
const (
	KeepRefreshTokens RefreshRotation = iota // it stays good beside the new one, as at Entra
	RefreshTokensOnce                        // it is good once, as at authorities that detect theft so
)

const (
	refreshLifetime = 90 * 24 * time.Hour
	refreshLength   = 1500 // about as many characters as Entra's
)

// refreshRules are how refresh tokens are treated.
type refreshRules struct {
	rotation RefreshRotation
	lifetime time.Duration
	serial   uint64
	used     map[uint64]bool // under RefreshTokensOnce
	reused   int
}

func newRefreshRules() refreshRules {
	return refreshRules{lifetime: refreshLifetime, used: map[uint64]bool{}}
}

// refreshTicket is what a refresh token stands for. It is bound to a person and an app, and not to a resource.
type refreshTicket struct {
	Serial uint64
	App    string
	Scope  string // what was asked for last
	SignIn signIn
	Issued time.Time
}

// SetRefreshRotation sets what becomes of refresh tokens from now on.
func (e *Entra) SetRefreshRotation(mode RefreshRotation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refresh.rotation = mode
}

// RefusedRefreshes returns how often a refresh token was refused because it had been used.
func (e *Entra) RefusedRefreshes() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.refresh.reused
}

// SetRefreshLifetime sets how long refresh tokens are good, those of before, too; 0 means 90 days.
func (e *Entra) SetRefreshLifetime(d time.Duration) {
	if d <= 0 {
		d = refreshLifetime
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refresh.lifetime = d
}

func (e *Entra) newRefreshToken(t refreshTicket) string {
	e.mu.Lock()
	e.refresh.serial++
	t.Serial, t.Issued = e.refresh.serial, e.now()
	e.mu.Unlock()
	return e.secrets.add(e.sealer.sealText("refresh", t, refreshLength))
}

// grantRefresh redeems a refresh token (RFC 6749, section 6).
func (e *Entra) grantRefresh(q tokenRequest) (tokenAnswer, *refusal) {
	app, why := e.client(q)
	if why != nil {
		return tokenAnswer{}, why
	}
	text := q.form.Get("refresh_token")
	if text == "" {
		return tokenAnswer{}, lacking("refresh_token")
	}
	var t refreshTicket
	if !e.sealer.openText("refresh", text, &t) {
		return tokenAnswer{}, refuse(invalidGrant, 9002313, "The refresh token is malformed or was issued elsewhere.").because(badToken)
	}
	if t.App != app.ID {
		return tokenAnswer{}, refuse(invalidGrant, 70000, "The refresh token was issued to another application.").because(clientMismatch)
	}
	if why := e.checkRefresh(q, t); why != nil {
		return tokenAnswer{}, why
	}
	scope := q.form.Get("scope")
	if scope == "" {
		scope = t.Scope
	}
	g := personGrant{app: app, signIn: t.SignIn, scope: scope, claims: q.claims, refreshed: true}
	answer, why := e.answerPerson(q, g)
	if why == nil && !e.useRefresh(t.Serial) {
		return tokenAnswer{}, refuse(invalidGrant, 70000, "The refresh token was used already.").because(badToken)
	}
	return answer, why
}

func (e *Entra) checkRefresh(q tokenRequest, t refreshTicket) *refusal {
	authority, why := e.authority(q.tenant)
	if why != nil {
		return why
	}
	p := e.people.byObject[t.SignIn.Person]
	if (p.Standing == Personal) != (authority == consumers) {
		return refuse(invalidGrant, 70000, "The provided value for the parameter 'refresh_token' is not valid at this endpoint.").because(badToken)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.now().Before(t.Issued.Add(e.refresh.lifetime)) {
		return refuse(invalidGrant, 700082, "The refresh token has expired due to inactivity. It was issued on %s and was inactive for %s.",
			t.Issued.UTC().Format(time.RFC3339Nano), e.refresh.lifetime).because(badToken)
	}
	return nil
}

// useRefresh notes that a refresh token is used and reports whether it may be.
func (e *Entra) useRefresh(serial uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refresh.rotation != RefreshTokensOnce {
		return true
	}
	if e.refresh.used[serial] {
		e.refresh.reused++
		return false
	}
	e.refresh.used[serial] = true
	return true
}
