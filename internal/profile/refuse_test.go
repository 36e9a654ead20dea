package profile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// Whatever an Editor refuses leaves the file, and the Editor, as they were.
func TestEditorRefuses(t *testing.T) {
	t.Parallel()
	const dotted = "is written as an inline table or with a dotted key, which this command does not change; "
	inline := `{ client_id = "` + clientGUID + `" }`
	bad := func(change func(*profile.Settings)) func(*profile.Editor) error {
		s := profile.Settings{Name: "ada", ClientID: clientGUID}
		change(&s)
		return add(s)
	}
	for _, row := range []struct {
		name, src string
		change    func(*profile.Editor) error
		want      string
	}{
		{"use unknown", person, use("contosso"), `config.toml: there is no profile "contosso"; did you mean "contoso"? the profiles are contoso`},
		{"remove unknown", person, remove("x\x1b[31m"), `config.toml: there is no profile of that name; the profiles are contoso`},
		{"use in nothing", "", use("contoso"), "config.toml: there is no profile \"contoso\"; add one with `microsoft-mcp-server profile add`"},
		{"add a name that is taken", person, add(profile.Settings{Name: "contoso"}), "config.toml:1: profiles.contoso: there is a profile of that name already; choose another name, or remove this one first: microsoft-mcp-server profile remove contoso"},
		{"add a name that is none", person, add(profile.Settings{Name: "a\x1b[31m"}), "that is not a name for a profile; use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"},
		{"add to an inline table", "profiles = { contoso = " + inline + " }", add(someone), "config.toml:1: profiles: " + dotted + "write each profile as [profiles.NAME]"},
		{"add a tenant with a slash", person, bad(func(s *profile.Settings) { s.TenantID = "a.com/b" }), "profiles.ada.tenant_id: is not a tenant" + concrete + ", or (interactive only) common, organizations or consumers"},
		{"add nothing", person, add(profile.Settings{Name: "ada"}), "profiles.ada.client_id: is missing: no client ID is built in; register an app of your own, which takes some minutes (README, section App registration), and write its application (client) ID"},
		{"add two problems", person, bad(func(s *profile.Settings) { s.Access, s.Account = "all", "ada" }), "profiles.ada.access: unknown value; write \"read-only\" or \"read-write\"\nprofiles.ada.account: is not an account's name; write the name the person signs in with, such as ada@contoso.com"},
		{"add lines", person, bad(func(s *profile.Settings) { s.Account = "a@b\"\n[http]\nlisten = \"0.0.0.0:1\"" }), "profiles.ada.account: is not an account's name; write the name the person signs in with, such as ada@contoso.com"},
		{"add no text", person, bad(func(s *profile.Settings) { s.CAFile = "/a\xff" }), "profiles.ada: a setting is not UTF-8 text; write it in other characters"},
		{"remove inline", "[profiles]\n\ncontoso = " + inline, remove("contoso"), "config.toml:3: profiles.contoso: " + dotted + "remove it by hand"},
		{"remove all inline", "\nprofiles = { contoso = " + inline + " }", remove("contoso"), "config.toml:2: profiles.contoso: " + dotted + "remove it by hand"},
		{"remove dotted", "profiles.contoso.client_id = \"" + clientGUID + "\"", remove("contoso"), "config.toml:1: profiles.contoso: " + dotted + "remove it by hand"},
		{"remove dotted beside a table", "[profiles]\ncontoso.client_id = \"" + clientGUID + "\"\n[profiles.contoso.policy]\ndeny = []", remove("contoso"), "config.toml:2: profiles.contoso: " + dotted + "remove it by hand"},
		{"remove the default", "# x\ndefault_profile = \"contoso\"\n" + person + app, remove("contoso"), "config.toml:2: default_profile: names the profile; choose another first: microsoft-mcp-server profile use NAME"},
		{"remove the only one served", app + person + "[http]\nprofiles = [\"contoso\"]\n", remove("contoso"), "config.toml:9: http.profiles: names this profile alone; name another there first, or remove the line to serve the default profile"},
		{"remove what a key opens alone", app + person + "[[http.api_keys]]\nname = \"a\"\nsha256 = \"" + zeros + "\"\nprofiles = [\"contoso\"]\n", remove("contoso"), "config.toml:11: http.api_keys[0].profiles: the key opens this profile alone; remove the key first, or name another profile there"},
		{"remove from a list with a comment", app + person + "[http]\nprofiles = [\"contoso\", # x\n\"fabrikam\"]\n", remove("contoso"), "config.toml:9: http.profiles: is written in a way that this command cannot change safely; change it by hand"},
		{"remove from an inline list", app + person + "[http]\napi_keys = [ { name = \"a\", sha256 = \"" + zeros + "\", profiles = [\"contoso\", \"fabrikam\"] } ]\n", remove("contoso"), "config.toml:9: http.api_keys[0].profiles: is written in a way that this command cannot change safely; change it by hand"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, row.src)
			e, err := profile.OpenEditor(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := message(row.change(e)); got != row.want {
				t.Errorf("got\n%s\nwant\n%s", got, row.want)
			}
			if err := e.Save(); err != nil {
				t.Errorf("saving: %v", err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != row.src {
				t.Errorf("the file was changed to\n%s", got)
			}
		})
	}
}

func TestOpenEditorRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ src, want string }{
		{"[profiles.x", "config.toml:1: profiles.x: the [table] is not closed or has no name; write [profiles.NAME]"},
		{"\ufeff\ufeff" + person, "config.toml:1: is not UTF-8 text; save it as UTF-8"},
	} {
		if _, err := profile.OpenEditor(write(t, row.src)); !strings.HasPrefix(message(err), "config.toml:1: ") {
			t.Errorf("got\n%v\nwant\n%s", err, row.want)
		}
	}
	if _, err := profile.OpenEditor(t.TempDir()); err == nil || !strings.HasSuffix(err.Error(), ": is not a regular file; name the configuration file itself") {
		t.Errorf("a folder: got %v", err)
	}
	if _, err := profile.OpenEditor(""); err == nil || err.Error() != "there is no folder for a configuration file; name a file with --config or MICROSOFT_MCP_CONFIG" {
		t.Errorf("no path: got %v", err)
	}
}

// A profile that is wrong, or complete only with the environment, does not stop
// work on another, and can be removed.
func TestEditorWithAProblemInTheFile(t *testing.T) {
	t.Parallel()
	const incomplete = "[profiles.server]\nauth_mode = \"clientCredentials\"\nacces = \"read-only\"\n"
	path := write(t, incomplete+"\n"+person)
	for _, change := range []func(*profile.Editor) error{use("contoso"), add(someone), remove("server")} {
		if err := profile.Edit(path, change); err != nil {
			t.Error(err)
		}
	}
	got, err := os.ReadFile(path)
	if want := "default_profile = \"contoso\"\n\n" + person + "\n" + someoneBlock; err != nil || string(got) != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
	if err := profile.Edit(path, add(profile.Settings{Name: "server", AuthMode: "clientCredentials"})); err == nil {
		t.Error("an incomplete profile was added")
	}
}
