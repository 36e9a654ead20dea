package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"
)

func newKey(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "API keys for the HTTP endpoint", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "create NAME",
		Short: "Make an API key: shows the key once, and the lines for the configuration",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("key create takes one name, of who will use the key")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			random := make([]byte, 32)
			rand.Read(random) // never fails (crypto/rand)
			key := "mcp_" + base64.RawURLEncoding.EncodeToString(random)
			_, err := fmt.Fprintf(o.env.Stdout, `Key, shown this once; the client sends it as "Authorization: Bearer KEY":

  %s

Lines for the configuration file:

  [[http.api_keys]]
  name = %q
  sha256 = "%x"
`, key, args[0], sha256.Sum256([]byte(key)))
			return err
		},
	})
	return cmd
}
