package rewrite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// lockWait is how long Put waits for another process that is writing, which
// takes milliseconds.
const lockWait = 10 * time.Second

// lock keeps other processes of ours from writing the same file. The lock is a file of
// its own, as the one it guards is replaced, and is gone afterwards.
//
// The protocol is that of the room secret (its Lock), told once more because this
// room imports none of ours: whoever mends one of the two mends the other.
func lock(path string) (unlock func(), err error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	for {
		l := flock.New(name)
		_, err := l.TryLockContext(ctx, 5*time.Millisecond)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return func() {}, nil // a network folder without locks; the comparison remains
		case err != nil:
			return nil, err
		case isFileAt(l, name):
			return func() { unlockFile(l, name) }, nil
		}
		l.Unlock() // its last holder removed it: nobody else looks at this one
	}
}

func isFileAt(l *flock.Flock, name string) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}

// unlockFile removes the lock's file while it is held, so that who waits for it
// sees that it is gone. Windows removes no file that is open; afterwards it
// removes it only if nobody else has it open.
func unlockFile(l *flock.Flock, name string) {
	os.Remove(name)
	l.Unlock()
	if runtime.GOOS == "windows" {
		os.Remove(name)
	}
}
