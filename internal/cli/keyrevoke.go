package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// revokedLife is how long replicas are told that a key is revoked which would never have expired. By then they have
// another file.
const revokedLife = 400 * 24 * time.Hour

// revokedKey is what `key revoke` prints.
type revokedKey struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Shared bool   `json:"shared"` // whether all replicas were told, those with another copy of the file, too
}

func newKeyRevoke(o *options) *cobra.Command {
	var asJSON, here bool
	cmd := &cobra.Command{Use: "revoke NAME", Short: "Revoke an API key: removes it from the configuration file",
		Long: `Revoke an API key: removes its entry from the configuration file, with the comment that stands directly above it. A
running server notices, and refuses the key from then on. With [state], all replicas are told at once, those with
another copy of the file, too; where they cannot be told, the entry stays, so that it can be tried again, and --here
removes it from this file alone.

The only key of a server that lets nobody in by other means is not revoked: make another one first.`,
		Args: oneKeyName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.revokeKey(cmd.Context(), args[0], here, asJSON)
		}}
	cmd.Flags().BoolVar(&here, "here", false, "remove it from this file without telling the replicas that share [state]")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) revokeKey(ctx context.Context, name string, here, asJSON bool) error {
	// A file that does not load is one that running servers do not take either: the key would stay.
	c, err := o.load()
	if err != nil {
		return err
	}
	// Replicas are told first, which can be repeated: once the entry is gone, nobody knows the hash any more.
	told := false
	if !here {
		if told, err = o.tellReplicas(ctx, c, name); err != nil {
			return err
		}
	}
	out, err := o.edit(name, func(e *profile.Editor) error { return e.RemoveKey(name) })
	if err != nil {
		return err
	}
	revoked := revokedKey{Name: name, File: out.File, Shared: told}
	if asJSON {
		return o.printJSON(revoked)
	}
	_, err = fmt.Fprintf(o.env.Stdout, "revoked %s: removed from %s, which a running server notices\n", name, printable(out.File))
	if revoked.Shared && err == nil {
		_, err = fmt.Fprintln(o.env.Stdout, "all replicas are told")
	}
	return err
}

// tellReplicas puts the hash of the key that c has under that name into the store that replicas share, if there is one.
func (o *options) tellReplicas(ctx context.Context, c *profile.Config, name string) (told bool, err error) {
	i := slices.IndexFunc(c.HTTP.APIKeys, func(k profile.APIKey) bool { return k.Name == name && k.Env == "" })
	if c.State.URL == "" || i < 0 {
		return false, nil
	}
	k, life := c.HTTP.APIKeys[i], revokedLife
	if !k.Expires.IsZero() {
		life = min(life, time.Until(k.Expires))
	}
	if life <= 0 {
		return true, nil // nobody takes it any more
	}
	store, err := o.openState(ctx, c)
	if err == nil {
		err = store.Put(ctx, "revoked/"+hex.EncodeToString(k.SHA256[:]), []byte(name), life)
		_ = store.Close() // what was put is there
	}
	if err != nil {
		return false, fmt.Errorf("%s is not revoked: the replicas cannot be told; try again, or remove it from this file alone with --here: %w", name, err)
	}
	return true, nil
}
