//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// detach gives a browser a session of its own: a Ctrl-C at our terminal, and whoever ends our process group, mean us.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
