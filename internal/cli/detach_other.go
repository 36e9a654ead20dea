//go:build !unix

package cli

import "os/exec"

// detach does nothing: processes here outlive those that started them.
func detach(*exec.Cmd) {}
