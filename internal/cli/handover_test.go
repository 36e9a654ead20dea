package cli

import (
	"bytes"
	"context"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// A slow browser has nothing on its command line that opens the dashboard, and gets there; then nothing is left of the way.
func TestDashboardTokenIsOnNoCommandLine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script, and Windows shows no command lines to other users")
	}
	home, dir := t.TempDir(), t.TempDir()
	script := filepath.Join(dir, "browser")
	const text = "#!/bin/sh\nprintf '%s' \"$*\" >\"$0.argv\"\ncat \"${1#file://}\" >\"$0.page\"\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home, "BROWSER": script}
	getenv := func(name string) string { return env[name] }
	start := opener(getenv)
	opened, ended := make(chan error, 1), make(chan int, 1)
	ctx, stop := context.WithCancel(t.Context())
	var out, errs bytes.Buffer
	go func() {
		ended <- Main(ctx, Env{Args: []string{"ui"}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: getenv,
			ConfigDir: func() (string, error) { return dir, nil },
			OpenURL:   func(page string) error { err := start(page); opened <- err; return err }})
	}()
	defer func() {
		stop()
		if code := <-ended; code != 0 || errs.Len() > 0 {
			t.Errorf("it ended with %d: %s", code, errs.String())
		}
		if left, _ := filepath.Glob(filepath.Join(home, "*")); len(left) > 0 {
			t.Errorf("%q are left", left)
		}
	}()
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	argv, err := os.ReadFile(script + ".argv")
	if err != nil || !strings.HasPrefix(string(argv), "file://"+home+"/"+handoverFolder) {
		t.Errorf("the browser was given %q (%v)", argv, err)
	}
	page, err := os.ReadFile(script + ".page")
	address := regexp.MustCompile(`href="([^"]+token=[^"]+)"`).FindSubmatch(page)
	if err != nil || address == nil {
		t.Fatalf("the file is %q (%v)", page, err)
	}
	if token := address[1][bytes.IndexByte(address[1], '=')+1:]; bytes.Contains(argv, token) {
		t.Errorf("the token is on the command line: %s", argv)
	}
	if status, text := got(t, html.UnescapeString(string(address[1]))); status != http.StatusOK || !strings.Contains(text, "The dashboard is open") {
		t.Fatalf("got %d %s", status, text)
	}
	for file := strings.TrimPrefix(string(argv), "file://"); ; {
		if _, err := os.Stat(filepath.Dir(file)); err != nil {
			break // as the token is used, though the program runs
		}
		if t.Context().Err() != nil {
			t.Fatal("the file stays")
		}
		runtime.Gosched()
	}
}

func got(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// The file is for this user alone, in the first folder that takes one; and a browser is started for no other file.
func TestHandover(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no file is made there")
	}
	dir := filepath.Join(t.TempDir(), "a folder of \"Ada\" & Söhne #1")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h, err := handOver("http://localhost:1/open?token=X", "relative", filepath.Join(dir, "none"), dir, t.TempDir())
	if err != nil || filepath.Dir(h.folder) != dir {
		t.Fatalf("got %+v, %v", h, err)
	}
	for path, want := range map[string]fs.FileMode{h.folder: 0o700, h.path(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", path, info, err, want)
		}
	}
	if !opens(h.page()) {
		t.Errorf("%s is not opened", h.page())
	}
	folder := func(name string, mode fs.FileMode, file string, fileMode fs.FileMode) string {
		at := filepath.Join(dir, name)
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, file), nil, fileMode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
		return (&url.URL{Scheme: "file", Path: filepath.Join(at, file)}).String()
	}
	link := filepath.Join(dir, handoverFolder+"link")
	if err := os.Symlink(h.folder, link); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{
		folder("other", 0o700, handoverFile, 0o600), folder(handoverFolder+"a", 0o755, handoverFile, 0o600),
		folder(handoverFolder+"b", 0o700, handoverFile, 0o644), folder(handoverFolder+"c", 0o700, "x.html", 0o600),
		"file://" + link + "/" + handoverFile, h.page() + "?x", h.page() + "#x", strings.Replace(h.page(), "file://", "file://host", 1),
		"file:" + handoverFolder + "a/" + handoverFile, "file:///etc/passwd",
	} {
		if opens(other) {
			t.Errorf("%s is opened", other)
		}
	}
	h.remove()
	if opens(h.page()) {
		t.Error("what was removed is opened")
	}
	if _, err := handOver("http://localhost:1/", "relative", filepath.Join(dir, "none")); err == nil {
		t.Error("no folder takes it, and there is no error")
	}
}

// A browser of another machine can read no file of this one: the person opens what is printed.
func TestBrowserElsewhere(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{"VSCODE_IPC_HOOK_CLI": true, "SSH_CONNECTION": true, "DISPLAY": false} {
		if got := isElsewhere(func(name string) string { return map[string]string{variable: "x"}[name] }); got != want {
			t.Errorf("%s: got %t, want %t", variable, got, want)
		}
	}
}
