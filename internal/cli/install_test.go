package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A package manager's link to the present version is what lasts; the version's own folder goes with the next one.
func TestOwnPathLasts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, other := filepath.Join(dir, "1.2.3"), filepath.Join(dir, "other")
	built := filepath.Join(dir, "go-build1", "exe")
	for _, path := range []string{program, other, built} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(program, link); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	found := func(path string) func(string) (string, error) {
		return func(string) (string, error) { return path, nil }
	}
	for _, test := range []struct {
		program, inPath, want string
	}{
		{program, link, link},
		{program, other, program},
		{program, "relative", program},
		{built, other, ""},
		{filepath.Join(dir, "gone"), other, ""},
	} {
		got, err := ownPath(func() (string, error) { return test.program, nil }, found(test.inPath))
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s with %s in PATH: got %q, %v; want %q", test.program, test.inPath, got, err, test.want)
		}
	}
	none := func(string) (string, error) { return "", errors.New("not found") }
	if got, err := ownPath(func() (string, error) { return program, nil }, none); got != program || err != nil {
		t.Errorf("not in PATH: got %q, %v", got, err)
	}
}
