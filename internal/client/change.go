package client

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/rewrite"
)

// Bounds on a file. Claude Code keeps what its projects did in the one that also has its servers, so it may be large.
const (
	maxJSON = 32 << 20
	maxTOML = 1 << 20
)

// ErrChanged is in the chain of Write's error where another program wrote the file meanwhile. Making the change anew
// helps.
var ErrChanged = rewrite.ErrChanged

// Change is what is to become of a client's file.
type Change struct {
	File          string
	Before, After []byte // Before is nil where there is no file
	Same          bool   // there is nothing to write

	found   rewrite.File
	maxFile int64
}

// Install returns the change that makes the client know s: an entry added, or the one of that name corrected, in which
// settings of the person's own stay. Where the file is broken the error is a *BrokenError.
func (c Client) Install(env Env, s Server) (Change, error) {
	wanted, err := c.wanted(s)
	if err != nil {
		return Change{}, err
	}
	return c.change(env, func(text string) (string, error) { return c.form.install(text, s.Name, wanted) })
}

// Uninstall returns the change that removes the entry called name.
func (c Client) Uninstall(env Env, name string) (Change, error) {
	return c.change(env, func(text string) (string, error) { return c.form.uninstall(text, name) })
}

// Print returns the entry as it would stand in a file of its own.
func (c Client) Print(s Server) (string, error) {
	wanted, err := c.wanted(s)
	if err != nil {
		return "", err
	}
	return c.form.install("", s.Name, wanted)
}

func (c Client) change(env Env, edit func(string) (string, error)) (Change, error) {
	path := c.File(env)
	found, err := read(path, c.maxFile)
	if err != nil {
		return Change{}, err
	}
	mark, text := cutMark(string(found.Before))
	after, err := edit(text)
	if err != nil {
		return Change{}, c.explain(err, path, text)
	}
	change := Change{File: path, Before: found.Before, After: []byte(mark + after), found: found, maxFile: c.maxFile}
	change.Same = bytes.Equal(change.Before, change.After)
	return change, nil
}

// explain names the file that an error is about.
func (c Client) explain(err error, file, text string) error {
	var f *flaw
	if errors.As(err, &f) {
		return f.broken(c, file, text)
	}
	return err
}

// Write writes the change where there is one: atomically, keeping mode and owner, over a symbolic link. What stood
// there before stays in a file beside it, whose path it returns; "" where there was none. The error is an *Error, and
// the file is then as it was.
func (c Change) Write() (backup string, err error) {
	if c.Same {
		return "", nil
	}
	if c.Before != nil {
		if backup, err = c.keep(time.Now()); err != nil {
			return "", c.failed(err)
		}
	}
	again := func(path string) ([]byte, error) {
		f, err := read(path, c.maxFile)
		return f.Before, err
	}
	if err := c.found.Put(c.After, again); err != nil {
		if backup != "" {
			os.Remove(backup)
		}
		return "", c.failed(err)
	}
	if backup != "" {
		c.prune(filepath.Base(backup))
	}
	return backup, nil
}

// mostBackups is how many old files are left beside a client's file, the one just made among them.
const mostBackups = 2

// backupName is what keep adds to the name of a client's file.
var backupName = regexp.MustCompile(`^\.bak-(\d{8}T\d{6}Z)(?:-(?:[2-9]|[1-9]\d{1,2}|1000))?$`)

// prune removes all backups but the one just made and the newest before it. What is not called exactly as keep calls them is
// somebody else's. One that cannot be removed stays: the change itself is made.
func (c Change) prune(made string) {
	dir, base := filepath.Split(c.found.Real)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	var before []fs.FileInfo
	for _, entry := range entries {
		rest, ours := strings.CutPrefix(entry.Name(), base)
		if !ours || entry.Name() == made || !isBackup(rest) {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			before = append(before, info)
		}
	}
	second := func(f fs.FileInfo) string { return f.Name()[:len(base)+len(".bak-"+backupTime)] }
	slices.SortFunc(before, func(a, b fs.FileInfo) int { // a number is free again once its file is gone, so it says nothing of the order
		return cmp.Or(strings.Compare(second(b), second(a)), b.ModTime().Compare(a.ModTime()))
	})
	for _, old := range before[min(mostBackups-1, len(before)):] {
		os.Remove(filepath.Join(dir, old.Name()))
	}
}

// isBackup reports whether that is what keep adds to a name.
func isBackup(suffix string) bool {
	parts := backupName.FindStringSubmatch(suffix)
	if parts == nil {
		return false
	}
	_, err := time.Parse(backupTime, parts[1])
	return err == nil
}

// backupTime is the form of the time in a backup's name, which is in UTC.
const backupTime = "20060102T150405Z"

func (c Change) failed(err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	problem, remedy := c.found.Explain(err, "")
	return &Error{File: c.File, Problem: problem, Remedy: remedy, Err: err}
}

// keep writes what was found to a new file beside the real one, readable for nobody who may not read that.
func (c Change) keep(now time.Time) (string, error) {
	info, err := os.Stat(c.found.Real)
	if err != nil {
		return "", err
	}
	base := c.found.Real + ".bak-" + now.UTC().Format(backupTime)
	name := base
	for i := 2; ; i++ { // as backupName knows them
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()&0o600|0o200)
		if errors.Is(err, fs.ErrExist) && i < 1000 {
			name = fmt.Sprintf("%s-%d", base, i)
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(c.Before)
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(name)
			return "", err
		}
		return name, nil
	}
}

const byteOrderMark = "\uFEFF"

// cutMark separates a byte order mark, which some editors begin a file with.
func cutMark(text string) (mark, rest string) {
	if rest, found := strings.CutPrefix(text, byteOrderMark); found {
		return byteOrderMark, rest
	}
	return "", text
}

// read reads a regular file of UTF-8 text; one that is not there is an empty one.
func read(path string, most int64) (rewrite.File, error) {
	f := rewrite.File{Path: path}
	if !filepath.IsAbs(path) {
		return f, &Error{Problem: "the person's folder is not known", Remedy: "set HOME (on Windows USERPROFILE) to it"}
	}
	var err error
	if f.Real, err = rewrite.Follow(path); err != nil {
		return f, unreadable(path, err)
	}
	info, err := os.Stat(f.Real)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return f, unreadable(path, err)
	case !info.Mode().IsRegular():
		// Opening a pipe or a device could wait for ever.
		return f, &Error{File: path, Problem: "is not a regular file", Remedy: "move it away, then try again"}
	}
	file, err := os.Open(f.Real)
	if err != nil {
		return f, unreadable(path, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return f, unreadable(path, err)
	case int64(len(data)) > most:
		return f, &BrokenError{File: path, Problem: fmt.Sprintf("is larger than %d MiB", most>>20), Remedy: "the file was left alone: add the entry by hand; --print shows it"}
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return f, &BrokenError{File: path, Problem: "is not UTF-8 text", Remedy: "the file was left alone: save it as UTF-8, then try again"}
	}
	f.Before = data // never nil: io.ReadAll makes an empty slice of an empty file
	return f, nil
}

func unreadable(path string, err error) error {
	reason := err
	var failed *fs.PathError
	if errors.As(err, &failed) {
		reason = failed.Err // without the path, which is said
	}
	return &Error{File: path, Problem: fmt.Sprintf("cannot be read (%v)", reason), Remedy: "let this user read it", Err: err}
}
