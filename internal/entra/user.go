package entra

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// lookInterval is how often, at most, a process that serves calls looks whether somebody has signed out, or in as
// somebody else, in another one.
const lookInterval = time.Minute

// lockTimeout bounds the wait for other processes' renewals. Without the lock it goes on all the same: a process
// that hangs must not stop the others, and Entra itself takes an old refresh token too.
const lockTimeout = 10 * time.Second

// saveTimeout ends the writing of a record, which nobody's leaving may interrupt: the authority may have taken the
// old refresh token back already.
const saveTimeout = 75 * time.Second

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
	Place    string       // the vault's name for people, such as "the keyring"
	Lock     Lock         // nil: there is only this process
}

// User is the identity of a person who has signed in: delegated permissions. It is safe for concurrent use, and
// several processes may share one sign-in.
type User struct {
	*keeper
	person     Person
	patience   time.Duration  // with a person who is to sign in
	devicePace time.Duration  // between polls for a device code, where the authority does not say
	looked     atomic.Int64   // when the record was last looked at, in Unix nanoseconds
	flow       sync.WaitGroup // what runs in the background; grows only under mu while not closed
	closing    chan struct{}  // closed by Close

	starting sync.Mutex // held while a sign-in is started
	mu       sync.Mutex // guards what follows
	known    person     // of the last record seen
	unsaved  *record    // a renewal that the vault did not take
	wanted   wanted     // of the next sign-in
	current  *SignIn    // the one under way, nil for none
	since    time.Time  // of the sign-in of the last record seen
	closed   bool
}

// wanted is what renewals failed for, and the next sign-in has to bring.
type wanted struct {
	claims    string
	audiences []string // those beside the main one that need consent
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
	u := &User{person: p, devicePace: devicePace, patience: signInTime, closing: make(chan struct{})}
	u.keeper = newKeeper(inner, u.renew)
	return u, nil
}

// Token returns an access token for r.Audience, as [keeper.Token] does.
func (u *User) Token(ctx context.Context, r Request) (string, error) {
	u.lookAgain()
	return u.keeper.Token(ctx, r)
}

// lookAgain looks, now and then and in the background, whether the sign-in is still the one that the tokens in memory
// are of.
func (u *User) lookAgain() {
	now, last := u.now().UnixNano(), u.looked.Load()
	if now >= last && now-last < int64(lookInterval) || !u.looked.CompareAndSwap(last, now) || last == 0 {
		return // the first time the record is read anyway
	}
	u.spawn(func() {
		u.mu.Lock()
		before := u.since
		u.mu.Unlock()
		rec, failed := u.load(context.Background())
		signedOut := failed != nil && failed.class == unsigned
		if !before.IsZero() && (signedOut || failed == nil && rec.signedIn.Unix() != before.Unix()) {
			u.log.Info("somebody has signed out, or in, elsewhere")
			u.forget()
		}
	})
}

// spawn runs do in the background, and reports false where the identity is closed.
func (u *User) spawn(do func()) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed {
		u.flow.Go(do)
	}
	return !u.closed
}

// Who returns the tenant's ID and the account of the person, as far as they are known without asking anybody; ""
// where they are not.
func (u *User) Who() (tenantID, account string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.known.TenantID, u.known.Account
}

// Status returns the status of the identity towards audience. It renews the token where that is due, and fails as
// [User.Token] does. It never signs in.
func (u *User) Status(ctx context.Context, audience string) (Status, error) {
	t, err := u.hold(ctx, Request{Audience: audience})
	if err != nil {
		return Status{}, err
	}
	rec, failed := u.load(ctx)
	if failed != nil {
		return Status{}, failed
	}
	s := Status{Mode: "interactive", TenantID: rec.who.TenantID, ClientID: u.config.ClientID, Account: rec.who.Account,
		ExpiresAt: t.expires, SignedInAt: rec.signedIn}
	for _, scope := range rec.scopes {
		if !isOpenID(scope) {
			s.Permissions = append(s.Permissions, scopeName(scope))
		}
	}
	slices.Sort(s.Permissions)
	return s, nil
}

// renew brings a token for n: from the record where another process has just renewed, else from the authority.
func (u *User) renew(ctx context.Context, n need) (*token, error) {
	rec, failed := u.load(ctx)
	if failed != nil {
		return nil, failed
	}
	if t := rec.token(n, u.now()); t != nil {
		return t, nil
	}
	defer u.lock(ctx)()
	if rec, failed = u.load(ctx); failed != nil { // it may have been renewed, or signed out, meanwhile
		return nil, failed
	}
	if t := rec.token(n, u.now()); t != nil {
		return t, nil
	}
	return u.redeem(ctx, rec, n)
}

// lock takes the lock across processes and returns what gives it back.
func (u *User) lock(ctx context.Context) (release func()) {
	if u.person.Lock == nil {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	release, err := u.person.Lock.Acquire(ctx)
	if err != nil {
		u.log.Warn("going on without the lock that other processes share", "error", err)
		return func() {}
	}
	return release
}

// load reads the record of the sign-in.
func (u *User) load(ctx context.Context) (*record, *Error) {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	text, err := u.person.Vault.Get(ctx, u.person.Key)
	if errors.Is(err, secret.ErrNotFound) {
		u.remember(nil)
		return nil, u.unsigned("nobody has signed in to profile " + u.config.Profile + " yet")
	}
	if err != nil {
		return nil, u.config.unreadError(err)
	}
	rec, failed := u.decode(text)
	if failed != nil {
		return nil, failed
	}
	return u.remember(rec), nil
}

// remember notes whom a record is of. It returns the renewal that the vault did not take, where that is the newer
// one.
func (u *User) remember(rec *record) *record {
	u.mu.Lock()
	defer u.mu.Unlock()
	if rec == nil { // signed out
		u.known, u.unsaved, u.since = person{}, nil, time.Time{}
		return nil
	}
	if own := u.unsaved; own != nil {
		if own.signedIn.Unix() == rec.signedIn.Unix() && own.homeID == rec.homeID && own.generation > rec.generation {
			rec = own
		} else {
			u.unsaved = nil
		}
	}
	u.known, u.since = rec.who, rec.signedIn
	return rec
}

// save writes a record. Where the vault does not take it, this process goes on with it in memory and tries again
// with the next renewal.
func (u *User) save(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	text, err := u.encode(rec)
	if err == nil {
		err = u.person.Vault.Put(ctx, u.person.Key, text)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.known, u.unsaved, u.since = rec.who, nil, rec.signedIn
	if err != nil {
		u.unsaved = rec
	}
	return err
}

// SignOut forgets the sign-in, here and in the vault, and ends one that is under way. It reports whether there was
// one. Other processes notice within a minute in which they are called.
func (u *User) SignOut(ctx context.Context) (was bool, err error) {
	if s := u.underWay(); s != nil {
		s.Cancel()
	}
	release := u.lock(ctx)
	defer release()
	err = u.person.Vault.Delete(ctx, u.person.Key)
	u.remember(nil)
	u.forget()
	if errors.Is(err, secret.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Close ends what runs in the background, a sign-in among it, and waits for it as long as ctx allows.
func (u *User) Close(ctx context.Context) error {
	u.mu.Lock()
	if !u.closed {
		u.closed = true
		close(u.closing)
	}
	u.mu.Unlock()
	if s := u.underWay(); s != nil {
		s.Cancel()
	}
	err := u.keeper.Close(ctx)
	idle := make(chan struct{})
	go func() { u.flow.Wait(); close(idle) }()
	select {
	case <-idle:
		return err
	case <-ctx.Done():
		return errors.Join(err, errors.New("a sign-in is still running"), ctx.Err())
	}
}

// unsigned returns the error that a person has to sign in.
func (u *User) unsigned(message string) *Error {
	e := u.config.newError(message, signInAgain)
	e.class = unsigned
	return e
}

// checkPerson refuses people who are not the profile's.
func (u *User) checkPerson(p person) *Error {
	tenant := strings.ToLower(u.config.TenantID)
	personal := strings.EqualFold(p.TenantID, personalTenant)
	switch {
	case u.person.Account != "" && !strings.EqualFold(p.Account, u.person.Account):
		return u.config.newError(p.Account+" signed in, and profile "+u.config.Profile+" takes "+u.person.Account+" alone",
			"sign in again and choose "+tidy(u.person.Account)+", or change account in profile {profile}")
	case personal && !u.person.Personal:
		return u.config.newError(p.Account+" is a personal account, and profile "+u.config.Profile+" is for work accounts",
			`sign in with a work account, or write account_type = "personal" into profile {profile}`)
	case !personal && u.person.Personal && u.cloud.known:
		return u.config.newError(p.Account+" is not a personal account, and profile "+u.config.Profile+" is for one",
			`sign in with a personal account, or write account_type = "work" into profile {profile}`)
	case len(tenant) == 36 && identifier(tenant) != "" && !strings.EqualFold(p.TenantID, tenant):
		return u.config.newError(p.Account+" signed in to tenant "+p.TenantID+", and profile "+u.config.Profile+" is of tenant "+tenant,
			"sign in with an account of that tenant, or correct tenant_id of profile {profile}")
	}
	return nil
}

// scopes returns what to ask for to get a token for audience. The permissions are named with their API: without it
// they would be the global cloud's.
func (u *User) scopes(audience string) []string {
	if !sameHost(audience, u.config.Audiences[0]) {
		return []string{audience + "/user_impersonation"}
	}
	var scopes []string
	for _, s := range u.config.Scopes {
		if !isOpenID(s) && !strings.Contains(s, "://") {
			s = audience + "/" + s
		}
		scopes = append(scopes, s)
	}
	return scopes
}
