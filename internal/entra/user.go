package entra

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Lock serializes renewals of one sign-in across processes.
type Lock interface {
	// Acquire waits for the lock as long as ctx allows.
	Acquire(ctx context.Context) (release func(), err error)
}

// Person says who may sign in and where that rests. What it points to must stay usable as long as the User is.
type Person struct {
	Account  string       // the only account that may sign in; "" for any
	Personal bool         // a personal Microsoft account, at the tenant consumers
	Vault    secret.Vault // takes records of some 10 KB
	Key      string       // the record's, in the vault
	// Probe finds out whether the vault can be written, before a person signs in for nothing; nil: nobody asks.
	Probe func(context.Context) error
	Place string // the vault's name for people, such as "the keyring"
	Lock  Lock   // nil: there is only this process
}

// User is the identity of a person who has signed in: delegated permissions. It is safe for concurrent use, and
// several processes may share one sign-in.
type User struct {
	*keeper
	person     Person
	patience   time.Duration  // with a person who is to sign in
	lockWait   time.Duration  // for the lock across processes
	devicePace time.Duration  // between polls for a device code, where the authority does not say
	looked     atomic.Int64   // when the record was last looked at, in Unix nanoseconds
	flow       sync.WaitGroup // what runs in the background; grows only under state while not shut
	closing    chan struct{}  // closed by Close
	starting   chan struct{}  // held by whoever starts a sign-in

	state   sync.Mutex // guards what follows
	session string     // the ID of the last record seen; "" where nobody is signed in
	known   person     // whom it is of
	unsaved *record    // a renewal that the vault did not take
	wanted  wanted     // of the next sign-in
	current *SignIn    // the one under way, nil for none
	shut    bool       // closed
}

// wanted is what renewals failed for, and the next sign-in has to bring.
type wanted struct {
	claims    string
	audiences []string // those beside the main one that need consent
	asked     []string // of these, those that a sign-in has asked consent for already
}

// NewUser checks c and p and returns the identity. It makes no connection and reads no secret. Its errors are
// *Error.
func NewUser(c Config, p Person) (*User, error) {
	switch {
	case len(c.Audiences) == 0:
		return nil, c.newError("there is no API to sign in for", "")
	case p.Vault == nil || p.Key == "":
		return nil, c.newError("there is no place for the sign-in to rest", "")
	case len(c.Scopes) == 0:
		return nil, c.newError("there are no scopes to ask for", `write the delegated permissions into profile {profile}: scopes = ["User.Read"]`)
	}
	inner, err := newClient(c)
	if err != nil {
		return nil, err
	}
	inner.kind = kindUser
	u := &User{person: p, devicePace: devicePace, patience: signInTime, lockWait: lockTimeout, closing: make(chan struct{}), starting: make(chan struct{}, 1)}
	u.keeper = newKeeper(inner, u.renew)
	return u, nil
}

// Token returns an access token for r.Audience, from memory where a good one is there. It fails with an *Error, or
// with ctx's error where ctx ended first.
func (u *User) Token(ctx context.Context, r Request) (string, error) {
	u.lookAgain()
	return u.keeper.Token(ctx, r)
}

// Who returns the tenant's ID and the account of the person, as far as they are known without asking anybody; ""
// where they are not.
func (u *User) Who() (tenantID, account string) {
	u.state.Lock()
	defer u.state.Unlock()
	return u.known.tenantID, u.known.account
}

// Status returns the status of the identity towards audience. It renews the token where that is due, and fails as
// [User.Token] does. It never signs in.
func (u *User) Status(ctx context.Context, audience string) (Status, error) {
	rec, failed := u.load(ctx) // before the token, which is of another account where somebody has signed in since
	if failed != nil {
		return Status{}, failed
	}
	t, err := u.hold(ctx, Request{Audience: audience})
	if err != nil {
		return Status{}, err
	}
	s := Status{Mode: "interactive", TenantID: rec.who.tenantID, ClientID: u.config.ClientID, Account: rec.who.account,
		ExpiresAt: t.expires, SignedInAt: rec.signedIn}
	for _, scope := range rec.scopes {
		if !isOpenID(scope) {
			s.Permissions = append(s.Permissions, scopeName(scope))
		}
	}
	slices.Sort(s.Permissions)
	return s, nil
}

// SignOut forgets the sign-in, here and in the vault, and ends one that is under way. It reports whether there was
// one. Other processes notice within a minute in which they are called.
func (u *User) SignOut(ctx context.Context) (was bool, err error) {
	if s := u.underWay(); s != nil {
		s.Cancel()
		select {
		case <-s.done:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	release, locked := u.lock(ctx)
	defer release()
	err = u.person.Vault.Delete(ctx, u.person.Key)
	if err != nil && !errors.Is(err, secret.ErrNotFound) {
		return false, err
	}
	u.note(nil)
	u.forget()
	switch {
	case err != nil:
		return false, nil
	case !locked:
		return true, u.config.newError("another process of the server is busy with the sign-in of profile "+u.config.Profile+" and may store it again", "sign out once more")
	}
	return true, nil
}

// Close ends what runs in the background, a sign-in among it, and waits for it as long as ctx allows. A renewal that
// the vault did not take is offered to it once more.
func (u *User) Close(ctx context.Context) error {
	u.state.Lock()
	s := u.current
	if !u.shut {
		u.shut = true
		close(u.closing)
	}
	u.state.Unlock()
	if s != nil {
		s.Cancel()
	}
	err := u.keeper.Close(ctx)
	return errors.Join(err, finished(ctx, func() { u.saveAgain(ctx); u.flow.Wait() }, "a sign-in, or the storing of one,"))
}

// spawn runs do in the background, and reports false where the identity is closed.
func (u *User) spawn(do func()) bool {
	u.state.Lock()
	defer u.state.Unlock()
	if !u.shut {
		u.flow.Go(do)
	}
	return !u.shut
}

// unsigned returns the error that a person has to sign in.
func (c *client) unsigned(message string) *Error {
	e := c.config.newError(message, signInAgain)
	e.class = unsigned
	return e
}
