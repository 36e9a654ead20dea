package client

import (
	"os"
	"path/filepath"
	"strings"
)

// Env is what decides where clients keep their files.
type Env struct {
	OS     string // as runtime.GOOS
	Home   string // the person's folder
	Getenv func(string) string
}

func (e Env) join(folder string, parts ...string) string {
	separator := "/"
	if e.OS == "windows" {
		separator = `\`
	}
	rest := strings.Join(parts, separator)
	if folder == "" {
		return rest // relative, so that nothing reads or writes it
	}
	return strings.TrimRight(folder, separator) + separator + rest
}

// home returns a path in the person's folder.
func (e Env) home(parts ...string) string { return e.join(e.Home, parts...) }

// named returns a path in the folder that a variable names, or in the usual one. A relative folder would be another
// one for each process.
func (e Env) named(variable, usual string, parts ...string) string {
	if folder := e.Getenv(variable); folder != "" && (filepath.IsAbs(folder) || e.OS == "windows") {
		return e.join(folder, parts...)
	}
	return e.join(usual, parts...)
}

// config returns a path in ~/.config, or where the desktop's own variable says.
func (e Env) config(parts ...string) string {
	return e.named("XDG_CONFIG_HOME", e.home(".config"), parts...)
}

// application returns a path in the folder where the system's applications keep theirs.
func (e Env) application(parts ...string) string {
	switch e.OS {
	case "windows":
		return e.named("APPDATA", e.home("AppData", "Roaming"), parts...)
	case "darwin":
		return e.home(append([]string{"Library", "Application Support"}, parts...)...)
	}
	return e.config(parts...)
}

// Place is what is known of a client on this machine.
type Place struct {
	File      string   // where its entries are, or would be
	Present   bool     // the client seems to be installed
	Installed bool     // our entry is there
	Command   string   // the program that the entry starts
	Args      []string // with these
	URL       string   // or the address that it names
	KeyEnv    string   // with the key in this variable
	Off       bool     // the entry is there, and switched off in the file
	Odd       error    // something of how we are reached that cannot be made out: replacing it would lose it
	Problem   error    // the file could not be read: see [Client.Install]
}

// Find tells where the client's file is, and what it says of the entry called name. It changes nothing.
func (c Client) Find(env Env, name string) Place {
	p := Place{File: c.File(env)}
	for _, sign := range c.signs(env) {
		if _, err := os.Stat(sign); err == nil {
			p.Present = true
		}
	}
	f, err := read(p.File, c.maxFile)
	if err != nil {
		p.Problem = err
		return p
	}
	_, text := cutMark(string(f.Before))
	entry, found, err := c.form.entry(text, name)
	if err != nil {
		p.Problem = c.explain(err, p.File, text)
		return p
	}
	p.Installed, p.Command, p.Args, p.URL = found, entry.command, entry.args, entry.url
	p.KeyEnv, p.Off = c.variable(entry.key), entry.off
	switch {
	case entry.odd != "":
		p.Odd = left(p.File, entry.odd)
	case entry.key != "" && !variableName().MatchString(p.KeyEnv):
		p.KeyEnv, p.Odd = "", left(p.File, oddKey)
	}
	return p
}

// variable returns the name of the variable that a reference is to; "" where it is none.
func (c Client) variable(reference string) string {
	if c.reference == nil {
		return ""
	}
	before, after, _ := strings.Cut(c.reference("\x00"), "\x00")
	if len(reference) < len(before)+len(after) || !strings.HasPrefix(reference, before) || !strings.HasSuffix(reference, after) {
		return ""
	}
	return reference[len(before) : len(reference)-len(after)]
}

// left says why an entry is not replaced. It repeats nothing of it, which could be a secret.
func left(file, problem string) error {
	return &Error{File: file, Problem: problem, Remedy: "the file was left alone: change the entry by hand, or uninstall it and install it anew"}
}

// File returns the file that holds the client's entries, whether it exists or not.
func (c Client) File(env Env) string {
	files := c.files(env)
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil {
			return file
		}
	}
	return files[0]
}
