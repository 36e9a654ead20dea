package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

func TestConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	look := func(c Configuration) Finding { return c.find(t.Context()) }
	look(Configuration{File: file, Profiles: []string{"a"}}).is(t, OK, "profile a from "+file, "")
	look(Configuration{File: file, Profiles: []string{"a", "b"}}).is(t, OK, "2 profiles from", "")
	look(Configuration{Profiles: []string{"env"}}).is(t, OK, "from the environment", "")
	look(Configuration{File: file + "x"}).is(t, Wrong, "cannot be looked at", "read it")
	var problems []Problem
	for i := range 10 {
		problems = append(problems, Problem{Text: fmt.Sprintf("c.toml:%d: wrong", i), Do: fmt.Sprintf("do %d", i)})
	}
	look(Configuration{File: file, Problems: problems}).is(t, Wrong, "c.toml:3: wrong and 6 more", "do 0")
	if runtime.GOOS == "windows" {
		return
	}
	for mode, state := range map[os.FileMode]State{0o666: Wrong, 0o622: Wrong, 0o664: Warning, 0o644: OK, 0o600: OK} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		look(Configuration{File: file, Profiles: []string{"a"}}).is(t, state, file, "")
	}
}

func TestVault(t *testing.T) {
	t.Parallel()
	Vault{Title: "the OS keyring", Open: func(context.Context) error { return nil }}.find(t.Context()).is(t, OK, "the OS keyring opens", "")
	Vault{Open: func(context.Context) error { return hinted{errors.New("keyring locked")} }}.find(t.Context()).is(t, Wrong, "keyring locked", "do this")
}

func TestAuthority(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	web := sandboxtest.Client(t, tenant).Transport
	look := func(id string) Finding {
		return Authority{Origin: tenant.LoginURL(), Tenant: id, Transport: web}.find(t.Context())
	}
	look(sandbox.TenantID).is(t, OK, "knows the tenant "+sandbox.TenantID, "")
	look(sandbox.TenantDomain).is(t, OK, sandbox.TenantDomain+" ("+sandbox.TenantID+")", "")
	look("33333333-3333-3333-3333-333333333333").is(t, Wrong, "there is no tenant 33333333-3333-3333-3333-333333333333", "tenant_id")
	for _, row := range []struct {
		fault      sandbox.Fault
		text, todo string
	}{
		{sandbox.Fault{Status: 503}, "busy or not well (HTTP 503)", "wait"},
		{sandbox.Fault{Status: 200, Body: "<html>Welcome to the hotel</html>"}, "is not Microsoft Entra", "in a browser"},
		{sandbox.Fault{Status: 302, Header: http.Header{"Location": {"https://wifi.example/"}}}, "is not Microsoft Entra (HTTP 302", "in a browser"},
		{sandbox.Fault{Status: 400, Body: `{"error_description":"AADSTS90019: No tenant-identifying information found. Trace ID: 1"}`}, "AADSTS90019: No tenant-identifying information found.", "/error?code=90019"},
		{sandbox.Fault{Drop: true}, "gives no answer", "again"},
	} {
		remove := tenant.Inject(row.fault)
		look(sandbox.TenantID).is(t, Wrong, row.text, row.todo)
		remove()
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		expires    time.Time
		err        error
		state      State
		text, todo string
	}{
		{time.Time{}, nil, OK, "the certificate, can be read", ""},
		{now.Add(31 * 24 * time.Hour), nil, OK, "good until 2026-12-27", ""},
		{now.Add(29*24*time.Hour + time.Minute), nil, Warning, "expires at 2026-12-25 12:01 UTC, in 29 days", "renew"},
		{now, nil, Wrong, "expired at 2026-11-26 12:00 UTC", "renew"},
		{now, hinted{errors.New("the certificate in x expired")}, Wrong, "the certificate in x expired", "do this"},
	} {
		c := Credential{Title: "the certificate", Rotate: "renew", Open: func(context.Context) (time.Time, error) { return row.expires, row.err }}
		c.find(t.Context(), now).is(t, row.state, row.text, row.todo)
	}
}

// Most apps may not look at themselves; of those that may, it is known.
func TestEndOfASecret(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		expires time.Time
		err     error
		state   State
		text    string
	}{
		{time.Time{}, errors.New("403"), Skipped, "does not tell"},
		{time.Time{}, nil, Skipped, "does not tell"},
		{now.Add(time.Hour), nil, Warning, "in 0 days"},
		{now.Add(-time.Hour), nil, Wrong, "expired at"},
		{now.Add(100 * 24 * time.Hour), nil, OK, "the client secret, good until"},
	} {
		c := Credential{Rotate: "renew", Ends: func(context.Context) (time.Time, error) { return row.expires, row.err }}
		c.told(t.Context(), now).is(t, row.state, row.text, "")
	}
}

// A managed identity needs no authority, and Graph needs the way to it.
func TestManagedIdentityNeedsNoAuthority(t *testing.T) {
	t.Parallel()
	n := aNetwork(map[string]string{"IDENTITY_ENDPOINT": "http://" + closing(t)})
	n.lookup = func(context.Context, string) ([]string, error) { return nil, &net.DNSError{IsNotFound: true} }
	s := Subject{Network: n, Clients: Clients{Look: func() []Client { return nil }}, Configuration: Configuration{Profiles: []string{"m"}},
		Clouds: []Cloud{{Profiles: []string{"m"}, Authority: "https://login.example"}}, Shelf: Shelf{Fetched: func() time.Time { return time.Time{} }},
		Profiles: []Profile{{Name: "m", Managed: true, Token: func(context.Context) (Token, error) { return Token{}, nil }, Graph: &Graph{}}}}
	states := map[string]State{}
	look := func() {
		if err := Run(t.Context(), s.Checks(), func(r Row) { states[r.Check] = r.State }); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if states[authorityCheck] != Skipped || states[credentialCheck] != Wrong || states[tokenCheck] != Skipped {
		t.Errorf("without an endpoint: got %v", states)
	}
	n.dial = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		return near, far.Close()
	}
	look()
	if states[namesCheck] != Wrong || states[tokenCheck] != OK || states[graphCheck] != Skipped {
		t.Errorf("without the way to Graph: got %v", states)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	token(Token{Who: "ada@contoso.com", Tenant: "contoso.com", Expires: time.Date(2026, 1, 1, 13, 30, 0, 0, time.UTC)}, nil).
		is(t, OK, "got one for ada@contoso.com in tenant contoso.com, good until 13:30 UTC", "")
	token(Token{}, hinted{errors.New("nobody has signed in")}).is(t, Wrong, "nobody has signed in", "do this")
}

func exactly(granted []string, needed string) bool { return slices.Contains(granted, needed) }

func TestPermissions(t *testing.T) {
	t.Parallel()
	has := Token{Permissions: []string{"Mail.Read", "User.Read"}}
	rule := func(text string, needed ...string) []Rule { return []Rule{{Text: text, Needed: needed}} }
	for _, row := range []struct {
		p          Permissions
		token      Token
		state      State
		text, todo string
	}{
		{Permissions{}, has, OK, "the token has Mail.Read, User.Read", ""},
		{Permissions{}, Token{}, Warning, "no permissions", "grant"},
		{Permissions{Rules: rule("GET /me/messages", "Mail.Read")}, has, OK, "allow rules are known to need", ""},
		{Permissions{Rules: rule("GET /unknown")}, has, OK, "", ""},
		{Permissions{Rules: rule("GET /me/**", "Mail.Read", "Files.Read", "-")}, has, Warning, "need Files.Read,", "where these calls are wanted: grant"},
		{Permissions{Rules: rule("GET /me/drive", "Files.Read")}, has, Wrong, `by "GET /me/drive" can be called: it needs Files.Read`, "grant"},
		{Permissions{Rules: rule("GET /me/drive", "-")}, has, Wrong, "by an app without a person", "remove the rule"},
		{Permissions{Person: true, Rules: rule("GET /reports/x", "-")}, has, Wrong, "for apps alone", "remove the rule"},
		{Permissions{Person: true, Scopes: []string{"openid", "offline_access", "https://graph.microsoft.com/Mail.Read", "Files.Read"}}, has, Warning, "asks for Files.Read,", "grant"},
		{Permissions{Person: true, Scopes: []string{"Mail.Read", "User.Read", "https://graph.microsoft.com/.default"}}, has, OK, "", ""},
	} {
		row.p.Covers, row.p.Grant = exactly, "grant"
		row.p.find(row.token).is(t, row.state, row.text, row.todo)
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("P%d.Read", i))
	}
	f := Permissions{Covers: exactly, Grant: "grant", Rules: []Rule{{Text: "GET /x", Needed: many}}}.find(has)
	f.is(t, Wrong, "P7.Read and 92 more", "grant")
}

func TestGraph(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		err    error
		state  State
		text   string
	}{
		{0, nil, OK, "answers GET /me"},
		{403, errors.New("refused"), OK, "GET /me is not among"},
		{401, errors.New("refused"), Wrong, "refused"},
		{503, hinted{errors.New("busy")}, Wrong, "busy"},
		{0, fmt.Errorf("waiting: %w", context.DeadlineExceeded), Wrong, "no answer in time"},
	} {
		Graph{Path: "/me", Call: func(context.Context) (int, error) { return row.status, row.err }}.find(t.Context()).is(t, row.state, row.text, "")
	}
}

// All checks of a subject are there, in the order of a call's needs, and what is shared by some says by whom.
func TestChecksOfASubject(t *testing.T) {
	t.Parallel()
	own := func(name string) Profile {
		return Profile{Credential: &Credential{Ends: func(context.Context) (time.Time, error) { return time.Time{}, nil }}, Name: name, Token: func(context.Context) (Token, error) { return Token{}, nil }}
	}
	s := Subject{Network: aNetwork(nil), Profiles: []Profile{own("a"), own("b")}, Clouds: []Cloud{{Profiles: []string{"a"}}, {Profiles: []string{"b"}}},
		Vaults: []Vault{{Profiles: []string{"a", "b"}}}, Clients: Clients{Look: func() []Client { return nil }}}
	var names []string
	place := map[*Check]int{}
	for i, c := range s.Checks() {
		names = append(names, strings.TrimSpace(c.Profile+" "+c.Name))
		for _, need := range c.Needs {
			if before, there := place[need]; !there || before >= i {
				t.Errorf("%s needs %s, which does not stand before it", c.Name, need.Name)
			}
		}
		place[c] = i
	}
	want := "configuration,keyring,a clock,b clock,a DNS,b DNS,a TLS,b TLS,proxy," +
		"a authority,a credential,a token,a expiry,a permissions,a Graph,b authority,b credential,b token,b expiry,b permissions,b Graph,schema,HTTP,clients"
	if got := strings.Join(names, ","); got != want {
		t.Errorf("got %s", got)
	}
}
