package profile

import (
	"errors"

	"github.com/sapientsai/microsoft-mcp-server/internal/rewrite"
)

// ErrChanged is in the chain of Save's error where the file is not what it was
// when the Editor was opened.
var ErrChanged = rewrite.ErrChanged

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
	read := func(path string) ([]byte, error) { return readFile(path, false) }
	if err := e.file().Put(e.content(), read); err != nil {
		return e.writeError(err)
	}
	e.found = e.content()
	return nil
}

func (e *Editor) file() rewrite.File {
	return rewrite.File{Path: e.path, Real: e.real, Before: e.found}
}

// writeError says what an error of the file system means here.
func (e *Editor) writeError(err error) error {
	w := &WriteError{File: e.path, Err: err}
	var ours *Error
	if errors.As(err, &ours) {
		err = errors.New(ours.Problem) // without the path, which the message names already
	}
	w.Problem, w.Remedy = e.file().Explain(err, "or name another file with --config or MICROSOFT_MCP_CONFIG")
	return w
}
