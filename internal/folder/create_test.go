package folder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Where the file system has no links, as on memory cards, nothing is overwritten either.
func TestFileSystemsWithoutLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := New([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a (1).txt", "a (2).txt"} {
		n, err := f.Create("", "a.txt")
		if err != nil {
			t.Fatal(err)
		}
		n.link = func(string, string) error { return errors.New("operation not supported") }
		if _, err := n.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		path, err := n.Commit()
		if err != nil || path != filepath.Join(dir, want) {
			t.Errorf("got %s, %v; want %s", path, err, want)
		}
		if got, err := os.ReadFile(path); string(got) != "new" {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "a.txt")); string(got) != "old" {
		t.Errorf("what was there is now %q, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("there are %d files, %v; want 3", len(entries), err)
	}
}
