package profile_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

const (
	tenantGUID = "22222222-2222-2222-2222-222222222222"
	clientGUID = "11111111-1111-1111-1111-111111111111"
)

// app is the head of a valid app profile; its credential is on line 5.
const app = `[profiles.fabrikam]
auth_mode = "clientCredentials"
tenant_id = "` + tenantGUID + `"
client_id = "` + clientGUID + `"
credential = { client_secret = { from = "keyring" } }
`

// person is a valid interactive profile of two lines.
const person = `[profiles.contoso]
client_id = "` + clientGUID + `"
`

// write puts src into a file config.toml in a folder of its own.
func write(t testing.TB, src string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type vars map[string]string

func (v vars) get(name string) string { return v[name] }

// load loads src with an environment.
func load(t testing.TB, src string, env vars) (*profile.Config, error) {
	t.Helper()
	return profile.Load(profile.Options{File: write(t, src), Getenv: env.get})
}

// message returns an error's text without the folder of the file.
func message(err error) string {
	if err == nil {
		return ""
	}
	var b strings.Builder
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if i := strings.Index(line, "config.toml"); i >= 0 && filepath.IsAbs(line[:i]) {
			line = line[i:]
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// ignored are what errors need and callers never see.
func ignored() cmp.Option {
	return cmp.Options{cmpopts.IgnoreUnexported(profile.Config{}), cmpopts.IgnoreFields(profile.Config{}, "Digest")}
}

func TestLoadReadsEveryKey(t *testing.T) {
	t.Parallel()
	path := write(t, `
default_profile = "contoso"
[profiles.contoso]
auth_mode = "interactive"
account_type = "work"
tenant_id = "Contoso.onmicrosoft.com"
client_id = "`+clientGUID+`"
scopes = ["User.Read", "Mail.Read"]
account = "ada@contoso.com"
access = "read-write"
cloud = "usgov-dod"
ca_file = "ca.pem"
tools = ["microsoft_graph"]
instructions = "Be brief."
folders = ["files"]
site_id = "contoso.sharepoint.com,1,2"
site_url = "https://contoso.sharepoint.com/sites/x/"
search_region = "eur"
[profiles.contoso.policy]
allow = ["GET /**"]
deny = []
confirm = ["DELETE /**"]
[profiles.contoso.azure_ai_search]
endpoint = "https://Search.example/"
api_key = { command = ["./show", "key"] }
index = "docs"
semantic_config = "sem"
vector_fields = ["v"]
select_fields = ["a", "b"]

[profiles."a.b"]
auth_mode = "clientCredentials"
tenant_id = "`+tenantGUID+`"
client_id = "`+clientGUID+`"
app_scopes = ["https://graph.lab/.default"]
cloud = { authority = "https://login.lab:8443/", graph = "https://GRAPH.lab" }
credential.certificate = { file = "app.pfx", password = { env = "PFX_PASSWORD" } }

[http]
listen = "0.0.0.0:9000"
base_url = "https://mcp.example.com/base/"
profiles = ["a.b"]
query_key = false
allowed_hosts = ["mcp.internal:8443"]
allowed_origins = ["https://App.example.com", "vscode-webview://x"]
max_body = 1024
max_upload = 2048
rate_limit = 0
max_concurrent = 1
[[http.api_keys]]
name = "build-agent"
sha256 = "FF00000000000000000000000000000000000000000000000000000000000001"
profiles = ["a.b"]
`)
	dir := filepath.Dir(path)
	got, err := profile.Load(profile.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	want := &profile.Config{
		File:           path,
		DefaultProfile: "contoso",
		Profiles: []profile.Profile{{
			Name: "contoso", TenantID: "contoso.onmicrosoft.com", ClientID: clientGUID,
			Account: "ada@contoso.com", CAFile: filepath.Join(dir, "ca.pem"), AccountType: "work",
			Scopes: []string{"User.Read", "Mail.Read"}, Access: profile.ReadWrite,
			Cloud: profile.Cloud{Name: "usgov-dod", Authority: "https://login.microsoftonline.us",
				Graph: "https://dod-graph.microsoft.us", ResourceManager: "https://management.usgovcloudapi.net"},
			Policy:       profile.Policy{Allow: []string{"GET /**"}, Deny: []string{}, Confirm: []string{"DELETE /**"}},
			Tools:        []string{"microsoft_graph"},
			Instructions: "Be brief.",
			Folders:      []string{filepath.Join(dir, "files")},
			SharePoint: profile.SharePoint{SiteID: "contoso.sharepoint.com,1,2",
				SiteURL: "https://contoso.sharepoint.com/sites/x", SearchRegion: "EUR"},
			AISearch: profile.AISearch{Endpoint: "https://search.example",
				APIKey: profile.Secret{Command: []string{filepath.Join(dir, "show"), "key"}},
				Index:  "docs", SemanticConfig: "sem", VectorFields: []string{"v"}, SelectFields: []string{"a", "b"}},
		}, {
			Name: "a.b", TenantID: tenantGUID, ClientID: clientGUID, AuthMode: profile.ClientCredentials,
			AppScopes: []string{"https://graph.lab/.default"},
			Cloud:     profile.Cloud{Name: profile.CustomCloud, Authority: "https://login.lab:8443", Graph: "https://graph.lab"},
			Credential: profile.Credential{Kind: profile.Certificate, CertificateFile: filepath.Join(dir, "app.pfx"),
				Password: profile.Secret{Env: "PFX_PASSWORD"}},
			SharePoint: profile.SharePoint{SearchRegion: "NAM"},
		}},
		HTTP: profile.HTTP{
			Listen: "0.0.0.0:9000", BaseURL: "https://mcp.example.com/base", Profiles: []string{"a.b"},
			APIKeys:      []profile.APIKey{{Name: "build-agent", SHA256: [32]byte{0: 0xff, 31: 1}, Profiles: []string{"a.b"}}},
			AllowedHosts: []string{"mcp.internal:8443"}, AllowedOrigins: []string{"https://app.example.com", "vscode-webview://x"},
			MaxBody: 1024, MaxUpload: 2048, RateLimit: 0, MaxConcurrent: 1, MaxConnections: 4096,
		},
		Audit: profile.Audit{To: profile.AuditStderr, Keep: 10},
	}
	if diff := cmp.Diff(want, got, ignored()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	got, err := load(t, person+app+"cloud = \"china\"\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	china := profile.Cloud{Name: "china", Authority: "https://login.partner.microsoftonline.cn",
		Graph: "https://microsoftgraph.chinacloudapi.cn", ResourceManager: "https://management.chinacloudapi.cn"}
	want := &profile.Config{
		File: got.File,
		Profiles: []profile.Profile{{
			Name: "contoso", TenantID: "common", ClientID: clientGUID, AccountType: "work", Scopes: []string{"User.Read"},
			Cloud: profile.Cloud{Name: "global", Authority: "https://login.microsoftonline.com",
				Graph: "https://graph.microsoft.com", ResourceManager: "https://management.azure.com"},
		}, {
			Name: "fabrikam", TenantID: tenantGUID, ClientID: clientGUID, AuthMode: profile.ClientCredentials,
			AppScopes:  []string{"https://microsoftgraph.chinacloudapi.cn/.default"},
			Cloud:      china,
			Credential: profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Keyring: true}},
			SharePoint: profile.SharePoint{SearchRegion: "NAM"},
		}},
		HTTP:  profile.HTTP{Listen: "127.0.0.1:8080", QueryKey: true, MaxBody: 4194304, MaxUpload: 262144000, RateLimit: 600, MaxConcurrent: 256, MaxConnections: 4096},
		Audit: profile.Audit{To: profile.AuditStderr, Keep: 10},
	}
	if diff := cmp.Diff(want, got, ignored()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCloudHosts(t *testing.T) {
	t.Parallel()
	c, err := load(t, app+`cloud = { authority = "https://[::1]:8443", graph = "https://127.0.0.1:1/", resource_manager = "HTTPS://Arm.Lab" }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := profile.Cloud{Name: profile.CustomCloud, Authority: "https://[::1]:8443", Graph: "https://127.0.0.1:1", ResourceManager: "https://arm.lab"}
	got := c.Profiles[0].Cloud
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Known() || (profile.Cloud{}).Known() || !(profile.Cloud{Name: "usgov"}).Known() {
		t.Error("only Microsoft's clouds are known")
	}
}

func TestLoadPersonalAccounts(t *testing.T) {
	t.Parallel()
	for _, src := range []string{`account_type = "personal"`, `tenant_id = "Consumers"`} {
		c, err := load(t, person+src, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p := c.Profiles[0]; p.TenantID != "consumers" || p.AccountType != "personal" {
			t.Errorf("%s: got tenant %q and account type %q, want consumers and personal", src, p.TenantID, p.AccountType)
		}
	}
}

func TestLoadCredentialKinds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		src  string
		want profile.Credential
	}{
		{`client_secret = { env = "A_1" }`, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Env: "A_1"}}},
		{`client_secret = { file = "~/s" }`, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{File: filepath.Join("/home/ada", "s")}}},
		{`client_secret = { command = ["pass", "./x"] }`, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Command: []string{"pass", "./x"}}}},
		{`client_secret = { systemd = "graph.secret@1" }`, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Systemd: "graph.secret@1"}}},
		{`client_secret = { from = "vault" }`, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Vault: true}}},
		{`managed_identity = { client_id = "" }`, profile.Credential{Kind: profile.ManagedIdentity}},
		{`managed_identity = { client_id = "` + clientGUID + `" }`, profile.Credential{Kind: profile.ManagedIdentity, ManagedClientID: clientGUID}},
		{`federated_token = { file = "~/t" }`, profile.Credential{Kind: profile.FederatedToken, TokenFile: filepath.Join("/home/ada", "t")}},
	} {
		src := strings.Replace(app, `client_secret = { from = "keyring" }`, row.src, 1)
		c, err := load(t, src, vars{"HOME": "/home/ada"})
		if err != nil {
			t.Errorf("%s: %v", row.src, err)
			continue
		}
		if diff := cmp.Diff(row.want, c.Profiles[0].Credential); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.src, diff)
		}
	}
}

func TestLoadFindsTheFile(t *testing.T) {
	t.Parallel()
	named, fromVariable, standard := write(t, person), write(t, person), t.TempDir()
	inStandard := filepath.Join(standard, "microsoft-mcp-server", "config.toml")
	if err := os.MkdirAll(filepath.Dir(inStandard), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inStandard, []byte(person), 0o600); err != nil {
		t.Fatal(err)
	}
	configDir := func() (string, error) { return standard, nil }
	none := func() (string, error) { return "", errors.New("$HOME is not defined") }
	for _, row := range []struct {
		name string
		o    profile.Options
		want string
	}{
		{"flag first", profile.Options{File: named, Getenv: vars{"MICROSOFT_MCP_CONFIG": fromVariable}.get, ConfigDir: configDir}, named},
		{"then variable", profile.Options{Getenv: vars{"MICROSOFT_MCP_CONFIG": fromVariable}.get, ConfigDir: configDir}, fromVariable},
		{"then folder", profile.Options{Getenv: vars{"MICROSOFT_MCP_CONFIG": "${UNSET}"}.get, ConfigDir: configDir}, inStandard},
		{"no folder", profile.Options{ConfigDir: none}, ""},
		{"nothing", profile.Options{}, ""},
	} {
		c, err := profile.Load(row.o)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if c.File != row.want {
			t.Errorf("%s: got file %q, want %q", row.name, c.File, row.want)
		}
	}
}

func TestLoadRefusesFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	big := write(t, strings.Repeat("# padding\n", 1<<17))
	missing := filepath.Join(dir, "missing.toml")
	for _, row := range []struct {
		o    profile.Options
		want string
	}{
		{profile.Options{File: missing}, missing + ": there is no such file; create it (see config.example.toml), or correct --config or MICROSOFT_MCP_CONFIG"},
		{profile.Options{Getenv: vars{"MICROSOFT_MCP_CONFIG": missing}.get}, missing + ": there is no such file; create it (see config.example.toml), or correct --config or MICROSOFT_MCP_CONFIG"},
		{profile.Options{File: dir}, dir + ": is not a regular file; name the configuration file itself"},
		{profile.Options{File: big}, big + ": is larger than 1 MiB; name the configuration file itself"},
	} {
		_, err := profile.Load(row.o)
		if err == nil || err.Error() != row.want {
			t.Errorf("got %v\nwant %s", err, row.want)
		}
	}
}

func TestLoadUnreadableFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		// Root reads everything: a file where a folder is expected fails for it too.
		path := filepath.Join(write(t, ""), "config.toml")
		_, err := profile.Load(profile.Options{File: path})
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("got %v, want an error that begins with the path", err)
		}
		return
	}
	path := write(t, person)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := profile.Load(profile.Options{File: path})
	if want := path + ": cannot be read (permission denied); let this user read it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
