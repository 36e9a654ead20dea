package vaulttest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Run checks that the Vaults open returns keep the contract of secret.Vault. It
// may be run against a person's own keyring: its keys are new at every run, and
// it deletes what it stores.
func Run(t *testing.T, open func(*testing.T) secret.Vault) {
	t.Helper()
	run(t, open, secret.MaxStored, contract())
}

// RunLarge is Run for Vaults that take secrets of up to secret.MaxRecord bytes,
// as those of secret.Chunked do.
func RunLarge(t *testing.T, open func(*testing.T) secret.Vault) {
	t.Helper()
	tests := contract()
	tests["every size"] = everySize
	tests["longer and shorter"] = longerAndShorter
	run(t, open, secret.MaxRecord, tests)
}

func run(t *testing.T, open func(*testing.T) secret.Vault, limit int, tests map[string]func(*testing.T, fixture)) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test(t, fixture{vault: open(t), prefix: "test-" + rand.Text(), limit: limit})
		})
	}
}

func contract() map[string]func(*testing.T, fixture) {
	return map[string]func(*testing.T, fixture){
		"round trip":                   roundTrip,
		"overwrite":                    overwrite,
		"keys do not mix":              keysDoNotMix,
		"empty is refused":             emptyRefused,
		"too large is refused":         tooLargeRefused,
		"delete":                       deletes,
		"absent":                       absent,
		"bad key is refused":           badKeys,
		"concurrent use":               concurrentUse,
		"cancelled context is refused": cancelled,
	}
}

type fixture struct {
	vault  secret.Vault
	prefix string // of every key, so that runs do not meet
	limit  int    // bytes of the largest secret it takes
}

// key returns a key of this test, empty before and after it.
func (f fixture) key(t *testing.T, name string) string {
	t.Helper()
	key := secret.ClientSecretKey(f.prefix + name)
	t.Cleanup(func() {
		if err := f.vault.Delete(context.Background(), key); err != nil && !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("deleting what the test stored: %v", err)
		}
	})
	return key
}

func (f fixture) put(t *testing.T, key, value string) {
	t.Helper()
	if err := f.vault.Put(t.Context(), key, secret.NewText(value)); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

// holds checks that key holds want, without printing either.
func (f fixture) holds(t *testing.T, key, want string) {
	t.Helper()
	got, err := f.vault.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if got.Reveal() != want {
		t.Errorf("Get returned %d bytes that differ from the %d bytes stored", len(got.Reveal()), len(want))
	}
}

// refused checks that err is of kind (any, where nil), says what to do next, and
// does not hold the secret.
func refused(t *testing.T, act string, err, kind error, value string) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: got no error", act)
	}
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("%s: got error %v, want %v", act, err, kind)
	}
	var h interface{ Hint() string }
	if !errors.As(err, &h) || h.Hint() == "" {
		t.Errorf("%s: error %v has no hint", act, err)
	}
	if value != "" && strings.Contains(err.Error(), value) {
		t.Errorf("%s: the error holds the secret", act)
	}
}

func roundTrip(t *testing.T, f fixture) {
	for name, value := range map[string]string{
		"short":      "x",
		"ordinary":   "Q~" + rand.Text(),
		"unicode":    "pässwörd-密码-\U0001F511-e\u0301",
		"shell":      `a b'c"d\e$f;g|h&i%j!k` + "`l`",
		"whitespace": "  leading, \t and\r\nlines, trailing \n",
		"lookalike":  "go-keyring-base64:aGVsbG8=",
		"largest":    strings.Repeat("é", f.limit/2),
	} {
		t.Run(name, func(t *testing.T) {
			key := f.key(t, name)
			f.put(t, key, value)
			f.holds(t, key, value)
		})
	}
}

func overwrite(t *testing.T, f fixture) {
	key := f.key(t, "")
	for _, value := range []string{"the first, which is the longer one", "second", "third one"} {
		f.put(t, key, value)
		f.holds(t, key, value)
	}
}

func keysDoNotMix(t *testing.T, f fixture) {
	keys := []string{f.key(t, "a"), f.key(t, "ab"), f.key(t, "a b"), f.key(t, "a.b-c_d")}
	for i, key := range keys {
		f.put(t, key, fmt.Sprint("secret of ", i))
	}
	if err := f.vault.Delete(t.Context(), keys[0]); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for i, key := range keys[1:] {
		f.holds(t, key, fmt.Sprint("secret of ", i+1))
	}
}

func emptyRefused(t *testing.T, f fixture) {
	key := f.key(t, "")
	refused(t, "Put of an empty secret", f.vault.Put(t.Context(), key, secret.Text{}), nil, "")
	_, err := f.vault.Get(t.Context(), key)
	refused(t, "Get after it", err, secret.ErrNotFound, "")

	f.put(t, key, "stays")
	refused(t, "Put of an empty secret over another", f.vault.Put(t.Context(), key, secret.NewText("")), nil, "")
	f.holds(t, key, "stays")
}

func tooLargeRefused(t *testing.T, f fixture) {
	key := f.key(t, "")
	f.put(t, key, "stays")
	for _, n := range []int{f.limit + 1, 1 << 20} {
		value := strings.Repeat("z", n)
		err := f.vault.Put(t.Context(), key, secret.NewText(value))
		refused(t, fmt.Sprintf("Put of %d bytes", n), err, secret.ErrTooLarge, "zzz")
		f.holds(t, key, "stays")
	}
}

func deletes(t *testing.T, f fixture) {
	key := f.key(t, "")
	f.put(t, key, "goes")
	if err := f.vault.Delete(t.Context(), key); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	_, err := f.vault.Get(t.Context(), key)
	refused(t, "Get after Delete", err, secret.ErrNotFound, "goes")
	refused(t, "second Delete", f.vault.Delete(t.Context(), key), secret.ErrNotFound, "goes")

	f.put(t, key, "back again")
	f.holds(t, key, "back again")
}

func absent(t *testing.T, f fixture) {
	key := f.key(t, "")
	got, err := f.vault.Get(t.Context(), key)
	refused(t, "Get", err, secret.ErrNotFound, "")
	if !got.IsZero() {
		t.Error("Get returned a secret along with the error")
	}
	refused(t, "Delete", f.vault.Delete(t.Context(), key), secret.ErrNotFound, "")
}

func badKeys(t *testing.T, f fixture) {
	for _, key := range []string{"", "two\nlines", "nul\x00", "not UTF-8 \xff", "delete\x7f", "it's", `say "hi"`, `C:\x`} {
		_, err := f.vault.Get(t.Context(), key)
		refused(t, fmt.Sprintf("Get(%q)", key), err, nil, "")
		err = f.vault.Put(t.Context(), key, secret.NewText("hunter2"))
		refused(t, fmt.Sprintf("Put(%q)", key), err, nil, "hunter2")
		refused(t, fmt.Sprintf("Delete(%q)", key), f.vault.Delete(t.Context(), key), nil, "")
	}
}

func concurrentUse(t *testing.T, f fixture) {
	const writers = 8
	shared := f.key(t, "shared")
	f.put(t, shared, "value 0")
	var wg sync.WaitGroup
	for i := range writers {
		own := f.key(t, fmt.Sprint("own", i))
		wg.Go(func() {
			value := fmt.Sprint("value ", i)
			for _, key := range []string{own, shared} {
				if err := f.vault.Put(t.Context(), key, secret.NewText(value)); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
			if got, err := f.vault.Get(t.Context(), own); err != nil || got.Reveal() != value {
				t.Errorf("Get of a key nobody else writes: another secret, or error %v", err)
			}
			got, err := f.vault.Get(t.Context(), shared)
			if err != nil || !strings.HasPrefix(got.Reveal(), "value ") {
				t.Errorf("Get of the shared key: no secret that was stored, or error %v", err)
			}
		})
	}
	wg.Wait()
}

func cancelled(t *testing.T, f fixture) {
	key := f.key(t, "")
	f.put(t, key, "stays")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.vault.Get(ctx, key); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: got error %v, want %v", err, context.Canceled)
	}
	if err := f.vault.Put(ctx, key, secret.NewText("never")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: got error %v, want %v", err, context.Canceled)
	}
	if err := f.vault.Delete(ctx, key); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete: got error %v, want %v", err, context.Canceled)
	}
	f.holds(t, key, "stays")
}
