package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/turn"
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
	leave, err := turn.Take(ctx, l.path, l.folder)
	if err != nil {
		<-l.turn
		return nil, lockError(err)
	}
	return sync.OnceFunc(func() {
		leave()
		l.removeFolder()
		<-l.turn
	}), nil
}

// folder makes the lock's folder where it is missing, as after the last lock in it, and refuses one that is not ours.
func (l *Lock) folder() error {
	if l.dir == "" {
		return nil
	}
	switch err := os.Mkdir(l.dir, 0o700); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s", filepath.Dir(l.dir)) // which no waiting makes
	case err != nil && !errors.Is(err, fs.ErrExist):
		return err
	}
	return private(l.dir)
}

// removeFolder removes a folder that is for locks alone; it fails, as it should,
// while there is another in it.
func (l *Lock) removeFolder() {
	if filepath.Base(l.dir) == perUser(serviceName) {
		_ = os.Remove(l.dir)
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
