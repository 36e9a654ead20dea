//go:build unix

package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func TestFromFileRefusesWhatOthersCanRead(t *testing.T) {
	t.Parallel()
	byRoot := os.Geteuid() == 0 // who owns what this test writes
	for _, row := range []struct {
		mode     os.FileMode
		accepted bool
	}{
		{0o600, true}, {0o400, true},
		{0o440, byRoot}, {0o640, byRoot},
		{0o660, false}, {0o650, false}, {0o604, false}, {0o644, false}, {0o444, false},
		{0o620, false}, {0o602, false}, {0o601, false}, {0o777, false},
	} {
		path := write(t, plain, row.mode)
		if row.accepted {
			wantText(t, secret.FromFile(path), plain)
			continue
		}
		said := wantError(t, secret.FromFile(path), secret.ErrUnavailable, "others can read it")
		if want := "run: chmod 600 '" + path + "'"; !strings.HasSuffix(said, want) {
			t.Errorf("mode %o: got %q, want it to end in %q", row.mode, said, want)
		}
	}
}

// Kubernetes: NAME -> ..data/NAME, ..data -> ..2026_11_24.
func TestFromFileFollowsLinksAndJudgesTheirEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	file, name := filepath.Join(dir, "..2026", "name"), filepath.Join(dir, "name")
	if err := os.WriteFile(file, []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"..data": "..2026", "name": "..data/name"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	wantText(t, secret.FromFile(name), plain)
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	wantError(t, secret.FromFile(name), secret.ErrUnavailable, "chmod 600")
}

func TestFromFileDoesNotWaitForAPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	wantError(t, secret.FromFile(pipe), secret.ErrUnavailable, "not a regular file")
	wantError(t, secret.FromFile("/dev/null"), secret.ErrUnavailable, "not a regular file")
}

func TestFromFileNamesTheOwnerWhereItMayNotRead(t *testing.T) {
	t.Parallel()
	path := write(t, plain, 0)
	if f, err := os.Open(path); err == nil {
		_ = f.Close()
		t.Skip("this user may read every file")
	}
	wantError(t, secret.FromFile(path), secret.ErrUnavailable, "chown")
}

// A file that root owns and everybody reads is an administrator's slip.
func TestFromFileDoesNotTrustRootForBeingRoot(t *testing.T) {
	t.Parallel()
	info, err := os.Stat("/etc/passwd")
	if err != nil || os.Geteuid() == 0 || info.Mode().Perm() != 0o644 {
		t.Skip("needs a user who is not root, and the usual /etc/passwd")
	}
	wantError(t, secret.FromFile("/etc/passwd"), secret.ErrUnavailable, "mode 0644", "as root, run: chown")
}
