//go:build unix

package folder_test

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe would block whoever opens it, and a socket is none of our business.
func TestOpenRefusesPipesAndSockets(t *testing.T) {
	t.Parallel()
	x := newFixture(t)
	if err := syscall.Mkfifo(filepath.Join(x.first, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(x.first, "s"))
	if err != nil {
		t.Skipf("the path of a socket: %v", err)
	}
	defer l.Close()
	for _, path := range []string{"pipe", "s"} {
		if _, err := x.Open(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
