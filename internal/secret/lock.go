package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockFirstWait = 2 * time.Millisecond
	lockLastWait  = 50 * time.Millisecond
	// maxPassing is how often opening the file may fail for what passes: a folder
	// or a file that another process is just removing.
	maxPassing = 50
)

// Lock lets the processes of one user take turns at something, and the
// goroutines of each of them. It rests on a file that is there only while
// somebody holds the lock: a process that ends, however it ends, lets go of it.
//
// It is advisory and best effort. A folder that cannot be written, a file system
// without locks, or a process that was stopped while it held it must not keep
// anybody from working: bound Acquire by its ctx, and go on without it.
type Lock struct {
	dir  string // made if it is missing, and removed when it is empty; "" for that of path
	path string
	turn chan struct{} // held by the goroutine that tries for the file, or has it
}

// NewLock returns the lock of what name names, a file in dir, for which see
// [LockDir]. The file's name is a hash, which does not show the name.
func NewLock(dir, name string) *Lock {
	sum := sha256.Sum256([]byte(name))
	l := lockAt(filepath.Join(dir, serviceName+"-"+hex.EncodeToString(sum[:12])+".lock"))
	l.dir = dir
	return l
}

// lockAt returns the lock on the file at path, in a folder that is there.
func lockAt(path string) *Lock { return &Lock{path: path, turn: make(chan struct{}, 1)} }

// Acquire waits until nobody else holds the lock, and no longer than ctx allows.
// Whoever gets it calls release when done; calling it again does nothing.
func (l *Lock) Acquire(ctx context.Context) (release func(), err error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, lockError(ctx.Err())
	}
	held, err := l.acquire(ctx)
	if err != nil {
		<-l.turn
		return nil, err
	}
	return sync.OnceFunc(func() {
		l.release(held)
		<-l.turn
	}), nil
}

func (l *Lock) acquire(ctx context.Context) (*flock.Flock, error) {
	wait, passing := lockFirstWait, 0
	for {
		if err := ctx.Err(); err != nil {
			return nil, lockError(err)
		}
		held, err := l.try()
		if held != nil {
			return held, nil
		}
		if err != nil {
			passing++
			if passing > maxPassing || !errors.Is(err, fs.ErrNotExist) && !isPassing(err) {
				return nil, lockError(err)
			}
		}
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		wait = min(2*wait, lockLastWait)
	}
}

// try returns the lock if it is free, and nil and no error where another has it.
func (l *Lock) try() (*flock.Flock, error) {
	if l.dir != "" {
		switch err := os.Mkdir(l.dir, 0o700); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("there is no folder %s", filepath.Dir(l.dir)) // which no waiting makes
		case err != nil && !errors.Is(err, fs.ErrExist):
			return nil, err
		}
		if err := private(l.dir); err != nil {
			return nil, err
		}
	}
	file := flock.New(l.path, flock.SetFlag(os.O_CREATE|os.O_RDONLY|openFlags|noFollow), flock.SetPermissions(0o600))
	got, err := file.TryLock()
	if err != nil || !got {
		return nil, err
	}
	// The holder before us may have removed the file after we had opened it: then
	// ours is one that nobody else will find.
	if !l.names(file) {
		return nil, file.Unlock()
	}
	return file, nil
}

// names reports whether the path still leads to the file that is held.
func (l *Lock) names(held *flock.Flock) bool {
	mine, err := held.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(l.path)
	return err == nil && os.SameFile(mine, there)
}

// release removes the file, so that nothing stays behind. While it is held, that
// is safe: who has opened it sees that it is gone. Windows removes no file that
// is open, so there it is closed first, and stays if another has it open by then.
func (l *Lock) release(held *flock.Flock) {
	if runtime.GOOS == "windows" {
		_ = held.Unlock()
		_ = os.Remove(l.path)
	} else {
		if l.names(held) {
			_ = os.Remove(l.path)
		}
		_ = held.Unlock()
	}
	if filepath.Base(l.dir) == perUser(serviceName) {
		_ = os.Remove(l.dir) // fails, as it should, while there is another lock in it
	}
}

func lockError(err error) error {
	const op = "waiting for the turn among the server's processes"
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Op: op, Err: err, Next: "end the other processes of the server, one of them does not let go"}
	}
	return &Error{Op: op, Kind: ErrUnavailable, Err: err,
		Next: "set XDG_RUNTIME_DIR or TMPDIR to a folder of your own (mode 0700) that can be written"}
}

// LockDir returns the folder for locks: XDG_RUNTIME_DIR, which getenv is asked
// for, or where a client started us without that variable its usual place; else
// a folder with the user's number in its name among the temporary files. A home
// folder need not be there, nor be writable. Processes agree on it as far as
// their environments do. It makes nothing: a [Lock] makes the folder, and refuses
// one that another user has put there.
func LockDir(getenv func(string) string) string {
	usual := ""
	if runtime.GOOS == "linux" {
		usual = fmt.Sprintf("/run/user/%d", os.Geteuid())
	}
	for _, dir := range []string{getenv("XDG_RUNTIME_DIR"), usual} {
		if filepath.IsAbs(dir) && private(dir) == nil {
			return filepath.Clean(dir)
		}
	}
	return filepath.Join(os.TempDir(), perUser(serviceName))
}

// private says what keeps dir from being a folder that we alone can write in.
func private(dir string) error {
	info, err := os.Lstat(filepath.Clean(dir)) // "/" at the end would follow a link
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if err := ours(info); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}
