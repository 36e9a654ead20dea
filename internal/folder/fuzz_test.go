package folder_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/folder"
)

// Whatever a model names, what is read is one of the files inside, and what is written is a new file directly where it was asked
// for; outside of the folders nothing is read, made or changed.
func FuzzPaths(f *testing.F) {
	top := f.TempDir()
	inside, outside := filepath.Join(top, "inside"), filepath.Join(top, "outside")
	for path, text := range map[string]string{filepath.Join(inside, "a.txt"): "inside", filepath.Join(inside, "sub", "b.txt"): "inside", filepath.Join(outside, "c.txt"): "outside"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			f.Fatal(err)
		}
	}
	_ = os.Symlink(outside, filepath.Join(inside, "out")) // not every system lets us
	_ = os.Symlink(filepath.Join(outside, "c.txt"), filepath.Join(inside, "sub", "c.txt"))
	folders, err := folder.New([]string{inside})
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{"a.txt", "sub/b.txt", "../outside/c.txt", "out/c.txt", "sub/c.txt", filepath.Join(outside, "c.txt"), inside + "/../outside/c.txt", "sub/../../outside/c.txt", "", ".", "a.txt\x00", `..\outside\c.txt`, "CON", "a.txt:x", "/dev/zero", "//a.txt"} {
		f.Add(path, "new.txt")
		f.Add(filepath.Dir(path), path)
	}
	f.Fuzz(func(t *testing.T, path, name string) {
		if file, err := folders.Open(path); err == nil {
			text, _ := io.ReadAll(io.LimitReader(file, 100))
			file.Close()
			if string(text) != "inside" {
				t.Fatalf("%q reads %q", path, text)
			}
		}
		pending, err := folders.Create(path, name)
		if err != nil {
			return
		}
		_, _ = pending.Write([]byte("inside"))
		made, err := pending.Commit()
		if err != nil {
			pending.Discard()
		} else if rel, err := filepath.Rel(inside, made); err != nil || !filepath.IsLocal(rel) || strings.ContainsAny(filepath.Base(made), "/\\\x00") || os.Remove(made) != nil {
			t.Fatalf("%q, %q made %q", path, name, made)
		}
		left, err := os.ReadDir(outside)
		if err != nil || len(left) != 1 {
			t.Fatalf("%q, %q: outside there are %v (%v)", path, name, left, err)
		}
	})
}
