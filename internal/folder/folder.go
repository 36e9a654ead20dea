package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Folders are the folders that files may be read from and written to. It may be used by many goroutines at once.
type Folders struct {
	paths []string // absolute and clean
}

// New names the folders; relative paths of files start at the first. It opens nothing: a folder that does not
// exist is made when a file is written to it. The paths must be absolute.
func New(paths []string) (*Folders, error) {
	if len(paths) == 0 {
		return nil, errors.New("no folder is named")
	}
	f := &Folders{}
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("%q is not an absolute path", path)
		}
		f.paths = append(f.paths, filepath.Clean(path))
	}
	return f, nil
}

// String names the folders.
func (f *Folders) String() string { return strings.Join(f.paths, ", ") }

// Error says which path could not be used and why.
type Error struct {
	Path    string // as it was asked for
	Problem string
	Remedy  string
}

// Error names the path and the problem.
func (e *Error) Error() string { return fmt.Sprintf("file %q: %s", e.Path, e.Problem) }

// Hint says what to do instead.
func (e *Error) Hint() string { return e.Remedy }

// place is a path inside of one of the folders.
type place struct {
	folder string
	inside string // relative to folder
	asked  string
}

// find returns where a path is. A relative one starts at the first folder.
func (f *Folders) find(path string) (place, error) {
	if strings.ContainsRune(path, 0) {
		return place{}, f.outside(path)
	}
	if !filepath.IsAbs(path) {
		// As it stands: a cleaned path would hide where ".." leads when there is a symbolic link before it.
		if path == "" {
			path = "."
		}
		if !filepath.IsLocal(path) {
			return place{}, f.outside(path)
		}
		return place{folder: f.paths[0], inside: path, asked: path}, nil
	}
	for _, folder := range f.paths {
		names := []string{folder}
		// People also know a folder by where its own links lead to: /tmp is /private/tmp on some systems.
		if real, err := filepath.EvalSymlinks(folder); err == nil && real != folder {
			names = append(names, real)
		}
		for _, name := range names {
			if inside, err := filepath.Rel(name, path); err == nil && filepath.IsLocal(inside) {
				return place{folder: folder, inside: inside, asked: path}, nil
			}
		}
	}
	return place{}, f.outside(path)
}

func (f *Folders) outside(path string) error {
	return &Error{Path: path, Problem: "is outside of the folders that this server may use",
		Remedy: "use a path in one of these folders: " + f.String() + "; the person can allow others with folders in the profile, in the server's configuration"}
}

// refusal says in plain words why the system or the root did not open something.
func (f *Folders) refusal(asked string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &Error{Path: asked, Problem: "does not exist", Remedy: "check the name; relative paths start at " + f.paths[0]}
	case errors.Is(err, os.ErrPermission):
		return &Error{Path: asked, Problem: "this user may not open it",
			Remedy: "tell the person to allow the user that the server runs as to use it, or use another path in one of these folders: " + f.String()}
	}
	var failed *os.PathError
	if errors.As(err, &failed) {
		err = failed.Err // without the path, which was said
	}
	if escapes(err) {
		return f.outside(asked)
	}
	if asked == "" || asked == "." {
		asked = f.paths[0]
	}
	return trouble(fmt.Sprintf("file %q", asked), err)
}

// escapes tells whether a root refused a path because it leads out of it. The standard library does not export
// the error.
func escapes(err error) bool { return strings.Contains(err.Error(), "path escapes from parent") }
