package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Client is an MCP client of this machine with our entry in its file.
type Client struct {
	Title   string
	File    string
	Command string // that it starts; "" where it calls over HTTP
	Args    []string
	URL     string // that it calls
	KeyEnv  string // the variable that it takes the API key for it from; "" for none
	Off     bool   // the entry is switched off
	Problem string // why its file cannot be read; "" where it can
}

// Clients are those of this machine.
type Clients struct {
	// Look finds them.
	Look func() []Client
	// File is the configuration in use, and Profiles are those that it has; nil where it is not known.
	File     string
	Profiles []string
	// Read returns the profiles of another configuration.
	Read func(file string) ([]string, error)
	// Set tells whether an environment variable holds something here.
	Set func(variable string) bool
	// Ours tells by what /health answers whether it is a server of ours.
	Ours func(body string) bool
}

const install = "microsoft-mcp-server install"

// find looks at the entries of all clients.
func (c Clients) find(ctx context.Context) Finding {
	clients := c.Look()
	if len(clients) == 0 {
		return Finding{State: Skipped, Text: "no MCP client of this machine has our entry", Do: install}
	}
	calls := c.callAll(ctx, clients)
	var fine []string
	said := map[State][]string{}
	do := map[State]string{}
	for _, client := range clients {
		f := c.entry(client, calls)
		if f.State == OK {
			fine = append(fine, client.Title)
			continue
		}
		said[f.State] = append(said[f.State], fmt.Sprintf("%s: %s (%s)", client.Title, f.Text, client.File))
		if do[f.State] == "" {
			do[f.State] = f.Do
		}
	}
	for _, state := range []State{Wrong, Warning} {
		if len(said[state]) > 0 {
			return Finding{State: state, Text: list(slices.Concat(said[Wrong], said[Warning]), 3), Do: do[state]}
		}
	}
	return Finding{State: OK, Text: list(fine, 12)}
}

// again is what to do about an entry that does not lead to us.
const again = "write the entry anew: " + install

// entry looks at what one client has.
func (c Clients) entry(client Client, calls map[string]Finding) Finding {
	switch {
	case client.Problem != "":
		return Finding{Wrong, client.Problem, "correct the file, or move it away, and then: " + install}
	case client.Off:
		return Finding{Warning, "its entry is there, but switched off in the client", "switch it on in the client, where it is wanted there"}
	case client.URL != "" && client.Command == "":
		return c.address(client, calls)
	}
	if _, err := exec.LookPath(client.Command); err != nil {
		return Finding{Wrong, "the program that its entry starts, " + client.Command + ", is not there or cannot be run", again}
	}
	profiles := c.Profiles
	if files := option(client.Args, "--config"); len(files) > 0 {
		var f Finding
		if profiles, f = c.configured(files[len(files)-1]); f.State != OK {
			return f
		}
	}
	for _, name := range strings.Split(strings.Join(option(client.Args, "--profile"), ","), ",") {
		if name != "" && profiles != nil && !slices.Contains(profiles, name) {
			return Finding{Wrong, "its entry names the profile " + name + ", which there is not", again + " --profile NAME"}
		}
	}
	return Finding{State: OK}
}

// configured returns the profiles of the configuration that an entry names, nil where they are not known.
func (c Clients) configured(file string) ([]string, Finding) {
	if !filepath.IsAbs(file) {
		return nil, Finding{Warning, "the configuration that its entry names, " + file + ", is another one in each folder that the client may start in", again}
	}
	there, err := os.Stat(file)
	if err != nil {
		return nil, Finding{Wrong, "the configuration that its entry names, " + file + ", cannot be read", again}
	}
	if mine, err := os.Stat(c.File); err == nil && os.SameFile(mine, there) {
		return c.Profiles, Finding{State: OK}
	}
	profiles, err := c.Read(file)
	if err != nil {
		return nil, Finding{Wrong, "the configuration that its entry names, " + file + ", is wrong", "look at that one: microsoft-mcp-server doctor --config FILE"}
	}
	return append([]string{}, profiles...), Finding{State: OK} // none is none, and not unknown
}

// option returns the values of an option among arguments.
func option(args []string, name string) []string {
	var values []string
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, name+"="); ok {
			values = append(values, value)
		} else if arg == name && i+1 < len(args) {
			values = append(values, args[i+1])
		}
	}
	return values
}
