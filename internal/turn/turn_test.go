package turn_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/turn"
)

func TestTakeIsForOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	var inside, turns atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				release, err := turn.Take(t.Context(), path, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two are inside at once")
				}
				turns.Add(1)
				runtime.Gosched()
				inside.Add(-1)
				release()
			}
		})
	}
	all.Wait()
	if _, err := os.Lstat(path); turns.Load() != 8*25 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %d turns, want 200; what is left of the file: %v", turns.Load(), err)
	}
}

func TestTakeWaitsNoLongerThanTheContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	release, err := turn.Take(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := turn.Take(ctx, path, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

// Two have opened a file that its holder then removes, and one of them has made it anew: the other must not take what it
// has in hand for the lock.
func TestTakeOfAFileThatIsGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := turn.Take(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Skipf("this system removes no file that is open: %v", err)
	}
	second, err := turn.Take(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	first() // leaves the new file alone
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := turn.Take(ctx, path, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v: it is held", err, context.DeadlineExceeded)
	}
	second()
}

// A folder that somebody is just removing is made again; one that cannot be had ends the wait, as does one that never is.
func TestTakePreparesTheFolder(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "folder")
	path := filepath.Join(folder, "lock")
	looks := 0
	release, err := turn.Take(t.Context(), path, func() error {
		if looks++; looks < 3 {
			return fs.ErrNotExist
		}
		return os.Mkdir(folder, 0o700)
	})
	if err != nil || looks != 3 {
		t.Fatalf("got %v after %d looks, want none after 3", err, looks)
	}
	release()
	looks = 0
	refused := errors.New("not ours")
	if _, err := turn.Take(t.Context(), path, func() error { looks++; return refused }); !errors.Is(err, refused) || looks != 1 {
		t.Errorf("got %v after %d looks, want %v after 1", err, looks, refused)
	}
	if _, err := turn.Take(t.Context(), filepath.Join(folder, "no such folder", "lock"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}
