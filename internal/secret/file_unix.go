//go:build unix

package secret

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keeps opening a named pipe from waiting for its writer.
const openFlags = syscall.O_NONBLOCK

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

// ownCommand gives the file to the user we run as, and to nobody else.
func ownCommand(path string) string {
	path = shellQuote(path)
	return fmt.Sprintf("chown %d %s && chmod 400 %s", os.Geteuid(), path, path)
}
