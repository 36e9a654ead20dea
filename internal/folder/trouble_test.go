package folder

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// What the machine cannot do is said in words, with what to do about it.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err     error
		problem string
		remedy  string
	}{
		{syscall.ENOSPC, "the disk is full", "free some space"},
		{syscall.EDQUOT, "the disk is full", "free some space"},
		{syscall.EROFS, "the folder is read-only here", "folders in the profile"},
		{syscall.EMFILE, "the server has too many files open", "ulimit -n"},
		{syscall.ENFILE, "the server has too many files open", "ulimit -n"},
		{syscall.EIO, syscall.EIO.Error(), "tell the person"},
	} {
		got := trouble("writing a.pdf", row.err)
		if got.Error() != "writing a.pdf: "+row.problem || !strings.Contains(got.Hint(), row.remedy) || !errors.Is(got, row.err) {
			t.Errorf("%v: got %q, %q", row.err, got, got.Hint())
		}
	}
}

// On a full disk nothing of a file is left, and whoever asked learns what is the matter.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("/dev/full is missing")
	}
	dir := t.TempDir()
	f, err := New([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	n, err := f.Create("", "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	whole := n.file
	n.file = full
	_, err = n.Write([]byte("new"))
	var told *TroubleError
	if !errors.As(err, &told) || told.Error() != "writing "+filepath.Join(dir, "a.txt")+": the disk is full" {
		t.Errorf("got %v", err)
	}
	n.Discard()
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("there are %d files, %v", len(entries), err)
	}
}
