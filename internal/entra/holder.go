package entra

import (
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	reserve = 5 * time.Minute  // a token is not used for longer than until this is left
	ahead   = 10 * time.Minute // it is renewed in the background once this is left

	// Renewals that an API forces by refusing tokens: as many in this time, and
	// no more. An API that refuses every token would make us ask Entra at each
	// call otherwise, until Entra refuses too (AADSTS50196).
	maxForced   = 3
	forceWindow = 30 * time.Second
)

// token is an access token and its times by our wall clock. It is immutable. A
// nil token answers nothing.
type token struct {
	value   secret.Text
	claims  string    // the challenge it was made for
	renew   time.Time // from now on a new one is fetched ahead of time
	stop    time.Time // from now on it is used only where none can be had
	expires time.Time
}

// newToken plans the life of a token. refreshIn is the authority's wish, or 0.
func newToken(value, claims string, now time.Time, lifetime, refreshIn time.Duration) *token {
	// Without the monotonic clock, which stands still while a machine sleeps.
	now = now.Round(0)
	// Of a token that lives for minutes alone, a tenth is kept in reserve.
	kept := min(reserve, lifetime/10)
	stop := lifetime - kept
	renew := stop - min(ahead-reserve, kept)
	if refreshIn > 0 {
		renew = min(max(refreshIn, lifetime/4), stop)
	}
	return &token{
		value: secret.NewText(value), claims: claims,
		renew: now.Add(renew), stop: now.Add(stop), expires: now.Add(lifetime),
	}
}

// fresh reports whether t may be used without asking for another.
func (t *token) fresh(now time.Time) bool { return t != nil && now.Before(t.stop) }

// refused reports whether t is the token that the API refused.
func (t *token) refused(r Request) bool {
	return t != nil && r.Rejected != "" && t.value.Reveal() == r.Rejected
}

// suits reports whether t is what r asks for, whatever its age.
func (t *token) suits(r Request) bool {
	return t != nil && (r.Claims == "" || t.claims == r.Claims) && !t.refused(r)
}

// answers reports whether r needs no other token than t.
func (t *token) answers(r Request, now time.Time) bool { return t.fresh(now) && t.suits(r) }

// valid reports whether t would do for r where no better can be had.
func (t *token) valid(r Request, now time.Time) bool { return t.suits(r) && now.Before(t.expires) }

// holder keeps the token of one audience. There is one token for all claims: the
// newest, made for a challenge, serves those too who were not challenged yet.
type holder struct {
	audience string
	token    *token             // nil: none yet, or refused
	refused  secret.Text        // the last token that the API refused
	failure  *failure           // of the last flight, nil after a success
	flights  map[string]*flight // by claims

	forced int       // renewals of good tokens since forceSince
	since  time.Time // start of the forceWindow
}

// force reports whether a token that looks good may be replaced because an API
// says otherwise, and counts it.
func (h *holder) force(now time.Time) bool {
	if now.Sub(h.since) > forceWindow || now.Before(h.since) {
		h.forced, h.since = 0, now.Round(0)
	}
	h.forced++
	return h.forced <= maxForced
}
