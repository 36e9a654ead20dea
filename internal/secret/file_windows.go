package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const (
	openFlags = 0
	noFollow  = 0
)

// readersLock: Windows does not replace a file that somebody has open.
const readersLock = true

// exposed accepts every file: Windows has no modes, and a profile folder's
// access list gives a file in it to its owner and the administrators.
func exposed(*os.File, fs.FileInfo) string { return "" }

// ownCommand lets the user we run as read the file.
func ownCommand(path string) string {
	return fmt.Sprintf(`icacls "%s" /grant "%%USERNAME%%:R"`, path)
}

// foreign accepts every file, as exposed does, and for its reason.
func foreign(fs.FileInfo) bool { return false }

// ours accepts every folder: the one for temporary files is the user's own.
func ours(fs.FileInfo) error { return nil }

// The system's error codes (winerror.h) that say what went wrong with a file.
const (
	writeProtect   = syscall.Errno(19)
	handleDiskFull = syscall.Errno(39)
	diskFull       = syscall.Errno(112)
)

// isReadOnly and isFull tell a read-only file system, and one without space.
func isReadOnly(err error) bool { return errors.Is(err, writeProtect) }
func isFull(err error) bool {
	return errors.Is(err, diskFull) || errors.Is(err, handleDiskFull)
}

// perUser returns name: the folder for temporary files is the user's own.
func perUser(name string) string { return name }

// writeCommand lets the user we run as write in the folder.
func writeCommand(dir string) string {
	return fmt.Sprintf(`icacls "%s" /grant "%%USERNAME%%:(OI)(CI)M"`, dir)
}
