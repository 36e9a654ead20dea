package secret_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// lockFolder returns a folder as XDG_RUNTIME_DIR is one.
func lockFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func acquire(t *testing.T, l *secret.Lock) (release func()) {
	t.Helper()
	release, err := l.Acquire(t.Context())
	if err != nil {
		t.Fatalf("Acquire: %v, hint %q", err, hint(err))
	}
	return release
}

func TestLockIsHeldByOne(t *testing.T) {
	t.Parallel()
	dir := lockFolder(t)
	shared := secret.NewLock(dir, "contoso")
	var inside, times atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			l := shared
			if i%2 == 0 {
				l = secret.NewLock(dir, "contoso")
			}
			for range 25 {
				release := acquire(t, l)
				if inside.Add(1) != 1 {
					t.Error("two were inside at once")
				}
				times.Add(1)
				runtime.Gosched()
				inside.Add(-1)
				release()
			}
		})
	}
	wg.Wait()
	if times.Load() != 8*25 {
		t.Errorf("got %d turns, want %d", times.Load(), 8*25)
	}
	noFiles(t, dir)
}

func TestLockOfAnotherNameIsAnother(t *testing.T) {
	t.Parallel()
	dir := lockFolder(t)
	defer acquire(t, secret.NewLock(dir, "contoso"))()
	defer acquire(t, secret.NewLock(dir, "fabrikam"))()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("got %d files (%v), want 2", len(entries), err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "contoso") || strings.Contains(e.Name(), "fabrikam") {
			t.Errorf("%s shows the profile", e.Name())
		}
	}
}

func TestLockIsWaitedForNoLongerThanTheContext(t *testing.T) {
	t.Parallel()
	dir := lockFolder(t)
	shared := secret.NewLock(dir, "contoso")
	release := acquire(t, shared)
	for name, l := range map[string]*secret.Lock{"the same": shared, "another process's": secret.NewLock(dir, "contoso")} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := l.Acquire(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || hint(err) == "" {
			t.Errorf("%s: got error %v, want %v", name, err, context.DeadlineExceeded)
		}
	}
	release()
	release() // does nothing
	again := acquire(t, shared)
	release() // does nothing to those who came later
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := secret.NewLock(dir, "contoso").Acquire(ctx); err == nil {
		t.Error("a second release let go of somebody else's lock")
	}
	again()
	noFiles(t, dir)
}

// The classic race: a waiter has opened the file, its holder removes it, and a
// third one makes it anew. The waiter must not take the old one for the lock.
func TestLockOnAFileThatWasRemovedIsNone(t *testing.T) {
	t.Parallel()
	dir := lockFolder(t)
	first, second := secret.NewLock(dir, "contoso"), secret.NewLock(dir, "contoso")
	release := acquire(t, first)
	if err := os.Remove(first.LockPath()); err != nil { // as a cleaner of temporary files does
		t.Skipf("this system removes no file that is open: %v", err)
	}
	defer acquire(t, second)() // a new file
	release()                  // leaves the new file alone
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := first.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want %v: the lock is held", err, context.DeadlineExceeded)
	}
}

// playLock counts in a file: reads it, adds one, writes it back, each under the lock.
func playLock(dir, count, times string) {
	l := secret.NewLock(dir, "contoso")
	n := 0
	_, _ = fmt.Sscan(times, &n)
	for range n {
		release, err := l.Acquire(context.Background())
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		now := 0
		raw, _ := os.ReadFile(count)
		_, _ = fmt.Sscan(string(raw), &now)
		if os.WriteFile(count, fmt.Append(nil, now+1), 0o600) != nil {
			os.Exit(1)
		}
		release()
	}
}

func TestLockAmongProcesses(t *testing.T) {
	t.Parallel()
	dir, count := lockFolder(t), filepath.Join(t.TempDir(), "count")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			argv := program("lock", dir, count, "50")
			if out, err := exec.CommandContext(t.Context(), argv[0], argv[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if raw, err := os.ReadFile(count); err != nil || string(raw) != "200" {
		t.Errorf("got %s (%v), want 200: two processes were inside at once", raw, err)
	}
	noFiles(t, dir)
}

// playHold takes the lock, says so, and keeps it until it is killed.
func playHold(dir string) {
	if _, err := secret.NewLock(dir, "contoso").Acquire(context.Background()); err != nil {
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestLockOfAKilledProcessIsFree(t *testing.T) {
	t.Parallel()
	dir := lockFolder(t)
	argv := program("hold", dir)
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("got %q (%v), want it to hold the lock", line, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	acquire(t, secret.NewLock(dir, "contoso"))()
	noFiles(t, dir)
}
