package secret

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// serviceName is under which every secret stands in the keyring. Changing it
// orphans what people have stored.
const serviceName = "microsoft-mcp-server"

// maxAgain is how often a call is repeated whose item went while it ran.
const maxAgain = 3

const (
	quickLimit  = 5 * time.Second  // no person is involved
	promptLimit = 60 * time.Second // a person may have to type a password
)

// OSKeyring is the [Vault] of the operating system: the Secret Service on Linux
// and the BSDs, the Keychain on macOS, the Credential Manager on Windows.
type OSKeyring struct {
	ring   ring
	probe  func(context.Context) readiness
	quick  time.Duration
	prompt time.Duration
	// slot is held by the one call in flight. Calls take turns because parallel
	// ones would each open a password dialog, and go-keyring then mixes up the
	// answers. A call that hangs keeps the slot, so that callers who retry do
	// not pile up goroutines, or dialogs, behind it.
	slot chan struct{}
}

// ring is what we need of go-keyring. Its calls cannot be cancelled.
type ring interface {
	Get(service, user string) (string, error)
	Set(service, user, password string) error
	Delete(service, user string) error
}

// readiness is what can be learnt about the keyring without waiting for anybody.
type readiness struct {
	refusal   error  // ErrLocked or ErrUnavailable: do not call; nil: call
	cause     error  // of the refusal, or of a probe that got no answer; may be nil
	hint      string // of the refusal, and of a call that then waits in vain; for hintFor
	locked    bool   // the call will ask a person for the password
	mayPrompt bool   // the call may wait for a person
}

// Keyring returns the operating system's keyring under the service name
// "microsoft-mcp-server". Make one per process and share it: calls to one
// OSKeyring take turns, calls to two do not.
//
// A call takes at most 5 s, and at most 60 s where a person may be asked to
// unlock the keyring. On Linux it first looks at the session bus, without
// starting one and without prompting. What lies beyond cannot be cancelled: when
// ctx or the time-out ends a call, the keyring may still carry it out later.
func Keyring() *OSKeyring {
	return &OSKeyring{
		ring:   systemRing{},
		probe:  probe,
		quick:  quickLimit,
		prompt: promptLimit,
		slot:   make(chan struct{}, 1),
	}
}

// Get implements [Vault].
func (k *OSKeyring) Get(ctx context.Context, key string) (Text, error) {
	c := keyringCall{op: fmt.Sprintf("reading %s from the keyring", key), key: key}
	s, err := k.do(ctx, c, func() (string, error) { return k.ring.Get(serviceName, key) })
	if err != nil {
		return Text{}, err
	}
	if s == "" {
		// Put stores no empty secret, some other program did.
		return Text{}, &Error{Op: c.op, Kind: ErrNotFound, Err: errors.New("it is empty"), Next: storeHint(key)}
	}
	return NewText(s), nil
}

// Put implements [Vault].
func (k *OSKeyring) Put(ctx context.Context, key string, t Text) error {
	c := keyringCall{op: fmt.Sprintf("storing %s in the keyring", key), key: key}
	if err := checkText(c.op, key, t, MaxStored); err != nil {
		return err
	}
	_, err := k.do(ctx, c, func() (string, error) { return "", k.ring.Set(serviceName, key, t.Reveal()) })
	return err
}

// Delete implements [Vault].
func (k *OSKeyring) Delete(ctx context.Context, key string) error {
	c := keyringCall{op: fmt.Sprintf("deleting %s from the keyring", key), key: key}
	_, err := k.do(ctx, c, func() (string, error) { return "", k.ring.Delete(serviceName, key) })
	return err
}

// session returns a Vault of the same keyring for the calls of one record, one
// after the other: a probe that found it open stands for those that follow,
// which saves a connection to the bus each. A locked keyring is probed again,
// because the first call asks a person to open it.
func (k *OSKeyring) session() Vault {
	view := *k // the slot is shared
	var known bool
	var found readiness
	view.probe = func(ctx context.Context) readiness {
		if known {
			return found
		}
		found = k.probe(ctx)
		known = ctx.Err() == nil && found.refusal == nil && !found.locked
		return found
	}
	return &view
}

type keyringCall struct{ op, key string }

type answer struct {
	text string
	err  error
}

// do runs call when the keyring is ready for it, and waits for it no longer than
// ctx and the time-out allow.
func (k *OSKeyring) do(ctx context.Context, c keyringCall, call func() (string, error)) (string, error) {
	if err := checkKey(c.key); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", &Error{Op: c.op, Err: err}
	}
	bounded, cancel := context.WithTimeout(ctx, k.quick)
	defer cancel()
	r := k.probe(bounded)
	if bounded.Err() != nil {
		return "", gaveUp(ctx, c, r, k.quick)
	}
	if r.refusal != nil {
		return "", &Error{Op: c.op, Kind: r.refusal, Err: r.cause, Next: hintFor(c.key, r.hint)}
	}
	limit := k.quick
	if r.mayPrompt {
		limit = k.prompt
		bounded, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	a, ok := k.await(bounded, call)
	if !ok {
		return "", gaveUp(ctx, c, r, limit)
	}
	if a.err != nil {
		return "", explain(c, r, a.err)
	}
	return a.text, nil
}

// await takes the slot and runs call in a goroutine of its own. It reports false
// when ctx ended first; the goroutine is then left behind, because nothing can
// stop it, and gives the slot back if it ever returns.
func (k *OSKeyring) await(ctx context.Context, call func() (string, error)) (answer, bool) {
	select {
	case k.slot <- struct{}{}:
	case <-ctx.Done():
		return answer{}, false
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-k.slot }()
		a := safely(call)
		for again := 0; again < maxAgain && vanished(a.err); again++ {
			a = safely(call)
		}
		done <- a
	}()
	select {
	case a := <-done:
		return a, true
	case <-ctx.Done():
		return answer{}, false
	}
}

// safely turns a panic of call into an error. go-keyring panics when the bus
// goes away while it waits for a person, and on a service that breaks protocol.
func safely(call func() (string, error)) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's value is left out: it is not known to be free of secrets.
			a = answer{err: errors.New("the keyring broke off the call")}
		}
	}()
	text, err := call()
	return answer{text, err}
}

// gaveUp is the error of a call that was not waited for any longer.
func gaveUp(ctx context.Context, c keyringCall, r readiness, limit time.Duration) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &Error{Op: c.op, Err: context.Canceled} // our caller has left: no remedy needed
	}
	e := &Error{Op: c.op, Kind: ErrUnavailable, Err: ctx.Err(), Next: hintFor(c.key, r.hint)}
	if r.locked {
		e.Kind = ErrLocked
	}
	switch {
	case e.Err != nil:
	case r.cause != nil:
		e.Err = fmt.Errorf("%w within %s", r.cause, limit)
	default:
		e.Err = fmt.Errorf("no answer within %s", limit)
	}
	if e.Next == "" {
		e.Next = hintFor(c.key, "restart the keyring, for instance by logging out and in again, "+elsewhere)
	}
	return e
}

// explain gives a failure of go-keyring its kind and its remedy.
func explain(c keyringCall, r readiness, err error) error {
	e := &Error{Op: c.op, Err: err}
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		e.Kind, e.Err, e.Next = ErrNotFound, nil, storeHint(c.key)
	case errors.Is(err, keyring.ErrSetDataTooBig):
		e.Kind, e.Err, e.Next = ErrTooLarge, nil, tooLargeHint(c.key)
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		e.Kind, e.Next = ErrUnavailable, "this system has no keyring we know: "+elsewhere
	case r.locked:
		// The person dismissed the dialog; go-keyring has no error of its own for it.
		e.Kind, e.Next = ErrLocked, r.hint
	default:
		e.Next, e.Kind = reason(err)
	}
	e.Next = hintFor(c.key, e.Next)
	return e
}

// systemRing is go-keyring.
type systemRing struct{}

func (systemRing) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (systemRing) Set(service, user, password string) error {
	return keyring.Set(service, user, password)
}
func (systemRing) Delete(service, user string) error { return keyring.Delete(service, user) }
