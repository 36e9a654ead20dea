package folder_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/folder"
)

// fixture is two allowed folders beside one that is not.
type fixture struct {
	*folder.Folders
	first, second, outside string
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	top := t.TempDir()
	x := fixture{first: filepath.Join(top, "first"), second: filepath.Join(top, "second"), outside: filepath.Join(top, "outside")}
	for _, path := range []string{x.first, x.second, x.outside, filepath.Join(x.first, "sub")} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(x.first, "a.txt"), "first")
	put(t, filepath.Join(x.first, "sub", "b.txt"), "sub")
	put(t, filepath.Join(x.second, "a.txt"), "second")
	put(t, filepath.Join(x.outside, "secret"), "secret")
	f, err := folder.New([]string{x.first, x.second})
	if err != nil {
		t.Fatal(err)
	}
	x.Folders = f
	return x
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
}

// names lists a folder; a temporary file that was left over would show.
func names(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestOpen(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	for path, want := range map[string]string{
		"a.txt":                               "first",
		"./sub/b.txt":                         "sub",
		filepath.Join(x.second, "a.txt"):      "second",
		x.first + "/sub/../a.txt":             "first",
		filepath.Join(x.first, "sub/b.txt"):   "sub",
		filepath.Join(x.first, ".", "/a.txt"): "first",
	} {
		f, err := x.Open(filepath.FromSlash(path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != want || f.Size() != int64(len(want)) || f.Name() != filepath.Base(path) {
			t.Errorf("%s: got %q, %d bytes, named %q, %v; want %q", path, got, f.Size(), f.Name(), err, want)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Row 16 of the weaknesses: whatever a model writes, no file outside of the folders is read.
func TestOpenStaysInside(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	link(t, filepath.Join(x.outside, "secret"), filepath.Join(x.first, "direct"))
	link(t, x.outside, filepath.Join(x.first, "folder"))
	link(t, "../../outside/secret", filepath.Join(x.first, "sub", "relative"))
	link(t, "direct", filepath.Join(x.first, "chain"))
	for _, path := range []string{
		"../outside/secret", "sub/../../outside/secret", "direct", "folder/secret", "sub/relative", "chain",
		"folder/../outside/secret", // a cleaned path would be harmless; the system's is not
		filepath.Join(x.outside, "secret"), x.first + "/../outside/secret", x.first + "/folder/secret",
		x.first + "-not/a.txt", "/etc/passwd", "/dev/null", "//server/share/x", `\\server\share\x`, "a.txt\x00", "/proc/self/environ",
	} {
		f, err := x.Open(filepath.FromSlash(path))
		if err == nil {
			got, _ := io.ReadAll(f)
			f.Close()
			if strings.Contains(string(got), "secret") || path != "a.txt" {
				t.Errorf("%q was opened: %q", path, got)
			}
			continue
		}
		var refusal *folder.Error
		if !errors.As(err, &refusal) {
			t.Errorf("%q: %v is no *Error", path, err)
		}
	}
	_, err := x.Open("direct")
	var refusal *folder.Error
	if !errors.As(err, &refusal) || !strings.Contains(refusal.Problem, "outside") || !strings.Contains(refusal.Hint(), x.second) {
		t.Errorf("a link out of the folder: got %v; want a word that it is outside, and the folders", err)
	}
}

func TestOpenOnlyFiles(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	for path, want := range map[string]string{"sub": "is a folder", "": "is a folder", ".": "is a folder", "none.txt": "does not exist", "none/a.txt": "does not exist"} {
		if _, err := x.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", path, err, want)
		}
	}
}

// People know a folder by where links lead to, too; the link stands above the folder and is the owner's.
func TestFolderThatIsALink(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	alias := filepath.Join(filepath.Dir(x.first), "alias")
	link(t, x.first, alias)
	f, err := folder.New([]string{alias})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"a.txt", filepath.Join(alias, "a.txt"), filepath.Join(x.first, "a.txt")} {
		file, err := f.Open(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		file.Close()
	}
}

func write(t *testing.T, f *folder.Folders, dir, name, text string) string {
	t.Helper()
	n, err := f.Create(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	path, err := n.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCreate(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	long := strings.Repeat("é", 120) + ".docx"
	for _, row := range []struct{ dir, name, want string }{
		{"", "new.pdf", filepath.Join(x.first, "new.pdf")},
		{"", "new.pdf", filepath.Join(x.first, "new (1).pdf")},
		{"", "new.pdf", filepath.Join(x.first, "new (2).pdf")},
		{"", "a.txt", filepath.Join(x.first, "a (1).txt")},
		{"", "sub", filepath.Join(x.first, "sub (1)")},
		{"sub", "new.pdf", filepath.Join(x.first, "sub", "new.pdf")},
		{x.second, "new.pdf", filepath.Join(x.second, "new.pdf")},
		{"", long, filepath.Join(x.first, long)},
		{"", long, filepath.Join(x.first, strings.Repeat("é", 120)+" (1).docx")},
		{"", ".profile", filepath.Join(x.first, ".profile")},
		{"", ".profile", filepath.Join(x.first, ".profile (1)")},
		{"", strings.Repeat("x", 255), filepath.Join(x.first, strings.Repeat("x", 255))},
		{"", strings.Repeat("x", 255), filepath.Join(x.first, strings.Repeat("x", 251)+" (1)")},
	} {
		if got := write(t, x.Folders, row.dir, row.name, "new"); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		if got, err := os.ReadFile(row.want); err != nil || string(got) != "new" {
			t.Errorf("%s holds %q, %v", row.want, got, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(x.first, "a.txt")); string(got) != "first" {
		t.Errorf("what was there is now %q, %v", got, err)
	}
	if slices.ContainsFunc(names(t, x.first), func(name string) bool { return strings.HasSuffix(name, ".part") }) {
		t.Errorf("a temporary file is left: %v", names(t, x.first))
	}
}

// Rows 15 and 17: nothing is written outside of the folders, whatever the name and the folder are.
func TestCreateStaysInside(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	link(t, x.outside, filepath.Join(x.first, "out"))
	link(t, filepath.Join(x.outside, "new"), filepath.Join(x.first, "dangling"))
	for _, row := range [][2]string{
		{"..", "x"}, {"../outside", "x"}, {"out", "x"}, {x.outside, "x"}, {"out/../outside", "x"}, {"none", "x"}, {"a.txt", "x"},
		{"", "../x"}, {"", "sub/x"}, {"", `..\x`}, {"", ""}, {"", "."}, {"", ".."}, {"", "x\x00"}, {"", "x\n"}, {"", strings.Repeat("x", 256)}, {"", "/x"},
	} {
		if n, err := x.Create(row[0], row[1]); err == nil {
			path, err := n.Commit()
			t.Errorf("%q in %q was written: %s, %v", row[1], row[0], path, err)
		}
	}
	if got := write(t, x.Folders, "", "dangling", "text"); got != filepath.Join(x.first, "dangling (1)") {
		t.Errorf("a link that leads nowhere was written through: %s", got)
	}
	if diff := cmp.Diff([]string{"secret"}, names(t, x.outside)); diff != "" {
		t.Errorf("outside (-want +got)\n%s", diff)
	}
}

// A file is not there before it is whole, and nothing of it stays where it is given up.
func TestCreateWholeOrNot(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	n, err := x.Create("sub", "new.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Join(x.first, "sub")); slices.Contains(got, "new.pdf") {
		t.Errorf("the name is there before the file is whole: %v", got)
	}
	n.Discard()
	n.Discard()
	if got := names(t, filepath.Join(x.first, "sub")); !slices.Equal(got, []string{"b.txt"}) {
		t.Errorf("something is left: %v", got)
	}
	if _, err := n.Write([]byte("more")); err == nil {
		t.Error("a file that was given up takes more")
	}
	if _, err := n.Commit(); err == nil {
		t.Error("a file that was given up was committed")
	}
}

// The folder is made when something is written to it, for its owner alone, and not for reading.
func TestFolderIsMadeWhenNeeded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Downloads", "ours")
	f, err := folder.New([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open("x"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("reading: got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("reading made the folder")
	}
	write(t, f, "", "x", "text")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("got %v, %v; want a folder for its owner alone", info.Mode(), err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, paths := range [][]string{nil, {"relative"}, {""}} {
		if _, err := folder.New(paths); err == nil {
			t.Errorf("%q was taken", paths)
		}
	}
}
