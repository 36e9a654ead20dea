package cli

import (
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Names of what a handover is made of.
const (
	handoverFolder = "microsoft-mcp-server-opens-"
	handoverFile   = "dashboard.html"
)

// handover leads a browser to an address that no other user of this machine may see, as the command lines of browsers
// are there for all to read: the browser is given a file, which only this user can read, and the file goes to the address.
type handover struct{ folder string }

// handOver makes a handover in the first folder that takes one.
func handOver(address string, folders ...string) (handover, error) {
	var err error
	for _, parent := range folders {
		if !filepath.IsAbs(parent) {
			continue
		}
		var h handover
		if h.folder, err = os.MkdirTemp(parent, handoverFolder); err != nil { // for this user alone
			continue
		}
		if err = h.write(address); err == nil {
			return h, nil
		}
		h.remove()
	}
	if err == nil {
		err = fs.ErrNotExist
	}
	return handover{}, fmt.Errorf("making a page that leads to the dashboard: %w", err)
}

func (h handover) write(address string) error {
	to := html.EscapeString(address)
	page := `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Opening</title>` +
		`<meta http-equiv="refresh" content="0; url=` + to + `"><p><a href="` + to + `">Go to the dashboard</a></p></html>` + "\n"
	return os.WriteFile(h.path(), []byte(page), 0o600)
}

func (h handover) path() string { return filepath.Join(h.folder, handoverFile) }

func (h handover) page() string {
	return (&url.URL{Scheme: "file", Path: h.path()}).String()
}

// remove removes what is left of it. It may be called again.
func (h handover) remove() {
	if h.folder != "" {
		_ = os.RemoveAll(h.folder)
	}
}

// isHandover tells whether a page is a handover of this program, and nobody else can have written it.
func isHandover(u *url.URL) bool {
	folder, name := filepath.Split(u.Path)
	folder = filepath.Clean(folder)
	if u.Host != "" || u.RawQuery != "" || u.Fragment != "" || name != handoverFile || !filepath.IsAbs(folder) || !strings.HasPrefix(filepath.Base(folder), handoverFolder) {
		return false
	}
	within, err := os.Lstat(folder)
	if err != nil || !within.IsDir() || within.Mode().Perm() != 0o700 {
		return false
	}
	file, err := os.Lstat(u.Path)
	return err == nil && file.Mode().IsRegular() && file.Mode().Perm() == 0o600
}

// handoverFolders are where a browser can read a handover. Those in a snap see of a person's files neither hidden ones nor
// the system's temporary ones, and those in a flatpak are handed the file itself.
func (o *options) handoverFolders() []string {
	if runtime.GOOS == "darwin" {
		return []string{os.TempDir()} // each user has one
	}
	return []string{o.env.Getenv("HOME"), os.TempDir()}
}

// browserPage is what a browser is given to get to an address with a token. The command lines of Windows's programs are
// not for other users, and neither is WSL; its browsers could not read a file of Linux either.
func (o *options) browserPage(address string) (page string, remove func(), err error) {
	if runtime.GOOS == "windows" || inWSL(o.env.Getenv) {
		return address, func() {}, nil
	}
	h, err := handOver(address, o.handoverFolders()...)
	if err != nil {
		return "", nil, err
	}
	return h.page(), h.remove, nil
}

// isElsewhere tells whether $BROWSER leads to a browser of another machine, as it does in a remote window of VS Code: it can
// read no file of this one.
func isElsewhere(getenv func(string) string) bool {
	for _, sign := range []string{"VSCODE_IPC_HOOK_CLI", "SSH_CONNECTION", "SSH_TTY"} {
		if getenv(sign) != "" {
			return true
		}
	}
	return false
}
