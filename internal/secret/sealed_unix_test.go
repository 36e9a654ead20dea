//go:build unix

package secret_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// sealed returns a sealed file that holds a secret under "k".
func sealed(t *testing.T) (path string, key *keyText) {
	t.Helper()
	path, key = filepath.Join(t.TempDir(), "folder", "sealed"), newKey()
	mustPut(t, secret.SealedFile(path, key), "k", "stored")
	return path, key
}

func TestSealedFileIsClosedToOthers(t *testing.T) {
	t.Parallel()
	path, key := sealed(t)
	wantMode := func(path string, want os.FileMode) {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("got mode %o (%v), want %o", info.Mode().Perm(), err, want)
		}
	}
	wantMode(filepath.Dir(path), 0o700)
	wantMode(path, 0o600)
	for _, mode := range []os.FileMode{0o644, 0o660, 0o604} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		wantSealedError(t, secret.SealedFile(path, key), path, secret.ErrUnavailable, "others can read it", "chmod 600")
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	mustPut(t, secret.SealedFile(path, key), "k", "stored")
	wantMode(path, 0o600)
}

func TestSealedFileIsARegularFile(t *testing.T) {
	t.Parallel()
	path, key := sealed(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	wantSealedError(t, secret.SealedFile(link, key), path, secret.ErrUnavailable, "symbolic link", "name the file itself")

	dangling := filepath.Join(t.TempDir(), "dangling")
	if err := os.Symlink(filepath.Join(t.TempDir(), "gone"), dangling); err != nil {
		t.Fatal(err)
	}
	wantSealedError(t, secret.SealedFile(dangling, key), path, secret.ErrUnavailable, "symbolic link")
	wantSealedError(t, secret.SealedFile(filepath.Dir(path), key), path, secret.ErrUnavailable, "not a regular file")

	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	wantSealedError(t, secret.SealedFile(pipe, key), path, secret.ErrUnavailable, "not a regular file")
}

// Links that lie where the new file and the lock are made lead nowhere.
func TestSealedFileFollowsNoLinkWhenItWrites(t *testing.T) {
	t.Parallel()
	path, key := sealed(t)
	target := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path+".new"); err != nil {
		t.Fatal(err)
	}
	mustPut(t, secret.SealedFile(path, key), "k", "again")
	if raw, err := os.ReadFile(target); err != nil || string(raw) != "mine" {
		t.Errorf("what the link leads to was written to (%v)", err)
	}
	if err := os.Symlink(target, path+".lock"); err != nil {
		t.Fatal(err)
	}
	err := secret.SealedFile(path, key).Put(t.Context(), "k", secret.NewText("x"))
	if err == nil {
		t.Error("a lock that leads elsewhere was taken")
	}
	if raw, err := os.ReadFile(target); err != nil || string(raw) != "mine" {
		t.Errorf("what the link leads to was changed (%v)", err)
	}
}

// A file that another user has put where ours is looked for is not ours.
func TestSealedFileOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path, key := sealed(t)
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Skipf("cannot give a file away: %v", err)
	}
	wantSealedError(t, secret.SealedFile(path, key), path, secret.ErrUnavailable, "another user owns it", "chown 0")
}
