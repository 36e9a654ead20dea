package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// found is a row of `doctor --json`.
type found struct{ Profile, Check, State, Text, Do string }

// examine runs the doctor, and returns what it found by profile and check.
func (m *machine) examine(t *testing.T, wantCode int, args ...string) (rows []found, of func(string) found) {
	t.Helper()
	code, out, errs := m.run(t, "", append([]string{"doctor", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &rows); err != nil || code != wantCode {
		t.Fatalf("doctor %q: got code %d, want %d, error %v\n%s%s", args, code, wantCode, err, out, errs)
	}
	return rows, func(name string) found {
		for _, row := range rows {
			if strings.TrimSpace(row.Profile+" "+row.Check) == name {
				return row
			}
		}
		t.Errorf("there is no check %q among %v", name, rows)
		return found{}
	}
}

// holds checks one row.
func (f found) holds(t *testing.T, state, text, do string) {
	t.Helper()
	if f.State != state || !strings.Contains(f.Text, text) || !strings.Contains(f.Do, do) {
		t.Errorf("%s: got %s: %s; %s\nwant %s: …%s…; …%s…", f.Check, f.State, f.Text, f.Do, state, text, do)
	}
}

func TestDoctorFindsAllWell(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	rows, of := m.examine(t, 0)
	var names []string
	for _, row := range rows {
		names = append(names, strings.TrimSpace(row.Profile+" "+row.Check))
	}
	want := []string{"configuration", "keyring", "clock", "DNS", "TLS", "proxy", "lab authority", "lab credential", "lab token", "lab expiry", "lab permissions", "lab Graph", "schema", "HTTP", "clients"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("the order (-want +got):\n%s", diff)
	}
	of("configuration").holds(t, "ok", "profile lab from ", "")
	of("keyring").holds(t, "skipped", "no secret of the profiles", "")
	of("clock").holds(t, "ok", "goes with", "")
	of("lab authority").holds(t, "ok", sandbox.TenantID, "")
	of("lab credential").holds(t, "ok", "a client secret, in the file ", "")
	of("lab token").holds(t, "ok", sandbox.ClientID, "")
	of("lab permissions").holds(t, "ok", "the token has ", "")
	of("lab Graph").holds(t, "ok", "answers", "")
	of("lab expiry").holds(t, "skipped", "does not tell", "")
	of("HTTP").holds(t, "skipped", "not used", "")
	of("clients").holds(t, "skipped", "no MCP client", "install")
	code, out, errs := m.run(t, "", "doctor", "lab")
	if code != 0 || errs != "" || strings.Count(out, "\n") != len(want) || !strings.HasPrefix(out, "ok      configuration: ") || strings.Contains(out, "\x1b") {
		t.Errorf("got code %d, %q\n%s", code, errs, out)
	}
	if _, out, _ := m.run(t, "", "doctor", "--color", "always"); !strings.HasPrefix(out, "\x1b[32mok     \x1b[0m configuration") {
		t.Errorf("in colours: got %.80q", out)
	}
}

// What stands on something that is wrong is not looked at, and the wrong things are what the code tells.
func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	path := sandboxtest.Profile(t, tenant, "lab")
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = path

	rewrite(t, path, sandbox.TenantID, "33333333-3333-3333-3333-333333333333")
	_, of := m.examine(t, 1)
	of("lab authority").holds(t, "wrong", "there is no tenant 33333333-3333-3333-3333-333333333333", "tenant_id")
	of("lab token").holds(t, "skipped", "as this is wrong: authority", "")
	of("lab Graph").holds(t, "skipped", "as this is wrong: authority", "")
	of("schema").holds(t, "warning", "no folder", "[schema] folder")
	rewrite(t, path, "33333333-3333-3333-3333-333333333333", sandbox.TenantID)

	tenant.RotateSecret() // the file still holds the first one
	_, of = m.examine(t, 1)
	of("lab credential").holds(t, "ok", "", "")
	of("lab token").holds(t, "wrong", "AADSTS7000215", "copy the secret's Value")
	of("lab permissions").holds(t, "skipped", "as this is wrong: token", "")

	rewrite(t, path, "ca_file", "# ca_file")
	_, of = m.examine(t, 1)
	of("TLS").holds(t, "wrong", "a CA that this machine does not know", "ca_file =")
	of("clock").holds(t, "ok", "goes with", "")
	of("lab authority").holds(t, "skipped", "as this is wrong: TLS", "")

	rewrite(t, path, "tenant_id", "tenant_idd")
	_, of = m.examine(t, 1)
	of("configuration").holds(t, "wrong", path+":", "")
	of("DNS").holds(t, "skipped", "as this is wrong: configuration", "")
	of("clients").holds(t, "skipped", "no MCP client", "")
}

func TestDoctorIsGivenNames(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	m.wants(t, 2, `there is no profile "lap"`, "doctor", "lap")
	m.wants(t, 2, `there is no profile "lap"`, "doctor", "lab", "lap")
	m.wants(t, 2, `there is no profile "lap"`, "doctor", "--profile", "lap")
	if code, out, _ := m.run(t, "", "__complete", "doctor", ""); code != 0 || !strings.HasPrefix(out, "lab\n") {
		t.Errorf("completion: got %q", out)
	}
}

func TestDoctorOfAPerson(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	_, of := m.examine(t, 1)
	of("keyring").holds(t, "ok", "the OS keyring opens", "")
	of("desk credential").holds(t, "skipped", "a person signs in", "")
	of("desk token").holds(t, "wrong", "nobody has signed in", "microsoft-mcp-server login desk")
	m.person(t, tenant, sandbox.MemberUPN)
	m.wants(t, 0, "signed in", "login", "desk")
	_, of = m.examine(t, 0)
	of("desk token").holds(t, "ok", sandbox.MemberUPN, "")
	of("desk Graph").holds(t, "ok", "answers GET /me", "")
}

// The policy's rules are compared with what the token may do.
func TestDoctorKnowsWhatRulesNeed(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	path := sandboxtest.Profile(t, tenant, "lab")
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = path
	rewrite(t, path, sandbox.ClientID, sandbox.LimitedClientID)
	secretFile := filepath.Join(filepath.Dir(path), "limited")
	if err := os.WriteFile(secretFile, []byte(tenant.LimitedClientSecret()), 0o600); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(written)) {
		if strings.HasPrefix(line, "client_secret") {
			line = "client_secret = { file = \"" + filepath.ToSlash(secretFile) + "\" }\n"
		}
		lines = append(lines, line)
	}
	for rule, want := range map[string]found{
		`GET /users`:                          {State: "ok", Text: "all that the policy's allow rules are known to need"},
		`GET /**`:                             {State: "ok", Text: "User.Read.All"},
		`GET /users/*/messages`:               {State: "wrong", Text: "Mail.ReadBasic.All", Do: "adminconsent?client_id=" + sandbox.LimitedClientID},
		`GET /users/**`:                       {State: "warning", Text: "more, which the token does not have", Do: "where these calls are wanted: add them to the app as application permissions"},
		`GET /subscriptions/*/resourceGroups`: {State: "ok", Text: "User.Read.All"},
		`GET /me/**`:                          {State: "wrong", Text: "cannot be made by an app", Do: "remove the rule"},
		`GET /users", "GET /groups"]`:         {State: "wrong", Text: `"GET /groups"`},
	} {
		config := strings.Join(lines, "") + "\n[profiles.lab.policy]\nallow = [\"" + strings.TrimSuffix(rule, `"]`) + "\"]\n"
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		code := 0
		if want.State == "wrong" {
			code = 1
		}
		_, of := m.examine(t, code)
		of("lab permissions").holds(t, want.State, want.Text, want.Do)
		of("lab Graph").holds(t, "ok", "answers", "")
	}
}

func TestDoctorLooksAtTheKeyring(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.vault.Switch(vaulttest.Locked)
	_, of := m.examine(t, 1)
	of("keyring").holds(t, "wrong", "locked", "")
	of("desk token").holds(t, "skipped", "as this is wrong: keyring", "")

	rewrite(t, m.env["MICROSOFT_MCP_CONFIG"], "[profiles.desk]", "[profiles.desk]\nvault = { file = \"sealed\", key = { env = \"KEY\" } }")
	_, of = m.examine(t, 1)
	of("keyring").holds(t, "wrong", "KEY", "")
	m.env["KEY"] = strings.Repeat("0123456789abcdef", 4)
	_, of = m.examine(t, 1)
	of("keyring").holds(t, "ok", "the sealed file ", "")
	if err := os.WriteFile(filepath.Join(filepath.Dir(m.env["MICROSOFT_MCP_CONFIG"]), "sealed"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, of = m.examine(t, 1)
	of("keyring").holds(t, "wrong", "not a sealed file", "")
}

func TestDoctorPrintsNothingSecret(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	m.env["MCP_API_KEY"], m.env["HTTPS_PROXY"], m.env["PORT"] = "the-api-key", "http://ada:pass-word@127.0.0.1:1", "0"
	first := tenant.ClientSecret()
	_, out, errs := m.run(t, "", "doctor", "--log-level", "debug")
	tenant.RotateSecret()
	_, again, moreErrs := m.run(t, "", "doctor", "--json", "--log-level", "debug")
	for _, hidden := range append(tenant.Secrets(), first, "the-api-key", "pass-word") {
		if hidden != "" && strings.Contains(out+errs+again+moreErrs, hidden) {
			t.Errorf("a secret was printed: %.12s…", hidden)
		}
	}
}

// A file that others may write lets them run programs as whoever reads it.
func TestDoctorLooksAtTheModeOfTheFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	path := sandboxtest.Profile(t, tenant, "lab")
	m.env["MICROSOFT_MCP_CONFIG"] = path
	for mode, state := range map[os.FileMode]string{0o666: "wrong", 0o664: "warning", 0o644: "ok"} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		code := map[string]int{"wrong": 1}[state]
		_, of := m.examine(t, code)
		of("configuration").holds(t, state, path, "")
	}
}

// Where the app may look at its own registration, it is known when its secret expires.
func TestDoctorKnowsWhenASecretExpires(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	hint := tenant.ClientSecret()[:3]
	one := func(hint, ends string) string { return `{"hint":"` + hint + `","endDateTime":"` + ends + `"}` }
	soon, past := time.Now().Add(5*24*time.Hour).UTC().Format(time.RFC3339), "2020-01-01T00:00:00Z"
	for body, want := range map[string]found{
		one(hint, soon):                          {State: "warning", Text: "in 4 days", Do: "Certificates & secrets"},
		one("???", soon) + "," + one(hint, past): {State: "wrong", Text: "expired at 2020-01-01"},
		one("???", past):                         {State: "skipped", Text: "does not tell"},
		one(hint, past) + "," + one(hint, soon):  {State: "skipped", Text: "does not tell"},
	} {
		remove := tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Body: `{"passwordCredentials":[` + body + `]}`, Header: http.Header{"Content-Type": {"application/json"}},
			Match: func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/applications(appId=") }})
		_, out, _ := m.run(t, "", "doctor", "--json")
		remove()
		var rows []found
		if err := json.Unmarshal([]byte(out), &rows); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(rows, func(r found) bool { return r.Check == "expiry" })
		rows[i].holds(t, want.State, want.Text, want.Do)
	}
}

// Whoever acts for its callers has no token of its own to look at. Of the address it is said who has it.
func TestDoctorOfAServer(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{URIs: []string{"http://127.0.0.1:1/mcp"}})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.CallersProfile(t, tenant, "people", sandboxtest.EntraTables(t, tenant, "http://127.0.0.1:1", "people"))

	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	m.env["PORT"] = other.URL[strings.LastIndex(other.URL, ":")+1:]
	_, of := m.examine(t, 1)
	of("people token").holds(t, "ok", "Entra takes the credential", "")
	of("people permissions").holds(t, "skipped", "people call as themselves", "")
	of("people Graph").holds(t, "skipped", "people call as themselves", "")
	of("HTTP").holds(t, "wrong", "another program has 127.0.0.1:"+m.env["PORT"], "another port")

	out := &address{found: make(chan string, 1)}
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		ended <- cli.Main(ctx, m.around(strings.NewReader(""), io.Discard, out, "http", "--listen", "127.0.0.1:0"))
	}()
	base := strings.TrimSuffix(<-out.found, "/mcp")
	beside := *m // the server goes on with the variables that it was started with
	beside.env = maps.Clone(m.env)
	beside.env["PORT"] = base[strings.LastIndex(base, ":")+1:]
	_, of = beside.examine(t, 0)
	of("HTTP").holds(t, "warning", "our server answers on 127.0.0.1:"+beside.env["PORT"]+", and not at http://127.0.0.1:1", "base_url")
	stop()
	<-ended
}

// An entry whose program has moved is found before its client is started.
func TestDoctorLooksAtClients(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	m.env["HOME"], m.env["USERPROFILE"] = m.dir, m.dir
	file := filepath.Join(m.dir, ".cursor", "mcp.json")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m.env["MCP_KEY"] = "something"
	healthy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "healthy v1") }))
	t.Cleanup(healthy.Close)
	other := filepath.Join(m.dir, "other.toml")
	if err := os.WriteFile(other, []byte("[profiles.lap]\nclient_id = \""+sandbox.ClientID+"\"\ntenant_id = \""+sandbox.TenantID+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(file, profile string) string {
		return `{"mcpServers":{"microsoft-mcp-server":{"command":` + strconv.Quote(program) + `,"args":["stdio","--config",` + strconv.Quote(file) + `,"--profile","` + profile + `"]}}}`
	}
	for content, want := range map[string]found{
		`{"mcpServers":{"microsoft-mcp-server":{"command":` + strconv.Quote(program) + `,"args":["stdio"]}}}`: {State: "ok", Text: "Cursor"},
		of(m.env["MICROSOFT_MCP_CONFIG"], "lab"): {State: "ok", Text: "Cursor"},
		of(m.env["MICROSOFT_MCP_CONFIG"], "lap"): {State: "wrong", Text: "names the profile lap", Do: "install"},
		of(other, "lap"):                         {State: "ok", Text: "Cursor"},
		of(other, "lab"):                         {State: "wrong", Text: "names the profile lab", Do: "install"},
		`{"mcpServers":{"microsoft-mcp-server":{"command":"/nowhere/at-all","disabled":true}}}`:                                         {State: "warning", Text: "switched off"},
		`{"mcpServers":{"microsoft-mcp-server":{"url":"${env:X}","enabled":false}}}`:                                                    {State: "warning", Text: "switched off"},
		`{"mcpServers":{"microsoft-mcp-server":{"url":"localhost:8080/mcp"}}}`:                                                          {State: "wrong", Text: "no http or https URL", Do: "--http URL"},
		`{"mcpServers":{"microsoft-mcp-server":{"url":"` + healthy.URL + `/mcp","headers":{"Authorization":"Bearer ${env:MCP_KEY}"}}}}`: {State: "ok", Text: "Cursor"},
		`{"mcpServers":{"microsoft-mcp-server":{"url":"` + healthy.URL + `/mcp","headers":{"Authorization":"Bearer ${env:MCP_KEE}"}}}}`: {State: "warning", Text: "MCP_KEE, which is not set here", Do: "MCP_KEE"},
		`{"mcpServers":{"microsoft-mcp-server":{"command":"/nowhere/at-all","args":["stdio"]}}}`:                                        {State: "wrong", Text: "Cursor: the program that its entry starts, /nowhere/at-all, is not there", Do: "install"},
		`{"mcpServers":`: {State: "wrong", Text: "Cursor: its file cannot be read", Do: "install"},
		`{"mcpServers":{"another":{"command":"/nowhere/x"}}}`: {State: "skipped", Text: "no MCP client"},
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, of := m.examine(t, map[string]int{"wrong": 1}[want.State])
		of("clients").holds(t, want.State, want.Text, want.Do)
	}
}

// With the real keyring of the session: unlocked it opens, and without a session bus it is said what to do.
func TestDoctorWithARealKeyring(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it would use your own keyring, which may ask you for a password")
	}
	t.Setenv("DISPLAY", "") // a keyring that is locked must not open a dialog in a test
	t.Setenv("WAYLAND_DISPLAY", "")
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	look := func() found {
		var out bytes.Buffer
		env := m.around(strings.NewReader(""), &out, io.Discard, "doctor", "--json")
		env.Vault = func() secret.Vault { return secret.Keyring() }
		cli.Main(t.Context(), env)
		var rows []found
		if err := json.Unmarshal(out.Bytes(), &rows); err != nil || len(rows) < 2 {
			t.Fatalf("got %s, error %v", out.Bytes(), err)
		}
		return rows[1]
	}
	if _, err := secret.Keyring().Get(t.Context(), "test-absent"); errors.Is(err, secret.ErrNotFound) {
		look().holds(t, "ok", "the OS keyring opens", "")
	} else if os.Getenv("CI") == "true" {
		t.Error("no keyring that works; run under scripts/with-keyring")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(m.dir, "nobody"))
	look().holds(t, "wrong", "connecting to the D-Bus session bus", "DBUS_SESSION_BUS_ADDRESS")
}
