package entra

import (
	"context"
	"errors"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// How a sign-in rests in the vault, and how the processes of a profile get along with it. Whoever renews it holds the
// lock, has read the record under it, and looks again before it writes: somebody may have signed out, or in as
// somebody else, without the lock if they had to.

const (
	// lookInterval is how often, at most, a process that serves calls looks whether somebody has signed out, or in as
	// somebody else, in another one.
	lookInterval = time.Minute

	// lockTimeout bounds the wait for other processes' renewals, a little longer than one takes at most. Without the
	// lock it goes on all the same: a process that hangs must not stop the others, and Entra takes an old refresh
	// token, too.
	lockTimeout = requestTimeout + 15*time.Second

	// saveTimeout ends the writing of a record, which nobody's leaving may interrupt: the authority may have taken the
	// old refresh token back already.
	saveTimeout = 75 * time.Second
)

// lock takes the lock across processes. It returns what gives it back, and whether it was there to be had.
func (u *User) lock(ctx context.Context) (release func(), locked bool) {
	if u.person.Lock == nil {
		return func() {}, true
	}
	ctx, cancel := context.WithTimeout(ctx, u.lockWait)
	defer cancel()
	release, err := u.person.Lock.Acquire(ctx)
	if err != nil {
		u.log.Warn("going on without the lock that other processes share", "error", err)
		return func() {}, false
	}
	return release, true
}

// load reads the record of the sign-in. Where it is not the one that the tokens in memory are of, they are dropped.
func (u *User) load(ctx context.Context) (*record, *Error) {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	text, err := u.person.Vault.Get(ctx, u.person.Key)
	if errors.Is(err, secret.ErrNotFound) {
		u.note(nil)
		failed := u.unsigned("nobody has signed in to profile " + u.config.Profile + " yet")
		failed.hint = u.config.fill("sign in: {login}")
		return nil, failed
	}
	if err != nil {
		return nil, u.config.unreadError(err)
	}
	rec, failed := u.decode(text)
	if failed != nil {
		u.note(nil)
		return nil, failed
	}
	return u.note(rec), nil
}

// note takes notice of a record, nil for none. It returns the renewal that the vault did not take, where that is the
// newer one of the same sign-in.
func (u *User) note(rec *record) *record {
	u.state.Lock()
	was, own := u.session, u.unsaved
	u.session, u.known = "", person{}
	if rec != nil {
		if own != nil && own.id == rec.id && own.generation > rec.generation {
			rec = own
		}
		u.session, u.known = rec.id, rec.who
	}
	if rec == nil || rec != own {
		u.unsaved = nil
	}
	changed := was != "" && was != u.session
	u.state.Unlock()
	if changed {
		u.log.Info("somebody has signed out, or in")
		u.forget()
	}
	return rec
}

// save writes a record. Where the vault does not take it, this process goes on with it in memory and tries again.
func (u *User) save(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	text, err := u.encode(rec)
	if err == nil {
		err = u.person.Vault.Put(ctx, u.person.Key, text)
	}
	u.state.Lock()
	defer u.state.Unlock()
	u.session, u.known, u.unsaved = rec.id, rec.who, nil
	if err != nil {
		u.unsaved = rec
	}
	return err
}

// store writes a renewed record, unless its sign-in is not the one that is there any more, or was renewed further
// meanwhile: then it returns the newer one, or the error that there is none.
func (u *User) store(ctx context.Context, renewed *record) (newer *record, failed *Error) {
	there, failed := u.load(context.WithoutCancel(ctx))
	switch {
	case failed != nil && failed.class == unsigned:
		return nil, failed
	case failed == nil && (there.id != renewed.id || there.generation > renewed.generation):
		return there, nil
	}
	if err := u.save(ctx, renewed); err != nil {
		u.log.Warn("storing the renewed sign-in: this process goes on with it in memory", "error", err)
	}
	return nil, nil
}

// saveAgain offers the vault what it did not take.
func (u *User) saveAgain(ctx context.Context) {
	u.state.Lock()
	owed := u.unsaved != nil
	u.state.Unlock()
	if !owed {
		return
	}
	release, _ := u.lock(ctx)
	defer release()
	u.state.Lock()
	rec := u.unsaved
	u.state.Unlock()
	if rec != nil {
		_, _ = u.store(ctx, rec) // it was logged
	}
}

// lookAgain looks, now and then and in the background, whether the sign-in is still the one that the tokens in memory
// are of, and whether the vault takes what it did not take.
func (u *User) lookAgain() {
	now, last := u.now().UnixNano(), u.looked.Load()
	if now >= last && now-last < int64(lookInterval) || !u.looked.CompareAndSwap(last, now) || last == 0 {
		return // the first time the record is read anyway
	}
	u.spawn(func() {
		_, _ = u.load(context.Background()) // note does what is to be done
		u.saveAgain(context.Background())
	})
}
