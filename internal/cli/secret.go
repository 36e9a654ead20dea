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

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func newSecret(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "secret", Short: "Keep a profile's client secret in the OS keyring", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(
		&cobra.Command{Use: "set PROFILE", Short: "Store a client secret; it is asked for, or read from standard input", Args: oneProfile,
			RunE: func(cmd *cobra.Command, args []string) error { return o.setSecret(cmd.Context(), args[0]) }},
		&cobra.Command{Use: "delete PROFILE", Short: "Delete a client secret", Args: oneProfile,
			RunE: func(cmd *cobra.Command, args []string) error { return o.deleteSecret(cmd.Context(), args[0]) }},
	)
	return cmd
}

// oneProfile takes the name alone: a secret on the command line would be seen by every process of the machine.
func oneProfile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s takes the name of one profile and nothing else; the secret itself is never an argument", cmd.CommandPath())
	}
	return nil
}

func (o *options) setSecret(ctx context.Context, name string) error {
	if err := o.known(name); err != nil {
		return err
	}
	text, err := o.readSecret(name)
	if err != nil {
		return err
	}
	if err := o.env.Vault().Put(ctx, secret.ClientSecretKey(name), text); err != nil {
		return fmt.Errorf("storing the client secret of %s: %w", name, err)
	}
	_, err = fmt.Fprintf(o.env.Stdout, "stored in the keyring; the profile uses it with  client_secret = { from = \"keyring\" }\n")
	return err
}

func (o *options) deleteSecret(ctx context.Context, name string) error {
	err := o.env.Vault().Delete(ctx, secret.ClientSecretKey(name))
	if errors.Is(err, secret.ErrNotFound) {
		_, err = fmt.Fprintf(o.env.Stdout, "the keyring holds no client secret of %s\n", name)
		return err
	}
	if err != nil {
		return fmt.Errorf("deleting the client secret of %s: %w", name, err)
	}
	_, err = fmt.Fprintln(o.env.Stdout, "deleted from the keyring")
	return err
}

// known refuses a name that no profile has, as a secret stored under it would never be found.
func (o *options) known(name string) error {
	c, err := o.load()
	if err != nil {
		return err
	}
	if _, err := c.Find(name); err != nil {
		return &usageError{err}
	}
	return nil
}

// readSecret asks without echo on a terminal and reads one line elsewhere.
func (o *options) readSecret(name string) (secret.Text, error) {
	var line string
	if file, ok := o.env.Stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprintf(o.env.Stderr, "client secret of %s (the Value, not the ID; it is not shown): ", name)
		typed, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(o.env.Stderr)
		if err != nil {
			return secret.Text{}, fmt.Errorf("reading the client secret: %w", err)
		}
		line = string(typed)
	} else {
		read, err := bufio.NewReader(io.LimitReader(o.env.Stdin, 64<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return secret.Text{}, fmt.Errorf("reading the client secret: %w", err)
		}
		line = read
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return secret.Text{}, usagef("the client secret is empty")
	}
	return secret.NewText(line), nil
}
