package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// newcomer is a machine on which nothing is set up, with one MCP client, and the flags that lead to a tenant.
func newcomer(t *testing.T) (m *machine, tenant *sandbox.Tenant, cloud []string) {
	t.Helper()
	tenant = sandboxtest.Start(t, sandbox.Options{})
	m = newMachine(t)
	home := t.TempDir()
	m.env["HOME"], m.env["USERPROFILE"], m.env["XDG_RUNTIME_DIR"] = home, home, t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".cursor"), 0o700); err != nil {
		t.Fatal(err)
	}
	return m, tenant, []string{"--authority", tenant.LoginURL(), "--graph", tenant.GraphURL(), "--resource-manager", tenant.ResourceManagerURL(), "--ca-file", sandboxtest.CAFile(t, tenant)}
}

// unwrapped puts the lines of a paragraph together.
func unwrapped(s string) string { return strings.Join(strings.Fields(s), " ") }

func lines(answers ...string) string { return strings.Join(answers, "\n") + "\n" }

func setupArgs(cloud []string, more ...string) []string {
	return append(append([]string{"setup"}, more...), cloud...)
}

// kept returns what a set-up that was stopped has left; "" for nothing.
func (m *machine) kept(t *testing.T) string {
	t.Helper()
	path := filepath.Join(m.dir, "microsoft-mcp-server", "setup.json")
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("%s can be read by others: %v, %v", path, info.Mode(), err)
	}
	return string(text)
}

func (m *machine) file(t *testing.T, names ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(names...))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// A person answers, signs in in the browser, and has a client that knows the profile.
func TestSetupOfADesktop(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	m.person(t, tenant, sandbox.MemberUPN)
	code, out, errs := m.run(t, lines("", "nowhere.example", sandbox.TenantID, "", "mail,1,Tasks.Read", "portal", "not a guid", sandbox.DesktopClientID, "contoso", "", ""), setupArgs(cloud)...)
	if code != 0 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	for _, want := range []string{"Who signs in?", "there is no tenant nowhere.example", "knows the tenant " + sandbox.TenantID, "tick User.Read, Mail.Read, Tasks.Read.", "exactly http://localhost (no port, no path)",
		"added contoso to", "signed in to contoso as " + sandbox.MemberUPN, "get_auth_status answers: " + sandbox.MemberUPN, "Graph answers GET /me:", "Cursor", "All is set up."} {
		if !strings.Contains(unwrapped(out), want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
	config := m.file(t, m.dir, "microsoft-mcp-server", "config.toml")
	for _, want := range []string{"default_profile = \"contoso\"", `scopes = ["User.Read", "Mail.Read", "Tasks.Read"]`, `access = "read-only"`} {
		if !strings.Contains(config, want) {
			t.Errorf("%q is missing in %s", want, config)
		}
	}
	if entry := m.file(t, m.env["HOME"], ".cursor", "mcp.json"); !strings.Contains(entry, `"--profile", "contoso"`) {
		t.Errorf("the client's entry is %s", entry)
	}
	if kept := m.kept(t); kept != "" {
		t.Errorf("something is left: %s", kept)
	}
}

// An app's secret is asked for until it is the right one. It is seen nowhere.
func TestSetupOfAServer(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	const wrong = "wr0ng~secret.of.somebody"
	stdin := lines("server", sandbox.TenantID, "read-write", "", "", "", "have", sandbox.ClientID, "app", "yes", "", "again", wrong, "", tenant.ClientSecret(), "none")
	code, out, errs := m.run(t, stdin, setupArgs(cloud)...)
	if code != 0 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	for _, want := range []string{"the client secret is empty", "AADSTS7000215", "stored the client secret of app in the OS keyring", "signed in as " + sandbox.ClientID, "Graph answers GET /organization:", "over HTTP, with a key: microsoft-mcp-server http --profile app"} {
		if !strings.Contains(unwrapped(out), want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
	for _, hidden := range []string{wrong, tenant.ClientSecret()} {
		for place, text := range map[string]string{"the screen": out + errs, "the file": m.file(t, m.dir, "microsoft-mcp-server", "config.toml"), "what is kept": m.kept(t)} {
			if strings.Contains(text, hidden) {
				t.Errorf("a secret is on %s", place)
			}
		}
	}
	if entry := m.file(t, m.env["HOME"], ".cursor", "mcp.json"); entry != "" {
		t.Errorf("a client was told: %s", entry)
	}
}

// Flags alone: the secret is in a file, or comes by standard input.
func TestSetupByFlags(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(tenant.ClientSecret()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := setupArgs(cloud, "--non-interactive", "--server", "--tenant", sandbox.TenantID, "--client-id", sandbox.ClientID, "--read-only")
	if code, out, errs := m.run(t, "", append(args, "--name", "one", "--secret-from", "file:"+path, "--install", "all")...); code != 0 || !strings.Contains(out, "Graph answers GET /organization") || !strings.Contains(out, "Cursor") {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	if code, out, errs := m.run(t, tenant.ClientSecret()+"\n", append(args, "--name", "two", "--install", "cursor")...); code != 0 || !strings.Contains(out, "stored the client secret of two") || strings.Contains(out+errs, tenant.ClientSecret()) {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	if code, out, errs := m.run(t, "", append(args, "--name", "one", "--secret-from", "file:"+path)...); code != 2 || !strings.Contains(errs, "there is a profile one already") {
		t.Errorf("a profile that is there: got code %d, %s%s", code, out, errs)
	}
	if code, out, errs := m.run(t, "", append(args, "--name", "use one")...); code != 0 || strings.Contains(out, "added") {
		t.Errorf("a profile that is used: got code %d, %s%s", code, out, errs)
	}
	m.person(t, tenant, sandbox.MemberUPN)
	desktop := setupArgs(cloud, "--non-interactive", "--desktop", "--tenant", sandbox.TenantID, "--client-id", sandbox.DesktopClientID, "--for", "calendar")
	if code, out, errs := m.run(t, "", desktop...); code != 0 || !strings.Contains(out, "signed in to main as "+sandbox.MemberUPN) {
		t.Errorf("a person: got code %d, %s%s", code, out, errs)
	}
	if kept := m.kept(t); kept != "" {
		t.Errorf("something is left: %s", kept)
	}
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"missing":     {[]string{"--desktop"}, "needs --tenant"},
		"both":        {[]string{"--desktop", "--server"}, "not both"},
		"a secret":    {[]string{"--server", "--tenant", "x.example", "--secret-from", "hunter2-is-my-secret"}, "never the secret itself"},
		"no GUID":     {[]string{"--tenant", sandbox.TenantID, "--client-id", "what is this"}, "--client-id: "},
		"no client":   {[]string{"--install", "curser"}, `there is no client "curser"`},
		"not for it":  {[]string{"--desktop", "--secret-from", "keyring"}, "--secret-from goes with --server"},
		"profile":     {[]string{"--profile", "x"}, "--name"},
		"HTTP":        {[]string{"--http-url", "https://mcp.example"}, "goes with --steps"},
		"aliases":     {[]string{"--server", "--tenant", "common"}, "--tenant: "},
		"no area":     {[]string{"--for", "mial"}, "--for: "},
		"half a safe": {[]string{"--vault-file", "x"}, "go together"},
	} {
		m := newMachine(t)
		code, out, errs := m.run(t, "", append([]string{"setup", "--non-interactive"}, row.args...)...)
		if code != 2 || !strings.Contains(errs, row.want) || strings.Contains(out+errs, "hunter2") || m.kept(t) != "" {
			t.Errorf("%s: got code %d, %s%s, want %q", name, code, out, errs, row.want)
		}
	}
}

// Wherever it is stopped, the next one goes on at the same question; what was answered is not asked again.
func TestSetupGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	m.person(t, tenant, sandbox.MemberUPN)
	answers := []string{"desktop", sandbox.TenantID, "read-only", "mail", "have", sandbox.DesktopClientID, "contoso", "yes"}
	questions := []string{"Who signs in?", "Which tenant?", "May it change things?", "What is it to reach?", "An app registration is needed", "What is the application (client) ID?", "What shall the profile be called?", "Write this profile?", "Which MCP clients"}
	for i, answer := range answers {
		begin := ""
		if i > 0 {
			begin = "continue"
		}
		code, out, errs := m.run(t, strings.TrimPrefix(lines(begin, answer), "\n"), setupArgs(cloud)...)
		if code != 1 || !strings.Contains(errs, "stopped; what was answered is kept in") {
			t.Fatalf("%d: got code %d, %s%s", i, code, out, errs)
		}
		for j, question := range questions {
			if got, want := strings.Contains(out, question), j == i || j == i+1; got != want {
				t.Errorf("%d: %q is asked: %t, want %t, in %s", i, question, got, want, out)
			}
		}
		if kept := m.kept(t); !json.Valid([]byte(kept)) || i < 7 && !strings.Contains(kept, answer) {
			t.Errorf("%d: kept is %s", i, kept)
		}
	}
	before := m.file(t, m.dir, "microsoft-mcp-server", "config.toml")
	code, out, errs := m.run(t, lines("", "stop"), setupArgs(cloud)...)
	if code != 1 || strings.Contains(out, "added") {
		t.Errorf("after it was written: got code %d, %s%s", code, out, errs)
	}
	code, out, errs = m.run(t, lines("", "cursor"), "setup") // the flags were answers, too
	if code != 0 || m.kept(t) != "" || before != m.file(t, m.dir, "microsoft-mcp-server", "config.toml") {
		t.Errorf("the last one: got code %d, %s%s, kept %s", code, out, errs, m.kept(t))
	}
}

// A person goes back, asks what is meant, mistypes, begins anew; and changes the answers when the sign-in fails.
func TestSetupChangesItsMind(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	m.person(t, tenant, sandbox.MemberUPN)
	if code, out, errs := m.run(t, lines("back", "?", "3", "server", "stop"), setupArgs(cloud)...); code != 1 ||
		!strings.Contains(out, "This is the first question.") || !strings.Contains(out, "with delegated permissions") || !strings.Contains(out, "type a number from 1 to 2") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	const unknown = "99999999-9999-4999-8999-999999999999"
	stdin := lines("anew", "2", sandbox.TenantID, "", "", "certificate", "back", "back", "back", "back", "back", // to the first
		"1", "", "2", "User.Read.All", "2", unknown, sandbox.DesktopClientID, "contoso", "no", "fabrikam", "", // an administrator has to agree
		"change", "", "", "1", "mail", "", "", "", "", "none")
	code, out, errs := m.run(t, stdin, setupArgs(cloud)...)
	if code != 0 || !strings.Contains(out, "AADSTS700016") || !strings.Contains(out, "AADSTS90094") {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	config := m.file(t, m.dir, "microsoft-mcp-server", "config.toml")
	if strings.Count(config, "[profiles.") != 1 || !strings.Contains(config, "[profiles.fabrikam]") || strings.Contains(config, unknown) || !strings.Contains(config, `access = "read-only"`) || strings.Contains(config, "credential") {
		t.Errorf("the file is %s after %s", config, out)
	}
}

// The answers are to be changed, and what is stored for the profile cannot be deleted: the person is told how to go on, and
// stops by the number that is offered.
func TestSetupChangesWithALockedKeyring(t *testing.T) {
	t.Parallel()
	m, _, cloud := newcomer(t)
	m.vault.Switch(vaulttest.Locked)
	m.openURL = func(string) error { t.Error("a person is to sign in, and nobody could keep it"); return nil }
	stdin := lines("desktop", sandbox.TenantID, "", "mail", "have", sandbox.DesktopClientID, "contoso", "", "change", "4")
	code, out, errs := m.run(t, stdin, setupArgs(cloud, "--config", filepath.Join(m.dir, "its own.toml"))...)
	if code != 1 || strings.Count(out, "What next?") != 2 || !strings.Contains(unwrapped(out), "nothing is changed, since what is stored for contoso could not be deleted: ") ||
		!strings.Contains(unwrapped(out), "; then say change again") || strings.Contains(out, "--keep-secrets") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	if !strings.Contains(errs, "stopped; what was answered is kept in ") || !strings.Contains(errs, "microsoft-mcp-server setup --config '"+filepath.Join(m.dir, "its own.toml")+"'  goes on there") {
		t.Errorf("told: %s", errs)
	}
}

// What is there stays as it is: other profiles, comments, an entry of a client.
func TestSetupChangesNothingThatIsThere(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	m.person(t, tenant, sandbox.MemberUPN)
	config := filepath.Join(m.dir, "microsoft-mcp-server", "config.toml")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	written := m.file(t, sandboxtest.DesktopProfile(t, tenant, "desk"))
	before := "# mine\n" + written
	if err := os.WriteFile(config, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	entry := `{"mcpServers": {"microsoft-mcp-server": {"command": "old"}}}`
	cursor := filepath.Join(m.env["HOME"], ".cursor", "mcp.json")
	if err := os.WriteFile(cursor, []byte(entry), 0o600); err != nil {
		t.Fatal(err)
	}
	stdin := lines("", sandbox.TenantID, "", "", "have", sandbox.DesktopClientID, "desk", "use dusk", "use desk", "")
	code, out, errs := m.run(t, stdin, setupArgs(cloud)...)
	if code != 0 || !strings.Contains(out, "There are profiles already, which stay as they are: desk.") || !strings.Contains(out, "there is a profile desk already") || !strings.Contains(out, "has an entry already, which would be replaced") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	if got := m.file(t, config); got != before {
		t.Errorf("the file is changed: %s", got)
	}
	if got := m.file(t, cursor); got != entry {
		t.Errorf("the entry is changed: %s", got)
	}
	stdin = lines("", sandbox.TenantID, "", "", "have", sandbox.DesktopClientID, "second", "", "")
	if code, out, errs := m.run(t, stdin, setupArgs(cloud)...); code != 0 || !strings.HasPrefix(m.file(t, config), before) || strings.Contains(out, "it is the default") {
		t.Errorf("another profile: got code %d, %s%s", code, out, errs)
	}
}

// Somebody has written into what was kept, or it is none of ours: it is not trusted.
func TestSetupTrustsNothingThatWasKept(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]string{
		"no JSON":      "{",
		"another":      `{"answers":{"kind":"root"}}`,
		"a tenant":     `{"answers":{"kind":"desktop","tenant":"x/../y"}}`,
		"a profile":    `{"answers":{"kind":"desktop","name":"other"},"wrote":true}`,
		"taken":        `{"answers":{"existing":"other"}}`,
		"not asked":    `{"answers":{"write":"yes","profile":"x"}}`,
		"a credential": `{"answers":{"kind":"server","secret-from":"hunter2-is-my-secret"}}`,
	} {
		m := newMachine(t)
		path := filepath.Join(m.dir, "microsoft-mcp-server", "setup.json")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(kept), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := m.run(t, "", "setup")
		if name != "no JSON" {
			code, out, errs = m.run(t, "continue\n", "setup")
		}
		if code != 1 || !strings.Contains(out, "Who signs in?") && !strings.Contains(out, "Which of Microsoft's clouds?") || strings.Contains(out+errs, "hunter2") || strings.Contains(out, "added") {
			t.Errorf("%s: got code %d, %s%s", name, code, out, errs)
		}
	}
}

// A profile that somebody has made or edited since is theirs: a set-up that says it wrote it does not take it back.
func TestSetupTakesBackWhatItWroteAlone(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	folder := filepath.Join(m.dir, "microsoft-mcp-server")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const mine = "# mine\n[profiles.contoso]\ntenant_id = \"11111111-1111-1111-1111-111111111111\"\nclient_id = \"22222222-2222-2222-2222-222222222222\"\n"
	for name, text := range map[string]string{"config.toml": mine,
		"setup.json": `{"answers":{"kind":"desktop","name":"contoso","tenant":"contoso.onmicrosoft.com"},"wrote":true}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, out, _ := m.run(t, "continue\nchange\nstop\n", "setup")
	text, err := os.ReadFile(filepath.Join(folder, "config.toml"))
	if err != nil || string(text) != mine || !strings.Contains(out, "begins anew") {
		t.Errorf("the file is now %q, %v, after\n%s", text, err, out)
	}
}

// A keyring that is locked is said so, and nothing is lost.
func TestSetupWithALockedKeyring(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	m.vault.Switch(vaulttest.Locked)
	stdin := lines("server", sandbox.TenantID, "", "", "", "", "have", sandbox.ClientID, "app", "", tenant.ClientSecret(), "stop")
	code, out, errs := m.run(t, stdin, setupArgs(cloud)...)
	if code != 1 || !strings.Contains(out, "locked") || strings.Contains(out+errs+m.kept(t), tenant.ClientSecret()) || m.kept(t) == "" {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	m.vault.Switch(vaulttest.Open)
	if code, out, errs := m.run(t, lines("", tenant.ClientSecret(), "none"), setupArgs(cloud)...); code != 0 {
		t.Errorf("unlocked: got code %d, %s%s", code, out, errs)
	}
}

// What is to be sent to whoever may register apps.
func TestSetupSteps(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, row := range []struct {
		args []string
		want []string
		not  string
	}{
		{[]string{"--desktop", "--tenant", "contoso.onmicrosoft.com"}, []string{"https://portal.azure.com/", "tick User.Read, Mail.Read, Calendars.Read, Files.Read.All.", "az ad app create"}, "credential"},
		{[]string{"--server", "--cloud", "china", "--tenant", "contoso.cn", "--for", "directory"}, []string{"https://portal.azure.cn/", "Application permissions", "AzureChinaCloud", "login.partner.microsoftonline.cn/contoso.cn/adminconsent"}, "permission admin-consent"},
		{[]string{"--tenant", "contoso.com", "--http-url", "https://mcp.example.com"}, []string{"exactly https://mcp.example.com/oauth/callback"}, "localhost"},
	} {
		code, out, errs := m.run(t, "", append([]string{"setup", "--steps"}, row.args...)...)
		for _, want := range row.want {
			if code != 0 || !strings.Contains(unwrapped(out), want) || strings.Contains(out, row.not) {
				t.Errorf("%q: got code %d, %s%s, want %q and no %q", row.args, code, out, errs, want, row.not)
			}
		}
	}
	if code, _, errs := m.run(t, "", "setup", "--steps"); code != 2 || !strings.Contains(errs, "--steps needs --tenant") {
		t.Errorf("got code %d, %s", code, errs)
	}
}

// What was kept meets other flags, and a file that was changed meanwhile.
func TestSetupGoesOnInAnotherWorld(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	m.person(t, tenant, sandbox.MemberUPN)
	if code, out, errs := m.run(t, lines(sandbox.TenantID, "", "", "stop"), setupArgs(cloud, "--certificate-file", "app.pem")...); code != 1 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	var kept struct{ Answers map[string]string }
	if err := json.Unmarshal([]byte(m.kept(t)), &kept); err != nil || kept.Answers["credential"] != "certificate" || !filepath.IsAbs(kept.Answers["certificate-file"]) {
		t.Fatalf("kept is %s", m.kept(t))
	}
	// It is for a person now: what an app proves itself with is dropped.
	if code, out, errs := m.run(t, lines("", "have", sandbox.DesktopClientID, "contoso", "", "stop"), "setup", "--desktop", "--for", "mail"); code != 1 || !strings.Contains(out, "signed in to contoso") {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	// Somebody has removed the profile, and wants it written without being asked.
	if err := os.Remove(filepath.Join(m.dir, "microsoft-mcp-server", "config.toml")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(m.dir, "microsoft-mcp-server", "setup.json")
	if err := os.WriteFile(path, []byte(strings.Replace(m.kept(t), `"answers": {`, `"answers": {"write": "yes",`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := m.run(t, lines("", "stop"), "setup"); code != 1 || !strings.Contains(out, "Write this profile?") || strings.Contains(out, "Who signs in?") || strings.Contains(out, "added") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
}
