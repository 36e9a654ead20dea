package profile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// edited returns the file src after change, and fails where that fails.
func edited(t *testing.T, src string, change func(*profile.Editor) error) string {
	t.Helper()
	path := write(t, src)
	if err := profile.Edit(path, change); err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Load(profile.Options{File: path, Getenv: vars{"HOME": "/home/ada"}.get}); err != nil {
		t.Errorf("the changed file does not load: %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func use(name string) func(*profile.Editor) error {
	return func(e *profile.Editor) error { return e.Use(name) }
}

func remove(name string) func(*profile.Editor) error {
	return func(e *profile.Editor) error { return e.Remove(name) }
}

func add(s profile.Settings) func(*profile.Editor) error {
	return func(e *profile.Editor) error { return e.Add(s) }
}

var someone = profile.Settings{Name: "ada", ClientID: clientGUID}

const someoneBlock = "[profiles.ada]\nclient_id = \"" + clientGUID + "\"\n"

func TestAddWritesEverySetting(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		s    profile.Settings
		want string
	}{
		{"person", profile.Settings{
			Name: "tailspin", AuthMode: "interactive", TenantID: "contoso.onmicrosoft.com", ClientID: clientGUID,
			Account: "ada@contoso.com", AccountType: "work", Scopes: []string{"User.Read", "Mail.Read"}, Access: "read-write",
			Cloud: profile.Cloud{Name: "usgov"}, CAFile: `C:\ca "x".pem`,
			Vault: profile.Vault{File: "/v", Key: profile.Secret{Env: "KEY"}},
		}, `[profiles.tailspin]
auth_mode = "interactive"
tenant_id = "contoso.onmicrosoft.com"
client_id = "` + clientGUID + `"
account = "ada@contoso.com"
account_type = "work"
scopes = ["User.Read", "Mail.Read"]
access = "read-write"
cloud = "usgov"
ca_file = 'C:\ca "x".pem'
vault = { file = "/v", key = { env = "KEY" } }
`},
		{"app with hosts", profile.Settings{
			Name: "a.b", AuthMode: "clientCredentials", TenantID: tenantGUID, ClientID: clientGUID,
			AppScopes:  []string{"https://graph.lab/.default"},
			Cloud:      profile.Cloud{Authority: "https://login.lab", Graph: "https://graph.lab"},
			Credential: profile.Credential{Kind: profile.Certificate, CertificateFile: "/a's \\.pfx", Password: profile.Secret{Vault: true}},
		}, `[profiles."a.b"]
auth_mode = "clientCredentials"
tenant_id = "` + tenantGUID + `"
client_id = "` + clientGUID + `"
app_scopes = ["https://graph.lab/.default"]
cloud = { authority = "https://login.lab", graph = "https://graph.lab" }

[profiles."a.b".credential]
certificate = { file = "/a's \\.pfx", password = { from = "vault" } }
`},
	} {
		got := edited(t, person, add(row.s))
		if diff := cmp.Diff(person+"\n"+row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

func TestAddCredentials(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]profile.Credential{
		`client_secret = { from = "keyring" }`:               {Kind: profile.ClientSecret, Secret: profile.Secret{Keyring: true}},
		`client_secret = { file = "/s" }`:                    {Kind: profile.ClientSecret, Secret: profile.Secret{File: "/s"}},
		`client_secret = { systemd = "s" }`:                  {Kind: profile.ClientSecret, Secret: profile.Secret{Systemd: "s"}},
		`client_secret = { command = ["pass", "x"] }`:        {Kind: profile.ClientSecret, Secret: profile.Secret{Command: []string{"pass", "x"}}},
		`certificate = { file = "/c" }`:                      {Kind: profile.Certificate, CertificateFile: "/c"},
		`federated_token = { file = "/t" }`:                  {Kind: profile.FederatedToken, TokenFile: "/t"},
		`managed_identity = { client_id = "" }`:              {Kind: profile.ManagedIdentity},
		`managed_identity = { client_id = "` + zeroID + `"}`: {Kind: profile.ManagedIdentity, ManagedClientID: zeroID},
	} {
		got := edited(t, person, add(profile.Settings{Name: "x", AuthMode: "clientCredentials", TenantID: tenantGUID, ClientID: clientGUID, Credential: c}))
		if !strings.Contains(strings.ReplaceAll(got, `" }`, `"}`), "\n\n[profiles.x.credential]\n"+strings.ReplaceAll(want, `" }`, `"}`)+"\n") {
			t.Errorf("got\n%s\nwithout\n%s", got, want)
		}
	}
}

const zeroID = "00000000-0000-0000-0000-000000000000"

func TestAddToAnyEnd(t *testing.T) {
	t.Parallel()
	first := "default_profile = \"ada\"\n\n" + someoneBlock
	for _, row := range []struct{ name, src, want string }{
		{"nothing", "", first},
		{"blank lines", "\n\n", "default_profile = \"ada\"\n\n\n" + someoneBlock},
		{"a comment that opens the file", "# all of it", "# all of it\n\n" + first},
		{"a comment and settings", "# all\n\n[http]\nlisten = \":1\" # x", "# all\n\ndefault_profile = \"ada\"\n\n[http]\nlisten = \":1\" # x\n\n" + someoneBlock},
		{"no line end", strings.TrimSuffix(person, "\n"), person + "\n" + someoneBlock},
		{"a blank line", person + "\n", person + "\n" + someoneBlock},
		{"a comment at the end", person + "# end", person + "# end\n\n" + someoneBlock},
		{"windows", "\ufeff# w\r\n" + strings.ReplaceAll(person, "\n", "\r\n"), "\ufeff# w\r\n" + strings.ReplaceAll(person+"\n"+someoneBlock, "\n", "\r\n")},
		{"no profile but a header", "[profiles]\n# none yet\n", "default_profile = \"ada\"\n\n[profiles]\n# none yet\n\n" + someoneBlock},
	} {
		src := row.src
		if strings.Contains(src, ":1") {
			src, row.want = strings.Replace(src, ":1", "127.0.0.1:1", 1), strings.Replace(row.want, ":1", "127.0.0.1:1", 1)
		}
		if diff := cmp.Diff(row.want, edited(t, src, add(someone))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	both := person + "\n" + app
	for _, row := range []struct{ name, src, want string }{
		{"replaced, with its comment", "default_profile =  'contoso'  # mine\n\n" + both, "default_profile =  \"fabrikam\"  # mine\n\n" + both},
		{"without a line end before", "default_profile = 'contoso'\r\n" + both, "default_profile = \"fabrikam\"\r\n" + both},
		{"inserted", both, "default_profile = \"fabrikam\"\n\n" + both},
		{"below the file's comment", "# a\n# b\n\n\n" + both, "# a\n# b\n\n\ndefault_profile = \"fabrikam\"\n\n" + both},
		{"above the profile's comment", "\n# a\n" + both, "default_profile = \"fabrikam\"\n\n# a\n" + both},
		{"already", "default_profile = 'fabrikam'\n" + both, "default_profile = 'fabrikam'\n" + both},
		{"a string that looks like it", both + "instructions = '''\ndefault_profile = \"x\"\n'''\n", "default_profile = \"fabrikam\"\n\n" + both + "instructions = '''\ndefault_profile = \"x\"\n'''\n"},
		{"quoted key", "\"default_profile\" = \"contoso\"\n" + both, "\"default_profile\" = \"fabrikam\"\n" + both},
	} {
		want := row.want
		if strings.HasPrefix(row.src, "\n#") {
			want = "default_profile = \"fabrikam\"\n" + row.src
		}
		if diff := cmp.Diff(want, edited(t, row.src, use("fabrikam"))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	credential := "[profiles.fabrikam.credential]\nclient_secret = { env = \"A\" }\n"
	split := strings.Replace(app, credentialLine+"\n", "", 1)
	for _, row := range []struct{ name, src, want string }{
		{"the first", "# about contoso\n" + person + "\n# about fabrikam\n" + app, "# about fabrikam\n" + app},
		{"the last", app + "\n# about contoso\n  [profiles.contoso] # here\n  client_id = \"" + clientGUID + "\" # there\n# below\n", app},
		{"between", app + "\n# about contoso\n" + person + "# below\n\n# about ada\n" + someoneBlock, app + "\n# about ada\n" + someoneBlock},
		{"comments that touch nothing", "# the file\n\n" + person + "\n# between\n\n" + app, "# the file\n\n# between\n\n" + app},
		{"comments that touch both", app + "# whose?\n" + person + "# whose?\n" + someoneBlock, app + "# whose?\n# whose?\n" + someoneBlock},
		{"sub-tables elsewhere", "# 1\n[profiles.contoso.policy]\ndeny = []\n\n# 2\n" + app + "\n# 3\n" + person + "\n# 4\n\n# 5\n[profiles.contoso.azure_ai_search]\nendpoint = \"https://x\"\nindex = \"i\"\napi_key = { env = \"A\" }\n\n# 6\n\n[http]\n", "# 2\n" + app + "\n# 6\n\n[http]\n"},
		{"a name that begins alike", person + "\n[profiles.contoso2]\nclient_id = \"" + clientGUID + "\"\n", "[profiles.contoso2]\nclient_id = \"" + clientGUID + "\"\n"},
		{"the only one", "# the file\n\ndefault_profile = \"contoso\" # mine\n\n" + person, "# the file\n\n# mine\n"},
		{"the only one, nothing else", "default_profile = \"contoso\"\n\n" + person, ""},
		{"beside a header", "[profiles]\n\n" + person + "\n[http]\n", "[profiles]\n\n[http]\n"},
		{"headers in strings", app + "instructions = '''\n\n# about\n[profiles.contoso]\n'''\n\n" + person, app + "instructions = '''\n\n# about\n[profiles.contoso]\n'''\n"},
		{"quoted", "[ profiles . 'contoso' ]\nclient_id = \"" + clientGUID + "\"\n[\"profiles\".\"cont\\u006fso\".policy]\ndeny = []\n" + app, app},
		{"windows", "\ufeff# w\r\n\r\n# c\r\n" + strings.ReplaceAll(person+"\n"+split+credential, "\n", "\r\n"), "\ufeff# w\r\n\r\n" + strings.ReplaceAll(split+credential, "\n", "\r\n")},
		{"served", "[http]\nprofiles = [\"fabrikam\", 'contoso'] # x\n\n" + app + "\n" + person, "[http]\nprofiles = [\"fabrikam\"] # x\n\n" + app},
		{"served first", "[http]\nprofiles = [ \"contoso\", \"fabrikam\" ]\n\n" + app + "\n" + person, "[http]\nprofiles = [ \"fabrikam\" ]\n\n" + app},
		{"served, a line each", "[http]\nprofiles = [\n  \"fabrikam\",\n  \"contoso\",\n]\n\n" + app + "\n" + person, "[http]\nprofiles = [\n  \"fabrikam\",\n]\n\n" + app},
		{"served, twice", "[http]\nprofiles = [\n  \"contoso\",\n  \"contoso\",\n  \"fabrikam\"\n, \"contoso\" ]\n\n" + app + "\n" + person, "[http]\nprofiles = [\n  \"fabrikam\" ]\n\n" + app},
		{"opened by keys", app + "\n" + person + "\n[[http.api_keys]]\nname = \"a\"\nsha256 = \"" + zeros + "\"\nprofiles = [\"contoso\", \"fabrikam\"]\n",
			app + "\n[[http.api_keys]]\nname = \"a\"\nsha256 = \"" + zeros + "\"\nprofiles = [\"fabrikam\"]\n"},
	} {
		if diff := cmp.Diff(row.want, edited(t, row.src, remove("contoso"))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

// The example is as full of comments as a file can be.
func TestRemoveFromTheExample(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	got := edited(t, string(src), func(e *profile.Editor) error {
		if err := e.Use("contoso"); err != nil {
			return err
		}
		return e.Remove("fabrikam")
	})
	from, to := strings.Index(string(src), "# ---------------------------------------------------------------------------\n# An app on a server."), strings.Index(string(src), "# Which calls are allowed")
	if want := string(src[:from]) + string(src[to:]); got != want {
		t.Errorf("(-want +got)\n%s", cmp.Diff(want, got))
	}
}
