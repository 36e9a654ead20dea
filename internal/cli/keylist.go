package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// keyEntry is what `key list` tells of one key.
type keyEntry struct {
	Name     string   `json:"name"`
	Profiles []string `json:"profiles,omitempty"` // missing: all that are served
	Expires  string   `json:"expires,omitempty"`  // missing: never
	Expired  bool     `json:"expired"`
	ReadOnly bool     `json:"readOnly"`
	Variable string   `json:"variable,omitempty"` // that holds the key; missing: the file has its hash
	Hash     string   `json:"sha256Begins,omitempty"`
}

func newKeyList(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the API keys, and what each opens", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return o.listKeys(asJSON) }}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) listKeys(asJSON bool) error {
	c, err := o.load()
	if err != nil {
		return err
	}
	all := []keyEntry{}
	for _, k := range c.HTTP.APIKeys {
		all = append(all, keyEntryOf(k, time.Now()))
	}
	if asJSON {
		return o.printJSON(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(o.env.Stdout, "no API key yet; make one with  microsoft-mcp-server key create NAME")
		return err
	}
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{Name: "NAME", Ink: inked(terminal.Strong)}, {Name: "PROFILES"}, {Name: "EXPIRES", Ink: expiryInk},
		{Name: "MAY"}, {Name: "HASH BEGINS"}}}
	for _, e := range all {
		t.Rows = append(t.Rows, e.columns())
	}
	if err := o.printTable(t); err != nil {
		return err
	}
	if names := peopleOnly(c); len(names) > 0 {
		_, err = fmt.Fprintf(o.env.Stdout, "no key opens %s: people alone do, each as themselves\n", strings.Join(names, ", "))
	}
	return err
}

// peopleOnly names the profiles that act for whoever calls.
func peopleOnly(c *profile.Config) []string {
	var names []string
	for _, p := range c.Profiles {
		if p.AuthMode == profile.OnBehalfOf {
			names = append(names, p.Name)
		}
	}
	return names
}

// keyEntryOf tells of a key. The first digits of its hash tell whose a key is that was found somewhere.
func keyEntryOf(k profile.APIKey, now time.Time) keyEntry {
	e := keyEntry{Name: k.Name, Profiles: k.Profiles, Expires: shownTime(k.Expires), ReadOnly: k.ReadOnly, Variable: k.Env,
		Expired: !k.Expires.IsZero() && !now.Before(k.Expires)}
	if k.Env == "" {
		e.Hash = fmt.Sprintf("%x", k.SHA256[:4])
	}
	return e
}

func (e keyEntry) columns() []string {
	profiles, expires, may, hash := strings.Join(e.Profiles, ", "), e.Expires, "what the profiles may", e.Hash
	if profiles == "" {
		profiles = "all"
	}
	switch {
	case e.Expired:
		expires = "expired " + expires
	case expires == "":
		expires = "never"
	}
	if e.ReadOnly {
		may = "only read"
	}
	if e.Variable != "" {
		hash = "the variable " + e.Variable
	}
	return []string{e.Name, profiles, expires, may, hash}
}

func expiryInk(text string) terminal.Ink {
	if strings.HasPrefix(text, "expired ") {
		return terminal.Bad
	}
	return terminal.Plain
}
