package secret_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

func TestChunkedKeepsTheContract(t *testing.T) {
	t.Parallel()
	vaulttest.RunLarge(t, func(t *testing.T) secret.Vault {
		inner := new(vaulttest.Memory)
		t.Cleanup(func() {
			if left := inner.Keys(); len(left) > 0 {
				t.Errorf("everything was deleted, and these items are left: %q", left)
			}
		})
		return secret.Chunked(inner)
	})
}

// body returns a record of n bytes that says of itself which one it is.
func body(name string, n int) string {
	unit := "<" + name + ">"
	return strings.Repeat(unit, n/len(unit)+1)[:n]
}

func mustPut(t *testing.T, v secret.Vault, key, value string) {
	t.Helper()
	if err := v.Put(t.Context(), key, secret.NewText(value)); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

// The items are where the documentation says, no more of them than it says, and
// none larger than an item may be.
func TestChunkedLeavesNoItemBehind(t *testing.T) {
	t.Parallel()
	inner := new(vaulttest.Memory)
	vault := secret.Chunked(inner)
	for _, row := range []struct {
		size int
		want string // the items besides the header
	}{
		{4500, "a.0 a.1 a.2"},
		{2500, "a.0 a.1 a.2 b.0 b.1"},
		{1, "a.0 b.0 b.1"},
		{1, "a.0 b.0"},
		{6001, "a.0 a.1 a.2 a.3 b.0"},
	} {
		mustPut(t, vault, "k", body("x", row.size))
		want := []string{"k"}
		for name := range strings.FieldsSeq(row.want) {
			want = append(want, "k#"+name)
		}
		if diff := cmp.Diff(want, inner.Keys()); diff != "" {
			t.Errorf("after %d bytes (-want +got):\n%s", row.size, diff)
		}
	}
	if err := vault.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if left := inner.Keys(); len(left) > 0 {
		t.Errorf("after Delete these items are left: %q", left)
	}
}

// Bytes that are no text come back as they were.
func TestChunkedTakesWhatIsNoText(t *testing.T) {
	t.Parallel()
	vault := secret.Chunked(new(vaulttest.Memory))
	for _, value := range []string{
		strings.Repeat("\x80", secret.MaxRecord), strings.Repeat("\xff\x00", 5000), "é" + strings.Repeat("\xbf", 4001) + "é",
	} {
		mustPut(t, vault, "k", value)
		if got, err := vault.Get(t.Context(), "k"); err != nil || got.Reveal() != value {
			t.Errorf("other bytes, or error %v", err)
		}
	}
}

// errKilled stands for the end of the process.
var errKilled = errors.New("killed")

// mortal is a Vault whose user is killed: it carries out some changes more, and
// from then on nothing at all.
type mortal struct {
	secret.Vault
	changes int // left
}

func (m *mortal) alive() error {
	if m.changes < 0 {
		return errKilled
	}
	return nil
}

func (m *mortal) change(act func() error) error {
	if m.changes--; m.changes < 0 {
		return errKilled
	}
	return act()
}

func (m *mortal) Get(ctx context.Context, key string) (secret.Text, error) {
	if err := m.alive(); err != nil {
		return secret.Text{}, err
	}
	return m.Vault.Get(ctx, key)
}

func (m *mortal) Put(ctx context.Context, key string, t secret.Text) error {
	return m.change(func() error { return m.Vault.Put(ctx, key, t) })
}

func (m *mortal) Delete(ctx context.Context, key string) error {
	return m.change(func() error { return m.Vault.Delete(ctx, key) })
}

// A writer is killed after every number of changes there is, and then another,
// which meets what the first has left.
func TestChunkedWriterKilledAnywhereLosesNothing(t *testing.T) {
	t.Parallel()
	sizes := []int{1, 2001, 9000}
	for _, before := range []int{0, 1, 9000} {
		for _, first := range sizes {
			for _, second := range sizes {
				for kills := range 9 * 9 {
					killedTwice(t, before, [2]killed{{first, kills / 9}, {second, kills % 9}})
				}
			}
		}
	}
}

// killed is a writer of so many bytes that is killed after so many changes.
type killed struct{ bytes, changes int }

func killedTwice(t *testing.T, before int, writers [2]killed) {
	t.Helper()
	inner := new(vaulttest.Memory)
	old := ""
	if before > 0 {
		old = body("old", before)
		mustPut(t, secret.Chunked(inner), "k", body("older", 7000))
		mustPut(t, secret.Chunked(inner), "k", old)
	}
	for i, w := range writers {
		value := body(fmt.Sprint("new", i), w.bytes)
		err := secret.Chunked(&mortal{inner, w.changes}).Put(t.Context(), "k", secret.NewText(value))
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatalf("the writer was not killed: %v", err)
		}
		got, readErr := secret.Chunked(inner).Get(t.Context(), "k")
		switch {
		case readErr == nil && got.Reveal() == value: // the new one
			old = value
		case err == nil:
			t.Errorf("%d bytes, writers %v: the write succeeded, and the record is another one", before, writers)
		case readErr == nil && got.Reveal() == old && old != "": // the old one
		case errors.Is(readErr, secret.ErrNotFound) && old == "":
		default:
			t.Errorf("%d bytes, writers %v: the record is neither the old nor the new one (%v)", before, writers, readErr)
		}
	}
	mustPut(t, secret.Chunked(inner), "k", "small")
	mustPut(t, secret.Chunked(inner), "k", "small again")
	if diff := cmp.Diff([]string{"k", "k#a.0", "k#b.0"}, inner.Keys()); diff != "" {
		t.Fatalf("%d bytes, writers %v: two small records later (-want +got):\n%s", before, writers, diff)
	}
	if err := secret.Chunked(inner).Delete(t.Context(), "k"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if left := inner.Keys(); len(left) > 0 {
		t.Fatalf("%d bytes, writers %v: left after all: %q", before, writers, left)
	}
}

// What a killed first writer left goes with the Delete of a sign-out, although
// no header tells of it.
func TestChunkedDeleteFindsWhatAKilledWriterLeft(t *testing.T) {
	t.Parallel()
	for kill := range 5 {
		inner := new(vaulttest.Memory)
		err := secret.Chunked(&mortal{inner, kill}).Put(t.Context(), "k", secret.NewText(body("x", 9000)))
		if !errors.Is(err, errKilled) || len(inner.Keys()) != kill {
			t.Fatalf("killed after %d changes: %q are there (%v)", kill, inner.Keys(), err)
		}
		if err := secret.Chunked(inner).Delete(t.Context(), "k"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("got error %v, want %v", err, secret.ErrNotFound)
		}
		if left := inner.Keys(); len(left) > 0 {
			t.Errorf("killed after %d changes: these items are left: %q", kill, left)
		}
	}
}

// A Delete that is killed can be repeated; until then the record is gone or
// whole, and what is gone in part is said to be damaged.
func TestChunkedDeleteKilledAnywhereCanBeRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // damage is waited for
		deleteKilledAnywhere(t, secret.SignInKey("contoso", "0a1b2c3d"))
	})
}

func deleteKilledAnywhere(t *testing.T, key string) {
	t.Helper()
	damaged := 0
	for kill := range 100 {
		inner := new(vaulttest.Memory)
		mustPut(t, secret.Chunked(inner), key, body("other", 5000))
		mustPut(t, secret.Chunked(inner), key, body("x", 9000))
		err := secret.Chunked(&mortal{inner, kill}).Delete(t.Context(), key)
		got, readErr := secret.Chunked(inner).Get(t.Context(), key)
		switch {
		case readErr == nil && got.Reveal() == body("x", 9000):
		case !errors.Is(readErr, secret.ErrNotFound):
			t.Errorf("killed after %d changes: got error %v, want the record or %v", kill, readErr, secret.ErrNotFound)
		case err != nil:
			damaged++
			if !strings.Contains(readErr.Error(), "damaged") || hint(readErr) != "run: microsoft-mcp-server login contoso" {
				t.Errorf("got error %q with the hint %q, want it to say what is wrong", readErr, hint(readErr))
			}
		}
		if err != nil {
			if err := secret.Chunked(inner).Delete(t.Context(), key); err != nil {
				t.Errorf("killed after %d changes, repeated: %v", kill, err)
			}
		}
		if left := inner.Keys(); len(left) > 0 {
			t.Fatalf("killed after %d changes, repeated: these items are left: %q", kill, left)
		}
	}
	if damaged == 0 {
		t.Error("no Delete was killed in the middle: the test looks at nothing")
	}
}

// Whatever stands in the header's place, it is replaced and deleted as a record
// that is damaged, and it is not taken for a secret.
func TestChunkedMeetsWhatIsNoRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, meetsWhatIsNoRecord) // damage is waited for
}

func meetsWhatIsNoRecord(t *testing.T) {
	for _, item := range []string{
		"a secret that was stored without it", "{}", `{"v":1}`, `null`, `[]`,
		`{"v":2,"slot":"a","n":1,"other":0,"sha256":""}`, `{"v":1,"slot":"c","n":1,"other":0,"sha256":""}`,
		`{"v":1,"slot":"a","n":0,"other":0,"sha256":""}`, `{"v":1,"slot":"a","n":999999999,"other":0,"sha256":""}`,
		`{"v":1,"slot":"a","n":1,"other":-5,"sha256":""}`, `{"v":1,"slot":"b","n":2,"other":999999999,"sha256":""}`,
		`{"v":1,"slot":"a","n":2,"other":0,"sha256":""}`, // its chunks are missing
	} {
		inner := new(vaulttest.Memory)
		vault := secret.Chunked(inner)
		mustPut(t, inner, "k", item)
		if _, err := vault.Get(t.Context(), "k"); !errors.Is(err, secret.ErrNotFound) || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: got error %v, want it damaged", item, err)
		}
		mustPut(t, vault, "k", body("x", 5000))
		if got, err := vault.Get(t.Context(), "k"); err != nil || got.Reveal() != body("x", 5000) {
			t.Errorf("%s: after Put: another record, or error %v", item, err)
		}
		mustPut(t, inner, "k", item)
		if err := vault.Delete(t.Context(), "k"); err != nil || len(inner.Keys()) > 0 {
			t.Errorf("%s: after Delete: error %v, these items are left: %q", item, err, inner.Keys())
		}
	}
}

// counting counts the calls by kind.
type counting struct {
	secret.Vault
	gets, puts, deletes int
}

func (c *counting) Get(ctx context.Context, key string) (secret.Text, error) {
	c.gets++
	return c.Vault.Get(ctx, key)
}

func (c *counting) Put(ctx context.Context, key string, t secret.Text) error {
	c.puts++
	return c.Vault.Put(ctx, key, t)
}

func (c *counting) Delete(ctx context.Context, key string) error {
	c.deletes++
	return c.Vault.Delete(ctx, key)
}

// Each call costs milliseconds, on macOS a process.
func TestChunkedMakesFewCalls(t *testing.T) {
	t.Parallel()
	inner := &counting{Vault: new(vaulttest.Memory)}
	vault := secret.Chunked(inner)
	cost := func(what string, act func() error, gets, puts, deletes int) {
		t.Helper()
		inner.gets, inner.puts, inner.deletes = 0, 0, 0
		if err := act(); err != nil && !errors.Is(err, secret.ErrNotFound) {
			t.Fatal(err)
		}
		got, want := []int{inner.gets, inner.puts, inner.deletes}, []int{gets, puts, deletes}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: Gets, Puts, Deletes (-want +got):\n%s", what, diff)
		}
	}
	get := func() error { _, err := vault.Get(t.Context(), "k"); return err }
	put := func() error { return vault.Put(t.Context(), "k", secret.NewText(body("x", 2500))) }
	cost("reading nothing", get, 1, 0, 0)
	cost("deleting nothing", func() error { return vault.Delete(t.Context(), "k") }, 3, 0, 1)
	cost("writing", put, 1+1+3, 3, 0) // the header; whether there is more to trim; what was written
	cost("writing again", put, 1+1+3, 3, 0)
	cost("reading", get, 3, 0, 0)
}

// A keyring that does not answer is asked once, and its answer is what is passed on.
func TestChunkedPassesOnWhatIsWrongWithTheVault(t *testing.T) {
	t.Parallel()
	memory := new(vaulttest.Memory)
	mustPut(t, secret.Chunked(memory), "k", body("x", 5000))
	inner := &counting{Vault: memory}
	vault := secret.Chunked(inner)
	for state, want := range map[vaulttest.State]error{
		vaulttest.Locked: secret.ErrLocked, vaulttest.Unavailable: secret.ErrUnavailable,
	} {
		memory.Switch(state)
		_, getErr := vault.Get(t.Context(), "k")
		for act, err := range map[string]error{
			"Get": getErr, "Put": vault.Put(t.Context(), "k", secret.NewText("x")), "Delete": vault.Delete(t.Context(), "k"),
		} {
			if !errors.Is(err, want) || errors.Is(err, secret.ErrNotFound) || hint(err) == "" {
				t.Errorf("%s: got error %v, want %v", act, err, want)
			}
		}
	}
	if inner.gets != 6 || inner.puts+inner.deletes != 0 {
		t.Errorf("got %d Gets and %d changes, want 6 and none", inner.gets, inner.puts+inner.deletes)
	}
}

// Writers that share nothing but the Vault, as processes do, and no lock: no
// reader sees a mixture or less, and the end is whole.
func TestChunkedWritersAtOnceMakeNoMixture(t *testing.T) {
	t.Parallel()
	inner := new(vaulttest.Memory)
	mustPut(t, secret.Chunked(inner), "k", body("first", 3000))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			vault := secret.Chunked(inner)
			for i := range 50 {
				value := body(fmt.Sprintf("%d-%d", w, i), 1+(w*7919+i*997)%12_000)
				// That others kept spoiling it is an honest answer here.
				if err := vault.Put(t.Context(), "k", secret.NewText(value)); err != nil && !errors.Is(err, secret.ErrUnavailable) {
					t.Errorf("Put: %v", err)
				}
				checkWhole(t, vault)
			}
		})
	}
	wg.Wait()
	if _, err := secret.Chunked(inner).Get(t.Context(), "k"); err != nil {
		t.Errorf("after all: %v", err)
	}
	if err := secret.Chunked(inner).Delete(t.Context(), "k"); err != nil || len(inner.Keys()) > 0 {
		t.Errorf("after Delete: error %v, these items are left: %q", err, inner.Keys())
	}
}

// checkWhole checks that what is stored is one body and not a mixture.
func checkWhole(t *testing.T, vault secret.Vault) {
	t.Helper()
	got, err := vault.Get(t.Context(), "k")
	if err != nil {
		t.Errorf("Get: %v", err)
		return
	}
	if !whole(got.Reveal()) {
		t.Errorf("Get: a mixture of %d bytes", len(got.Reveal()))
	}
}

// whole reports whether s is what body returns, or the beginning of its unit.
func whole(s string) bool {
	end := strings.IndexByte(s, '>')
	return end < 0 || s == body(s[1:end], len(s))
}
