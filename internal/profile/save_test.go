package profile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// only fails where a folder holds anything but the files named.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestSaveMakesFolderAndFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	path := filepath.Join(dir, "config.toml")
	if err := profile.Edit(path, func(*profile.Editor) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a folder was made for nothing")
	}
	if err := profile.Edit(path, add(someone)); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "config.toml")
	if runtime.GOOS != "windows" {
		if d, f := modeOf(t, dir).Perm(), modeOf(t, path).Perm(); d != 0o700 || f != 0o600 {
			t.Errorf("got modes %o and %o, want 700 and 600", d, f)
		}
	}
}

func TestSaveKeepsLinksAndMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir := t.TempDir()
	files, links := filepath.Join(dir, "files"), filepath.Join(dir, "links")
	for _, d := range []string{files, links} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	real, link, dangling := filepath.Join(files, "mine.toml"), filepath.Join(links, "config.toml"), filepath.Join(links, "other.toml")
	if err := errors.Join(os.WriteFile(real, []byte(person), 0o640), os.Chmod(real, 0o640),
		os.Symlink("../files/second", filepath.Join(links, "first")), os.Symlink("mine.toml", filepath.Join(files, "second")),
		os.Symlink("first", link), os.Symlink("../files/none.toml", dangling)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dangling} {
		if err := profile.Edit(path, add(someone)); err != nil {
			t.Fatal(err)
		}
		if modeOf(t, path)&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", filepath.Base(path))
		}
	}
	only(t, files, "mine.toml", "none.toml", "second")
	only(t, links, "config.toml", "first", "other.toml")
	if got := modeOf(t, real).Perm(); got != 0o640 {
		t.Errorf("got mode %o, want 640", got)
	}
	e, err := profile.OpenEditor(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Use("contoso"), os.Remove(link), os.Symlink("../files/other.toml", link)); err != nil {
		t.Fatal(err)
	}
	if err := e.Save(); !errors.Is(err, profile.ErrChanged) {
		t.Errorf("the link leads elsewhere: got %v", err)
	}
	if err := os.Symlink("loop", filepath.Join(links, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := profile.Edit(filepath.Join(links, "loop"), add(someone)); err == nil || !strings.Contains(err.Error(), "too many symbolic links") {
		t.Errorf("a loop: got %v", err)
	}
}

func TestSaveLeavesWhatOthersWrote(t *testing.T) {
	t.Parallel()
	path := write(t, person)
	missing := filepath.Join(t.TempDir(), "config.toml")
	for _, row := range []struct{ path, theirs string }{{path, person + "# theirs\n"}, {missing, ""}} {
		e, err := profile.OpenEditor(row.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Add(someone); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(row.path, []byte(row.theirs), 0o600); err != nil {
			t.Fatal(err)
		}
		err = e.Save()
		var w *profile.WriteError
		if !errors.Is(err, profile.ErrChanged) || !errors.As(err, &w) || w.Hint() == "" {
			t.Errorf("got %v, want ErrChanged with a hint", err)
		}
		if got, _ := os.ReadFile(row.path); string(got) != row.theirs {
			t.Errorf("the other's change is lost: %s", got)
		}
		only(t, filepath.Dir(row.path), "config.toml")
	}
	// One Editor may save several times.
	e, err := profile.OpenEditor(path)
	for _, step := range []func() error{func() error { return e.Add(someone) }, e.Save, func() error { return e.Use("ada") }, e.Save, e.Save} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestManyEditorsLoseNothing(t *testing.T) {
	t.Parallel()
	const many = 24
	path := filepath.Join(t.TempDir(), "config.toml")
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			s := someone
			s.Name = fmt.Sprintf("p%d", i)
			if err := profile.Edit(path, add(s)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := profile.Load(profile.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Profiles) != many {
		t.Errorf("got %d profiles, want %d", len(c.Profiles), many)
	}
	only(t, filepath.Dir(path), "config.toml")
}

func TestSaveErrors(t *testing.T) {
	t.Parallel()
	protected := write(t, person)
	if err := os.Chmod(protected, 0o400); err != nil {
		t.Fatal(err)
	}
	err := profile.Edit(protected, add(someone))
	if want := protected + ": is marked as read-only; make it writable, or name another file with --config or MICROSOFT_MCP_CONFIG"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	only(t, filepath.Dir(protected), "config.toml")
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return // root may write anywhere
	}
	path := write(t, person)
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	err = profile.Edit(path, add(someone))
	if want := path + ": cannot be written: this user may not create files in " + filepath.Dir(path) + "; allow it, or name another file with --config or MICROSOFT_MCP_CONFIG"; !errors.Is(err, fs.ErrPermission) || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	_ = os.Chmod(filepath.Dir(path), 0o700) // or it cannot be cleaned up
}
