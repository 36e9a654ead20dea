package entra

import (
	"context"
	"errors"
	"time"
)

// For how long a failure answers in place of a request.
const (
	memoryOfConfig    = 30 * time.Second // somebody must change something first
	memoryOfTransient = 2 * time.Second  // where the authority names no time itself, or something else answers in its place
	memoryOfSecret    = 5 * time.Second  // the keyring may be unlocked any moment
	memoryOfSignIn    = time.Second      // somebody may be signing in, in another process
	memoryWhileHeld   = 30 * time.Second // nobody waits: the held token still serves

	longestMemory = 10 * time.Minute // whatever Retry-After says
)

// failure is a remembered *Error. A nil failure remembers nothing.
type failure struct {
	err    *Error
	claims string // the challenge that it answered
	until  time.Time
}

// newFailure returns what to remember of err, nil for nothing. While held is good,
// nobody waits for another.
func newFailure(err error, claims string, now time.Time, held *token) *failure {
	var e *Error
	// Someone's leaving says nothing about the next attempt.
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return nil
	}
	d := memoryOfConfig
	switch {
	case e.next > 0: // it is remembered elsewhere, for all
		d = e.next
	case e.class == unread:
		d = memoryOfSecret
	case e.class == unsigned:
		d = memoryOfSignIn
	case e.class == transient && e.RetryAfter > 0:
		d = min(e.RetryAfter, longestMemory)
	case e.class == transient, e.class == permanent && e.Code+e.OAuth == "": // Entra has refused nothing
		d = memoryOfTransient
	}
	if held.valid(Request{}, now) {
		d = max(d, min(memoryWhileHeld, held.expires.Sub(now)))
	}
	return &failure{err: e, claims: claims, until: now.Add(d)}
}

// at returns the error that a request with claims gets at now, or nil where an
// attempt is due. What failed for one challenge need not fail without it.
func (f *failure) at(now time.Time, claims string) error {
	if f == nil || f.claims != "" && f.claims != claims {
		return nil
	}
	left := f.until.Sub(now)
	if left <= 0 || left > longestMemory { // past, or the clock was set back
		return nil
	}
	again := *f.err
	again.next = left
	return &again
}
