package profile_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func TestServe(t *testing.T) {
	t.Parallel()
	const both, chosen = person + app, "default_profile = \"contoso\"\n" + person + app
	const http = "[http]\nprofiles = [\"fabrikam\"]\n"
	for _, row := range []struct {
		name, src string
		names     []string
		http      bool
		want      []string
	}{
		{"named", chosen, []string{"fabrikam"}, false, []string{"fabrikam"}},
		{"named twice", chosen, []string{"fabrikam", "contoso", "fabrikam"}, false, []string{"fabrikam", "contoso"}},
		{"named over http", chosen + http, []string{"contoso"}, true, []string{"contoso"}},
		{"http's", chosen + http, nil, true, []string{"fabrikam"}},
		{"http's are not stdio's", chosen + http, nil, false, []string{"contoso"}},
		{"default", chosen, nil, true, []string{"contoso"}},
		{"only one", app, nil, false, []string{"fabrikam"}},
		{"all", both, nil, false, []string{"contoso", "fabrikam"}},
	} {
		c, err := load(t, row.src, nil)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		served, err := c.Serve(row.names, row.http)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		var got []string
		for _, p := range served {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

func TestServeErrors(t *testing.T) {
	t.Parallel()
	c, err := load(t, person+app, vars{"AZURE_CLIENT_ID": clientGUID})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Serve([]string{"fabricam"}, false)
	if got, want := message(err), `there is no profile "fabricam"; did you mean "fabrikam"? the profiles are contoso, fabrikam`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// A variable that nobody takes would be ignored in silence.
	_, err = c.Serve(nil, false)
	if got, want := message(err), `AZURE_CLIENT_ID: is set, but the file has several profiles and none is selected to take it; select one with --profile or default_profile, or unset the variable`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err = c.Serve([]string{"fabrikam"}, false); err != nil {
		t.Errorf("named: %v", err)
	}
}

func TestServeNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := profile.Load(profile.Options{Profile: "contoso", ConfigDir: func() (string, error) { return dir, nil }})
	if err != nil {
		t.Fatal(err)
	}
	remedy := "run `microsoft-mcp-server setup`, add one with `microsoft-mcp-server profile add`, or write " + filepath.Join(dir, "microsoft-mcp-server", "config.toml") +
		" (see config.example.toml), or set AZURE_CLIENT_ID and AZURE_TENANT_ID"
	_, serveErr := c.Serve(nil, true)
	_, findErr := c.Find("contoso")
	for _, err := range []error{serveErr, findErr} {
		var hint interface{ Hint() string }
		if !errors.As(err, &hint) || hint.Hint() != remedy {
			t.Errorf("got %v, want the hint %s", err, remedy)
		}
	}
	_, err = new(profile.Config).Serve(nil, false)
	if want := "no profile is configured; run `microsoft-mcp-server setup --config FILE`, add one with `microsoft-mcp-server profile add --config FILE`, or set AZURE_CLIENT_ID and AZURE_TENANT_ID"; message(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestErrorfFindsTheLine(t *testing.T) {
	t.Parallel()
	c, err := load(t, `[profiles."a.b"]
client_id = "`+clientGUID+`"
tools = [
  "microsoft_graph",
  "microsoft_grap",
]
policy.allow = ["GET /**", "GTE /x"]
`, vars{"GRAPH_SCOPES": "Mail.Read"})
	if err != nil {
		t.Fatal(err)
	}
	p := c.Profiles[0]
	for _, row := range []struct{ key, want string }{
		{p.Key("tools[1]"), `config.toml:5: profiles."a.b".tools[1]: unknown tool 7; look`},
		{p.Key("policy.allow[1]"), `config.toml:7: profiles."a.b".policy.allow[1]: unknown tool 7; look`},
		{p.Key("policy.deny[3]"), `config.toml:7: profiles."a.b".policy.deny[3]: unknown tool 7; look`},
		{p.Key("access"), `config.toml:1: profiles."a.b".access: unknown tool 7; look`},
		{p.Key("scopes[0]"), `GRAPH_SCOPES: unknown tool 7; look`},
		{"nowhere", `config.toml: nowhere: unknown tool 7; look`},
	} {
		if got := message(c.Errorf(row.key, "look", "unknown tool %d", 7)); got != row.want {
			t.Errorf("got %s, want %s", got, row.want)
		}
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	got := []string{
		profile.Interactive.String(), profile.ClientCredentials.String(), profile.ReadOnly.String(), profile.ReadWrite.String(),
		profile.None.String(), profile.ClientSecret.String(), profile.Certificate.String(),
		profile.FederatedToken.String(), profile.ManagedIdentity.String(),
	}
	want := []string{"interactive", "clientCredentials", "read-only", "read-write", "none", "client_secret", "certificate", "federated_token", "managed_identity"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
