package rewrite

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner has nothing to do: a new file inherits its folder's access list.
func keepOwner(*os.File, fs.FileInfo) error { return nil }

// isReadOnlyDisk knows ERROR_WRITE_PROTECT.
func isReadOnlyDisk(err error) bool { return errors.Is(err, syscall.Errno(19)) }

// isFullDisk knows ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL and
// ERROR_DISK_QUOTA_EXCEEDED.
func isFullDisk(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112)) || errors.Is(err, syscall.Errno(1295))
}
