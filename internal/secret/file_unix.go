//go:build unix

package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const (
	openFlags = syscall.O_NONBLOCK // opening a named pipe does not wait for its writer
	noFollow  = syscall.O_NOFOLLOW // nor does a symbolic link lead elsewhere
)

// readersLock: whoever reads a file that is being replaced reads the old one.
const readersLock = false

// exposed returns the command that closes a file which others can read, or ""
// where the file is closed enough. FromFile states the rules.
func exposed(f *os.File, info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	byRoot := ok && stat.Uid == 0
	mode := info.Mode().Perm()
	switch {
	case mode&0o077 == 0:
		return ""
	case byRoot && mode&0o037 == 0:
		return ""
	case mode&0o022 == 0 && mountedForUs(f):
		return ""
	case byRoot && os.Geteuid() != 0:
		return "as root, run: " + ownCommand(f.Name())
	default:
		return fmt.Sprintf("run: chmod 600 %s", shellQuote(f.Name()))
	}
}

// foreign reports whether the file belongs to another user, root excepted: what
// somebody put where we look for ours.
func foreign(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid()
}

// ours says what keeps a folder from being ours alone to write in, or nil.
func ours(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case ok && int(stat.Uid) != os.Geteuid():
		return errors.New("another user owns it")
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others can write in it (mode %04o)", info.Mode().Perm())
	}
	return nil
}

// isReadOnly and isFull tell a read-only file system, and one without space.
func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// perUser returns the name of a folder that the users of a machine have one of each.
func perUser(name string) string { return fmt.Sprintf("%s-%d", name, os.Geteuid()) }

// writeCommand lets the user we run as write in the folder.
func writeCommand(dir string) string {
	return fmt.Sprintf("chown %d %s", os.Geteuid(), shellQuote(dir))
}

// ownCommand gives the file to the user we run as, and to nobody else.
func ownCommand(path string) string {
	path = shellQuote(path)
	return fmt.Sprintf("chown %d %s && chmod 400 %s", os.Geteuid(), path, path)
}
