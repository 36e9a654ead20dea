package profile_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// ancestor is what a deployment of the ancestor sets.
func ancestor() vars {
	return vars{
		"AZURE_AUTH_MODE": "clientCredentials", "AZURE_CLIENT_ID": clientGUID, "AZURE_CLIENT_SECRET": "hunter2~",
		"AZURE_TENANT_ID": tenantGUID, "MCP_API_KEY": "hunter3~", "PORT": "9123", "TRANSPORT_TYPE": "httpStream",
	}
}

func with(v vars, pairs ...string) vars {
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i]] = pairs[i+1]
	}
	return v
}

func TestEnvironmentAlone(t *testing.T) {
	t.Parallel()
	env := with(ancestor(),
		"BASE_URL", "http://localhost:9123", "GRAPH_SCOPES", "User.Read, Mail.Read",
		"GRAPH_APP_SCOPES", " https://graph.microsoft.com/.default ,", "MCP_INSTRUCTIONS", "Be brief.",
		"SITE_ID", "contoso.sharepoint.com,1,2", "SITE_URL", "https://contoso.sharepoint.com/sites/x",
		"GRAPH_SEARCH_REGION", "EUR", "AZURE_AI_SEARCH_ENDPOINT", "https://x.search.windows.net/",
		"AZURE_AI_SEARCH_API_KEY", "hunter4~", "AZURE_AI_SEARCH_INDEX_NAME", "docs",
		"AZURE_AI_SEARCH_SEMANTIC_CONFIG", "sem", "AZURE_AI_SEARCH_VECTOR_FIELDS", "a,b",
		"AZURE_AI_SEARCH_SELECT_FIELDS", "c")
	got, err := profile.Load(profile.Options{Getenv: env.get})
	if err != nil {
		t.Fatal(err)
	}
	want := &profile.Config{
		DefaultProfile: "env", Transport: "http",
		Profiles: []profile.Profile{{
			Name: "env", TenantID: tenantGUID, ClientID: clientGUID, AuthMode: profile.ClientCredentials,
			AppScopes: []string{"https://graph.microsoft.com/.default"}, Access: profile.ReadWrite,
			Cloud: profile.Cloud{Name: "global", Authority: "https://login.microsoftonline.com",
				Graph: "https://graph.microsoft.com", ResourceManager: "https://management.azure.com"},
			Credential:   profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Env: "AZURE_CLIENT_SECRET"}},
			Instructions: "Be brief.",
			SharePoint: profile.SharePoint{SiteID: "contoso.sharepoint.com,1,2",
				SiteURL: "https://contoso.sharepoint.com/sites/x", SearchRegion: "EUR"},
			AISearch: profile.AISearch{Endpoint: "https://x.search.windows.net",
				APIKey: profile.Secret{Env: "AZURE_AI_SEARCH_API_KEY"}, Index: "docs", SemanticConfig: "sem",
				VectorFields: []string{"a", "b"}, SelectFields: []string{"c"}},
		}},
		HTTP: profile.HTTP{
			Listen: ":9123", BaseURL: "http://localhost:9123", QueryKey: true, MaxBody: 4194304, MaxUpload: 262144000, RateLimit: 600, MaxConcurrent: 256, MaxConnections: 4096,
			APIKeys: []profile.APIKey{{Name: "MCP_API_KEY", Env: "MCP_API_KEY"}},
		},
		Audit: profile.Audit{To: profile.AuditStderr, Keep: 10},
	}
	if diff := cmp.Diff(want, got, ignored()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEnvironmentDefaults(t *testing.T) {
	t.Parallel()
	// A secret that a person does not need, and a search that lacks its key,
	// were no mistakes for the ancestor.
	env := vars{"AZURE_CLIENT_ID": clientGUID, "AZURE_CLIENT_SECRET": "hunter2~", "GRAPH_APP_SCOPES": "x/.default",
		"AZURE_AI_SEARCH_INDEX_NAME": "docs", "AZURE_TENANT_ID": "${AZURE_TENANT_ID}", "PORT": "", "MCP_API_KEY": "${user_config.key}"}
	got, err := profile.Load(profile.Options{Getenv: env.get})
	if err != nil {
		t.Fatal(err)
	}
	p := got.Profiles[0]
	if p.AuthMode != profile.Interactive || p.TenantID != "common" || p.Access != profile.ReadWrite {
		t.Errorf("got %v at %s, %v; want interactive at common, read-write", p.AuthMode, p.TenantID, p.Access)
	}
	if p.Credential.Kind != profile.None || !p.AISearch.IsZero() || p.AppScopes != nil {
		t.Errorf("got credential %v, search %v, app scopes %v; want none", p.Credential, p.AISearch, p.AppScopes)
	}
	if got.HTTP.Listen != "127.0.0.1:8080" || len(got.HTTP.APIKeys) != 0 || got.Transport != "" {
		t.Errorf("got %+v, transport %q; want loopback, no key, no transport", got.HTTP, got.Transport)
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		env  vars
		want string
	}{
		{vars{"PORT": "9123"}, "127.0.0.1:9123"},
		{vars{"PORT": "9123", "MCP_API_KEY": "hunter3~"}, ":9123"},
		{vars{"PORT": "9123", "MCP_API_KEY": "${KEY}"}, "127.0.0.1:9123"},
		{vars{"MCP_API_KEY": "hunter3~"}, "127.0.0.1:7000"},
	} {
		c, err := load(t, "[http]\nlisten = \"127.0.0.1:7000\"", row.env)
		if err != nil {
			t.Errorf("%s: %v", row.want, err)
			continue
		}
		if c.HTTP.Listen != row.want {
			t.Errorf("got %s, want %s", c.HTTP.Listen, row.want)
		}
	}
}

func TestEnvironmentErrorsNameTheVariable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		env  vars
		want string
	}{
		{"mode", with(ancestor(), "AZURE_AUTH_MODE", "client_credentials"), `AZURE_AUTH_MODE: unknown value; did you mean "clientCredentials"? write "interactive", "clientCredentials" or "onBehalfOf"`},
		{"no tenant", with(ancestor(), "AZURE_TENANT_ID", ""), `AZURE_TENANT_ID: is missing: clientCredentials needs a concrete tenant` + concrete},
		{"common", with(ancestor(), "AZURE_TENANT_ID", "common"), `AZURE_TENANT_ID: clientCredentials needs a concrete tenant, not common` + concrete},
		{"no secret", with(ancestor(), "AZURE_CLIENT_SECRET", " "), `AZURE_CLIENT_SECRET: is missing: clientCredentials needs one credential; write one of client_secret, certificate, federated_token or managed_identity into [profiles.env.credential], or set AZURE_CLIENT_SECRET`},
		{"no client", vars{"AZURE_TENANT_ID": tenantGUID}, `AZURE_CLIENT_ID: is missing: no client ID is built in; register an app of your own, which takes some minutes (README, section App registration), and write its application (client) ID`},
		{"transport", with(ancestor(), "TRANSPORT_TYPE", "http"), `TRANSPORT_TYPE: is not a transport; write "stdio" or "httpStream", or unset it`},
		{"port", with(ancestor(), "PORT", "0"), `PORT: is not a port; write a number from 1 to 65535`},
		{"base url", with(ancestor(), "BASE_URL", "localhost"), `BASE_URL: is not an http or https URL without user, query and fragment; write it as https://HOST`},
		{"app scope", with(ancestor(), "GRAPH_APP_SCOPES", "Mail.Read"), `GRAPH_APP_SCOPES: does not end in /.default, as an app's scope must; write https://graph.microsoft.com/.default; the permissions themselves are granted in the app registration`},
		{"access", with(ancestor(), "MICROSOFT_MCP_ACCESS", "readonly"), `MICROSOFT_MCP_ACCESS: unknown value; did you mean "read-only"? write "read-only" or "read-write"`},
		{"no scopes", vars{"AZURE_CLIENT_ID": clientGUID, "GRAPH_SCOPES": ","}, `GRAPH_SCOPES: is empty; name at least one, or remove it for the default`},
	} {
		_, err := profile.Load(profile.Options{Getenv: row.env.get})
		if got := message(err); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}

func TestEnvironmentOverTheSelectedProfile(t *testing.T) {
	t.Parallel()
	const other = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"
	env := vars{"AZURE_CLIENT_ID": other, "AZURE_CLIENT_SECRET": "hunter2~", "MCP_INSTRUCTIONS": "Be brief."}
	for _, row := range []struct {
		name, src, flag string
		want            map[string]string // client IDs
	}{
		{"the only one", app, "", map[string]string{"fabrikam": other}},
		{"the default", "default_profile = \"fabrikam\"\n" + person + app, "", map[string]string{"contoso": clientGUID, "fabrikam": other}},
		{"the flag's", "default_profile = \"contoso\"\n" + person + app, "fabrikam", map[string]string{"contoso": clientGUID, "fabrikam": other}},
		{"none of several", person + app, "", map[string]string{"contoso": clientGUID, "fabrikam": clientGUID}},
		{"a file without profiles", "[http]", "", map[string]string{"env": other}},
		{"env asked for", app, "env", map[string]string{"fabrikam": clientGUID, "env": other}},
	} {
		c, err := profile.Load(profile.Options{File: write(t, row.src), Profile: row.flag, Getenv: env.get})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		got := map[string]string{}
		for _, p := range c.Profiles {
			got[p.Name] = p.ClientID
			if p.Name == "fabrikam" && p.ClientID == other && (p.Credential.Secret.Env != "AZURE_CLIENT_SECRET" || p.Access != profile.ReadOnly) {
				t.Errorf("%s: got %+v, %v; want the variable's secret and the file's access", row.name, p.Credential, p.Access)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

func TestEnvironmentOverAProfileBlamesTheRightOne(t *testing.T) {
	t.Parallel()
	_, err := load(t, app+"account = \"x\"\n[http]\nlisten = \":80\"", vars{"AZURE_TENANT_ID": "a/b", "PORT": "80"})
	want := `config.toml:6: profiles.fabrikam.account: has no meaning with auth_mode "clientCredentials"; remove it: an app has no account
AZURE_TENANT_ID: is not a tenant` + concrete + `, or (interactive only) common, organizations or consumers`
	if got := message(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What may be changed is said by a variable, too, where there is no file; whatever a client did not replace says nothing.
func TestEnvironmentSaysTheAccess(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		src, value string
		want       profile.Access
	}{
		{"", "read-only", profile.ReadOnly},
		{"", "read-write", profile.ReadWrite},
		{"", " read-only ", profile.ReadOnly},
		{"", "", profile.ReadWrite},
		{"", "${MICROSOFT_MCP_ACCESS}", profile.ReadWrite},
		{app, "read-write", profile.ReadWrite},
		{app, "", profile.ReadOnly},
		{app + "access = \"read-write\"\n", "read-only", profile.ReadOnly},
	} {
		env := vars{"MICROSOFT_MCP_ACCESS": row.value}
		if row.src == "" {
			env = with(ancestor(), "MICROSOFT_MCP_ACCESS", row.value)
		}
		c, err := load(t, row.src, env)
		if err != nil {
			t.Errorf("%q over %q: %v", row.value, row.src, err)
			continue
		}
		if got := c.Profiles[0].Access; got != row.want {
			t.Errorf("%q over %q: got %v, want %v", row.value, row.src, got, row.want)
		}
	}
	if c, err := profile.Load(profile.Options{Getenv: vars{"MICROSOFT_MCP_ACCESS": "read-only"}.get}); err != nil || len(c.Profiles) != 0 {
		t.Errorf("alone it makes %v, error %v; want no profile", c, err)
	}
	for _, value := range []string{"Read-Only", "read-write,read-only", "1", "true", "write"} {
		if _, err := load(t, "", with(ancestor(), "MICROSOFT_MCP_ACCESS", value)); !strings.HasPrefix(message(err), "MICROSOFT_MCP_ACCESS: unknown value") {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

func TestUnrelatedVariablesMakeNoProfile(t *testing.T) {
	t.Parallel()
	env := vars{"PORT": "80", "SITE_ID": "x", "MCP_INSTRUCTIONS": "x", "GRAPH_SCOPES": "x", "MCP_API_KEY": "x", "AZURE_CLIENT_ID": "${AZURE_CLIENT_ID}"}
	c, err := profile.Load(profile.Options{Getenv: env.get})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Profiles) != 0 || c.DefaultProfile != "" {
		t.Errorf("got profiles %v, default %q; want none", c.Names(), c.DefaultProfile)
	}
}

// A profile that is to be removed is loaded whatever is wrong with the others.
func TestLoadOneProfileAlone(t *testing.T) {
	t.Parallel()
	src := "default_profile = \"gone\"\nnonsense = 1\n" + person + "[profiles.CONTOSO]\nacces = 1\n[profiles.other]\nauth_mode = \"x\"\n[http]\nlisten = \"0.0.0.0:1\"\n"
	if _, err := load(t, src, nil); err == nil {
		t.Fatal("the whole file loads")
	}
	env := vars{"TRANSPORT_TYPE": "pigeon", "PORT": "none"}
	only := func(name string) (*profile.Config, error) {
		return profile.Load(profile.Options{File: write(t, src), Profile: name, Only: name, Getenv: env.get})
	}
	c, err := only("contoso")
	if err != nil || len(c.Profiles) != 1 || c.Profiles[0].Name != "contoso" || !c.Overlaid("contoso") || c.Overlaid("other") {
		t.Errorf("got %+v, error %v", c, err)
	}
	if _, err := only("other"); !strings.Contains(message(err), "profiles.other.auth_mode") || strings.Contains(message(err), "CONTOSO") {
		t.Errorf("got %v, want what is wrong with that profile alone", err)
	}
	if c, err := only("nobody"); err != nil || len(c.Profiles) != 0 {
		t.Errorf("a profile that is not there: got %+v, error %v", c, err)
	}
}

func TestFlagNamesAnUnknownProfile(t *testing.T) {
	t.Parallel()
	for flag, prefix := range map[string]string{"--profile": "--profile: ", "": ""} { // "": an argument
		_, err := profile.Load(profile.Options{File: write(t, person), Profile: "contosso", Flag: flag})
		want := prefix + `there is no profile "contosso"; did you mean "contoso"? the profiles are contoso`
		if got := message(err); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whoever used the ancestor with a stand-in for Entra had names of their own; a slash gets nobody anywhere.
func TestEnvironmentTakesOtherNames(t *testing.T) {
	t.Parallel()
	env := vars{"AZURE_AUTH_MODE": "clientCredentials", "AZURE_CLIENT_ID": "my-app", "AZURE_TENANT_ID": "lab", "AZURE_CLIENT_SECRET": "hunter2~"}
	c, err := load(t, "", env)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Profiles[0]; got.ClientID != "my-app" || got.TenantID != "lab" {
		t.Errorf("got client %q in tenant %q", got.ClientID, got.TenantID)
	}
	for name, value := range map[string]string{"AZURE_CLIENT_ID": "a/b", "AZURE_TENANT_ID": "lab/../x"} {
		bad := maps.Clone(env)
		bad[name] = value
		if _, err := load(t, "", bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got %v", name, value, err)
		}
	}
}
