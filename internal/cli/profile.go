package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

func newProfile(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "profile", Short: "List, show, add, choose and remove profiles",
		Long: `List, show, add, choose and remove the profiles of the configuration file: --config, else $MICROSOFT_MCP_CONFIG, else
microsoft-mcp-server/config.toml in the user's configuration folder. Comments, order and form of the file stay.`,
		Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newProfileList(o), newProfileShow(o), newProfileAdd(o), newProfileUse(o), newProfileRemove(o))
	return cmd
}

// profileEntry is what `profile list` tells of one profile.
type profileEntry struct {
	Profile  string `json:"profile"`
	Default  bool   `json:"default"`
	Mode     string `json:"mode"`
	Tenant   string `json:"tenant"`
	Account  string `json:"account,omitempty"` // the only one that may sign in
	ClientID string `json:"clientId"`
	Access   string `json:"access"`
	Cloud    string `json:"cloud"`
}

func entryOf(c *profile.Config, p profile.Profile) profileEntry {
	return profileEntry{Profile: p.Name, Default: p.Name == c.DefaultProfile || len(c.Profiles) == 1, Mode: p.AuthMode.String(),
		Tenant: p.TenantID, Account: p.Account, ClientID: p.ClientID, Access: p.Access.String(), Cloud: p.Cloud.Name}
}

func newProfileList(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the profiles", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return o.listProfiles(asJSON) }}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) listProfiles(asJSON bool) error {
	c, err := o.load()
	if err != nil {
		return err
	}
	all := []profileEntry{}
	for _, p := range c.Profiles {
		all = append(all, entryOf(c, p))
	}
	if asJSON {
		return o.printJSON(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(o.env.Stdout, "no profile yet; add one with  microsoft-mcp-server profile add")
		return err
	}
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{Name: " "}, {Name: "NAME", Ink: inked(terminal.Strong)}, {Name: "MODE"}, {Name: "TENANT"},
		{Name: "ACCOUNT OR CLIENT ID"}, {Name: "ACCESS", Ink: accessInk}, {Name: "CLOUD"}}}
	for _, e := range all {
		mark, who := " ", e.Account
		if e.Default {
			mark = "*"
		}
		if who == "" {
			who = e.ClientID
		}
		t.Rows = append(t.Rows, []string{mark, e.Profile, e.Mode, e.Tenant, who, e.Access, e.Cloud})
	}
	return o.printTable(t)
}

// shownProfile is what `profile show` tells: the profile as it takes effect, and in words where its secrets rest.
type shownProfile struct {
	profileEntry
	File            string   `json:"file,omitempty"`
	AccountType     string   `json:"accountType,omitempty"`
	Permissions     []string `json:"permissions"`
	Authority       string   `json:"authority"`
	Graph           string   `json:"graph"`
	ResourceManager string   `json:"resourceManager,omitempty"`
	CAFile          string   `json:"caFile,omitempty"`
	Credential      string   `json:"credential"`
	Vault           string   `json:"vault"`
	Tools           []string `json:"tools,omitempty"`
	Allow           []string `json:"allow,omitempty"`
	Deny            []string `json:"deny,omitempty"`
	Confirm         []string `json:"confirm,omitempty"`
	Instructions    string   `json:"instructions,omitempty"`
	Folders         []string `json:"folders,omitempty"`
}

func newProfileShow(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show [NAME]", Short: "Show a profile as it takes effect; never a secret", Args: atMostOneProfile,
		RunE: func(_ *cobra.Command, args []string) error { return o.showProfile(args, asJSON) }}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) showProfile(args []string, asJSON bool) error {
	p, c, err := o.one(args)
	if err != nil {
		return err
	}
	s := shownProfile{profileEntry: entryOf(c, p), File: c.File, AccountType: p.AccountType, Permissions: p.Scopes,
		Authority: p.Cloud.Authority, Graph: p.Cloud.Graph, ResourceManager: p.Cloud.ResourceManager, CAFile: p.CAFile,
		Credential: credentialText(p), Vault: p.Vault.String(), Tools: p.Tools,
		Allow: p.Policy.Allow, Deny: p.Policy.Deny, Confirm: p.Policy.Confirm, Instructions: p.Instructions, Folders: p.Folders}
	if p.AuthMode == profile.ClientCredentials {
		s.Permissions = p.AppScopes
	}
	if asJSON {
		return o.printJSON(s)
	}
	return o.printProfile(s)
}

func (o *options) printProfile(s shownProfile) error {
	file, name, account := s.File, s.Profile, s.Account
	if file == "" {
		file = "none; the environment's variables alone"
	}
	if s.Default {
		name += " (the default)"
	}
	if s.AccountType != "" && account == "" {
		account = "any " + s.AccountType + " account"
	}
	all := func(values []string) string { return strings.Join(values, ", ") }
	return o.printPairs([][2]string{
		{"profile", name}, {"file", file}, {"mode", s.Mode}, {"tenant", s.Tenant}, {"client ID", s.ClientID}, {"account", account},
		{"signs in with", s.Credential}, {"vault", s.Vault}, {"access", s.Access}, {"permissions", all(s.Permissions)}, {"cloud", s.Cloud},
		{"authority", s.Authority}, {"Graph", s.Graph}, {"Resource Manager", s.ResourceManager}, {"CA", s.CAFile}, {"tools", all(s.Tools)},
		{"allow", all(s.Allow)}, {"deny", all(s.Deny)}, {"confirm", all(s.Confirm)}, {"folders", all(s.Folders)}, {"instructions", s.Instructions},
	})
}

// changedProfile is what the commands print that change the file.
type changedProfile struct {
	Profile string `json:"profile"`
	File    string `json:"file"`
	Default string `json:"default,omitempty"` // the default profile now
	Next    string `json:"next,omitempty"`    // the command to run next
}

func newProfileUse(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "use NAME", Short: "Make a profile the default", Args: oneProfileName,
		RunE: func(_ *cobra.Command, args []string) error {
			out, err := o.edit(args[0], func(e *profile.Editor) error { return e.Use(args[0]) })
			return o.printChange(out, err, asJSON, "%s is the default now, in %s\n")
		}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newProfileRemove(o *options) *cobra.Command {
	var keepSecrets, asJSON bool
	cmd := &cobra.Command{Use: "remove NAME", Short: "Remove a profile from the configuration file",
		Long: `Remove a profile from the configuration file, with the comment that stands directly above it, and what was stored for it
in its vault: a person's sign-in, a client secret, a certificate's password. Where that cannot be deleted, nothing is
changed; --keep-secrets removes the profile alone.

A profile that something else depends on is not removed: the default while there are others, the only one that [http]
profiles serves, the only one that an API key opens.`, Args: oneProfileName,
		RunE: func(cmd *cobra.Command, args []string) error {
			out, err := o.edit(args[0], func(e *profile.Editor) error {
				if err := e.Remove(args[0]); err != nil || keepSecrets {
					return err
				}
				return o.forget(cmd.Context(), args[0]) // before the file is saved: afterwards nobody knows what to look for
			})
			return o.printChange(out, err, asJSON, "removed %s from %s\n")
		}}
	cmd.Flags().BoolVar(&keepSecrets, "keep-secrets", false, "leave what is stored for the profile where it is")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func oneProfileName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s takes the name of one profile", cmd.CommandPath())
	}
	return nil
}

// edit changes the configuration file. What the change itself refuses is wrong usage; a file that cannot be written
// is a failure.
func (o *options) edit(name string, change func(*profile.Editor) error) (changedProfile, error) {
	path := profile.Path(o.place())
	out := changedProfile{Profile: name, File: path}
	err := profile.Edit(path, func(e *profile.Editor) error {
		if err := change(e); err != nil {
			return err
		}
		out.Default = e.Default()
		return nil
	})
	var failed *profile.WriteError
	var kept *keptError
	if err != nil && !errors.As(err, &failed) && !errors.As(err, &kept) {
		err = &usageError{err}
	}
	return out, err
}

// printChange prints what was changed; format takes the profile and the file.
func (o *options) printChange(out changedProfile, err error, asJSON bool, format string) error {
	switch {
	case err != nil:
		return err
	case asJSON:
		return o.printJSON(out)
	}
	_, err = fmt.Fprintf(o.env.Stdout, format, out.Profile, printable(out.File))
	return err
}

// printable escapes what would steer a terminal, or make text look like other text. A file may hold any of it.
func printable(s string) string { return terminal.Printable(s) }
