package rewrite

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrChanged is the cause where the file is not what it was when it was read.
var ErrChanged = errors.New("the file changed meanwhile")

// File is a file as it was found.
type File struct {
	Path   string // as it was named
	Real   string // where that led: see [Follow]
	Before []byte // its content; nil where there was none
}

// Put writes after in the place of f, which is made where there was none, for this user alone, as are its folders.
// What read returns of f.Real now has to be what was found, or nothing is written ([ErrChanged]). Processes that use
// Put take turns.
func (f File) Put(after []byte, read func(path string) ([]byte, error)) error {
	if err := os.MkdirAll(filepath.Dir(f.Real), 0o700); err != nil {
		return err
	}
	unlock, err := lock(f.Real)
	if err != nil {
		return err
	}
	defer unlock()
	// The link may lead elsewhere now.
	if real, err := Follow(f.Path); err != nil || real != f.Real {
		return ErrChanged
	}
	now, err := read(f.Real)
	if err != nil {
		return err
	}
	if (now == nil) != (f.Before == nil) || !bytes.Equal(now, f.Before) {
		return ErrChanged
	}
	return replace(f.Real, after)
}

// errWriteProtected is the cause where the file itself is marked as read-only,
// which a rename would not respect.
var errWriteProtected = errors.New("the file is marked as read-only")

// ErrOwner is the cause where the new file cannot be given to the old one's
// owner: whoever reads the file now might not be able to any more.
var ErrOwner = errors.New("the owner cannot be kept")

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

// Follow returns the file that path leads to over symbolic links, whether it
// exists or not.
func Follow(path string) (string, error) {
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
