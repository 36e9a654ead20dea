package profile_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func TestLoadVault(t *testing.T) {
	t.Parallel()
	const home = "/home/ada"
	for _, row := range []struct {
		src   string
		want  profile.Vault
		words string
	}{
		{"", profile.Vault{}, "the OS keyring"},
		{`vault = "keyring"`, profile.Vault{}, "the OS keyring"},
		{`vault = { file = "~/v", key = { env = "KEY" } }`,
			profile.Vault{File: filepath.Join(home, "v"), Key: profile.Secret{Env: "KEY"}},
			"the sealed file " + filepath.Join(home, "v") + ", whose key rests in the environment variable KEY"},
		{"[profiles.contoso.vault]\nfile = \"~/v\"\nkey.systemd = \"k\"",
			profile.Vault{File: filepath.Join(home, "v"), Key: profile.Secret{Systemd: "k"}},
			"the sealed file " + filepath.Join(home, "v") + ", whose key rests in the systemd credential k"},
		{`vault = { file = "~/v", key = { command = ["pass", "show", "private"] } }`,
			profile.Vault{File: filepath.Join(home, "v"), Key: profile.Secret{Command: []string{"pass", "show", "private"}}},
			"the sealed file " + filepath.Join(home, "v") + ", whose key rests in the output of pass"},
	} {
		c, err := load(t, person+row.src, vars{"HOME": home})
		if err != nil {
			t.Errorf("%s: %v", row.src, err)
			continue
		}
		got := c.Profiles[0].Vault
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.src, diff)
		}
		if got.String() != row.words {
			t.Errorf("%s: got %q, want %q", row.src, got, row.words)
		}
	}
}

func TestRulesOfVaults(t *testing.T) {
	t.Parallel()
	const at, form = "config.toml:3: profiles.contoso.vault", `; write "keyring", or { file = "PATH", key = { env = "NAME" } }`
	refuse(t, []refusal{
		{"name", person + `vault = "keyrnig"`, at + `: unknown value; did you mean "keyring"?` + form[1:]},
		{"path alone", person + `vault = "/var/lib/x"`, at + ": unknown value" + form},
		{"type", person + `vault = true`, at + ": expected a string or a table, got a boolean" + form},
		{"empty", person + `vault = ""`, at + ": is empty; give it a value or remove it"},
		{"nothing in it", person + `vault = {}`, at + ".file: is missing; name the file that is to hold the sign-in, sealed\n" +
			at + `.key: is missing; write key = { env = "NAME" }, or another source`},
		{"key in the vault", person + `vault = { file = "/v", key = { from = "vault" } }`,
			at + `.key.from: the key cannot rest in the vault that it opens; name another source with env, file, command or systemd`},
		{"key in the keyring", person + `vault = { file = "/v", key = { from = "keyring" } }`,
			at + `.key.from: a sealed file is for machines without a keyring; where there is a keyring, write vault = "keyring"; else name another source with env, file, command or systemd`},
		{"key in the file", person + `vault = { file = "/v", key = { file = "/v" } }`, at + ".key.file: the key cannot rest in the file that it opens; name another file"},
		{"literal key", person + `vault = { file = "/v", key = "hunter2" }`,
			at + `.key: a literal secret is not allowed here; put it into a file that only you can read, then write key = { file = "PATH" }`},
		{"two sources", person + `vault = { file = "/v", key = { env = "A", systemd = "b" } }`, at + ".key: names 2 sources, and one is needed" + oneSource},
		{"misspelt", person + `vault = { fiel = "/v", key = { env = "A" } }`, at + `.fiel: unknown key; did you mean "file"?`},
	})
}

func TestTwoProfilesOfOneName(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"tables", person + app + "[profiles.contoso]\nclient_id = \"x\"\n",
			"config.toml:8: profiles.contoso: the key or table stands twice; keep one of the two"},
		{"quoted", person + `[profiles."contoso"]`, "config.toml:3: profiles.contoso: the key or table stands twice; keep one of the two"},
	})
}
