package folder

import (
	"errors"
	"syscall"
)

// TroubleError is what this machine could not do, through no fault of whoever asked for it. Nothing of the file is left.
type TroubleError struct {
	Doing   string // such as "writing /home/ada/Downloads/a.pdf"
	Problem string
	Remedy  string
	Err     error
}

// Error names what was done and the problem.
func (e *TroubleError) Error() string { return e.Doing + ": " + e.Problem }

// Hint says what to do about it.
func (e *TroubleError) Hint() string { return e.Remedy }

// Unwrap returns what the system said.
func (e *TroubleError) Unwrap() error { return e.Err }

// trouble explains an error of the system, without the path in it.
func trouble(doing string, err error) *TroubleError {
	e := &TroubleError{Doing: doing, Problem: err.Error(), Err: err,
		Remedy: "nothing of the file is left; tell the person, who has to look after the disk that the folder is on, and try again then"}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), isFull(err):
		e.Problem = "the disk is full"
		e.Remedy = "nothing of the file is left; tell the person to free some space there, or to allow a folder on another disk with folders in the profile, and try again then"
	case errors.Is(err, syscall.EROFS), isReadOnly(err):
		e.Problem = "the folder is read-only here"
		e.Remedy = "tell the person to make it writable, or to allow another with folders in the profile, in the server's configuration"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		e.Problem = "the server has too many files open"
		e.Remedy = "try again in a moment; where it stays so, tell the person to raise the server's limit of open files (ulimit -n; LimitNOFILE= in a systemd unit)"
	}
	return e
}
