package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// lockWait is how long Save waits for another process that is saving, which
// takes milliseconds.
const lockWait = 10 * time.Second

// ErrChanged is in the chain of Save's error where the file is not what it was
// when the Editor was opened.
var ErrChanged = errors.New("the file changed meanwhile")

// WriteError says why a configuration file could not be written. The file is
// then as it was. Its cause can be told apart with errors.Is.
type WriteError struct {
	File    string
	Problem string
	Remedy  string // what to do next
	Err     error
}

// Error returns "file: problem; remedy".
func (e *WriteError) Error() string {
	return (&Error{File: e.File, Problem: e.Problem, Remedy: e.Remedy}).Error()
}

// Hint returns what to do next. Error ends with it too.
func (e *WriteError) Hint() string { return e.Remedy }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// Save replaces the file, atomically, where something was changed. A file that
// somebody else has changed since it was read is left alone (ErrChanged). The
// file keeps its mode and owner; a new one is for this user alone, as is a new
// folder. The error is a *WriteError.
func (e *Editor) Save() error {
	if !e.changed() {
		return nil
	}
	if err := e.save(); err != nil {
		return e.writeError(err)
	}
	e.found = e.content()
	return nil
}

func (e *Editor) save() error {
	if err := os.MkdirAll(filepath.Dir(e.real), 0o700); err != nil {
		return err
	}
	unlock, err := lock(e.real)
	if err != nil {
		return err
	}
	defer unlock()
	// The link may lead elsewhere now.
	if real, err := follow(e.path); err != nil || real != e.real {
		return ErrChanged
	}
	now, err := readFile(e.real, false)
	if err != nil {
		return err
	}
	if (now == nil) != (e.found == nil) || !bytes.Equal(now, e.found) {
		return ErrChanged
	}
	return replace(e.real, e.content())
}

// errWriteProtected is the cause where the file itself is marked as read-only,
// which a rename would not respect.
var errWriteProtected = errors.New("the file is marked as read-only")

// replace writes data to a new file beside path and puts it in the place of
// what is there. A crash at any moment leaves the one or the other.
func replace(path string, data []byte) error {
	before, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if before != nil && before.Mode().Perm()&0o200 == 0 {
		return errWriteProtected
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	err = fill(f, data, before)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// fill writes and closes a new file that is to have the owner and mode of the
// one before it, if there was one.
func fill(f *os.File, data []byte, before fs.FileInfo) error {
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if before != nil {
		if err := keepOwner(f, before); err != nil {
			return err
		}
		// Windows has no modes beyond read-only, which was refused.
		if err := f.Chmod(before.Mode().Perm()); err != nil && runtime.GOOS != "windows" {
			return err
		}
	}
	// Without it a crash could leave an empty file under the new name.
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// syncFolder makes a rename last, where the system can; the file is whole
// either way.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// lock keeps other processes from saving the same file. The lock is a file of
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

// follow returns the file that path leads to over symbolic links, whether it
// exists or not.
func follow(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			// ".." in a link counts from the folder where the link really is.
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			target = filepath.Join(dir, target)
		}
		path = target
	}
	return "", &fs.PathError{Op: "follow", Path: path, Err: errors.New("too many symbolic links")}
}

// writeError says what an error of the file system means here.
func (e *Editor) writeError(err error) error {
	const another = "or name another file with --config or MICROSOFT_MCP_CONFIG"
	dir := filepath.Dir(e.real)
	w := &WriteError{File: e.path, Err: err}
	switch {
	case errors.Is(err, ErrChanged):
		w.Problem, w.Remedy = "another program changed the file meanwhile", "look at it and try again"
	case errors.Is(err, context.DeadlineExceeded):
		w.Problem, w.Remedy = "another process is changing the file and does not end", "end it and try again"
	case errors.Is(err, errWriteProtected):
		w.Problem, w.Remedy = "is marked as read-only", "make it writable, "+another
	case errors.Is(err, errOwner):
		w.Problem, w.Remedy = "belongs to another user or group", "run this command as its owner, or as an administrator"
	case errors.Is(err, syscall.EROFS) || isReadOnlyDisk(err):
		w.Problem, w.Remedy = "cannot be written: the folder "+dir+" is read-only here", "change the file where it comes from, "+another
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || isFullDisk(err):
		w.Problem, w.Remedy = "cannot be written: the disk is full", "free some space and try again; the file is as it was"
	case errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV):
		w.Problem, w.Remedy = "cannot be replaced: the file is mounted by itself", "mount its folder instead, or change the file outside of the container"
	case errors.Is(err, fs.ErrPermission):
		w.Problem, w.Remedy = "cannot be written: this user may not create files in "+dir, "allow it, "+another
	default:
		w.Problem, w.Remedy = fmt.Sprintf("cannot be written (%v)", reasonOf(err)), "see that "+dir+" is a folder that this user may write to"
	}
	return w
}

// reasonOf returns the cause without the path, which the message names already.
func reasonOf(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	var ours *Error
	switch {
	case errors.As(err, &ours):
		return errors.New(ours.Problem)
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
