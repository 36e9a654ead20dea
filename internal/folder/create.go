package folder

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// PendingFile is a file that is being written, under a name of its own until it is committed. It is for one
// goroutine at a time.
type PendingFile struct {
	root      *os.Root // of the folder that it stands in; nil once it is committed or discarded
	file      *os.File
	folder    string // the path of root
	temporary string
	name      string
	link      func(from, to string) error // root's; not every file system has links
}

const (
	maxName  = 255 // bytes; the least of what the usual file systems allow
	maxTries = 1000
)

// Create makes a new file, to be called name, in folder, which must be inside of an allowed folder and exist; ""
// is the first of the allowed ones, which is made if need be. The caller commits or discards it.
func (f *Folders) Create(folder, name string) (*PendingFile, error) {
	if !isName(name) {
		return nil, &Error{Path: name, Problem: "is not a name for a file", Remedy: "give a name without separators"}
	}
	p, err := f.find(folder)
	if err != nil {
		return nil, err
	}
	root, err := openFolder(p)
	if err != nil {
		return nil, f.refusal(p.asked, err)
	}
	temporary := ".microsoft-mcp-server-" + rand.Text() + ".part"
	file, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		_ = root.Close() // nothing was written
		return nil, f.refusal(filepath.Join(p.asked, name), err)
	}
	return &PendingFile{root: root, file: file, folder: filepath.Join(p.folder, p.inside), temporary: temporary, name: name, link: root.Link}, nil
}

// isName tells whether a name is one element of a path, and nothing but that, on this system.
func isName(name string) bool {
	return name != "" && name != "." && len(name) <= maxName && utf8.ValidString(name) && filepath.IsLocal(name) &&
		!strings.ContainsAny(name, `/\`) && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// openFolder opens a folder to write to. The allowed folder itself is made where it is missing, for its owner
// alone; what is asked for inside of it must exist.
func openFolder(p place) (*os.Root, error) {
	top, err := os.OpenRoot(p.folder)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(p.folder, 0o700); err != nil {
			return nil, err
		}
		top, err = os.OpenRoot(p.folder)
	}
	if err != nil || filepath.Clean(p.inside) == "." {
		return top, err
	}
	defer top.Close()
	return top.OpenRoot(p.inside)
}

// Write appends to the file.
func (p *PendingFile) Write(b []byte) (int, error) {
	if p.root == nil {
		return 0, os.ErrClosed
	}
	written, err := p.file.Write(b)
	return written, p.named(err)
}

// Commit makes the file appear under its name, or under one with a number where that is taken, and returns its
// path. The file is closed. After an error nothing of it is left.
func (p *PendingFile) Commit() (path string, err error) {
	if p.root == nil {
		return "", os.ErrClosed
	}
	defer p.Discard()
	if err := errors.Join(p.file.Sync(), p.file.Close()); err != nil {
		return "", p.named(err)
	}
	for i := range maxTries {
		name := numbered(p.name, i)
		err := p.appear(name)
		if err == nil {
			return filepath.Join(p.folder, name), nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", p.named(err)
		}
	}
	return "", &Error{Path: p.name, Problem: fmt.Sprintf("%d files of that name are there already", maxTries), Remedy: "choose another name"}
}

// appear gives the file its name unless that is taken: by a link, which never replaces anything, or, on file
// systems without links, by taking the name first.
func (p *PendingFile) appear(name string) error {
	err := p.link(p.temporary, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	taken, err := p.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := taken.Close(); err != nil {
		return err
	}
	if err := p.root.Rename(p.temporary, name); err != nil {
		return errors.Join(err, p.root.Remove(name))
	}
	return nil
}

// Discard removes what was written. After Commit it does nothing.
func (p *PendingFile) Discard() {
	if p.root == nil {
		return
	}
	_ = p.file.Close()             // twice after Commit
	_ = p.root.Remove(p.temporary) // renamed by now, at times
	_ = p.root.Close()
	p.root = nil
}

// named takes the temporary name out of an error, where nobody would know it.
func (p *PendingFile) named(err error) error {
	if err == nil {
		return nil
	}
	for {
		var failed *os.PathError
		var link *os.LinkError
		switch {
		case errors.As(err, &failed):
			err = failed.Err
		case errors.As(err, &link):
			err = link.Err
		default:
			return trouble("writing "+filepath.Join(p.folder, p.name), err)
		}
	}
}

// numbered returns the name of try i: "a.pdf", "a (1).pdf", "a (2).pdf"…, never longer than allowed.
func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	if stem == "" || len(extension) > 64 { // .profile, or a dot in the middle of a long name
		stem, extension = name, ""
	}
	number := fmt.Sprintf(" (%d)", i)
	for most := maxName - len(number) - len(extension); len(stem) > most; {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return stem + number + extension
}
