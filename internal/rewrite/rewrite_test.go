package rewrite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/rewrite"
)

func read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func TestPut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "file")
	f := rewrite.File{Path: path, Real: path}
	if err := f.Put([]byte("one"), read); err != nil {
		t.Fatal(err)
	}
	// A file that was not there, and one that says something else.
	for _, before := range [][]byte{nil, []byte("zero"), {}} {
		f.Before = before
		if err := f.Put([]byte("two"), read); !errors.Is(err, rewrite.ErrChanged) {
			t.Errorf("over %q, taken for %q: got %v", "one", before, err)
		}
	}
	f.Before = []byte("one")
	if err := f.Put([]byte("two"), read); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); string(got) != "two" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.Before = nil
	if err := f.Put([]byte("three"), read); !errors.Is(err, rewrite.ErrChanged) {
		t.Errorf("over an empty file, taken for none: got %v", err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

// A link that leads elsewhere by now is not written over.
func TestLinkMoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link, first, second := filepath.Join(dir, "link"), filepath.Join(dir, "first"), filepath.Join(dir, "second")
	if err := os.Symlink("first", link); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	real, err := rewrite.Follow(link)
	if err != nil || filepath.Base(real) != filepath.Base(first) {
		t.Fatalf("got %s, %v", real, err)
	}
	if err := errors.Join(os.Remove(link), os.Symlink(second, link)); err != nil {
		t.Fatal(err)
	}
	f := rewrite.File{Path: link, Real: real}
	if err := f.Put([]byte("x"), read); !errors.Is(err, rewrite.ErrChanged) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(os.Remove(link), os.Symlink(link, link)); err != nil {
		t.Fatal(err)
	}
	if _, err := rewrite.Follow(link); err == nil {
		t.Error("a link to itself was followed to an end")
	}
}
