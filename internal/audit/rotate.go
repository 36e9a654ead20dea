package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// How long to wait for others who share the file. A write takes a moment, unless the disk is slow: then the record is
// what matters, and what is only tidying waits for the next one.
const (
	writeWait  = 2 * time.Second
	renameWait = 50 * time.Millisecond
	lockPause  = 2 * time.Millisecond
)

// rotated is a file that is renamed when it is large. The lock is a file of its own beside it, which is never removed:
// the log's own lock would go with it when it is renamed.
type rotated struct {
	file
	maxSize int64
	keep    int
	fault   *slog.Logger
	failing bool // the last renaming failed, and was told
}

func newRotated(name string, maxSize int64, keep int, log *slog.Logger) *rotated {
	return &rotated{file: file{name: name}, maxSize: maxSize, keep: keep, fault: log}
}

func (r *rotated) write(records []record) error {
	size, err := r.shared(records)
	if err != nil || size < r.maxSize {
		return err
	}
	switch err := r.rotate(); {
	case err == nil:
		r.failing = false
	case !r.failing && !errors.Is(err, context.DeadlineExceeded): // it is only busy
		r.failing = true
		r.fault.Warn("the audit log cannot be rotated, and grows", "file", r.name, "error", err)
	}
	return nil
}

// shared appends records while nobody renames the file. Whoever cannot lock appends all the same: an entry in a file
// that is deleted early is better than none.
func (r *rotated) shared(records []record) (int64, error) {
	lock := flock.New(r.name+".lock", flock.SetPermissions(0o600))
	defer lock.Close()
	ctx, cancel := context.WithTimeout(context.Background(), writeWait)
	defer cancel()
	_, _ = lock.TryRLockContext(ctx, lockPause)
	return r.append(records)
}

// rotate renames the file, unless another process did meanwhile.
func (r *rotated) rotate() error {
	lock := flock.New(r.name+".lock", flock.SetPermissions(0o600))
	defer lock.Close()
	ctx, cancel := context.WithTimeout(context.Background(), renameWait)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, lockPause); err != nil {
		return fmt.Errorf("locking: %w", err)
	}
	info, err := os.Stat(r.name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() < r.maxSize {
		return nil
	}
	if err != nil {
		return err
	}
	for i := r.free(); i > 0; i-- {
		if err := os.Rename(r.numbered(i-1), r.numbered(i)); err != nil {
			return err
		}
	}
	return nil
}

// free returns the number of the first rotated file that is not there, else of the last, which is then replaced.
func (r *rotated) free() int {
	for i := 1; i < r.keep; i++ {
		if _, err := os.Lstat(r.numbered(i)); errors.Is(err, fs.ErrNotExist) {
			return i
		}
	}
	return r.keep
}

// numbered returns the name of the i-th rotated file; 0 is the log itself.
func (r *rotated) numbered(i int) string {
	if i == 0 {
		return r.name
	}
	return fmt.Sprintf("%s.%d", r.name, i)
}
