package entra

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// credentialError is why a credential cannot be used. It never holds what the credential is made of.
type credentialError struct {
	message string
	hint    string
	cause   error
}

// Error returns what is wrong.
func (e *credentialError) Error() string {
	if e.cause != nil {
		return e.message + ": " + e.cause.Error()
	}
	return e.message
}

// Hint returns what to do next.
func (e *credentialError) Hint() string { return e.hint }

// Unwrap returns the cause, nil where the message says it all.
func (e *credentialError) Unwrap() error { return e.cause }

// readCredentialFile reads a regular file of at most limit bytes that holds a credential; what says which one. It
// follows symbolic links, since Kubernetes mounts as links what it replaces now and then.
func readCredentialFile(what, path string, limit int64) ([]byte, error) {
	refuse := func(cause error, hint string) error {
		return &credentialError{message: fmt.Sprintf("reading the %s file %s", what, path), cause: cause, hint: hint}
	}
	// Asked before it is opened: opening a named pipe waits for its writer.
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, refuse(errors.New("it is not a regular file"), "name a file, not a folder or a device, in the profile")
	}
	var raw []byte
	if err == nil {
		raw, err = readAtMost(path, limit)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(errors.New("it does not exist"), "put the "+what+" there, or correct its path in the profile")
	case errors.Is(err, fs.ErrPermission):
		return nil, refuse(errors.New("this user may not read it"), "let the user that the server runs as read it")
	case errors.Is(err, errTooLarge):
		return nil, refuse(fmt.Errorf("it has more than %d bytes", limit), "check its path in the profile: no "+what+" is that large")
	case err != nil:
		return nil, refuse(withoutPath(err), "check the file system it lies on")
	case len(raw) == 0:
		return nil, refuse(errors.New("it is empty"), "check what writes it, or correct its path in the profile")
	}
	return raw, nil
}

// readAtMost reads a file, or fails with errTooLarge.
func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		return nil, errTooLarge
	}
	return raw, err
}

// withoutPath drops the path from err: the act names it already.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
