package secret

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/turn"
)

// save seals the secrets and puts them in the file's place; with no secret left
// it removes the file. The caller holds the lock, so that one name does for the
// new file: whatever is there was left by a process that was killed.
func (s *sealedFile) save(op string, aead cipher.AEAD, secrets map[string][]byte) error {
	next := s.path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.writeError(op, err)
	}
	if len(secrets) == 0 {
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.writeError(op, err)
		}
		return nil
	}
	plain, err := json.Marshal(secrets)
	if err != nil {
		return &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("the secrets cannot be encoded"),
			Next: "report this, it is a mistake in the server"}
	}
	sealed := aead.Seal([]byte(sealedHeader), nil, plain, []byte(sealedHeader))
	if len(sealed) > maxSealed {
		return &Error{Op: op, Kind: ErrTooLarge, Err: fmt.Errorf("the file would have %d bytes, at most %d", len(sealed), maxSealed),
			Next: "delete secrets that are not used any longer, or let profiles use another sealed file"}
	}
	if err := replaceFile(next, s.path, sealed); err != nil {
		_ = os.Remove(next)
		return s.writeError(op, err)
	}
	return nil
}

// replaceFile writes content to next and renames it to path.
func replaceFile(next, path string, content []byte) error {
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL|noFollow, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		// A rename may reach the disk before what it renames: after a power cut the
		// file would be empty.
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return rename(next, path)
}

// rename is patient with what passes: on Windows, a virus scanner that has the
// one file or the other open.
func rename(from, to string) error {
	const tries = 8 // 1.3 s in all
	for try := 0; ; try++ {
		err := os.Rename(from, to)
		if err == nil || !turn.IsPassing(err) || try == tries {
			return err
		}
		time.Sleep(5 * time.Millisecond << try)
	}
}

// writeError says why the file, its folder or its lock cannot be written.
func (s *sealedFile) writeError(op string, err error) error {
	dir := filepath.Dir(s.path)
	const another = `let the profile name a file elsewhere: vault = { file = "PATH", key = { env = "NAME" } }`
	e := &Error{Op: op, Kind: ErrUnavailable, Err: bare(err), Next: "check the file system it lies on, or " + another}
	switch {
	case isReadOnly(err):
		e.Err = fmt.Errorf("its folder %s is read-only", dir)
		e.Next = "mount a folder there that can be written (a volume), or " + another
	case isFull(err):
		e.Err = fmt.Errorf("the disk under %s is full", dir)
		e.Next = "free some space, then try again"
	case errors.Is(err, syscall.EBUSY):
		e.Err = errors.New("it is a mount point, which nothing can take the place of")
		e.Next = "mount the folder " + dir + ", not the file alone"
	case errors.Is(err, fs.ErrPermission):
		e.Err = fmt.Errorf("its folder %s lets this user write nothing", dir)
		e.Next = fmt.Sprintf("run: %s; or %s", writeCommand(dir), another)
	}
	return e
}
