package secret_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Kubernetes, Docker Swarm and systemd mount secrets on a read-only file system
// in memory, with modes that a file elsewhere must not have.
func TestFromFileAcceptsWhatThePlatformMounts(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "play", "mounts", t.TempDir())
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{ // a place of its own to mount in
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("this machine lets nobody mount: %v", err)
	}
	want := strings.Join([]string{
		"writable tmpfs 0644: refused", "writable tmpfs 0600: accepted",
		"writable tmpfs 0444: refused", "writable tmpfs 0666: refused",
		"read-only tmpfs 0644: accepted", "read-only tmpfs 0444: accepted", "read-only tmpfs 0666: refused",
		"read-only folder 0644: refused", "read-only folder 0400: accepted", "",
	}, "\n")
	if got := string(out); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// playMounts runs as root of a mount namespace of its own.
func playMounts(dir string) {
	mount := func(source, kind string, flags uintptr) {
		if err := syscall.Mount(source, dir, kind, flags, ""); err != nil {
			fmt.Fprintln(os.Stderr, "mounting:", err)
			os.Exit(1)
		}
	}
	try := func(where string, modes ...os.FileMode) {
		for _, mode := range modes {
			path := filepath.Join(dir, fmt.Sprintf("%04o", mode))
			_ = os.WriteFile(path, []byte(plain), 0o600) // where it can still be written
			_ = os.Chmod(path, mode)
			verdict := "accepted"
			if _, err := secret.FromFile(path).Read(context.Background()); errors.Is(err, secret.ErrUnavailable) {
				verdict = "refused"
			} else if err != nil {
				verdict = err.Error()
			}
			fmt.Printf("%s %04o: %s\n", where, mode, verdict)
		}
	}
	for _, mode := range []os.FileMode{0o644, 0o400} { // on the disk below
		path := filepath.Join(dir, fmt.Sprintf("%04o", mode))
		if os.WriteFile(path, []byte(plain), 0o600) != nil || os.Chmod(path, mode) != nil {
			os.Exit(1)
		}
	}
	mount("tmpfs", "tmpfs", 0)
	try("writable tmpfs", 0o644, 0o600, 0o444, 0o666)
	mount("tmpfs", "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY)
	try("read-only tmpfs", 0o644, 0o444, 0o666)
	if err := syscall.Unmount(dir, 0); err != nil {
		os.Exit(1)
	}
	mount(dir, "", syscall.MS_BIND)
	mount("", "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY)
	try("read-only folder", 0o644, 0o400)
}
