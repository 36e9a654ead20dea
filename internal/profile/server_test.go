package profile_test

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// callers is a valid profile of whoever calls; its credential is on line 5.
const callers = `[profiles.people]
auth_mode = "onBehalfOf"
tenant_id = "` + tenantGUID + `"
client_id = "` + clientGUID + `"
credential = { client_secret = { from = "keyring" } }
`

// entra lets people in with tokens of Entra; its grants begin on line 12 of callers + entra.
const entra = `[http]
base_url = "https://mcp.example.com"
[http.entra]
tenant_ids = ["` + tenantGUID + `"]
audience = "` + clientGUID + `"
[[http.entra.grants]]
scope = "mcp"
profiles = ["people"]
`

const oauth = `[http]
base_url = "https://mcp.example.com"
[http.oauth]
profile = "people"
`

// altered returns a text with one piece of it replaced.
func altered(text, old, replacement string) string {
	if !strings.Contains(text, old) {
		panic("there is no " + old)
	}
	return strings.Replace(text, old, replacement, 1)
}

func TestLoadReadsEveryKeyOfAServer(t *testing.T) {
	t.Parallel()
	path := write(t, callers+app+`
[http]
base_url = "https://mcp.example.com"
profiles = ["people", "fabrikam"]
allowed_origins = ["https://app.example.com"]
cors = true
max_per_caller = 3
max_connections = 5
max_memory = 67108864
metrics_listen = ":9090"
tls = { certificate = "cert.pem", key = "~/key.pem" }
trusted_proxies = ["10.0.0.5", "::ffff:10.0.0.6", "10.1.0.0/16", "fd00::/64"]
[[http.api_keys]]
name = "a"
sha256 = "`+zeros+`"
expires = 2031-01-31
read_only = true
[http.entra]
cloud = "usgov"
tenant_ids = ["`+tenantGUID+`"]
audience = "`+clientGUID+`"
clients = ["`+clientGUID+`"]
ca_file = "ca.pem"
[[http.entra.grants]]
scope = "mcp"
profiles = ["fabrikam"]
[[http.entra.grants]]
role = "Mcp.Read"
profiles = ["fabrikam"]
read_only = true
[http.oauth]
profile = "people"
profiles = ["people", "fabrikam"]
redirects = ["https://app.example.com/cb", "https://app.example.com/*", "myapp://back", "http://127.0.0.1/cb"]
registration = false
documents = ["client.example.com:8443"]
[state]
url = "rediss://redis.example.com:6379/2"
username = "mcp"
password = { env = "REDIS_PASSWORD" }
prefix = "x:"
ca_file = "redis.pem"
key = { env = "STATE_KEY" }
old_keys = [{ file = "old" }, { systemd = "older" }]
[audit]
file = "audit.jsonl"
max_size = 65536
keep = 3
fatal = true
`)
	dir := filepath.Dir(path)
	c, err := profile.Load(profile.Options{File: path, Getenv: vars{"HOME": dir}.get})
	if err != nil {
		t.Fatal(err)
	}
	usgov := profile.Cloud{Name: "usgov", Authority: "https://login.microsoftonline.us", Graph: "https://graph.microsoft.us", ResourceManager: "https://management.usgovcloudapi.net"}
	want := profile.HTTP{
		Listen: "127.0.0.1:8080", BaseURL: "https://mcp.example.com", Profiles: []string{"people", "fabrikam"},
		APIKeys:  []profile.APIKey{{Name: "a", Expires: time.Date(2031, 1, 31, 0, 0, 0, 0, time.UTC), ReadOnly: true}},
		QueryKey: true, AllowedOrigins: []string{"https://app.example.com"}, CORS: true, MaxBody: 4194304, MaxUpload: 262144000,
		RateLimit: 600, MaxConcurrent: 256, MaxPerCaller: 3, MaxConnections: 5, MaxMemory: 64 << 20, MetricsListen: ":9090",
		TLS: profile.TLS{Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("10.0.0.6/32"),
			netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/64")},
		Entra: &profile.EntraAccess{Cloud: usgov, TenantIDs: []string{tenantGUID}, Audience: clientGUID, Resource: "https://mcp.example.com/mcp",
			Clients: []string{clientGUID}, CAFile: filepath.Join(dir, "ca.pem"), Grants: []profile.Grant{
				{Scope: "mcp", Profiles: []string{"fabrikam"}}, {Role: "Mcp.Read", Profiles: []string{"fabrikam"}, ReadOnly: true}}},
		OAuth: &profile.OAuth{Profile: "people", Profiles: []string{"people", "fabrikam"}, Documents: []string{"client.example.com:8443"},
			Redirects: []string{"https://app.example.com/cb", "https://app.example.com/*", "myapp://back", "http://127.0.0.1/cb"}},
	}
	if diff := cmp.Diff(want, c.HTTP, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("[http] (-want +got)\n%s", diff)
	}
	state := profile.State{URL: "rediss://redis.example.com:6379/2", Username: "mcp", Password: profile.Secret{Env: "REDIS_PASSWORD"}, Prefix: "x:",
		CAFile: filepath.Join(dir, "redis.pem"), Key: profile.Secret{Env: "STATE_KEY"},
		OldKeys: []profile.Secret{{File: filepath.Join(dir, "old")}, {Systemd: "older"}}}
	if diff := cmp.Diff(state, c.State); diff != "" {
		t.Errorf("[state] (-want +got)\n%s", diff)
	}
	audit := profile.Audit{To: profile.AuditFile, File: filepath.Join(dir, "audit.jsonl"), MaxSize: 65536, Keep: 3, Fatal: true}
	if diff := cmp.Diff(audit, c.Audit); diff != "" {
		t.Errorf("[audit] (-want +got)\n%s", diff)
	}
	people := c.Profiles[0]
	if people.AuthMode != profile.OnBehalfOf || people.AccountType != "" || people.AppScopes != nil || people.SharePoint.SearchRegion != "" ||
		people.Credential.Kind != profile.ClientSecret || !cmp.Equal(people.Scopes, []string{"User.Read"}) {
		t.Errorf("got %+v", people)
	}
}

func TestRulesOfOnBehalfOf(t *testing.T) {
	t.Parallel()
	const at, mode = "config.toml:6: profiles.people.", `has no meaning with auth_mode "onBehalfOf"; `
	without := func(line string) string { return altered(callers, line, "") + oauth }
	refuse(t, []refusal{
		{"no tenant", without(tenantLine), "config.toml:1: profiles.people.tenant_id: is missing: onBehalfOf needs a concrete tenant" + concrete},
		{"no client", without(clientLine), "config.toml:1: profiles.people.client_id: is missing: onBehalfOf needs a client ID; write the application (client) ID of the app registration (README, section App registration)"},
		{"no credential", without(credentialLine), "config.toml:1: profiles.people.credential: is missing: onBehalfOf needs one credential; write one of client_secret, certificate or federated_token into [profiles.people.credential], or set AZURE_CLIENT_SECRET"},
		{"managed identity", altered(callers, credentialLine, `credential = { managed_identity = { client_id = "" } }`), `config.toml:5: profiles.people.credential.managed_identity: has no meaning with auth_mode "onBehalfOf"; write one of client_secret, certificate or federated_token`},
		{"account", callers + `account = "ada@contoso.com"`, at + "account: " + mode + "remove it: each caller is there as themselves"},
		{"account type", callers + `account_type = "work"`, at + "account_type: " + mode + "remove it: each caller is there as themselves"},
		{"app scopes", callers + `app_scopes = ["x/.default"]`, at + "app_scopes: " + mode + "remove it: a person's permissions stand in scopes"},
	})
}

func TestRulesOfEntraAccess(t *testing.T) {
	t.Parallel()
	rule := func(old, replacement string) string { return callers + altered(entra, old, replacement) }
	const table, url = "config.toml:8: http.entra.", "write the exact URL of the endpoint, such as https://mcp.example.com/mcp"
	const grant = "config.toml:11: http.entra.grants[0]"
	const whose = "name the tenants whose people and apps it opens the profiles to, of those in [http.entra] tenant_ids"
	refuse(t, []refusal{
		{"no tenant", rule(`tenant_ids = ["`+tenantGUID+`"]`, ""), table + "tenant_ids: names no tenant; write the GUID of each tenant whose people or apps may call"},
		{"a tenant's domain", rule(`tenant_ids = ["`+tenantGUID+`"]`, `tenant_ids = ["contoso.com"]`), "config.toml:9: http.entra.tenant_ids[0]: is not a GUID; write the GUID of each tenant whose people or apps may call"},
		{"no audience", rule(`audience = "`+clientGUID+`"`, ""), table + "audience: is missing; write the application (client) ID of the app registration that stands for this server"},
		{"a URI as audience", rule(`audience = "`+clientGUID+`"`, `audience = "https://mcp.example.com/mcp"`), "config.toml:10: http.entra.audience: is not a GUID; write the application (client) ID of the app registration that stands for this server"},
		{"no clients", rule("[[", "clients = []\n[["), "config.toml:11: http.entra.clients: is empty; name the apps that callers may use, or remove it to allow any"},
		{"no resource", rule(`base_url = "https://mcp.example.com"`, ""), table + "resource: is missing; " + url + ", or set base_url in [http]"},
		{"resource of http", rule(`base_url = "https://mcp.example.com"`, `base_url = "http://mcp.example.com"`), table + "resource: is neither https nor on this machine; set base_url in [http] to https://HOST"},
		{"resource with a slash", rule("[[", "resource = \"https://mcp.example.com/mcp/\"\n[["), "config.toml:11: http.entra.resource: ends in a slash; " + url + "; Entra and clients compare it letter by letter"},
		{"resource with a query", rule("[[", "resource = \"https://mcp.example.com/mcp?x\"\n[["), "config.toml:11: http.entra.resource: is not an https URL without user, query and fragment; " + url},
		{"no grants", callers + entra[:strings.Index(entra, "[[")], table + `grants: are missing: no token opens anything; write one as [[http.entra.grants]] with scope = "mcp" and profiles = ["NAME"]`},
		{"scope and role", rule(`scope = "mcp"`, "scope = \"mcp\"\nrole = \"Mcp\""), grant + `: needs exactly one of scope and role; write either scope = "NAME" (people) or role = "NAME" (apps, and people who were assigned to it)`},
		{"neither", rule(`scope = "mcp"`, ""), grant + `: needs exactly one of scope and role; write either scope = "NAME" (people) or role = "NAME" (apps, and people who were assigned to it)`},
		{"a whole scope", rule(`scope = "mcp"`, `scope = "https://mcp.example.com/mcp/mcp"`), "config.toml:12: http.entra.grants[0].scope: is not the name of a permission; write its short name, as it stands in the token, without the Application ID URI"},
		{"opens nothing", rule(`profiles = ["people"]`, ""), grant + ".profiles: is empty; name the profiles that it opens"},
		{"unknown profile", rule(`profiles = ["people"]`, `profiles = ["poeple"]`), `config.toml:13: http.entra.grants[0].profiles[0]: there is no profile "poeple"; did you mean "people"? the profiles are people`},
		{"not served", app + rule("[http]", "[http]\nprofiles = [\"fabrikam\"]"), "config.toml:19: http.entra.grants[0].profiles[0]: the profile is not served over HTTP; add it to profiles in [http], or name another"},
		{"not the default", "default_profile = \"fabrikam\"\n" + app + callers + entra, "config.toml:19: http.entra.grants[0].profiles[0]: the profile is not served over HTTP; add it to profiles in [http], or name another"},
		{"many tenants", altered(callers, tenantLine, `tenant_id = "organizations"`) + entra, "config.toml:3: profiles.people.tenant_id: stands for several tenants, and [http.entra] needs one to exchange tokens at; write the tenant's GUID or a domain of it, such as contoso.onmicrosoft.com"},
		{"several tenants", rule("tenant_ids = [", "tenant_ids = [\""+clientGUID+"\", "), grant + ".tenant_ids: is missing: tokens of several tenants are let in; " + whose},
		{"no tenant's grant", rule("scope", "tenant_ids = []\nscope"), "config.toml:12: http.entra.grants[0].tenant_ids: is empty; " + whose},
		{"another tenant's grant", rule("scope", "tenant_ids = [\""+clientGUID+"\"]\nscope"), "config.toml:12: http.entra.grants[0].tenant_ids[0]: is not among the tenants that are let in; " + whose},
		{"another app's profile", altered(callers, clientGUID, tenantGUID) + entra, "config.toml:4: profiles.people.client_id: is of another app than the tokens; write the client ID that audience in [http.entra] has: Entra exchanges a token only for the app that it is for"},
		{"the endpoint as base url", rule("example.com\"", "example.com/mcp\""), "config.toml:7: http.base_url: is the endpoint's address, and not what stands before it; leave /mcp out: it is added"},
		{"another cloud", rule("tenant_ids", "cloud = \"china\"\ntenant_ids"), "config.toml:14: http.entra.grants[0].profiles[0]: is of another cloud than the tokens; write the same cloud in the profile and in [http.entra]"},
	})
}
