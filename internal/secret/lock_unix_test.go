//go:build unix

package secret_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// The folder is made where it is missing, and goes with its last lock.
func TestLockMakesItsFolderAndRemovesIt(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	dir := secret.LockDir(func(string) string { return filepath.Join(temp, "no such folder") })
	if strings.HasPrefix(dir, "/run/user/") {
		t.Skip("this user has a folder at its fixed place, which is always found")
	}
	if want := filepath.Join(temp, fmt.Sprintf("microsoft-mcp-server-%d", os.Geteuid())); dir != want {
		t.Fatalf("got %s, want %s", dir, want)
	}
	one, two := acquire(t, secret.NewLock(dir, "contoso")), acquire(t, secret.NewLock(dir, "fabrikam"))
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got a folder of mode %o (%v), want 0700", info.Mode().Perm(), err)
	}
	one()
	two()
	noFiles(t, temp)
}

func TestLockDirTakesWhatIsOursAlone(t *testing.T) {
	t.Parallel()
	good := lockFolder(t)
	open, link := lockFolder(t), filepath.Join(t.TempDir(), "link")
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	from := func(dir string) string {
		return secret.LockDir(func(name string) string {
			if name != "XDG_RUNTIME_DIR" {
				t.Errorf("it asked for %s", name)
			}
			return dir
		})
	}
	for _, spelling := range []string{good, good + "/", good + "/."} {
		if got := from(spelling); got != good {
			t.Errorf("%s: got %s, want %s", spelling, got, good)
		}
	}
	for _, dir := range []string{"", "run", open, link, link + "/", filepath.Join(good, "missing"), os.Args[0]} {
		if got := from(dir); got == filepath.Clean(dir) || !filepath.IsAbs(got) {
			t.Errorf("%s was taken: %s", dir, got)
		}
	}
}

// A folder that somebody else has prepared is refused, at once, and so is a
// place where none can be made.
func TestLockRefusesAFolderThatIsNotOurs(t *testing.T) {
	t.Parallel()
	open, link := lockFolder(t), filepath.Join(t.TempDir(), "link")
	if err := os.Chmod(open, 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(lockFolder(t), link); err != nil {
		t.Fatal(err)
	}
	for dir, word := range map[string]string{
		open: "others can write in it (mode 0770)", link: "is not a folder", os.Args[0]: "is not a folder",
		filepath.Join(open, "missing", "deeper"): "there is no folder", "/proc/self/nothing": "",
	} {
		_, err := secret.NewLock(dir, "contoso").Acquire(t.Context())
		if !errors.Is(err, secret.ErrUnavailable) || hint(err) == "" || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got error %v, want %v and %q", dir, err, secret.ErrUnavailable, word)
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	theirs := lockFolder(t)
	if err := os.Chown(theirs, 12345, 12345); err != nil {
		t.Skipf("cannot give a folder away: %v", err)
	}
	if _, err := secret.NewLock(theirs, "contoso").Acquire(t.Context()); err == nil || !strings.Contains(err.Error(), "another user owns it") {
		t.Errorf("got error %v, want the folder of another user refused", err)
	}
}

// What lies in the file's place, and is no file, neither hangs nor leads elsewhere.
func TestLockWithSomethingInItsPlace(t *testing.T) {
	t.Parallel()
	dir := lockFolder(t)
	l := secret.NewLock(dir, "contoso")
	target := filepath.Join(t.TempDir(), "target")
	if err := os.Symlink(target, l.LockPath()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := l.Acquire(ctx); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("got error %v, want %v", err, secret.ErrUnavailable)
	}
	if _, err := os.Lstat(target); err == nil {
		t.Error("the lock was made where the link leads to")
	}
}
