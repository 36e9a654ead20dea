package turn

import (
	"errors"
	"syscall"
)

const openFlags = 0

const sharingViolation = syscall.Errno(32) // winerror.h

// IsPassing tells whether what went wrong with a file is over when somebody else has closed it: one that is being removed
// denies access.
func IsPassing(err error) bool {
	return errors.Is(err, sharingViolation) || errors.Is(err, syscall.ERROR_ACCESS_DENIED)
}
