package profile

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/rewrite"
)

// Editor changes the profiles and API keys of a configuration file and leaves everything
// else as it stands, to the byte: comments, order, line ends. Each change is
// made in memory and checked as Load checks a file: it takes effect wholly or
// fails and leaves the text as it was. Save writes. An Editor is not safe for
// concurrent use; several of them, in several processes, do not lose each
// other's changes.
//
// The environment plays no part: a file that loads only with it can be edited,
// as long as a change adds no problem to those that the file has by itself.
type Editor struct {
	path  string // as given
	real  string // the file that path leads to
	found []byte // its content as it was read; nil where there was no file
	mark  string // its byte order mark, or ""
	doc   *document
}

// document is a configuration file's text with what was found in it.
type document struct {
	text string // without a byte order mark
	*loader
}

// OpenEditor reads the file at path, following symbolic links; one that does
// not exist is an empty one. The error is an *Error.
func OpenEditor(path string) (*Editor, error) {
	if path == "" {
		return nil, &Error{Problem: "there is no folder for a configuration file", Remedy: "name a file with --config or MICROSOFT_MCP_CONFIG"}
	}
	real, err := rewrite.Follow(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	found, err := readFile(real, false)
	if err != nil {
		return nil, err
	}
	doc, err := inspect(path, string(found))
	if err != nil {
		return nil, err
	}
	e := &Editor{path: path, real: real, found: found, doc: doc}
	if len(doc.text) < len(found) {
		e.mark = byteOrderMark
	}
	return e, nil
}

// Edit opens the file at path, changes it and saves it, anew where another
// process changed it meanwhile. Errors of change come back as they are.
func Edit(path string, change func(*Editor) error) error {
	const tries = 50 // each loses only to another that got through
	for try := 1; ; try++ {
		e, err := OpenEditor(path)
		if err == nil {
			err = change(e)
		}
		if err == nil {
			err = e.Save()
		}
		if !errors.Is(err, ErrChanged) || try == tries {
			return err
		}
	}
}

// inspect parses a text and collects its problems, without an environment. The
// error is about its syntax.
func inspect(path, text string) (*document, error) {
	l := &loader{env: environ{get: anyHome}, at: places{file: path, vars: map[string]string{}}}
	if err := l.parse(text); err != nil {
		return nil, err
	}
	l.build()
	return &document{text: strings.TrimPrefix(text, byteOrderMark), loader: l}, nil
}

// anyHome lets ~/ be resolved, wherever that leads.
func anyHome(name string) string {
	if name == "HOME" {
		return "~"
	}
	return ""
}

// Add appends a profile. The first one of a file becomes its default. The error
// joins an *Error for each problem of a setting: its Key is the key's full name,
// and File and Line are not set, as nothing of it stands in the file.
func (e *Editor) Add(s Settings) error {
	if !isName(s.Name) {
		return &Error{Problem: "that is not a name for a profile", Remedy: "use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"}
	}
	key := joinKey("profiles", s.Name)
	if slices.Contains(e.doc.names, s.Name) {
		return e.doc.at.problem(key, "there is a profile of that name already", "choose another name, or remove this one first: microsoft-mcp-server profile remove "+s.Name)
	}
	if it := e.doc.find("profiles"); it != nil {
		return e.byHand(*it, "profiles", "write each profile as [profiles.NAME]")
	}
	block := s.block(lineEnd(e.doc.text))
	if !utf8.ValidString(block) {
		return &Error{Key: key, Problem: "a setting is not UTF-8 text", Remedy: "write it in other characters"}
	}
	text, want := appended(e.doc.text, block), e.doc.tree
	if len(e.doc.names) == 0 {
		text, want = withDefault(text, s.Name), with(want, "default_profile", s.Name)
	}
	doc, err := inspect(e.path, text)
	if err != nil {
		return e.unsafe(key, "add it by hand")
	}
	// What was added is judged below; all else has to be as it was.
	before, after := tableOf(e.doc.tree, "profiles"), tableOf(doc.tree, "profiles")
	if !sameTree(doc.tree, with(want, "profiles", with(before, s.Name, after[s.Name]))) {
		return e.unsafe(key, "add it by hand")
	}
	var wrong problems
	for _, p := range e.doc.added(doc) {
		wrong.add(&Error{Key: p.Key, Problem: p.Problem, Remedy: p.Remedy})
	}
	return e.accept(doc, wrong)
}

// Use makes a profile the default.
func (e *Editor) Use(name string) error {
	if err := e.known(name); err != nil {
		return err
	}
	if e.doc.raw.DefaultProfile == name {
		return nil
	}
	return e.change("default_profile", withDefault(e.doc.text, name), with(e.doc.tree, "default_profile", name))
}

// Remove removes a profile with the comment that stands directly above it. It
// refuses where the server would then serve another profile, or open it to
// another key, than somebody chose: as the default, in [http] profiles, or in
// an API key's profiles.
func (e *Editor) Remove(name string) error {
	if err := e.known(name); err != nil {
		return err
	}
	key := joinKey("profiles", name)
	if it := e.doc.outsideOfTables(name); it != nil {
		return e.byHand(*it, key, "remove it by hand")
	}
	if err := e.referred(name); err != nil {
		return err
	}
	text, want := withoutProfile(e.doc.text, name), withoutName(e.doc.tree, name)
	if e.doc.raw.DefaultProfile == name {
		text = withoutDefault(text)
		delete(want, "default_profile")
	}
	return e.change(key, withoutReferences(text, name), want)
}

// known refuses a name that no profile of the file has.
func (e *Editor) known(name string) error {
	if slices.Contains(e.doc.names, name) {
		return nil
	}
	err := unknownProfile("", name, e.doc.names)
	err.File = e.path
	if len(e.doc.names) == 0 {
		err.Remedy = "add one with `microsoft-mcp-server profile add`"
	}
	return err
}

// referred refuses to remove a profile on which a choice rests that is not ours
// to make.
func (e *Editor) referred(name string) error {
	d := e.doc
	if d.raw.DefaultProfile == name && len(d.names) > 1 {
		return d.at.problem("default_profile", "names the profile", "choose another first: microsoft-mcp-server profile use NAME")
	}
	only := func(list []string) bool {
		return len(list) > 0 && !slices.ContainsFunc(list, func(s string) bool { return s != name })
	}
	if only(d.raw.HTTP.Profiles) {
		return d.at.problem("http.profiles", "names this profile alone", "name another there first, or remove the line to serve the default profile")
	}
	for i, k := range d.raw.HTTP.APIKeys {
		if only(k.Profiles) {
			return d.at.problem(indexKey("http.api_keys", i)+".profiles", "the key opens this profile alone", "remove the key first, or name another profile there")
		}
	}
	if key := d.opened(name); key != "" {
		return d.at.problem(key, "names the profile", "remove it there first, or name another profile")
	}
	return nil
}

// opened returns the key in [http.entra] or [http.oauth] that opens a profile to people and apps, or "".
func (d *document) opened(name string) string {
	if e := d.raw.HTTP.Entra; e != nil {
		for i, g := range e.Grants {
			if slices.Contains(g.Profiles, name) {
				return indexKey("http.entra.grants", i) + ".profiles"
			}
		}
	}
	switch o := d.raw.HTTP.OAuth; {
	case o == nil:
	case o.Profile == name:
		return "http.oauth.profile"
	case slices.Contains(o.Profiles, name):
		return "http.oauth.profiles"
	}
	return ""
}

// change accepts text if it says what is wanted and has no new problem.
func (e *Editor) change(key, text string, want map[string]any) error {
	doc, err := inspect(e.path, text)
	if err != nil || !sameTree(doc.tree, want) {
		return e.unsafe(e.firstMention(key, want), "change it by hand")
	}
	return e.accept(doc, problems{list: e.doc.added(doc)})
}

func (e *Editor) accept(doc *document, wrong problems) error {
	if err := wrong.join(); err != nil {
		return err
	}
	if len(doc.text)+len(e.mark) > maxFile {
		return &Error{File: e.path, Problem: "would be larger than 1 MiB", Remedy: "shorten it"}
	}
	e.doc = doc
	return nil
}

// firstMention returns the first list of names that wants a change, as these
// are what may be written so that they cannot be changed safely; else key.
func (e *Editor) firstMention(key string, want map[string]any) string {
	before, after := tableOf(e.doc.tree, "http"), tableOf(want, "http")
	if !reflect.DeepEqual(before["profiles"], after["profiles"]) {
		return "http.profiles"
	}
	keys, _ := elementsOf(before["api_keys"])
	wanted, _ := elementsOf(after["api_keys"])
	for i := range keys {
		if !reflect.DeepEqual(keys[i], wanted[i]) {
			return indexKey("http.api_keys", i) + ".profiles"
		}
	}
	return key
}

// unsafe says that something is written so that only a person can change it.
func (e *Editor) unsafe(key, remedy string) error {
	return e.doc.at.problem(key, "is written in a way that this command cannot change safely", remedy)
}

func (e *Editor) byHand(it item, key, remedy string) error {
	return &Error{File: e.path, Line: it.line, Key: key, Problem: "is written as an inline table or with a dotted key, which this command does not change", Remedy: remedy}
}

// added returns the problems that next has and d has not.
func (d *document) added(next *document) []*Error {
	type problem struct{ key, text string }
	old := map[problem]int{}
	for _, p := range d.errs.list {
		old[problem{p.Key, p.Problem}]++
	}
	var out []*Error
	for _, p := range next.errs.list {
		if id := (problem{p.Key, p.Problem}); old[id] > 0 {
			old[id]--
		} else {
			out = append(out, p)
		}
	}
	return out
}

// content returns the file's content as it is to be.
func (e *Editor) content() []byte { return []byte(e.mark + e.doc.text) }

// changed reports whether there is something to save.
func (e *Editor) changed() bool { return !bytes.Equal(e.found, e.content()) }

// Default returns the name of the default profile as the text has it, or "".
func (e *Editor) Default() string { return e.doc.raw.DefaultProfile }
