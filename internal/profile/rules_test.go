package profile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// broken returns app with one line replaced.
func broken(old, replacement string) string {
	if !strings.Contains(app, old) {
		panic("app has no " + old)
	}
	return strings.Replace(app, old, replacement, 1)
}

const (
	tenantLine     = `tenant_id = "` + tenantGUID + `"`
	clientLine     = `client_id = "` + clientGUID + `"`
	credentialLine = `credential = { client_secret = { from = "keyring" } }`

	concrete       = "; write the tenant's GUID or a domain of it, such as contoso.onmicrosoft.com"
	oneSource      = `; write one of { from = "keyring" }, { from = "vault" }, { env = "NAME" }, { file = "PATH" }, { command = ["PROGRAM"] } and { systemd = "NAME" }`
	notCredential  = ".client_secret.systemd: is not the name of a credential; write the name that the unit gives it (LoadCredential=NAME:PATH), and never the secret itself"
	personalRemedy = `for personal accounts write account_type = "personal" and no tenant_id; for work accounts a tenant of theirs and no account_type`
	oneKind        = "; write exactly one of client_secret, certificate, federated_token or managed_identity"
	hashRemedy     = "; make a key with `microsoft-mcp-server key create NAME`, which prints its hash"
	openDoor       = "lets everybody on the network call without a key; set MCP_API_KEY or make a key with `microsoft-mcp-server key create NAME` ([[http.api_keys]]), or let people in with [http.entra] or [http.oauth], or listen on 127.0.0.1"
	zeros          = "0000000000000000000000000000000000000000000000000000000000000000"
)

type refusal struct{ name, src, want string }

// refuse checks that each source fails with exactly the message wanted.
func refuse(t *testing.T, rows []refusal) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := load(t, row.src, nil)
			if got := message(err); got != row.want {
				t.Errorf("got\n%s\nwant\n%s", got, row.want)
			}
			if err != nil && c != nil {
				t.Error("an invalid configuration was returned beside the error")
			}
		})
	}
}

func TestRulesOfIdentity(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"mode", broken(`"clientCredentials"`, `"clientCredential"`), `config.toml:2: profiles.fabrikam.auth_mode: unknown value; did you mean "clientCredentials"? write "interactive", "clientCredentials" or "onBehalfOf"
config.toml:5: profiles.fabrikam.credential: has no meaning with auth_mode "interactive"; remove the table, or set auth_mode = "clientCredentials"`},
		{"mode far off", person + `auth_mode = "kerberos"`, `config.toml:3: profiles.contoso.auth_mode: unknown value; write "interactive", "clientCredentials" or "onBehalfOf"`},
		{"app at common", broken(tenantLine, `tenant_id = "Common"`), `config.toml:3: profiles.fabrikam.tenant_id: clientCredentials needs a concrete tenant, not common` + concrete},
		{"app at organizations", broken(tenantLine, `tenant_id = "organizations"`), `config.toml:3: profiles.fabrikam.tenant_id: clientCredentials needs a concrete tenant, not organizations` + concrete},
		{"app at consumers", broken(tenantLine, `tenant_id = "consumers"`), `config.toml:3: profiles.fabrikam.tenant_id: clientCredentials needs a concrete tenant, not consumers` + concrete},
		{"app without tenant", broken(tenantLine, ""), `config.toml:1: profiles.fabrikam.tenant_id: is missing: clientCredentials needs a concrete tenant` + concrete},
		{"tenant with slash", broken(tenantLine, `tenant_id = "contoso.com/../x.com"`), `config.toml:3: profiles.fabrikam.tenant_id: is not a tenant` + concrete + ", or (interactive only) common, organizations or consumers"},
		{"tenant of one label", broken(tenantLine, `tenant_id = "contoso"`), `config.toml:3: profiles.fabrikam.tenant_id: is not a tenant` + concrete + ", or (interactive only) common, organizations or consumers"},
		{"tenant ending in a dot", broken(tenantLine, `tenant_id = "contoso.com."`), `config.toml:3: profiles.fabrikam.tenant_id: is not a tenant` + concrete + ", or (interactive only) common, organizations or consumers"},
		{"app without client", broken(clientLine, ""), `config.toml:1: profiles.fabrikam.client_id: is missing: clientCredentials needs a client ID; write the application (client) ID of the app registration (README, section App registration)`},
		{"person without client", "\n[profiles.contoso]", `config.toml:2: profiles.contoso.client_id: is missing: no client ID is built in; register an app of your own, which takes some minutes (README, section App registration), and write its application (client) ID`},
		{"client with a wrong digit", broken(clientLine, `client_id = "11111111-1111-1111-1111-11111111111g"`), `config.toml:4: profiles.fabrikam.client_id: is not a GUID; copy the application (client) ID from the app registration's overview`},
		{"client with a wrong hyphen", broken(clientLine, `client_id = "111111111111111111111111111111111111"`), `config.toml:4: profiles.fabrikam.client_id: is not a GUID; copy the application (client) ID from the app registration's overview`},
		{"client no GUID", broken(clientLine, `client_id = "my app"`), `config.toml:4: profiles.fabrikam.client_id: is not a GUID; copy the application (client) ID from the app registration's overview`},
		{"person with credential", person + credentialLine, `config.toml:3: profiles.contoso.credential: has no meaning with auth_mode "interactive"; remove the table, or set auth_mode = "clientCredentials"`},
		{"person with app scopes", person + `app_scopes = ["x/.default"]`, `config.toml:3: profiles.contoso.app_scopes: has no meaning with auth_mode "interactive"; remove it: a person's permissions stand in scopes`},
		{"app with scopes", app + `scopes = ["Mail.Read"]`, `config.toml:6: profiles.fabrikam.scopes: has no meaning with auth_mode "clientCredentials"; remove it: an app's permissions are granted in the app registration`},
		{"app with account", app + `account = "ada@contoso.com"`, `config.toml:6: profiles.fabrikam.account: has no meaning with auth_mode "clientCredentials"; remove it: an app has no account`},
		{"app with account type", app + `account_type = "work"`, `config.toml:6: profiles.fabrikam.account_type: has no meaning with auth_mode "clientCredentials"; remove it: an app has no account`},
		{"account type", person + `account_type = "privat"`, `config.toml:3: profiles.contoso.account_type: unknown value; write "work" or "personal"`},
		{"personal in a tenant", person + "account_type = \"personal\"\ntenant_id = \"contoso.com\"", `config.toml:4: profiles.contoso.tenant_id: does not fit account_type: personal accounts, and only these, belong to the tenant consumers; ` + personalRemedy},
		{"work at consumers", person + "account_type = \"work\"\ntenant_id = \"consumers\"", `config.toml:4: profiles.contoso.tenant_id: does not fit account_type: personal accounts, and only these, belong to the tenant consumers; ` + personalRemedy},
		{"personal in china", person + "account_type = \"personal\"\ncloud = \"china\"", `config.toml:3: profiles.contoso.account_type: personal accounts exist only in the global cloud; remove cloud, or account_type to sign in with a work account`},
		{"consumers in china", person + "tenant_id = \"consumers\"\ncloud = \"china\"", `config.toml:3: profiles.contoso.tenant_id: personal accounts exist only in the global cloud; remove cloud, or tenant_id to sign in with a work account`},
		{"names that differ in case", person + "[profiles.Contoso]\n" + clientLine, `config.toml:3: profiles.Contoso: the name differs from that of the profile contoso in case alone; rename one of the two`},
		{"account", person + `account = "ada"`, `config.toml:3: profiles.contoso.account: is not an account's name; write the name the person signs in with, such as ada@contoso.com`},
		{"account with a bell", person + `account = "a\u009bda@contoso.com"`, `config.toml:3: profiles.contoso.account: is not an account's name; write the name the person signs in with, such as ada@contoso.com`},
		{"account read backwards", person + `account = "\u202eda@contoso.com"`, `config.toml:3: profiles.contoso.account: is not an account's name; write the name the person signs in with, such as ada@contoso.com`},
		{"no scopes", person + `scopes = []`, `config.toml:3: profiles.contoso.scopes: is empty; name at least one, or remove it for the default`},
		{"scopes in one string", person + "scopes = [\"User.Read\",\n \"Mail.Read, Mail.Send\"]", `config.toml:4: profiles.contoso.scopes[1]: is not one permission; write one permission to a string: ["User.Read", "Mail.Read"]`},
		{"app scope", app + `app_scopes = ["https://graph.microsoft.com/Mail.Read"]`, `config.toml:6: profiles.fabrikam.app_scopes[0]: does not end in /.default, as an app's scope must; write https://graph.microsoft.com/.default; the permissions themselves are granted in the app registration`},
		{"access", app + `access = "readonly"`, `config.toml:6: profiles.fabrikam.access: unknown value; did you mean "read-only"? write "read-only" or "read-write"`},
		{"tools", app + `tools = []`, `config.toml:6: profiles.fabrikam.tools: an empty list offers none; list the tools to offer, or remove the key to offer all`},
		{"allow-list", app + "[profiles.fabrikam.policy]\nallow = []", `config.toml:7: profiles.fabrikam.policy.allow: an empty list allows nothing; list what is allowed, such as "GET /**", or remove the key`},
		{"site id", app + `site_id = "a/../b"`, `config.toml:6: profiles.fabrikam.site_id: is not a site's ID; write HOST,SITE-GUID,WEB-GUID as Microsoft Graph gives it, or HOST:/sites/NAME`},
		{"site url", app + `site_url = "http://contoso.sharepoint.com"`, `config.toml:6: profiles.fabrikam.site_url: is not an https URL of a site; write it as https://TENANT.sharepoint.com/sites/NAME`},
		{"region", app + `search_region = "N1"`, `config.toml:6: profiles.fabrikam.search_region: is not a region; write the tenant's region, such as NAM, EUR or APC`},
		{"home unknown", app + `ca_file = "~/ca.pem"`, `config.toml:6: profiles.fabrikam.ca_file: ~ cannot be resolved: HOME is not set; write the whole path`},
	})
}

func TestRulesOfCredentials(t *testing.T) {
	t.Parallel()
	with := func(credential string) string { return broken(credentialLine, "credential = "+credential) }
	at := "config.toml:5: profiles.fabrikam.credential"
	refuse(t, []refusal{
		{"none", broken(credentialLine, ""), "config.toml:1: profiles.fabrikam.credential: is missing: clientCredentials needs one credential; write one of client_secret, certificate, federated_token or managed_identity into [profiles.fabrikam.credential], or set AZURE_CLIENT_SECRET"},
		{"empty", with(`{}`), at + ": holds 0 credentials, and one is needed" + oneKind},
		{"two", with(`{ client_secret = { env = "A" }, managed_identity = { client_id = "" } }`), at + ": holds 2 credentials, and one is needed" + oneKind},
		{"no source", with(`{ client_secret = {} }`), at + ".client_secret: names 0 sources, and one is needed" + oneSource},
		{"two sources", with(`{ client_secret = { from = "keyring", env = "A" } }`), at + ".client_secret: names 2 sources, and one is needed" + oneSource},
		{"from", with(`{ client_secret = { from = "safe" } }`), at + `.client_secret.from: is neither "keyring" nor "vault"; write from = "keyring" or from = "vault", or name another source with env, file, command or systemd`},
		{"source misspelt", with(`{ client_secret = { sytemd = "x" } }`), at + `.client_secret.sytemd: unknown key; did you mean "systemd"?`},
		{"systemd", with(`{ client_secret = { systemd = "../shadow" } }`), at + notCredential},
		{"systemd backslash", with(`{ client_secret = { systemd = 'a\b' } }`), at + notCredential},
		{"systemd folder", with(`{ client_secret = { systemd = ".." } }`), at + notCredential},
		{"systemd drive", with(`{ client_secret = { systemd = "C:x" } }`), at + notCredential},
		{"systemd blank", with(`{ client_secret = { systemd = "a b" } }`), at + notCredential},
		{"systemd empty", with(`{ client_secret = { systemd = "" } }`), at + ".client_secret.systemd: is empty; give it a value or remove it"},
		{"env", with(`{ client_secret = { env = "$SECRET" } }`), at + ".client_secret.env: is not the name of a variable; write the name of the variable that holds the secret, without $, and never the secret itself"},
		{"command", with(`{ client_secret = { command = [] } }`), at + `.client_secret.command: is empty; write the program and its arguments: ["pass", "show", "NAME"]`},
		{"certificate", with(`{ certificate = {} }`), at + ".certificate.file: is missing; name a PEM or PFX file that holds certificate and key"},
		{"token", with(`{ federated_token = {} }`), at + ".federated_token.file: is missing; name the file that the platform puts the token into"},
		{"identity", with(`{ managed_identity = { client_id = "vm" } }`), at + `.managed_identity.client_id: is not a GUID; write the identity's client ID, or "" for the machine's own`},
	})
}

func TestRulesOfClouds(t *testing.T) {
	t.Parallel()
	with := func(graph string) string {
		return app + "\n[profiles.fabrikam.cloud]\nauthority = \"https://login.lab\"\ngraph = \"" + graph + "\"\n"
	}
	notOrigin := "config.toml:9: profiles.fabrikam.cloud.graph: is not an https origin (no path, query or user); write it as https://HOST or https://HOST:PORT"
	refuse(t, []refusal{
		{"name", app + `cloud = "germany"`, `config.toml:6: profiles.fabrikam.cloud: unknown value; write "global", "usgov", "usgov-dod" or "china"`},
		{"near name", app + `cloud = "us-gov"`, `config.toml:6: profiles.fabrikam.cloud: unknown value; did you mean "usgov"? write "global", "usgov", "usgov-dod" or "china"`},
		{"hosts missing", app + `cloud = { resource_manager = "https://arm.lab" }`, `config.toml:6: profiles.fabrikam.cloud.authority: is missing; write it as https://HOST or https://HOST:PORT
config.toml:6: profiles.fabrikam.cloud.graph: is missing; write it as https://HOST or https://HOST:PORT`},
		{"http", with("http://graph.lab"), notOrigin},
		{"path", with("https://graph.lab/v1.0"), notOrigin},
		{"query", with("https://graph.lab?x"), notOrigin},
		{"fragment", with("https://graph.lab#x"), notOrigin},
		{"user", with("https://a@graph.lab"), notOrigin},
		{"two slashes", with("https://graph.lab//"), notOrigin},
		{"backslash", with(`https://graph.lab\\x`), notOrigin},
		{"port", with("https://graph.lab:99999"), notOrigin},
		{"empty port", with("https://graph.lab:"), notOrigin},
		{"no host", with("https://"), notOrigin},
		{"blank", with("https://graph.lab "), notOrigin},
	})
}

// One cloud's token goes to no other's host, whatever a custom cloud is made of.
func TestRulesOfCustomClouds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ authority, graph, arm, refused string }{
		{"https://login.lab", "https://graph.lab", "https://arm.lab", ""},
		{"https://login.microsoftonline.com", "https://graph.microsoft.com", "", ""},
		{"https://LOGIN.windows.net", "https://graph.microsoft.com:443", "https://westeurope.management.azure.com", ""},
		{"https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "https://management.usgovcloudapi.net", ""},
		{"https://login.microsoftonline.com", "https://microsoftgraph.chinacloudapi.cn", "", "graph"},
		{"https://login-us.microsoftonline.com", "https://graph.microsoft.com", "", "graph"},
		{"https://login.microsoftonline.com", "https://graph.lab", "", "graph"},
		{"https://login.lab", "https://graph.microsoft.com", "", "graph"},
		{"https://login.lab", "https://graph.lab", "https://management.azure.com", "resource_manager"},
		{"https://login.microsoftonline.us", "https://graph.microsoft.us", "https://management.azure.com", "resource_manager"},
	} {
		src := app + "\n[profiles.fabrikam.cloud]\nauthority = \"" + row.authority + "\"\ngraph = \"" + row.graph + "\"\n"
		if row.arm != "" {
			src += "resource_manager = \"" + row.arm + "\"\n"
		}
		_, err := load(t, src, nil)
		if got := message(err); (err != nil) != (row.refused != "") || !strings.Contains(got, row.refused+": belongs to another cloud") && err != nil {
			t.Errorf("%+v: got %s", row, got)
		}
	}
}

func TestRulesOfSearch(t *testing.T) {
	t.Parallel()
	const table = app + "[profiles.fabrikam.azure_ai_search]\n"
	at := "config.toml:6: profiles.fabrikam.azure_ai_search"
	refuse(t, []refusal{
		{"empty", table, at + `.api_key: is missing; write api_key = { from = "keyring" }, or another source
` + at + `.endpoint: is missing; write https://NAME.search.windows.net
` + at + `.index: is missing; name the index to search`},
		{"endpoint", table + "endpoint = \"http://x\"\nindex = \"i\"\napi_key = { env = \"K\" }", `config.toml:7: profiles.fabrikam.azure_ai_search.endpoint: is not an https origin; write https://NAME.search.windows.net`},
		{"key", table + "endpoint = \"https://x.example\"\nindex = \"i\"\napi_key = { env = \"K\", file = \"f\" }", `config.toml:9: profiles.fabrikam.azure_ai_search.api_key: names 2 sources, and one is needed` + oneSource},
	})
}

func TestRulesOfHTTP(t *testing.T) {
	t.Parallel()
	key := func(rest string) string { return app + "[[http.api_keys]]\nname = \"ci\"\n" + rest }
	refuse(t, []refusal{
		{"every interface", "[http]\nlisten = \":8080\"", "config.toml:2: http.listen: " + openDoor},
		{"any address", "[http]\nlisten = \"0.0.0.0:8080\"", "config.toml:2: http.listen: " + openDoor},
		{"any IPv6 address", "[http]\nlisten = \"[::]:8080\"", "config.toml:2: http.listen: " + openDoor},
		{"a name", "[http]\nlisten = \"server.example:8080\"", "config.toml:2: http.listen: " + openDoor},
		{"no port", "[http]\nlisten = \"127.0.0.1\"", "config.toml:2: http.listen: is not host:port; write an address such as 127.0.0.1:8080"},
		{"bad port", "[http]\nlisten = \"127.0.0.1:65536\"", "config.toml:2: http.listen: is not host:port; write an address such as 127.0.0.1:8080"},
		{"bad host", "[http]\nlisten = \"a_b/c:80\"", "config.toml:2: http.listen: is not host:port; write an address such as 127.0.0.1:8080"},
		{"base url", "[http]\nbase_url = \"mcp.example.com\"", "config.toml:2: http.base_url: is not an http or https URL without user, query and fragment; write it as https://HOST"},
		{"public base url without a key", "[http]\nbase_url = \"https://mcp.example.com\"", "config.toml:2: http.base_url: lets everybody who reaches this host call without a key; set MCP_API_KEY or make a key with `microsoft-mcp-server key create NAME` ([[http.api_keys]]), or let people in with [http.entra] or [http.oauth], or listen on 127.0.0.1"},
		{"base url with user", "[http]\nbase_url = \"https://a:b@mcp.example.com\"", "config.toml:2: http.base_url: is not an http or https URL without user, query and fragment; write it as https://HOST"},
		{"profiles", app + "[http]\nprofiles = [\"fabrikam\", \"fabricam\"]", `config.toml:7: http.profiles[1]: there is no profile "fabricam"; did you mean "fabrikam"? the profiles are fabrikam`},
		{"no profiles", app + "[http]\nprofiles = []", `config.toml:7: http.profiles: is empty; name the profiles to serve, or remove the key`},
		{"body", "[http]\nmax_body = 1023", `config.toml:2: http.max_body: is out of range; write a number from 1024 to 67108864`},
		{"rate", "[http]\nrate_limit = -1", `config.toml:2: http.rate_limit: is out of range; write a number from 0 to 1000000`},
		{"concurrency", "[http]\nmax_concurrent = 0", `config.toml:2: http.max_concurrent: is out of range; write a number from 1 to 100000`},
		{"any host", "[http]\nallowed_hosts = [\"*\"]", `config.toml:2: http.allowed_hosts[0]: is not a host or host:port; write mcp.example.com or mcp.example.com:8443`},
		{"any origin", "[http]\nallowed_origins = [\"https://a.example\", \"*\"]", `config.toml:2: http.allowed_origins[1]: is not an origin; write https://app.example.com`},
		{"null origin", "[http]\nallowed_origins = [\"null\"]", `config.toml:2: http.allowed_origins[0]: is not an origin; write https://app.example.com`},
		{"key without name", "[[http.api_keys]]\nsha256 = \"" + zeros + "\"", `config.toml:1: http.api_keys[0].name: is missing; name the key after who uses it`},
		{"key's name", "[[http.api_keys]]\nname = \"a b\"\nsha256 = \"" + zeros + "\"", `config.toml:2: http.api_keys[0].name: is not a name; use up to 64 letters, digits, dots, hyphens and underscores`},
		{"key's name taken", key("sha256 = \"" + zeros + "\"\n[[http.api_keys]]\nname = \"ci\"\nsha256 = \"1" + zeros[1:] + "\""), `config.toml:10: http.api_keys[1].name: the name is taken; give each key its own`},
		{"key's name reserved", "[[http.api_keys]]\nname = \"MCP_API_KEY\"\nsha256 = \"" + zeros + "\"", `config.toml:2: http.api_keys[0].name: the name is taken; give each key its own`},
		{"key twice", key("sha256 = \"" + zeros + "\"\n[[http.api_keys]]\nname = \"cd\"\nsha256 = \"" + zeros + "\""), `config.toml:11: http.api_keys[1].sha256: is the hash of another key's too; make a key of its own for each user`},
		{"hash missing", key(""), `config.toml:6: http.api_keys[0].sha256: is missing` + hashRemedy},
		{"hash short", key("sha256 = \"abc\""), `config.toml:8: http.api_keys[0].sha256: is not 64 hexadecimal digits` + hashRemedy},
		{"key's profiles", key("sha256 = \"" + zeros + "\"\nprofiles = [\"x\"]"), `config.toml:9: http.api_keys[0].profiles[0]: there is no profile "x"; the profiles are fabrikam`},
		{"key without profiles", key("sha256 = \"" + zeros + "\"\nprofiles = []"), `config.toml:9: http.api_keys[0].profiles: is empty; name the profiles it opens, or remove it to open all`},
	})
}

func TestDefaultProfileExists(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"near", `default_profile = "contosso"` + "\n" + person, `config.toml:1: default_profile: there is no profile "contosso"; did you mean "contoso"? the profiles are contoso`},
		{"none at all", `default_profile = "contoso"`, `config.toml:1: default_profile: there is no profile "contoso"; define one with [profiles.NAME]`},
		{"no name", `default_profile = "a b"`, `config.toml:1: default_profile: there is no profile of that name; define one with [profiles.NAME]`},
		{"env", `default_profile = "env"`, `config.toml:1: default_profile: there is no profile "env"; set AZURE_CLIENT_ID and AZURE_TENANT_ID, which make it`},
	})
}

func TestListenWithKeyBeyondLoopback(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{":8080", "0.0.0.0:0", "[::]:1"} {
		src := app + "[http]\nlisten = \"" + listen + "\"\n[[http.api_keys]]\nname = \"ci\"\nsha256 = \"" + zeros + "\""
		if _, err := load(t, src, nil); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "127.8.8.8:1", "[::1]:8080", "localhost:8080", "[::ffff:127.0.0.1]:80"} {
		if _, err := load(t, app+"[http]\nlisten = \""+listen+"\"", nil); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

func TestCheckListen(t *testing.T) {
	t.Parallel()
	open := profile.HTTP{}
	if err := open.CheckListen("127.0.0.1:0"); err != nil {
		t.Errorf("loopback: %v", err)
	}
	err := open.CheckListen(":8080")
	if want := "--listen: " + openDoor; message(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := (profile.HTTP{APIKeys: []profile.APIKey{{Name: "ci"}}}).CheckListen(":8080"); err != nil {
		t.Errorf("with a key: %v", err)
	}
}

func TestProblemsAreJoinedInLineOrder(t *testing.T) {
	t.Parallel()
	_, err := load(t, `[http]
max_body = 1
[profiles.b]
client_id = "x"
[profiles.a]
client_idd = "y"
acces = "z"
`, vars{"PORT": "http"})
	want := `config.toml:2: http.max_body: is out of range; write a number from 1024 to 67108864
config.toml:4: profiles.b.client_id: is not a GUID; copy the application (client) ID from the app registration's overview
config.toml:6: profiles.a.client_idd: unknown key; did you mean "client_id"?
config.toml:7: profiles.a.acces: unknown key; did you mean "access"?
PORT: is not a port; write a number from 1 to 65535`
	if got := message(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var e *profile.Error
	if !errors.As(err, &e) || e.Line != 2 || e.Key != "http.max_body" || e.Hint() != "write a number from 1024 to 67108864" {
		t.Errorf("errors.As found %+v, want the first problem", e)
	}
}
