//go:build unix

package folder

import "syscall"

// noWait keeps an open from waiting where a pipe has taken the file's place since it was looked at.
const noWait = syscall.O_NONBLOCK

// isFull and isReadOnly know what other systems say in place of ENOSPC and EROFS.
func isFull(error) bool     { return false }
func isReadOnly(error) bool { return false }
