//go:build unix

package turn

import "syscall"

// openFlags: a named pipe in the file's place does not wait for its writer, nor does a symbolic link lead elsewhere.
const openFlags = syscall.O_NONBLOCK | syscall.O_NOFOLLOW

// IsPassing tells whether what went wrong with a file is over when somebody else has closed it: never, but on Windows.
func IsPassing(error) bool { return false }
