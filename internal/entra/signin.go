package entra

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

const (
	signInTime    = 10 * time.Minute // for a person to sign in
	lookForOthers = 3 * time.Second  // between looks whether they have signed in by another process
)

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

	// Page leads to URL, once, and is what to hand to a browser of this machine: a program's arguments can be read by
	// everybody on it, and whoever knew URL could answer in the person's place. "" with a UserCode.
	Page string

	user   *User
	before string   // the session that was there when it began
	asks   []string // the further APIs that the person is asked for, or cannot be asked for by a code
	cancel context.CancelCauseFunc
	done   chan struct{} // closed once who and err are set
	ending sync.Once

	mu      sync.Mutex // guards what follows
	claimed bool       // the person has answered, and what comes of it is being stored: it ends by that alone
	over    bool
	who     person
	err     *Error
}

// Wait returns when the attempt has ended: nil once the person has signed in, else an *Error in words of its own for
// what happened, or ctx's error where ctx ended first. The attempt goes on without those who wait.
func (s *SignIn) Wait(ctx context.Context) error {
	select {
	case <-s.done:
		if _, failed := s.outcome(); failed != nil {
			return failed
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Who returns who has signed in, once Wait has returned nil.
func (s *SignIn) Who() (tenantID, account, name string) {
	who, _ := s.outcome()
	return who.tenantID, who.account, who.name
}

// Cancel ends the attempt, unless the person has answered and what comes of it is being stored.
func (s *SignIn) Cancel() { s.cancel(errCancelled) }

var (
	errCancelled = errors.New("the sign-in was cancelled")
	errTooLate   = errors.New("nobody finished the sign-in in time")
)

func (s *SignIn) outcome() (person, *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.who, s.err
}

// claim makes the attempt one that only the caller can end. It reports false where somebody has claimed it before, or
// it is over or about to be.
func (s *SignIn) claim() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimed || s.over {
		return false
	}
	s.claimed = true
	return true
}

// giveUp ends an attempt that nobody has claimed.
func (s *SignIn) giveUp(err *Error) {
	s.mu.Lock()
	claimed := s.claimed
	s.over = s.over || !claimed
	s.mu.Unlock()
	if !claimed {
		s.end(person{}, err)
	}
}

// end sets the outcome, of which the first counts.
func (s *SignIn) end(who person, err *Error) {
	s.ending.Do(func() {
		s.mu.Lock()
		s.over, s.who, s.err = true, who, err
		s.mu.Unlock()
		u := s.user
		u.state.Lock()
		if u.current == s {
			u.current = nil
		}
		u.state.Unlock()
		u.log.Debug("sign-in ended", "ok", err == nil)
		close(s.done)
		s.cancel(nil)
	})
}

// SignIn starts a person's sign-in, or returns the one that is under way, whatever its method. ctx bounds the
// start alone. It fails with an *Error, or ctx's error; before the person is asked for anything, the vault is.
func (u *User) SignIn(ctx context.Context, method Method) (*SignIn, error) {
	select {
	case u.starting <- struct{}{}:
		defer func() { <-u.starting }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s := u.underWay(); s != nil {
		return s, nil
	}
	before, err := u.checkVault(ctx)
	if err != nil {
		return nil, err
	}
	life, cancel := context.WithCancelCause(context.Background())
	s := &SignIn{user: u, before: before, cancel: cancel, done: make(chan struct{}), Expires: u.now().Add(u.patience)}
	if !u.setCurrent(s) {
		cancel(nil)
		return nil, u.config.closedError()
	}
	var failed *Error
	if method == DeviceCode {
		failed = u.startDevice(ctx, life, s)
	} else {
		failed = u.startBrowser(ctx, s)
	}
	if failed != nil {
		s.end(person{}, failed)
		return nil, failed
	}
	if !u.spawn(func() { s.watch(life) }) {
		failed := u.config.closedError()
		s.end(person{}, failed)
		return nil, failed
	}
	return s, nil
}

// watch ends the attempt when it takes too long, when it is cancelled, and when the person has signed in by another
// process's.
func (s *SignIn) watch(life context.Context) {
	u := s.user
	timer, look := time.NewTimer(u.patience), time.NewTicker(lookForOthers)
	defer timer.Stop()
	defer look.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-timer.C:
			s.giveUp(u.ended(errTooLate))
		case <-life.Done():
			s.giveUp(u.ended(context.Cause(life)))
			<-s.done
			return
		case <-look.C:
			if rec, failed := u.load(life); failed == nil && rec.id != s.before && s.claim() {
				s.end(rec.who, nil)
			}
		}
	}
}

// underWay returns the sign-in that runs, or nil.
func (u *User) underWay() *SignIn {
	u.state.Lock()
	defer u.state.Unlock()
	return u.current
}

// setCurrent makes s the sign-in that runs, and reports false where the identity is closed.
func (u *User) setCurrent(s *SignIn) bool {
	u.state.Lock()
	defer u.state.Unlock()
	if !u.shut {
		u.current = s
	}
	return !u.shut
}

// checkVault lets nobody sign in for nothing: where the vault is locked or cannot be reached, that has to be solved
// first. It returns the session that is there.
func (u *User) checkVault(ctx context.Context) (session string, err error) {
	rec, failed := u.load(ctx)
	if u.person.Probe != nil && (failed == nil || failed.class != unread) {
		if err := u.person.Probe(ctx); err != nil {
			return "", u.config.unreadError(err)
		}
	}
	switch {
	case failed == nil:
		return rec.id, nil
	case failed.class == unread && ctx.Err() != nil:
		return "", ctx.Err()
	case failed.class == unread:
		return "", failed
	}
	return "", nil // none, or one that is of no use
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

// admit checks who signed in, and with what, and stores it. Nothing is stored that the profile does not take, and
// nothing of an attempt that has ended.
func (u *User) admit(ctx context.Context, s *SignIn, g grant, nonce string) (person, *Error) {
	who, failed := u.identify(g, nonce)
	if failed != nil {
		return person{}, failed
	}
	if failed := u.checkPerson(who); failed != nil {
		return who, failed
	}
	if failed := u.checkGrant(g, addRedirect); failed != nil {
		return who, failed
	}
	t, failed := u.accept(g.access.Reveal(), "", g.lifetime, g.refreshIn)
	if failed != nil {
		return who, failed
	}
	if !s.claim() {
		<-s.done
		return s.outcome()
	}
	rec := &record{id: rand.Text(), who: who, homeID: g.homeID, asked: u.config.Scopes, scopes: g.scopes, refresh: g.refresh,
		access: map[string]*token{u.config.Audiences[0]: t}, signedIn: u.now()}
	release, _ := u.lock(context.WithoutCancel(ctx))
	defer release()
	_, _ = u.load(context.WithoutCancel(ctx)) // what another process has deleted meanwhile is new to the vault
	if err := u.save(ctx, rec); err != nil {
		u.note(nil) // or it would seem to be signed in until the process ends
		return who, u.config.unreadError(err)
	}
	u.brought(s.asks)
	u.forget()
	return who, nil
}
