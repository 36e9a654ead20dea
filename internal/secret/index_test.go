package secret_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

const indexItem = "index/sign_ins"

func indexed(t *testing.T, v secret.Vault, dir string) *secret.Index {
	t.Helper()
	return secret.Indexed(secret.Chunked(v), secret.NewLock(dir, "index"))
}

func wantKeys(t *testing.T, x *secret.Index, want ...string) {
	t.Helper()
	got, err := x.Keys(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the list (-want +got), error %v:\n%s", err, diff)
	}
}

func TestIndexKeepsTheContract(t *testing.T) {
	t.Parallel()
	vaulttest.RunLarge(t, func(t *testing.T) secret.Vault { return indexed(t, new(vaulttest.Memory), t.TempDir()) })
}

func TestIndexListsWhatItHolds(t *testing.T) {
	t.Parallel()
	inner, dir := new(vaulttest.Memory), t.TempDir()
	one, other := indexed(t, inner, dir), indexed(t, inner, dir) // two processes
	wantKeys(t, one)
	mustPut(t, one, "b", "x")
	mustPut(t, other, "a", "x")
	mustPut(t, one, "b", "y")
	wantKeys(t, one, "a", "b")
	if err := other.Delete(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, one, "a")
	// one has seen b in the list; it misses it before it stores it again, as a renewal does.
	if _, err := one.Get(t.Context(), "b"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("got error %v, want %v", err, secret.ErrNotFound)
	}
	mustPut(t, one, "b", "z")
	wantKeys(t, other, "a", "b")
	for _, key := range []string{"a", "b"} {
		if err := one.Delete(t.Context(), key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if left := inner.Keys(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

// What was killed between its two writes is listed, and can be deleted.
func TestIndexOfAKilledWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, indexOfAKilledWriter) // damage is waited for
}

func indexOfAKilledWriter(t *testing.T) {
	for kill := range 400 {
		inner, dir := new(vaulttest.Memory), t.TempDir()
		writer := indexed(t, &mortal{inner, kill}, dir)
		err := writer.Put(t.Context(), "k", secret.NewText(body("x", 5000)))
		if err == nil {
			err = writer.Delete(t.Context(), "k")
		}
		x := indexed(t, inner, dir)
		keys, listErr := x.Keys(t.Context())
		if _, there := x.Get(t.Context(), "k"); listErr != nil || there == nil && len(keys) != 1 {
			t.Errorf("killed after %d changes: the secret is there and %q listed, error %v", kill, keys, listErr)
		}
		if err == nil {
			return
		}
		if err := x.Delete(t.Context(), "k"); err != nil && !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("killed after %d changes: %v", kill, err)
		}
		wantKeys(t, x)
	}
	t.Error("every writer was killed: the test does not reach the end")
}

func TestIndexOfManyAtOnce(t *testing.T) {
	t.Parallel()
	inner, dir := new(vaulttest.Memory), t.TempDir()
	var writing sync.WaitGroup
	for i := range 8 {
		x := indexed(t, inner, dir)
		writing.Go(func() { mustPut(t, x, fmt.Sprint(i), "x") })
	}
	writing.Wait()
	wantKeys(t, indexed(t, inner, dir), "0", "1", "2", "3", "4", "5", "6", "7")
}

// listReads counts the calls for the list.
type listReads struct {
	secret.Vault
	list atomic.Int32
}

func (c *listReads) Get(ctx context.Context, key string) (secret.Text, error) {
	if strings.HasPrefix(key, indexItem) {
		c.list.Add(1)
	}
	return c.Vault.Get(ctx, key)
}

func TestIndexCostsARenewalNothing(t *testing.T) {
	t.Parallel()
	inner := &listReads{Vault: new(vaulttest.Memory)}
	x := indexed(t, inner, t.TempDir())
	mustPut(t, x, "k", "x")
	before := inner.list.Load()
	for range 5 {
		if _, err := x.Get(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		mustPut(t, x, "k", "y")
	}
	if got := inner.list.Load() - before; before == 0 || got != 0 {
		t.Errorf("the list was asked for %d times at first, and %d times more", before, got)
	}
}

// A list that somebody has spoilt is replaced: it must not keep people from signing in.
func TestIndexMeetsWhatIsNoList(t *testing.T) {
	t.Parallel()
	inner, dir := new(vaulttest.Memory), t.TempDir()
	mustPut(t, secret.Chunked(inner), indexItem, "nonsense")
	x := indexed(t, inner, dir)
	wantKeys(t, x)
	mustPut(t, x, "k", "x")
	wantKeys(t, x, "k")
}

func TestWritable(t *testing.T) {
	t.Parallel()
	vault := new(vaulttest.Memory)
	key := secret.SignInKey("contoso", "01")
	if err := secret.Writable(t.Context(), vault, key); err != nil || len(vault.Keys()) != 0 {
		t.Errorf("got error %v, and %q are left", err, vault.Keys())
	}
	vault.Switch(vaulttest.Locked)
	if err := secret.Writable(t.Context(), vault, key); !errors.Is(err, secret.ErrLocked) || !strings.HasPrefix(err.Error(), "storing "+key+": ") || hint(err) == "" {
		t.Errorf("locked: got %v with the hint %q", err, hint(err))
	}
	// It reads, and takes nothing.
	if err := secret.Writable(t.Context(), &mortal{new(vaulttest.Memory), 0}, key); !errors.Is(err, errKilled) {
		t.Errorf("got error %v, want %v", err, errKilled)
	}
}

// flaky fails at first, and counts.
type flaky struct {
	reads, failures int
}

func (f *flaky) Read(context.Context) (secret.Text, error) {
	if f.reads++; f.reads <= f.failures {
		return secret.Text{}, &secret.Error{Op: "reading", Kind: secret.ErrUnavailable}
	}
	return secret.NewText(fmt.Sprint(f.reads)), nil
}

func TestOnceReadsOnceAndKeepsNoFailure(t *testing.T) {
	t.Parallel()
	source := &flaky{failures: 1}
	once := secret.Once(source)
	if _, err := once.Read(t.Context()); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("got error %v, want %v", err, secret.ErrUnavailable)
	}
	var reading sync.WaitGroup
	for range 8 {
		reading.Go(func() {
			if got, err := once.Read(t.Context()); err != nil || got.Reveal() != "2" {
				t.Errorf("got error %v", err)
			}
		})
	}
	reading.Wait()
}

// Nobody has stored, or can look for, what a chunk is called.
func TestChunkedErrorsNameNoChunk(t *testing.T) {
	t.Parallel()
	const key = "contoso/01/sign_in"
	for after := range 30 {
		for name, act := range map[string]func(secret.Vault) error{
			"Put":    func(v secret.Vault) error { return v.Put(t.Context(), key, secret.NewText(body("y", 7000))) },
			"Get":    func(v secret.Vault) error { _, err := v.Get(t.Context(), key); return err },
			"Delete": func(v secret.Vault) error { return v.Delete(t.Context(), key) },
		} {
			inner := new(vaulttest.Memory)
			mustPut(t, secret.Chunked(inner), key, body("x", 9000))
			err := act(secret.Chunked(&locking{Memory: inner, after: after}))
			if err != nil && (!errors.Is(err, secret.ErrLocked) || strings.Contains(err.Error(), "#") || !strings.Contains(err.Error(), key)) {
				t.Errorf("%s, locked after %d calls: %v", name, after, err)
			}
		}
	}
}

// locking is a keyring that locks after some calls.
type locking struct {
	*vaulttest.Memory
	after int
}

func (l *locking) count() {
	if l.after--; l.after < 0 {
		l.Switch(vaulttest.Locked)
	}
}

func (l *locking) Get(ctx context.Context, key string) (secret.Text, error) {
	l.count()
	return l.Memory.Get(ctx, key)
}

func (l *locking) Put(ctx context.Context, key string, t secret.Text) error {
	l.count()
	return l.Memory.Put(ctx, key, t)
}

func (l *locking) Delete(ctx context.Context, key string) error {
	l.count()
	return l.Memory.Delete(ctx, key)
}
