package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
)

// entryName is what the entry is called in clients, where nobody chose another name.
const entryName = "microsoft-mcp-server"

// installFlags are the flags of `install` and `uninstall`.
type installFlags struct {
	name, url, keyEnv  string
	variables          []string
	all, print, asJSON bool

	keySaid bool // --key-env was given, be it as none
	anew    bool // nothing is kept of an entry that is there
}

func newInstall(o *options) *cobra.Command {
	f := &installFlags{}
	cmd := &cobra.Command{Use: "install [CLIENT...]", Short: "Write the entry for this server into MCP clients",
		Long: `Write the entry for this server into the files of MCP clients: those named, or all that are found on this machine.
The clients are ` + clientNames() + `.

All else in a file stays as it is, comments too, and the old file stays beside it as NAME.bak-TIME. A file that cannot be
read for certain is left alone. Doing it again changes nothing, or corrects the entry.

Clients start the program with the profile and the configuration file that are named here. With --http they call a
running server instead. No secret is written: --key-env and --env name variables, that the client reads.

An entry that is there keeps its profile, its configuration file, its address and its key's variable wherever the flags
do not say otherwise. One that says what this command does not know is left alone. To begin anew, uninstall it first.`,
		Example: `  microsoft-mcp-server install
  microsoft-mcp-server install claude-code vscode --profile contoso
  microsoft-mcp-server install cursor --http https://mcp.example.com/mcp --key-env MCP_KEY
  microsoft-mcp-server install zed --print`,
		Args: f.knownClients, ValidArgsFunction: completeClients,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.keySaid = cmd.Flags().Changed("key-env")
			return o.install(args, f)
		}}
	flags := cmd.Flags()
	f.define(cmd)
	flags.StringVar(&f.url, "http", "", "address of a running server, as in https://mcp.example.com/mcp, instead of starting the program")
	flags.StringVar(&f.keyEnv, "key-env", "", "name of the environment variable from which the client takes the API key for --http")
	flags.StringSliceVar(&f.variables, "env", nil, "name of an environment variable that the client hands on to the program; may be repeated")
	flags.BoolVar(&f.print, "print", false, "print the entries, and change nothing")
	return cmd
}

func newUninstall(o *options) *cobra.Command {
	f := &installFlags{}
	cmd := &cobra.Command{Use: "uninstall [CLIENT...]", Short: "Remove the entry for this server from MCP clients",
		Long: `Remove the entry for this server from the files of MCP clients: those named, or all that have it. All else in a file
stays as it is, and the old file stays beside it as NAME.bak-TIME.`,
		Args: f.knownClients, ValidArgsFunction: completeClients,
		RunE: func(_ *cobra.Command, args []string) error { return o.uninstall(args, f) }}
	f.define(cmd)
	return cmd
}

func (f *installFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", entryName, "the entry's name in the clients")
	flags.BoolVar(&f.all, "all", false, "every client, whether it is found or not")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
}

func clientNames() string {
	var names []string
	for _, c := range client.All() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func (f *installFlags) knownClients(_ *cobra.Command, args []string) error {
	if f.all && len(args) > 0 {
		return usagef("--all is for every client: name none, or leave it out")
	}
	for _, name := range args {
		if _, ok := client.Named(name); !ok {
			return usagef("there is no client %q; they are %s", name, clientNames())
		}
	}
	return nil
}

func completeClients(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var left []string
	for _, c := range client.All() {
		if !slices.Contains(args, c.Name) {
			left = append(left, c.Name+"\t"+c.Title)
		}
	}
	return left, cobra.ShellCompDirectiveNoFileComp
}

// clientEnv says where clients keep their files.
func (o *options) clientEnv() client.Env {
	home := "HOME"
	if runtime.GOOS == "windows" {
		home = "USERPROFILE"
	}
	return client.Env{OS: runtime.GOOS, Home: o.env.Getenv(home), Getenv: o.env.Getenv}
}

func (o *options) install(names []string, f *installFlags) error {
	env := o.clientEnv()
	chosen := chooseClients(names, func(c client.Client) bool { return f.all || c.Find(env, f.name).Present })
	if len(chosen) == 0 {
		return usagef("no client was found on this machine; name one of %s", clientNames())
	}
	plans, err := o.plan(chosen, f)
	if err != nil {
		return err
	}
	var all []clientOutcome
	for _, p := range plans {
		all = append(all, p.carryOut(env, f.print, len(names) > 0))
	}
	return o.tellClients(all, f)
}

func (o *options) uninstall(names []string, f *installFlags) error {
	env := o.clientEnv()
	chosen := chooseClients(names, func(c client.Client) bool {
		p := c.Find(env, f.name)
		return f.all || p.Installed || p.Problem != nil
	})
	all := []clientOutcome{}
	for _, c := range chosen {
		out := changeClient(c, env, func() (client.Change, error) { return c.Uninstall(env, f.name) })
		if out.Status == "" {
			out.Status, out.Next = statusRemoved, c.After
		}
		all = append(all, out)
	}
	if len(all) == 0 && !f.asJSON {
		_, err := fmt.Fprintf(o.env.Stdout, "no client has an entry called %s\n", f.name)
		return err
	}
	return o.tellClients(all, f)
}

// chooseClients returns the clients that were named, or those that are wanted.
func chooseClients(names []string, wanted func(client.Client) bool) []client.Client {
	var chosen []client.Client
	for _, c := range client.All() {
		if slices.Contains(names, c.Name) || len(names) == 0 && wanted(c) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// changeClient makes a change and writes it, anew where the client wrote its file meanwhile. The status is left to
// the caller where it was written.
func changeClient(c client.Client, env client.Env, make func() (client.Change, error)) clientOutcome {
	const tries = 5
	out := clientOutcome{Client: c.Name, Title: c.Title, File: c.File(env)}
	for try := 1; ; try++ {
		change, err := make()
		if err == nil {
			out.Backup, err = change.Write()
		}
		switch {
		case errors.Is(err, client.ErrChanged) && try < tries:
			continue
		case err != nil:
			out.Status, out.Problem, out.Next = statusFailed, err.Error(), hintOf(err)
		case change.Same:
			out.Status = statusSame
		}
		return out
	}
}

// knownProfiles refuses a profile that the server would not start with, as the configuration in file says.
func (o *options) knownProfiles(file string) error {
	with := *o
	with.config = cmp.Or(file, o.config)
	c, err := with.load()
	if err != nil {
		return err
	}
	for _, name := range o.profiles {
		if !slices.Contains(c.Names(), name) {
			return usagef("there is no profile %q; the profiles are %s", name, strings.Join(c.Names(), ", "))
		}
	}
	return nil
}

// ownPath returns a path of this program that lasts: a package manager's link to the present version, where that is
// what a shell would start.
func ownPath(executable func() (string, error), look func(string) (string, error)) (string, error) {
	path, err := executable()
	if err != nil {
		return "", fmt.Errorf("finding this program: %w", err)
	}
	mine, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("finding this program: %w", err)
	}
	if linked, err := look(programName); err == nil && filepath.IsAbs(linked) {
		if other, err := os.Stat(linked); err == nil && os.SameFile(mine, other) {
			return linked, nil
		}
	}
	if strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "", usagef("this program was started by go run, and is gone when it ends: go install it, then run that")
	}
	return path, nil
}
