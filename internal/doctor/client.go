package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Client is an MCP client of this machine with our entry in its file.
type Client struct {
	Title   string
	File    string
	Command string // that it starts; "" where it calls over HTTP
	Args    []string
	Problem string // why its file cannot be read; "" where it can
}

// Clients are those of this machine.
type Clients struct {
	// Look finds them.
	Look func() []Client
	// Profiles are those that the configuration has; nil where it is not known.
	Profiles []string
}

// find looks at the entries of all clients.
func (c Clients) find(context.Context) Finding {
	const install = "microsoft-mcp-server install"
	var fine, problems []string
	do := ""
	for _, client := range c.Look() {
		problem, remedy := c.entry(client)
		switch {
		case problem == "":
			fine = append(fine, client.Title)
		default:
			problems = append(problems, fmt.Sprintf("%s: %s (%s)", client.Title, problem, client.File))
			if do == "" {
				do = remedy
			}
		}
	}
	switch {
	case len(problems) > 0:
		return Finding{State: Wrong, Text: list(problems, 3), Do: do}
	case len(fine) == 0:
		return Finding{State: Skipped, Text: "no MCP client of this machine has our entry", Do: install}
	}
	return Finding{State: OK, Text: list(fine, 12)}
}

// entry says what is wrong with a client's entry, and what to do; "" where nothing is.
func (c Clients) entry(client Client) (problem, remedy string) {
	const again = "write the entry anew: microsoft-mcp-server install"
	if client.Problem != "" {
		return client.Problem, "correct the file, or move it away, and then: microsoft-mcp-server install"
	}
	if client.Command == "" {
		return "", ""
	}
	if _, err := exec.LookPath(client.Command); err != nil {
		return "the program that its entry starts, " + client.Command + ", is not there or cannot be run", again
	}
	if file := option(client.Args, "--config"); file != "" {
		if _, err := os.Stat(file); err != nil {
			return "the configuration that its entry names, " + file + ", cannot be read", again
		}
		return "", "" // its profiles are those of another file
	}
	for _, name := range strings.Split(option(client.Args, "--profile"), ",") {
		if name != "" && c.Profiles != nil && !slices.Contains(c.Profiles, name) {
			return "its entry names the profile " + name + ", which there is not", again + " --profile NAME"
		}
	}
	return "", ""
}

// option returns the value of an option among arguments; several are joined by commas.
func option(args []string, name string) string {
	var values []string
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, name+"="); ok {
			values = append(values, value)
		} else if arg == name && i+1 < len(args) {
			values = append(values, args[i+1])
		}
	}
	return strings.Join(values, ",")
}
