package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

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
		"WSL":                {map[string]string{"WSL_DISTRO_NAME": "Debian"}, windowsBrowser() != nil},
		"WSL with a display": {map[string]string{"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0"}, true},
		"BROWSER of blanks":  {map[string]string{"BROWSER": " "}, false},
		"BROWSER over SSH":   {map[string]string{"BROWSER": "open-at-home", "SSH_TTY": "/dev/pts/0"}, true},
	} {
		if got := opener(func(name string) string { return row.env[name] }) != nil; got != row.want {
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

// What a browser prints reaches nobody, it is in no group of ours, no shell reads the address, and nothing but pages is
// opened.
func TestOpening(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	script := filepath.Join(t.TempDir(), "browser")
	err := os.WriteFile(script, []byte(`#!/bin/sh
printf 'opened %s' "$1" >"$0.opened"
[ /dev/fd/1 -ef /dev/null ] && [ /dev/fd/2 -ef /dev/null ] && printf ', unheard' >>"$0.opened"
kill -0 -$$ && printf ', in a group of its own' >>"$0.opened"
exit 0
`), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	const page = "https://login.example/?a=$(id)&b=`id`"
	open := opener(func(name string) string { return map[string]string{"BROWSER": script}[name] })
	for _, page := range []string{page, "http://localhost:1234/start/x"} {
		if err := open(page); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(script + ".opened")
		if want := "opened " + page + ", unheard, in a group of its own"; err != nil || string(got) != want {
			t.Errorf("got %q, error %v, want %q", got, err, want)
		}
	}
	for _, other := range []string{
		"http://login.example/", "http://localhost/", "http://localhost:80@evil.example/", "http://a@localhost:80/", "http://localhost:80", "http://127.0.0.1:80/",
		"http://localhost.evil.example:80/", "file:///etc/passwd", "javascript:alert(1)", "--version", "https:///nowhere", "https://:443/", "https://a:b@login.example/", "",
	} {
		if err := open(other); err == nil {
			t.Errorf("%q was opened", other)
		}
	}
	gone := opener(func(name string) string { return map[string]string{"BROWSER": "/no/such/browser"}[name] })
	if err := gone(page); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}
