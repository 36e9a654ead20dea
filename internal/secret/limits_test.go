package secret

// These tests reach inside, for what cannot be had from outside: a keyring that
// hangs, panics or asks a person, and time-outs that pass at once.

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

// fakeRing answers as get does, and counts the calls.
type fakeRing struct {
	get   func() (string, error)
	calls atomic.Int32
}

func (f *fakeRing) Get(string, string) (string, error) { f.calls.Add(1); return f.get() }
func (f *fakeRing) Set(string, string, string) error   { _, err := f.Get("", ""); return err }
func (f *fakeRing) Delete(string, string) error        { _, err := f.Get("", ""); return err }

func fakeKeyring(r readiness, get func() (string, error)) (*OSKeyring, *fakeRing) {
	k, f := Keyring(), &fakeRing{get: get}
	k.ring = f
	k.probe = func(context.Context) readiness { return r }
	return k, f
}

// stuck is a call that hangs until the test releases it.
func stuck() (call func() (string, error), release func()) {
	c := make(chan struct{})
	return func() (string, error) { <-c; return "late", nil }, func() { close(c) }
}

func TestKeyringThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	asks := readiness{locked: true, mayPrompt: true, hint: "type the password"}
	for name, row := range map[string]struct {
		ready readiness
		limit time.Duration
		kind  error
		hint  string
	}{
		"silent":             {readiness{}, 5 * time.Second, ErrUnavailable, "restart the keyring"},
		"asking a person":    {asks, time.Minute, ErrLocked, "type the password"},
		"may ask, who knows": {readiness{mayPrompt: true, hint: "look"}, time.Minute, ErrUnavailable, "look"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				call, release := stuck()
				k, _ := fakeKeyring(row.ready, call)
				start := time.Now()
				_, err := k.Get(t.Context(), "key")
				if took := time.Since(start); took != row.limit {
					t.Errorf("gave up after %v, want %v", took, row.limit)
				}
				var e *Error
				if !errors.Is(err, row.kind) || !errors.As(err, &e) || !strings.Contains(e.Hint(), row.hint) {
					t.Errorf("got error %v, want %v with the hint %q", err, row.kind, row.hint)
				}
				release()
			})
		})
	}
}

// While one call hangs no other one starts: each would leave a goroutine behind
// and open one more dialog. When it comes back, all is well again.
func TestKeyringThatHangsIsNotCalledAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		call, release := stuck()
		k, ring := fakeKeyring(readiness{}, call)
		for range 3 {
			if _, err := k.Get(t.Context(), "key"); !errors.Is(err, ErrUnavailable) {
				t.Errorf("got error %v, want %v", err, ErrUnavailable)
			}
		}
		if got := ring.calls.Load(); got != 1 {
			t.Errorf("got %d calls, want 1", got)
		}
		release()
		synctest.Wait()
		if got, err := k.Get(t.Context(), "key"); err != nil || got.IsZero() {
			t.Errorf("after it came back: error %v", err)
		}
	})
}

// Who comes while a dialog is open waits for its answer.
func TestKeyringCallsShareOneDialog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		call, answer := stuck()
		k, _ := fakeKeyring(readiness{locked: true, mayPrompt: true}, call)
		errs := make(chan error, 3)
		for range cap(errs) {
			go func() { _, err := k.Get(t.Context(), "key"); errs <- err }()
		}
		time.Sleep(59 * time.Second) // of the bubble's clock
		answer()
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Errorf("got error %v", err)
			}
		}
	})
}

func TestKeyringObeysTheCallersContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		call, release := stuck()
		k, _ := fakeKeyring(readiness{locked: true, mayPrompt: true, hint: "type"}, call)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := k.Get(ctx, "key")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrLocked) {
			t.Errorf("got error %v, want %v and %v", err, ErrLocked, context.DeadlineExceeded)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := k.Delete(ctx, "key"); !errors.Is(err, context.Canceled) || errors.Is(err, ErrLocked) {
			t.Errorf("got error %v, want %v alone", err, context.Canceled)
		}
		release()
	})
}

func TestKeyringProbeIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, ring := fakeKeyring(readiness{}, nil)
		k.probe = func(ctx context.Context) readiness { <-ctx.Done(); return readiness{cause: errors.New("silence")} }
		start := time.Now()
		_, err := k.Get(t.Context(), "key")
		if took := time.Since(start); took != 5*time.Second || !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "silence within 5s") {
			t.Errorf("got error %v after %v, want %v after 5s", err, took, ErrUnavailable)
		}
		if ring.calls.Load() != 0 {
			t.Error("the keyring was called although the probe did not answer")
		}
	})
}

func TestKeyringIsNotCalledAgainstTheProbe(t *testing.T) {
	t.Parallel()
	for _, kind := range []error{ErrLocked, ErrUnavailable} {
		k, ring := fakeKeyring(readiness{refusal: kind, cause: errors.New("cause"), hint: "remedy"}, nil)
		err := k.Put(t.Context(), "contoso/client_secret", NewText("hunter2"))
		want := "storing contoso/client_secret in the keyring: " + kind.Error() + ": cause"
		var e *Error
		if !errors.Is(err, kind) || err.Error() != want || !errors.As(err, &e) || e.Hint() != "remedy" {
			t.Errorf("got error %q, want %q", err, want)
		}
		if ring.calls.Load() != 0 {
			t.Error("the keyring was called all the same")
		}
	}
}

// A keyring that a person has opened is probed again: what is known of a locked
// one does not explain the calls that follow. One that is open is not.
func TestKeyringSessionProbesUntilItIsOpen(t *testing.T) {
	t.Parallel()
	k, _ := fakeKeyring(readiness{}, func() (string, error) { return "", keyring.ErrNotFound })
	answers := []readiness{
		{refusal: ErrLocked, hint: "unlock it"}, {locked: true, mayPrompt: true}, {}, {refusal: ErrUnavailable, hint: "not asked"},
	}
	k.probe = func(context.Context) readiness {
		r := answers[0]
		answers = answers[1:]
		return r
	}
	session := k.session()
	for i, want := range []error{ErrLocked, ErrNotFound, ErrNotFound, ErrNotFound, ErrNotFound} {
		if _, err := session.Get(t.Context(), "key"); !errors.Is(err, want) {
			t.Errorf("call %d: got error %v, want %v", i, err, want)
		}
	}
	if len(answers) != 1 {
		t.Errorf("%d probes are left, want 1", len(answers))
	}
}

func TestKeyringExplainsFailures(t *testing.T) {
	t.Parallel()
	locked := readiness{locked: true, mayPrompt: true, hint: "type"}
	for name, row := range map[string]struct {
		ready readiness
		err   error
		kind  error
		hint  string
	}{
		"absent":              {readiness{}, keyring.ErrNotFound, ErrNotFound, "run: microsoft-mcp-server secret set 'a b'"},
		"too large":           {readiness{}, keyring.ErrSetDataTooBig, ErrTooLarge, "file"},
		"no keyring":          {readiness{}, keyring.ErrUnsupportedPlatform, ErrUnavailable, "env"},
		"dialog dismissed":    {locked, errors.New("unlocking"), ErrLocked, "type"},
		"absent, once opened": {locked, keyring.ErrNotFound, ErrNotFound, "secret set"},
		"anything else":       {readiness{}, errors.New("odd"), ErrUnavailable, "env"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, _ := fakeKeyring(row.ready, func() (string, error) { return "", row.err })
			_, err := k.Get(t.Context(), ClientSecretKey("a b"))
			var e *Error
			if !errors.Is(err, row.kind) || !errors.As(err, &e) || !strings.Contains(e.Hint(), row.hint) {
				t.Errorf("got error %v with hint %q, want %v with %q", err, e.Hint(), row.kind, row.hint)
			}
		})
	}
}

// What a person can do about a keyring depends on the secret: no profile takes a
// sign-in from a variable.
func TestKeyringHintsFitTheSecret(t *testing.T) {
	t.Parallel()
	hang := readiness{hint: "unlock it; " + elsewhere}
	for name, ask := range map[string]func(key string) error{
		"refused": func(key string) error {
			k, _ := fakeKeyring(readiness{refusal: ErrLocked, hint: "unlock it; " + elsewhere}, nil)
			_, err := k.Get(t.Context(), key)
			return err
		},
		"failing": func(key string) error {
			k, _ := fakeKeyring(readiness{}, func() (string, error) { return "", keyring.ErrUnsupportedPlatform })
			return k.Put(t.Context(), key, NewText("x"))
		},
		"silent":    func(key string) error { return gaveUp(t.Context(), keyringCall{key: key}, readiness{}, time.Second) },
		"prompting": func(key string) error { return gaveUp(t.Context(), keyringCall{key: key}, hang, time.Second) },
	} {
		for key, want := range map[string]string{
			ClientSecretKey("contoso"):            "client_secret = {",
			SignInKey("contoso", "01"):            "--vault-file PATH --vault-key-from env:NAME",
			SignInKey("contoso", "01") + "#a.0":   "--vault-file PATH --vault-key-from env:NAME",
			indexKey:                              "--vault-file PATH --vault-key-from env:NAME",
			SignInKey("contoso", "01") + "#probe": "vault = {",
			PasswordKey("contoso"):                "vault = {",
		} {
			var e *Error
			if err := ask(key); !errors.As(err, &e) || !strings.Contains(e.Hint(), want) || strings.Contains(e.Hint(), elsewhere) ||
				isSignIn(key) && strings.Contains(e.Hint(), "client_secret") {
				t.Errorf("%s, %s: got the hint %q, want it to hold %q", name, key, e.Hint(), want)
			}
		}
	}
}

func TestKeyringThatPanicsIsAnError(t *testing.T) {
	t.Parallel()
	k, _ := fakeKeyring(readiness{}, func() (string, error) { panic("hunter2") })
	for range 2 { // the slot is free again
		_, err := k.Get(t.Context(), "key")
		if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got error %v, want %v without the panic's value", err, ErrUnavailable)
		}
	}
}

func TestKeyringItemThatIsEmptyIsNotFound(t *testing.T) {
	t.Parallel()
	k, _ := fakeKeyring(readiness{}, func() (string, error) { return "", nil })
	if _, err := k.Get(t.Context(), "key"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got error %v, want %v", err, ErrNotFound)
	}
}

func TestFromCommandIsKilledAfterItsLimit(t *testing.T) {
	t.Parallel()
	source := FromCommand([]string{os.Args[0], "play", "sleep"}).(commandSource)
	if source.limit != 30*time.Second {
		t.Errorf("got a limit of %v, want 30s", source.limit)
	}
	source.limit = 10 * time.Millisecond
	_, err := source.Read(t.Context())
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no answer within 10ms") {
		t.Errorf("got error %v, want %v", err, ErrUnavailable)
	}
}
