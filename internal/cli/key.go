package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// createdKey is what `key create` prints: the key, this once, and what the configuration keeps of it.
type createdKey struct {
	Name     string   `json:"name"`
	Key      string   `json:"key"`
	SHA256   string   `json:"sha256"`
	Profiles []string `json:"profiles,omitempty"` // missing: all
	Expires  string   `json:"expires,omitempty"`
	ReadOnly bool     `json:"readOnly,omitempty"`
	File     string   `json:"file,omitempty"` // missing: nothing was written
}

func newKey(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "API keys for the HTTP endpoint",
		Long: `Make, list and revoke API keys for the HTTP endpoint. The configuration file has a key's hash, and nobody can read the
key from that. A running server notices when the file changes.`,
		Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newKeyCreate(o), newKeyList(o), newKeyRevoke(o))
	return cmd
}

// keyFlags are the flags of `key create`.
type keyFlags struct {
	profiles                []string
	expires                 string
	readOnly, print, asJSON bool
}

func newKeyCreate(o *options) *cobra.Command {
	f := &keyFlags{}
	cmd := &cobra.Command{Use: "create NAME", Short: "Make an API key: shows it once, and writes its hash into the configuration file",
		Long: `Make an API key, named after who will use it. The key is shown this once; its hash is written into the configuration
file, or printed where there is no file.`,
		Example: `  microsoft-mcp-server key create build-agent --profiles fabrikam --expires 90d --read-only`,
		Args:    oneKeyName,
		RunE:    func(_ *cobra.Command, args []string) error { return o.createKey(args[0], f) }}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.profiles, "profiles", nil, "the only profiles that it opens (default: all that are served)")
	flags.StringVar(&f.expires, "expires", "", "from when on it opens nothing: days from now (90d), a date (2031-01-31) or a time (2031-01-31T18:00:00Z)")
	flags.BoolVar(&f.readOnly, "read-only", false, "let it only read, whatever the profiles allow")
	flags.BoolVar(&f.print, "print", false, "print the lines for the configuration file, and change nothing")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func oneKeyName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s takes one name, of who uses the key", cmd.CommandPath())
	}
	return nil
}

func (o *options) createKey(name string, f *keyFlags) error {
	expires, err := expiry(f.expires, time.Now())
	if err != nil {
		return err
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails (crypto/rand)
	key := "mcp_" + base64.RawURLEncoding.EncodeToString(random)
	kept := profile.APIKey{Name: name, SHA256: sha256.Sum256([]byte(key)), Profiles: f.profiles, Expires: expires, ReadOnly: f.readOnly}
	out := createdKey{Name: name, Key: key, SHA256: fmt.Sprintf("%x", kept.SHA256), Profiles: f.profiles, Expires: shownTime(expires), ReadOnly: f.readOnly}
	path := profile.Path(o.place())
	if _, err := os.Stat(path); err != nil && profile.Named(o.place()) == "" || f.print {
		return o.printKeyLines(out, kept, f.asJSON)
	}
	// The key is shown when it works: one that was shown and is not in the file would only be tried in vain.
	if _, err := o.edit(name, func(e *profile.Editor) error { return e.AddKey(kept) }); err != nil {
		return err
	}
	out.File = path
	if f.asJSON {
		return o.printJSON(out)
	}
	_, err = fmt.Fprintf(o.env.Stdout, "%s\nits hash is in %s; a running server notices\n", shownKey(key), printable(path))
	return err
}

// printKeyLines prints a key, and what somebody has to write into a file before it opens anything.
func (o *options) printKeyLines(out createdKey, kept profile.APIKey, asJSON bool) error {
	block, err := kept.Block("\n")
	if err != nil {
		return &usageError{err}
	}
	if asJSON {
		return o.printJSON(out)
	}
	_, err = fmt.Fprintf(o.env.Stdout, "%s\nLines for the configuration file:\n\n  %s\n", shownKey(out.Key),
		strings.ReplaceAll(strings.TrimSuffix(block, "\n"), "\n", "\n  "))
	return err
}

func shownKey(key string) string {
	return fmt.Sprintf("Key, shown this once; the client sends it as \"Authorization: Bearer KEY\":\n\n  %s\n", key)
}

// expiry reads --expires; zero where there is none.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var days int
	var at time.Time
	if n, err := fmt.Sscanf(text, "%dd", &days); n == 1 && err == nil && text == fmt.Sprintf("%dd", days) && days <= 36500 {
		at = now.UTC().AddDate(0, 0, days).Truncate(time.Second)
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			at = t.UTC()
		}
	}
	switch {
	case at.IsZero():
		return at, usagef("--expires is a number of days (90d), a date (2031-01-31) or a time (2031-01-31T18:00:00Z)")
	case !at.After(now):
		return at, usagef("--expires is in the past, so that the key would open nothing")
	}
	return at, nil
}

// shownTime writes a time as the configuration file does; "" for none.
func shownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
