//go:build unix

package profile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/rewrite"
)

// What a disk does cannot be made to happen in a test; what it says can.
func TestWriteErrors(t *testing.T) {
	t.Parallel()
	e := &Editor{path: "c.toml", real: "/etc/x/c.toml"}
	for want, cause := range map[string]error{
		"c.toml: cannot be written: the folder /etc/x is read-only here; change the file where it comes from, or name another file with --config or MICROSOFT_MCP_CONFIG": syscall.EROFS,
		"c.toml: cannot be written: the disk is full; free some space and try again; the file is as it was":                                                               syscall.ENOSPC,
		"c.toml: cannot be replaced: the file is mounted by itself; mount its folder instead, or change the file outside of the container":                                syscall.EBUSY,
		"c.toml: cannot be written: this user may not create files in /etc/x; allow it, or name another file with --config or MICROSOFT_MCP_CONFIG":                       syscall.EACCES,
		"c.toml: cannot be written (input/output error); see that /etc/x is a folder that this user may write to":                                                         syscall.EIO,
		"c.toml: belongs to another user or group; run this command as its owner, or as an administrator":                                                                 fmt.Errorf("%w: %w", rewrite.ErrOwner, syscall.EPERM),
	} {
		wrapped := fmt.Errorf("saving: %w", &fs.PathError{Op: "open", Path: "/etc/x/.c.toml.1.tmp", Err: cause})
		if got := e.writeError(wrapped).Error(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestSaveKeepsTheOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 1234, 5678); err != nil {
		t.Skipf("root may not, either: %v", err)
	}
	if err := Edit(path, func(e *Editor) error {
		return e.Add(Settings{Name: "ada", ClientID: strings.Repeat("1", 8) + "-1111-1111-1111-111111111111"})
	}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); info.Size() == 0 || s.Uid != 1234 || s.Gid != 5678 {
		t.Errorf("got a file of %d bytes that belongs to %d:%d, want 1234:5678", info.Size(), s.Uid, s.Gid)
	}
}
