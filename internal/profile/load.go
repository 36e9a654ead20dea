package profile

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile bounds the configuration file's size in bytes.
const maxFile = 1 << 20

const byteOrderMark = "\ufeff" // some editors on Windows begin a file with it

// Options say where a configuration comes from.
type Options struct {
	File      string                 // --config; a file named here or by MICROSOFT_MCP_CONFIG must exist
	Profile   string                 // the one that the environment's variables lie over; "" for the default
	Flag      string                 // how Profile was named, for errors: "--profile", or "" by an argument
	Only      string                 // "": all; else this profile is read and judged alone, whatever else is wrong
	Getenv    func(string) string    // nil: no environment
	ConfigDir func() (string, error) // the user's configuration folder, as os.UserConfigDir; nil: none
}

// Load reads the file and the environment, applies the defaults and checks
// every rule. It opens nothing but the configuration file and reads no secret.
// A configuration without any profile is valid: Find and Serve say what to do.
// The error is an *Error or several joined with errors.Join.
func Load(o Options) (*Config, error) {
	env := environ{get: o.Getenv}
	path, named := locate(o, env)
	l := &loader{options: o, env: env, at: places{vars: map[string]string{}}}
	src, err := readFile(path, named)
	if err != nil {
		return nil, err
	}
	if src != nil {
		l.at.file = path
		if err := l.parse(string(src)); err != nil {
			return nil, err
		}
	}
	if o.Only != "" {
		l.limit(joinKey("profiles", o.Only))
	}
	c := l.build()
	c.path = path
	if src != nil {
		c.Digest = sha256.Sum256(src)
	}
	if err := l.errs.join(); err != nil {
		return nil, err
	}
	return c, nil
}

// loader carries a configuration from its file to a Config.
type loader struct {
	options Options
	env     environ
	raw     fileConfig
	names   []string // of the profiles, in the file's order
	at      places
	errs    problems

	overlaid string // the profile that the environment's variables lie over, or ""
	signIn   bool   // whether the environment alone asks for the ancestor's sign-in over HTTP

	// The file's text as the Editor needs it.
	items []item
	tree  map[string]any
}

// limit drops all but the profile whose table is named key, and what is wrong with the rest.
func (l *loader) limit(key string) {
	name := l.options.Only
	l.names = slices.DeleteFunc(l.names, func(n string) bool { return n != name })
	l.errs.list = slices.DeleteFunc(l.errs.list, func(e *Error) bool { return !e.within(key) })
	l.raw.DefaultProfile, l.raw.HTTP, l.raw.State, l.raw.Audit, l.raw.Schema = "", fileHTTP{}, fileState{}, fileAudit{}, fileSchema{}
}

// fail reports a problem at a key of the file or of the environment.
func (l *loader) fail(key, remedy, format string, args ...any) {
	l.errs.add(l.at.problem(key, fmt.Sprintf(format, args...), remedy))
}

// Path returns where o says the configuration file is, whether it exists or
// not; "" where there is no place to look for one.
func Path(o Options) string {
	path, _ := locate(o, environ{get: o.Getenv})
	return path
}

// Named returns the configuration file that --config or MICROSOFT_MCP_CONFIG
// names; "" where neither does.
func Named(o Options) string {
	if path, named := locate(o, environ{get: o.Getenv}); named {
		return path
	}
	return ""
}

// locate returns the path of the configuration file and whether somebody named
// it; "" where there is no place to look for one.
func locate(o Options, env environ) (path string, named bool) {
	path = cmp.Or(o.File, env.lookup("MICROSOFT_MCP_CONFIG"))
	if path != "" {
		return path, true
	}
	if o.ConfigDir == nil {
		return "", false
	}
	dir, err := o.ConfigDir()
	if err != nil {
		// A service without a home has no such folder, and needs none.
		return "", false
	}
	return filepath.Join(dir, "microsoft-mcp-server", "config.toml"), false
}

// readFile returns the file's content, or nil where there is none and nobody
// named it.
func readFile(path string, named bool) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{File: path, Problem: "there is no such file",
			Remedy: "create it (see config.example.toml), or correct --config or MICROSOFT_MCP_CONFIG"}
	case err != nil:
		return nil, unreadable(path, err)
	case !info.Mode().IsRegular():
		// Opening a pipe or a device could wait for ever.
		return nil, &Error{File: path, Problem: "is not a regular file", Remedy: "name the configuration file itself"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(data) > maxFile {
		return nil, &Error{File: path, Problem: "is larger than 1 MiB", Remedy: "name the configuration file itself"}
	}
	return data, nil // never nil: io.ReadAll makes an empty slice of an empty file
}

func unreadable(path string, err error) error {
	reason := err
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		reason = pathErr.Err
	}
	return &Error{File: path, Problem: fmt.Sprintf("cannot be read (%v)", reason), Remedy: "let this user read it"}
}

// parse fills l.raw, l.names and l.at from the file's text. Its error is about
// the text; problems of single keys are collected in l.errs.
func (l *loader) parse(src string) error {
	src = strings.TrimPrefix(src, byteOrderMark)
	if strings.HasPrefix(src, byteOrderMark) || strings.HasPrefix(src, "\xff\xfe") || strings.HasPrefix(src, "\xfe\xff") || strings.ContainsRune(src, 0) {
		return &Error{File: l.at.file, Line: 1, Problem: "is not UTF-8 text", Remedy: "save it as UTF-8"}
	}
	s := scanAll(src)
	if s.beyond > 0 {
		return &Error{File: l.at.file, Line: s.beyond, Problem: "a key is too long or nests too deeply", Remedy: "see config.example.toml for the keys there are"}
	}
	l.at.lines, l.items = s.lines, s.items
	tree, err := parseTOML(src)
	if err != nil {
		return l.syntax(err)
	}
	l.tree = tree
	d := &decoder{at: l.at}
	d.decode("", tree, reflect.ValueOf(&l.raw).Elem())
	l.errs.list = append(l.errs.list, d.errs.list...)
	for name := range l.raw.Profiles {
		l.names = append(l.names, name)
	}
	slices.SortFunc(l.names, func(a, b string) int {
		return cmp.Compare(s.lines[joinKey("profiles", a)].seq, s.lines[joinKey("profiles", b)].seq)
	})
	return nil
}

// parseTOML parses with the library, whose bugs are panics.
func parseTOML(src string) (tree map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the TOML parser gave up")
		}
	}()
	_, err = toml.Decode(src, &tree)
	return tree, err
}
