package secret

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// A limit of open files that is reached is no fault of the file's.
func TestNoMoreFiles(t *testing.T) {
	t.Parallel()
	for _, err := range []error{syscall.EMFILE, syscall.ENFILE} {
		var told *Error
		if !errors.As(openError("reading the secret file a", "a", &fs.PathError{Op: "open", Path: "a", Err: err}), &told) || !strings.Contains(told.Hint(), "LimitNOFILE") {
			t.Errorf("%v: got %v", err, told)
		}
	}
}
