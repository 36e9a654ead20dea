package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// wantedEntry is what an entry is to say: what the person says, then what the entry that is there says, then what is usual.
type wantedEntry struct {
	server client.Server
	kept   []string // what only the entry says, as flags
}

// wantedEntry says what the entry at p is to say. Its error is a *usageError where what the person said is at fault.
func (o *options) wantedEntry(f *installFlags, p client.Place) (wantedEntry, error) {
	local := len(o.profiles) > 0 || len(f.variables) > 0
	if f.url != "" && local {
		return wantedEntry{}, usagef("--profile and --env are for a program that the client starts; the server at --http has its own")
	}
	if f.url != "" || p.URL != "" && p.Command == "" && !local {
		return f.addressEntry(p)
	}
	return o.programEntry(f, p)
}

// addressEntry keeps the key's variable for the address that is there alone: it is no key for another server.
func (f *installFlags) addressEntry(p client.Place) (wantedEntry, error) {
	w := wantedEntry{server: client.Server{Name: f.name, URL: cmp.Or(f.url, "https://localhost"), KeyEnv: f.keyEnv}}
	if err := w.server.Check(); err != nil { // of what the person said, before anything is kept
		return w, &usageError{err}
	}
	if f.url == "" {
		w.server.URL, w.kept = p.URL, append(w.kept, "--http "+p.URL)
	}
	if !f.keySaid && p.URL == w.server.URL {
		if p.Odd != nil {
			return w, p.Odd
		}
		if p.KeyEnv != "" {
			w.server.KeyEnv, w.kept = p.KeyEnv, append(w.kept, "--key-env "+p.KeyEnv)
		}
	}
	return w, w.check(p)
}

// programEntry is the entry that starts this program.
func (o *options) programEntry(f *installFlags, p client.Place) (wantedEntry, error) {
	w := wantedEntry{server: client.Server{Name: f.name, KeyEnv: f.keyEnv, Env: f.variables}}
	var err error
	if w.server.Command, err = ownPath(os.Executable, exec.LookPath); err != nil {
		return w, err
	}
	var there entryArgs
	if p.Command != "" {
		if there, err = readEntry(p); err != nil {
			return w, err
		}
	}
	said := entryArgs{profiles: o.profiles}
	// The client has not the variables of this shell, and starts the program in a folder of its own.
	if file := profile.Named(o.place()); file != "" && (o.config != "" || there.config == "") {
		if said.config, err = filepath.Abs(file); err != nil {
			return w, fmt.Errorf("finding %s: %w", file, err)
		}
	}
	w.server.Args, _ = said.over(entryArgs{})
	if err := w.server.Check(); err != nil {
		return w, &usageError{err}
	}
	if len(o.profiles) > 0 {
		if err := o.knownProfiles(cmp.Or(said.config, there.config)); err != nil {
			return w, err
		}
	}
	w.server.Args, w.kept = said.over(there)
	return w, w.check(p)
}

// check refuses what must not be written of the entry that is there, which is no mistake of the person's command.
func (w wantedEntry) check(p client.Place) error {
	err := w.server.Check()
	if err == nil {
		return nil
	}
	return &client.Error{File: p.File, Problem: "its entry for this server says what cannot be written again: " + err.Error(), Remedy: leftAlone, Err: err}
}

// leftAlone is what to do about an entry that cannot be kept and is not overwritten.
const leftAlone = "the file was left alone: change the entry by hand, or uninstall it and install it anew"

// entryPlan is what is to be done about one client. One of entry and err is set.
type entryPlan struct {
	client client.Client
	entry  wantedEntry
	err    error // why the entry that is there is left alone
}

// plan says what is to be done about each client, and fails where the command is at fault: before any is changed.
func (o *options) plan(chosen []client.Client, f *installFlags) ([]entryPlan, error) {
	env := o.clientEnv()
	var plans []entryPlan
	for _, c := range chosen {
		var there client.Place
		if !f.anew {
			there = c.Find(env, f.name)
		}
		entry, err := o.wantedEntry(f, there)
		_, usage := errors.AsType[*usageError](err)
		_, left := errors.AsType[*client.Error](err)
		if left = left && !usage; left && f.print { // what is to be written by hand
			entry, err = o.wantedEntry(f, client.Place{})
		} else if left {
			plans = append(plans, entryPlan{client: c, err: err})
			continue
		}
		if err != nil {
			return nil, err
		}
		plans = append(plans, entryPlan{client: c, entry: entry})
	}
	return plans, nil
}

// carryOut does it, or with print says what it would write. A client that cannot have the entry is skipped where nobody named it.
func (p entryPlan) carryOut(env client.Env, print, named bool) clientOutcome {
	c, s := p.client, p.entry.server
	out := clientOutcome{Client: c.Name, Title: c.Title, File: c.File(env), Status: statusPrinted, Kept: p.entry.kept}
	err := p.err
	if err == nil {
		out.Entry, err = c.Print(s)
	}
	switch {
	case err != nil:
		out.Status, out.Problem, out.Next = statusFailed, err.Error(), hintOf(err)
		if !named {
			out.Status = statusSkipped
		}
		return out
	case print:
		return out
	}
	out = changeClient(c, env, func() (client.Change, error) { return c.Install(env, s) })
	if out.Status == "" {
		out.Status, out.Next = statusInstalled, c.After
	}
	if out.Problem == "" {
		out.Kept = p.entry.kept
	}
	return out
}

// entryArgs is what an entry starts the program with.
type entryArgs struct {
	profiles []string
	config   string
	log      []string // flags, each with its value
}

// readEntry reads what install writes, and what a person may have added to it.
func readEntry(p client.Place) (entryArgs, error) {
	var a entryArgs
	strange := &client.Error{File: p.File, Problem: "its entry for this server is started with arguments that are not known here", Remedy: leftAlone}
	switch {
	case p.Odd != nil:
		return a, p.Odd
	case len(p.Args) > 0 && p.Args[0] != "stdio":
		return a, strange
	case !startsUs(p.Command):
		return a, &client.Error{File: p.File, Problem: "its entry for this server starts another program", Remedy: leftAlone}
	case len(p.Args) == 0:
		return a, nil // as the ancestor was started, whose variables stay where they are
	}
	for rest := p.Args[1:]; len(rest) > 0; {
		name, value, joined := strings.Cut(rest[0], "=")
		rest = rest[1:]
		if !joined {
			if len(rest) == 0 {
				return a, strange
			}
			value, rest = rest[0], rest[1:]
		}
		switch name {
		case "--profile":
			a.profiles = append(a.profiles, strings.Split(value, ",")...)
		case "--config":
			a.config = value
		case "--log-level", "--log-format":
			a.log = append(a.log, name, value)
		default:
			return a, strange
		}
	}
	return a, nil
}

// startsUs tells whether a command is this program, wherever it is, or nothing that is there: not, say, a script of
// somebody's own that sets variables first.
func startsUs(command string) bool {
	name := func(path string) string {
		path = path[strings.LastIndexAny(path, `/\`)+1:]
		return strings.TrimSuffix(strings.ToLower(path), ".exe")
	}
	mine, err := os.Executable()
	if name(command) == programName || err == nil && name(command) == name(mine) {
		return true
	}
	_, err = exec.LookPath(command)
	return err != nil
}

// over returns the arguments that say all of a, and what is there where a says nothing; and that.
func (a entryArgs) over(there entryArgs) (args, kept []string) {
	args = []string{"stdio"}
	add := func(name, said, there string) {
		switch {
		case said != "":
			args = append(args, name, said)
		case there != "":
			args, kept = append(args, name, there), append(kept, name+" "+there)
		}
	}
	add("--profile", strings.Join(a.profiles, ","), strings.Join(there.profiles, ","))
	add("--config", a.config, there.config)
	for pair := range slices.Chunk(there.log, 2) {
		add(pair[0], "", pair[1])
	}
	return args, kept
}
