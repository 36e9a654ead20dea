package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"
)

// createdKey is what `key create` prints: the key, this once, and what the configuration keeps of it.
type createdKey struct {
	Name   string `json:"name"`
	Key    string `json:"key"`
	SHA256 string `json:"sha256"`
}

func newKey(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "API keys for the HTTP endpoint", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var asJSON bool
	create := &cobra.Command{
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
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
			if asJSON {
				return o.printJSON(createdKey{Name: args[0], Key: key, SHA256: sum})
			}
			_, err := fmt.Fprintf(o.env.Stdout, `Key, shown this once; the client sends it as "Authorization: Bearer KEY":

  %s

Lines for the configuration file:

  [[http.api_keys]]
  name = %q
  sha256 = %q
`, key, args[0], sum)
			return err
		},
	}
	create.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(create)
	return cmd
}
