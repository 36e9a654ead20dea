package entra

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// signInTime is how long a person has to sign in.
const signInTime = 10 * time.Minute

// Method is how a person signs in.
type Method int

// The methods.
const (
	Browser    Method = iota // in a browser on this machine (authorization code with PKCE, RFC 7636 and RFC 8252)
	DeviceCode               // in a browser anywhere, with a code to type (RFC 8628)
)

// SignIn is one attempt of a person to sign in. Whoever asks for one while it runs gets the same.
type SignIn struct {
	URL      string    // what the person opens
	UserCode string    // what they type there; "" in a browser on this machine
	Expires  time.Time // when the attempt ends by itself

	user   *User
	cancel context.CancelCauseFunc
	done   chan struct{} // closed once who and err are set
	ending sync.Once
	who    person
	err    *Error
}

// Wait returns when the attempt has ended: nil once the person has signed in, else an *Error in words of its own for
// what happened, or ctx's error where ctx ended first. The attempt goes on without those who wait.
func (s *SignIn) Wait(ctx context.Context) error {
	select {
	case <-s.done:
		if s.err != nil {
			return s.err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Who returns who has signed in, once Wait has returned nil.
func (s *SignIn) Who() (tenantID, account, name string) {
	return s.who.TenantID, s.who.Account, s.who.Name
}

// Cancel ends the attempt.
func (s *SignIn) Cancel() { s.cancel(errCancelled) }

var (
	errCancelled = errors.New("the sign-in was cancelled")
	errTooLate   = errors.New("nobody finished the sign-in in time")
)

// end sets the outcome, of which the first counts, and reports whether this was it.
func (s *SignIn) end(who person, err *Error) (first bool) {
	s.ending.Do(func() {
		first = true
		s.who, s.err = who, err
		u := s.user
		u.mu.Lock()
		if u.current == s {
			u.current = nil
		}
		u.mu.Unlock()
		level := u.log.Info
		if err != nil {
			level = u.log.Warn
		}
		level("sign-in ended", "ok", err == nil)
		close(s.done)
		s.cancel(nil)
	})
	return first
}

// SignIn starts a person's sign-in, or returns the one that is under way, whatever its method. ctx bounds the
// start alone. It fails with an *Error; before the person is asked for anything, the vault is.
func (u *User) SignIn(ctx context.Context, method Method) (*SignIn, error) {
	u.starting.Lock()
	defer u.starting.Unlock()
	if s := u.underWay(); s != nil {
		return s, nil
	}
	if err := u.checkVault(ctx); err != nil {
		return nil, err
	}
	select {
	case <-u.closing:
		return nil, u.config.newError("the identity is closed", "")
	default:
	}
	life, cancel := context.WithCancelCause(context.Background())
	s := &SignIn{user: u, cancel: cancel, done: make(chan struct{}), Expires: u.now().Add(u.patience)}
	start := u.startBrowser
	if method == DeviceCode {
		start = u.startDevice
	}
	u.setCurrent(s)
	if failed := start(ctx, life, s); failed != nil {
		s.end(person{}, failed)
		return nil, failed
	}
	u.spawn(func() {
		timer := time.NewTimer(u.patience)
		defer timer.Stop()
		select {
		case <-s.done:
		case <-timer.C:
			s.end(person{}, u.ended(errTooLate))
		case <-life.Done():
			s.end(person{}, u.ended(context.Cause(life)))
		}
	})
	return s, nil
}

// underWay returns the sign-in that runs, or nil.
func (u *User) underWay() *SignIn {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.current
}

func (u *User) setCurrent(s *SignIn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.current = s
}

// checkVault lets nobody sign in for nothing: where the vault is locked or cannot be reached, that has to be solved
// first.
func (u *User) checkVault(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	_, err := u.person.Vault.Get(ctx, u.person.Key)
	if err == nil || errors.Is(err, secret.ErrNotFound) {
		return nil
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return u.config.unreadError(err)
}

// ended puts the end of an attempt into words.
func (u *User) ended(cause error) *Error {
	e := u.unsigned("the sign-in to profile " + u.config.Profile + " ended")
	switch {
	case errors.Is(cause, errTooLate):
		e.Message = "nobody finished the sign-in to profile " + u.config.Profile + " in time"
	case errors.Is(cause, errCancelled):
		e.Message = "the sign-in to profile " + u.config.Profile + " was cancelled"
	}
	e.cause = cause
	return e
}

// admit checks who signed in, and with what, and stores it. Nothing is stored that the profile does not take.
func (u *User) admit(ctx context.Context, g grant, nonce string) (person, *Error) {
	who, failed := u.identify(g, nonce)
	if failed != nil {
		return person{}, failed
	}
	if failed := u.checkPerson(who); failed != nil {
		return who, failed
	}
	main := u.config.Audiences[0]
	if lacking := missing(u.scopes(main), g.scopes); len(lacking) > 0 {
		return who, u.config.newError("Entra did not grant "+strings.Join(lacking, ", "),
			"check scopes of profile {profile} and the API permissions of the app, {permissions}; "+grantConsent)
	}
	if g.refresh.IsZero() {
		return who, u.config.newError("Entra gave no refresh token, so the sign-in would end within the hour",
			addRedirect)
	}
	t, failed := u.accept(g.access.Reveal(), "", g.lifetime, g.refreshIn)
	if failed != nil {
		return who, failed
	}
	rec := &record{who: who, homeID: g.homeID, scopes: g.scopes, refresh: g.refresh, access: map[string]*token{main: t}, signedIn: u.now()}
	release := u.lock(ctx)
	defer release()
	if err := u.save(ctx, rec); err != nil {
		u.remember(nil) // or it would seem to be signed in until the process ends
		return who, u.config.unreadError(err)
	}
	u.mu.Lock()
	u.wanted = wanted{}
	u.mu.Unlock()
	u.forget()
	return who, nil
}

// consentScopes are those that the person is asked to consent to: the profile's, and those of further APIs that a
// call has needed.
func (u *User) consentScopes() (scopes []string, claims string) {
	u.mu.Lock()
	w := wanted{claims: u.wanted.claims, audiences: slices.Clone(u.wanted.audiences)}
	u.mu.Unlock()
	scopes = u.scopes(u.config.Audiences[0])
	for _, audience := range w.audiences {
		scopes = append(scopes, u.scopes(audience)...)
	}
	for _, always := range []string{"openid", "profile", "offline_access"} {
		if !slices.Contains(scopes, always) {
			scopes = append(scopes, always)
		}
	}
	return scopes, w.claims
}
