// Package turn lets processes take turns at something, by a lock on a file that is there only while one of them has it: a
// process that ends, however it ends, lets go of it, and nothing stays behind.
package turn

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

const (
	firstWait = 2 * time.Millisecond
	lastWait  = 50 * time.Millisecond
	// maxPassing is how often opening the file may fail for what passes: a folder
	// or a file that another process is just removing.
	maxPassing = 50
)

// Take waits until nobody else has the file at path, and no longer than ctx allows. Whoever gets it calls release once.
// Before each look, prepare sees to it that the file's folder is there; nil where it is in any case. The cause of an error
// is ctx's or the system's: [errors.ErrUnsupported] where the file system has no locks.
//
// Two goroutines of one process that take the same path wait for each other as processes do.
func Take(ctx context.Context, path string, prepare func() error) (release func(), err error) {
	wait, passing := firstWait, 0
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		held, err := try(path, prepare)
		if held != nil {
			return func() { leave(held, path) }, nil
		}
		if err != nil {
			passing++
			if passing > maxPassing || !errors.Is(err, fs.ErrNotExist) && !IsPassing(err) {
				return nil, err
			}
		}
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		wait = min(2*wait, lastWait)
	}
}

// try returns the lock if it is free, and nil and no error where another has it.
func try(path string, prepare func() error) (*flock.Flock, error) {
	if prepare != nil {
		if err := prepare(); err != nil {
			return nil, err
		}
	}
	file := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDONLY|openFlags), flock.SetPermissions(0o600))
	got, err := file.TryLock()
	if err != nil || !got {
		return nil, err
	}
	// The holder before us may have removed the file after we had opened it: then
	// ours is one that nobody else will find.
	if !isAt(path, file) {
		return nil, file.Unlock()
	}
	return file, nil
}

// isAt reports whether the path still leads to the file that is held.
func isAt(path string, held *flock.Flock) bool {
	mine, err := held.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(mine, there)
}

// leave removes the file, so that nothing stays behind. While it is held, that
// is safe: who has opened it sees that it is gone. Windows removes no file that
// is open, so there it is closed first, and stays if another has it open by then.
func leave(held *flock.Flock, path string) {
	if runtime.GOOS == "windows" {
		_ = held.Unlock()
		_ = os.Remove(path)
		return
	}
	if isAt(path, held) {
		_ = os.Remove(path)
	}
	_ = held.Unlock()
}
