package secret_test

// Records that several processes write, and processes that are killed while they
// write one: over a sealed file here, and over the real keyring in keyring_test.go.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// store is a Vault that other processes can open, too: the keyring, or the sealed
// file at a path, with its key in the environment.
type store string

const realKeyring store = "keyring"

func (s store) open() secret.Vault {
	if s == realKeyring {
		return secret.Keyring()
	}
	return secret.SealedFile(string(s), secret.FromEnv(os.Getenv, "SECRET_TEST_SEAL"))
}

// play returns the command of a process that plays a part with the store.
func (s store) play(ctx context.Context, part string, args ...string) *exec.Cmd {
	argv := program(part, append([]string{string(s)}, args...)...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

// sizeOf returns the size of the i-th record of a run, of one to six chunks.
func sizeOf(i int) int { return 100 + (i*4999)%11_000 }

// playRecords writes records, and reads after each what is there by then.
func playRecords(s store, key, name, times string) {
	vault, n := secret.Chunked(s.open()), 0
	n, _ = strconv.Atoi(times)
	for i := range n {
		value := body(fmt.Sprintf("%s-%d", name, i), sizeOf(i))
		if err := vault.Put(context.Background(), key, secret.NewText(value)); err != nil && !strings.Contains(err.Error(), "keep writing") {
			fmt.Println("Put:", err)
		}
		got, err := vault.Get(context.Background(), key)
		if err != nil || !whole(got.Reveal()) {
			fmt.Printf("Get: %d bytes that are a mixture, or error %v\n", len(got.Reveal()), err)
		}
	}
}

// writersAtOnce has processes write one record without a lock.
func writersAtOnce(t *testing.T, s store, key, times string) {
	t.Helper()
	vault := secret.Chunked(s.open())
	mustPut(t, vault, key, body("first", 5000))
	var wg sync.WaitGroup
	for _, name := range []string{"ada", "bob", "cleo", "dan"} {
		wg.Go(func() {
			out, err := s.play(t.Context(), "records", key, name, times).Output()
			if err != nil || len(out) > 0 {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		})
	}
	wg.Wait()
	if got, err := vault.Get(t.Context(), key); err != nil || !whole(got.Reveal()) {
		t.Errorf("after all: a mixture, or error %v", err)
	}
	nothingStays(t, s, key)
}

// nothingStays deletes the record and checks that it leaves no item.
func nothingStays(t *testing.T, s store, key string) {
	t.Helper()
	inner := s.open()
	if err := secret.Chunked(inner).Delete(t.Context(), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
	items := []string{key}
	for i := range 34 {
		items = append(items, fmt.Sprintf("%s#a.%d", key, i), fmt.Sprintf("%s#b.%d", key, i))
	}
	for _, item := range items {
		if _, err := inner.Get(t.Context(), item); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("%s is left (%v)", item, err)
		}
	}
}

// telling says each change that was made.
type telling struct{ secret.Vault }

func (v telling) Put(ctx context.Context, key string, t secret.Text) error {
	err := v.Vault.Put(ctx, key, t)
	fmt.Println("changed")
	return err
}

func (v telling) Delete(ctx context.Context, key string) error {
	err := v.Vault.Delete(ctx, key)
	fmt.Println("changed")
	return err
}

// playWriter writes one record after the other until it is killed, and says which
// ones are stored for certain.
func playWriter(s store, key, first string) {
	vault := secret.Chunked(telling{s.open()})
	i, _ := strconv.Atoi(first)
	for ; ; i++ {
		value := body(fmt.Sprintf("w-%d", i), sizeOf(i))
		if err := vault.Put(context.Background(), key, secret.NewText(value)); err != nil {
			fmt.Println("failed:", err)
			return
		}
		fmt.Println("stored", i)
	}
}

// killWriters kills a writer with kill -9 after some number of changes, and
// checks that nothing which was stored for certain is lost; again and again, on
// what the writers before have left.
func killWriters(t *testing.T, s store, key string, rounds int) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 14))
	vault := secret.Chunked(s.open())
	stored := 0
	mustPut(t, vault, key, body("w-0", sizeOf(0)))
	for round := range rounds {
		stored = max(stored, killOne(t, s, key, stored+1, random.IntN(20)))
		got, err := vault.Get(t.Context(), key)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		now := 0
		if _, err := fmt.Sscanf(got.Reveal(), "<w-%d>", &now); err != nil || got.Reveal() != body(fmt.Sprintf("w-%d", now), sizeOf(now)) {
			t.Fatalf("round %d: a mixture of %d bytes", round, len(got.Reveal()))
		}
		if now != stored && now != stored+1 {
			t.Fatalf("round %d: record %d is there, want %d, which was stored, or the one after it", round, now, stored)
		}
		stored = now
	}
	nothingStays(t, s, key)
}

// killOne starts a writer, kills it after its changes, and returns the last
// record of which it said that it is stored, or 0.
func killOne(t *testing.T, s store, key string, first, changes int) (stored int) {
	t.Helper()
	cmd := s.play(t.Context(), "writer", key, strconv.Itoa(first))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == "changed":
			if changes--; changes <= 0 {
				_ = cmd.Process.Kill() // and read on, what it said before
			}
		case strings.HasPrefix(line, "stored "):
			_, _ = fmt.Sscanf(line, "stored %d", &stored)
		default:
			t.Errorf("the writer: %s", line)
		}
	}
	_ = cmd.Wait()
	return stored
}

// sealedStore returns a sealed file of the test's own.
func sealedStore(t *testing.T) store {
	t.Setenv("SECRET_TEST_SEAL", newKey().text)
	dir := t.TempDir()
	t.Cleanup(func() { noFiles(t, dir) })
	return store(filepath.Join(dir, "sealed"))
}

func TestSealedFileWritersAtOnce(t *testing.T) { writersAtOnce(t, sealedStore(t), "k", "5") }

func TestSealedFileWritersKilled(t *testing.T) { killWriters(t, sealedStore(t), "k", 25) }
