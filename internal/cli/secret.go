package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func newSecret(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "secret", Short: "Keep a profile's client secret, its certificate's password or its search key in its vault", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	for _, verb := range []struct {
		use, short string
		run        func(ctx context.Context, name, use string, asJSON bool) error
	}{
		{"set PROFILE", "Store the secret of a profile; it is asked for, or read from standard input", o.setSecret},
		{"delete PROFILE", "Delete the secret of a profile", o.deleteSecret},
	} {
		var asJSON bool
		var use string
		sub := &cobra.Command{Use: verb.use, Short: verb.short, Args: oneProfile,
			RunE: func(cmd *cobra.Command, args []string) error { return verb.run(cmd.Context(), args[0], use, asJSON) }}
		sub.Flags().StringVar(&use, "for", forCredential, "which secret: "+forCredential+" (of the sign-in), or "+forSearch+" (the search index's key)")
		sub.Flags().BoolVar(&asJSON, "json", false, "print JSON")
		cmd.AddCommand(sub)
	}
	return cmd
}

// What a secret is for, as --for says it.
const (
	forCredential = "credential"
	forSearch     = "azure_ai_search"
)

// oneProfile takes the name alone: a secret on the command line would be seen by every process of the machine.
func oneProfile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s takes the name of one profile and nothing else; the secret itself is never an argument", cmd.CommandPath())
	}
	return nil
}

// kept is the secret that a profile needs, and where it is kept.
type kept struct {
	what  string // "client secret", "certificate password" or "search key"
	key   string // in the vault
	vault secret.Vault
	place string // the vault's name for people

	inKeyring bool // the vault is the OS keyring
	// unused says where the profile takes it from instead, and what to write into it; "" where it takes it from there.
	unused string
}

// keptSecret finds out which secret of a profile is meant.
func (o *options) keptSecret(name, use string) (kept, error) {
	p, c, err := o.one([]string{name})
	switch {
	case err != nil:
		return kept{}, err
	case use == forSearch:
		return o.searchKeyOf(p)
	case use != forCredential:
		return kept{}, usagef("--for is %s or %s, not %q", forCredential, forSearch, use)
	}
	return o.secretOf(c, p)
}

// searchKeyOf returns the key of a profile's search index.
func (o *options) searchKeyOf(p profile.Profile) (kept, error) {
	if p.AISearch.IsZero() {
		return kept{}, usagef("profile %s has no [%s]: write its endpoint and index first, with  api_key = { from = \"vault\" }", p.Name, p.Key("azure_ai_search"))
	}
	return o.keptIn(p, p.AISearch.APIKey, kept{what: "search key", key: secret.SearchKey(p.Name)}, "api_key"), nil
}

// secretOf returns the secret that a profile needs, where it needs one.
func (o *options) secretOf(c *profile.Config, p profile.Profile) (kept, error) {
	name := p.Name
	k := kept{what: "client secret", key: secret.ClientSecretKey(name)}
	source, field := p.Credential.Secret, "client_secret"
	switch {
	case p.AuthMode == profile.Interactive:
		return kept{}, usagef("profile %s has no secret: a person signs in to it with  %s", name, o.command(c, "login", name))
	case p.Credential.Kind == profile.Certificate:
		k.what, k.key = "certificate password", secret.PasswordKey(name)
		source, field = p.Credential.Password, "password"
	case p.Credential.Kind != profile.ClientSecret:
		return kept{}, usagef("profile %s signs in with its %s, which needs no secret", name, p.Credential.Kind)
	}
	return o.keptIn(p, source, k, field), nil
}

// keptIn says where k is kept, given what the profile's field says.
func (o *options) keptIn(p profile.Profile, source profile.Secret, k kept, field string) kept {
	k.vault, k.place, k.inKeyring = o.vault(p.Vault), p.Vault.String(), p.Vault.File == ""
	switch {
	case source.Keyring:
		k.vault, k.place, k.inKeyring = o.keyring(), "the OS keyring", true
	case source.Vault:
	default:
		k.unused = fmt.Sprintf("profile %s takes its %s from %s, so nobody would look for it in %s: change it there, or write  %s = { from = \"vault\" }", p.Name, k.what, source, k.place, field)
		if source.IsZero() {
			k.unused = fmt.Sprintf("profile %s has no %s: where its certificate needs one, write  %s = { from = \"vault\" }", p.Name, k.what, field)
		}
	}
	return k
}

// secretOutcome is what the commands print.
type secretOutcome struct {
	Profile string `json:"profile"`
	Secret  string `json:"secret"` // which
	Place   string `json:"place"`
	Stored  bool   `json:"stored"`
	Deleted bool   `json:"deleted"`
}

func (o *options) setSecret(ctx context.Context, name, use string, asJSON bool) error {
	k, err := o.keptSecret(name, use)
	if err != nil {
		return err
	}
	if k.unused != "" {
		return usagef("%s", k.unused)
	}
	text, err := o.readSecret(ctx, k.what, name)
	if err != nil {
		return err
	}
	if err := k.vault.Put(ctx, k.key, text); err != nil {
		return fmt.Errorf("storing the %s of %s: %w", k.what, name, err)
	}
	outcome := secretOutcome{Profile: name, Secret: k.what, Place: k.place, Stored: true}
	if asJSON {
		return o.printJSON(outcome)
	}
	_, err = fmt.Fprintf(o.env.Stdout, "stored the %s of %s in %s\n", k.what, name, k.place)
	return err
}

func (o *options) deleteSecret(ctx context.Context, name, use string, asJSON bool) error {
	k, err := o.keptSecret(name, use)
	if err != nil {
		return err
	}
	err = k.vault.Delete(ctx, k.key)
	if err != nil && !errors.Is(err, secret.ErrNotFound) {
		return fmt.Errorf("deleting the %s of %s: %w", k.what, name, err)
	}
	if asJSON {
		return o.printJSON(secretOutcome{Profile: name, Secret: k.what, Place: k.place, Deleted: err == nil})
	}
	if err != nil {
		_, err = fmt.Fprintf(o.env.Stdout, "%s holds no %s of %s\n", k.place, k.what, name)
		return err
	}
	_, err = fmt.Fprintf(o.env.Stdout, "deleted the %s of %s from %s\n", k.what, name, k.place)
	return err
}

// readSecret asks without echo on a terminal and reads one line elsewhere.
func (o *options) readSecret(ctx context.Context, what, name string) (secret.Text, error) {
	var line string
	if file, ok := o.env.Stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		note := ""
		if what == "client secret" {
			note = "the Value, not the ID; "
		}
		fmt.Fprintf(o.env.Stderr, "%s of %s (%sit is not shown): ", what, name, note)
		typed, err := readHidden(ctx, int(file.Fd()))
		fmt.Fprintln(o.env.Stderr)
		if err != nil {
			return secret.Text{}, fmt.Errorf("reading the %s: %w", what, err)
		}
		line = typed
	} else {
		read, err := bufio.NewReader(io.LimitReader(o.env.Stdin, 64<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return secret.Text{}, fmt.Errorf("reading the %s: %w", what, err)
		}
		line = read
	}
	if line = strings.TrimRight(line, "\r\n"); what != "certificate password" {
		line = strings.TrimSpace(line) // Microsoft's have no blanks; a password may
	}
	if line == "" {
		return secret.Text{}, usagef("the %s is empty", what)
	}
	return secret.NewText(line), nil
}

// readHidden reads a line from a terminal that does not show it. Where ctx ends first, as by Ctrl-C, it gives the terminal back
// as it was: a shell whose echo stays off looks broken.
func readHidden(ctx context.Context, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	typed, err := awaitLine(ctx, func() (string, error) {
		line, err := term.ReadPassword(terminal)
		return string(line), err
	})
	if errors.Is(err, errStopped) {
		err = errors.Join(errors.New("cancelled"), term.Restore(terminal, before))
	}
	return typed, err
}
