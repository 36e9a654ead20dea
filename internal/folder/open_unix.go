//go:build unix

package folder

import "syscall"

// noWait keeps an open from waiting where a pipe has taken the file's place since it was looked at.
const noWait = syscall.O_NONBLOCK
