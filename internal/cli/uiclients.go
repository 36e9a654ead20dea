package cli

import (
	"context"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
	"github.com/sapientsai/microsoft-mcp-server/internal/ui"
)

func (d desk) Clients(context.Context) ([]ui.Client, error) {
	env := d.options.clientEnv()
	var clients []ui.Client
	for _, c := range client.All() {
		p := c.Find(env, entryName)
		shown := ui.Client{Name: c.Name, Title: c.Title, File: p.File, Present: p.Present, Installed: p.Installed, Next: c.After}
		if p.Problem != nil {
			shown.Problem, shown.Remedy = p.Problem.Error(), hintOf(p.Problem)
		}
		clients = append(clients, shown)
	}
	return clients, nil
}

func (d desk) Plan(_ context.Context, name string, remove bool) (ui.Change, error) {
	o := d.anew("")
	c, ok := client.Named(name)
	if !ok {
		return ui.Change{}, usagef("there is no client %q", name)
	}
	var change client.Change
	var err error
	if remove {
		change, err = c.Uninstall(o.clientEnv(), entryName)
	} else {
		there := c.Find(o.clientEnv(), entryName)
		if there.Installed { // what this command was started with is not said of the entry
			o.profiles, o.config = nil, ""
		}
		var entry wantedEntry
		if entry, err = o.wantedEntry(&installFlags{name: entryName}, there); err == nil {
			change, err = c.Install(o.clientEnv(), entry.server)
		}
	}
	if err != nil {
		return ui.Change{}, err
	}
	return ui.Change{File: change.File, Before: change.Before, After: change.After, Write: change.Write}, nil
}
