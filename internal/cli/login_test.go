package cli_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// person is a machine's person, who signs in when a browser opens.
func (m *machine) person(t *testing.T, tenant *sandbox.Tenant, upn string, refuse ...sandboxtest.Refuse) {
	t.Helper()
	m.openURL = func(page string) error {
		address := signInAddress(t, page)
		if !strings.HasPrefix(address, tenant.LoginURL()+"/") {
			t.Errorf("the browser was sent to %s", address)
		}
		_, err := sandboxtest.SignIn(t, tenant, address, upn, refuse...).Deliver(t.Context())
		return err
	}
}

// signInAddress returns where the page leads that a browser is handed. What others can read in its command line is of
// no use to them.
func signInAddress(t *testing.T, page string) string {
	t.Helper()
	if !strings.HasPrefix(page, "http://localhost:") || strings.Contains(page, "state") {
		t.Errorf("the browser was handed %s", page)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(page)
	if err != nil {
		t.Error(err)
		return ""
	}
	resp.Body.Close()
	return resp.Header.Get("Location")
}

func desk(t *testing.T, tenant *sandbox.Tenant) *machine {
	t.Helper()
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.DesktopProfile(t, tenant, "desk")
	m.env["XDG_RUNTIME_DIR"] = t.TempDir()
	return m
}

func TestLoginStatusLogout(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.person(t, tenant, sandbox.MemberUPN)

	code, out, errs := m.run(t, "", "status")
	if code != 1 || !strings.Contains(out, "nobody has signed in to profile desk yet") || !strings.Contains(out, "microsoft-mcp-server login desk") {
		t.Errorf("before: got code %d, %s%s", code, out, errs)
	}
	code, out, errs = m.run(t, "", "login", "desk", "--json")
	var in struct{ Profile, Account, Name, Tenant, Vault string }
	if err := json.Unmarshal([]byte(out), &in); code != 0 || err != nil || in.Account != sandbox.MemberUPN || in.Tenant != sandbox.TenantID || in.Vault != "the OS keyring" {
		t.Fatalf("login: got code %d, %s%s", code, out, errs)
	}
	if !strings.Contains(errs, tenant.LoginURL()+"/"+sandbox.TenantID+"/oauth2/v2.0/authorize?") {
		t.Errorf("the address is not printed: %s", errs)
	}
	code, out, _ = m.run(t, "", "status", "--json")
	var all []struct {
		Authenticated                                 bool
		Account, Tenant, Mode, Credential, SignedInAt string
		Permissions                                   []string
	}
	if err := json.Unmarshal([]byte(out), &all); code != 0 || err != nil || len(all) != 1 {
		t.Fatalf("status: got code %d, %s", code, out)
	}
	if s := all[0]; !s.Authenticated || s.Account != sandbox.MemberUPN || s.Mode != "interactive" || s.SignedInAt == "" ||
		!strings.Contains(s.Credential, "the OS keyring") || !strings.Contains(strings.Join(s.Permissions, " "), "User.Read") {
		t.Errorf("status: got %+v", s)
	}
	code, out, errs = m.run(t, "", "call", "microsoft_graph", `{"path":"/me"}`)
	if code != 0 || !strings.Contains(out, sandbox.MemberUPN) {
		t.Errorf("call: got code %d, %s%s", code, out, errs)
	}
	code, out, _ = m.run(t, "", "logout", "--json")
	if code != 0 || !strings.Contains(out, `"signedOut": true`) {
		t.Errorf("logout: got code %d, %s", code, out)
	}
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
	if code, out, _ = m.run(t, "", "logout", "--all"); code != 0 || !strings.Contains(out, "nobody was signed in to desk") {
		t.Errorf("logout again: got code %d, %s", code, out)
	}
}

func TestLoginThatFails(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.person(t, tenant, sandbox.MemberUPN, sandboxtest.Cancel)
	code, out, errs := m.run(t, "", "login")
	if code != 1 || out != "" || !strings.Contains(errs, "the person cancelled the sign-in to profile desk") {
		t.Errorf("cancelled: got code %d, %s%s", code, out, errs)
	}
	m.vault.Switch(vaulttest.Locked)
	m.openURL = func(string) error { t.Error("a person was asked for nothing"); return nil }
	if code, _, errs = m.run(t, "", "login"); code != 1 || !strings.Contains(errs, "locked") {
		t.Errorf("locked: got code %d, %s", code, errs)
	}
	m.vault.Switch(vaulttest.Open)
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"no such profile": {[]string{"login", "dusk"}, `did you mean "desk"?`},
		"two profiles":    {[]string{"login", "desk", "two"}, "one profile"},
		"both":            {[]string{"login", "--device-code", "--no-browser"}, "not both"},
		"all and one":     {[]string{"logout", "desk", "--all"}, "not both"},
		"no secret":       {[]string{"secret", "set", "desk"}, "a person signs in to it"},
	} {
		if code, _, errs := m.run(t, "", row.args...); code != 2 || !strings.Contains(errs, row.want) {
			t.Errorf("%s: got code %d, %s, want %q", name, code, errs, row.want)
		}
	}
	app := newMachine(t)
	app.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	for _, verb := range []string{"login", "logout"} {
		if code, _, errs := app.run(t, "", verb, "lab"); code != 2 || !strings.Contains(errs, "signs in as an app") {
			t.Errorf("%s of an app: got code %d, %s", verb, code, errs)
		}
	}
}

var codeShown = regexp.MustCompile(`Open  (\S+)\nand type the code  (\S+)`)

// Without a browser, the code is shown at once; the person types it in anywhere.
func TestLoginByCode(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetDeviceInterval(1)
	m := desk(t, tenant)
	var entering sync.Once
	m.watchStderr = func(soFar string) {
		if shown := codeShown.FindStringSubmatch(soFar); shown != nil {
			entering.Do(func() { sandboxtest.EnterCode(t, tenant, shown[1], shown[2], sandbox.MemberUPN) })
		}
	}
	code, out, errs := m.run(t, "", "login")
	if code != 0 || !strings.Contains(out, "signed in to desk as "+sandbox.MemberUPN) || !strings.Contains(errs, "No browser can be opened here") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
}

// A browser that does not open is said so, and the address can be opened by hand.
func TestBrowserThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.openURL = func(page string) error {
		address := signInAddress(t, page)
		go func() { _, _ = sandboxtest.SignIn(t, tenant, address, sandbox.MemberUPN).Deliver(t.Context()) }()
		return errors.New("exec: no browser")
	}
	code, out, errs := m.run(t, "", "login")
	if code != 0 || !strings.Contains(out, "signed in") || !strings.Contains(errs, "No browser could be opened (exec: no browser)") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
}

// The environment's variables make another sign-in of a profile: both go with it.
func TestRemovedProfileIsForgottenUnderVariablesToo(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.person(t, tenant, sandbox.MemberUPN)
	for _, id := range []string{"", "common"} {
		m.env["AZURE_TENANT_ID"] = id
		if code, _, errs := m.run(t, "", "login"); code != 0 {
			t.Fatal(errs)
		}
	}
	if code, out, errs := m.run(t, "", "profile", "remove", "desk"); code != 0 || errs != "" {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
}

func TestRemovedProfileIsForgotten(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.person(t, tenant, sandbox.MemberUPN)
	if code, _, errs := m.run(t, "", "login"); code != 0 {
		t.Fatal(errs)
	}
	if code, out, errs := m.run(t, "", "profile", "remove", "desk"); code != 0 || !strings.Contains(out, "removed desk") {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
}

// An app that the tenant does not know is refused before a browser opens: Microsoft's page would tell nobody here.
func TestLoginToAnAppThatIsRefused(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.openURL = func(string) error { t.Error("a person was sent to a page that is a dead end"); return nil }
	m.env["AZURE_CLIENT_ID"] = "99999999-9999-4999-8999-999999999999"
	if code, _, errs := m.run(t, "", "login"); code != 1 || !strings.Contains(errs, "signing in to desk: the tenant knows no app of that ID (AADSTS700016)") || !strings.Contains(errs, "not the object ID") {
		t.Errorf("got code %d, %s", code, errs)
	}
	// Whoever waits knows from the beginning what an error in the browser means, and how to end it.
	m.env["AZURE_CLIENT_ID"] = ""
	m.person(t, tenant, sandbox.MemberUPN)
	if code, _, errs := m.run(t, "", "login"); code != 0 || !strings.Contains(errs, "Waiting… If the browser shows an error (AADSTS and a number), nothing comes back here: press Ctrl-C") {
		t.Errorf("got code %d, %s", code, errs)
	}
}
