package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// buffer is an output that programs write to at any time.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestWhereABrowserCanBeOpened(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere there always is one, except over SSH")
	}
	for name, row := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"server":             {nil, false},
		"desktop":            {map[string]string{"DISPLAY": ":0"}, true},
		"wayland":            {map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, true},
		"SSH with a display": {map[string]string{"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, false},
		"SSH":                {map[string]string{"SSH_TTY": "/dev/pts/0"}, false},
		"WSL":                {map[string]string{"WSL_DISTRO_NAME": "Debian"}, true},
		"BROWSER over SSH":   {map[string]string{"BROWSER": "open-at-home", "SSH_TTY": "/dev/pts/0"}, true},
	} {
		if got := opener(func(name string) string { return row.env[name] }, &buffer{}) != nil; got != row.want {
			t.Errorf("%s: a browser can be opened: %t, want %t", name, got, row.want)
		}
	}
}

func TestBrowserCommand(t *testing.T) {
	t.Parallel()
	const page = "https://login.example/authorize?a=1&b=$(touch x);c"
	for value, want := range map[string][]string{
		"firefox":                  {"firefox", page},
		"firefox --new-window":     {"firefox", "--new-window", page},
		"chromium --app=%s":        {"chromium", "--app=" + page},
		"w3m" + pathList + "links": {"w3m", page},
	} {
		if got := browserCommand(value)(page); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

const pathList = string(os.PathListSeparator)

// What a browser prints is kept from standard output, no shell reads the address, and nothing but pages is opened.
func TestOpening(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	script := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf 'opened %s' \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var stderr buffer
	open := opener(func(name string) string { return map[string]string{"BROWSER": script}[name] }, &stderr)
	const page = "https://login.example/?a=$(id)&b=`id`"
	if err := open(page); err != nil {
		t.Fatal(err)
	}
	if got := stderr.String(); got != "opened "+page {
		t.Errorf("got %q", got)
	}
	for _, other := range []string{"http://login.example/", "file:///etc/passwd", "javascript:alert(1)", "--version", "https:///nowhere", ""} {
		if err := open(other); err == nil {
			t.Errorf("%q was opened", other)
		}
	}
	gone := opener(func(name string) string { return map[string]string{"BROWSER": "/no/such/browser"}[name] }, &stderr)
	if err := gone(page); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}
