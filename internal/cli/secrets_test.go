package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// wants runs the program and checks its exit code and what it prints.
func (m *machine) wants(t *testing.T, code int, want string, args ...string) (out, errs string) {
	t.Helper()
	got, out, errs := m.run(t, "", args...)
	if got != code || !strings.Contains(out+errs, want) {
		t.Errorf("%q: got code %d, %s%s\nwant %d and %q", args, got, out, errs, code, want)
	}
	return out, errs
}

func rewrite(t *testing.T, path, old, new string) {
	t.Helper()
	written, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(written), old) {
		t.Fatalf("%s holds no %q (%v)", path, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(written), old, new)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Two files may each have a profile of one name: neither signs the other in, or out.
func TestSignInsOfOneNameInTwoFiles(t *testing.T) {
	t.Parallel()
	one, two := sandboxtest.Start(t, sandbox.Options{}), sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, one)
	first, second := m.env["MICROSOFT_MCP_CONFIG"], sandboxtest.DesktopProfile(t, two, "desk")
	m.person(t, one, sandbox.MemberUPN)
	m.wants(t, 0, "signed in to desk", "login", "--config", first)
	m.wants(t, 1, "nobody has signed in", "status", "--config", second)
	m.person(t, two, sandbox.AdminUPN)
	m.wants(t, 0, "signed in to desk as "+sandbox.AdminUPN, "login", "--config", second)
	m.wants(t, 0, sandbox.MemberUPN, "status", "--config", first)
	m.wants(t, 0, "signed out of desk", "logout", "--config", second)
	m.wants(t, 0, sandbox.MemberUPN, "status", "--config", first)
}

// Whatever became of its profile, logout --all finds a sign-in.
func TestLogoutAllFindsWhatNoProfileHas(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.env["KEY"] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	m.person(t, tenant, sandbox.MemberUPN)
	path := m.env["MICROSOFT_MCP_CONFIG"]
	m.wants(t, 0, "signed in", "login", "desk")
	rewrite(t, path, `"desk"`, `"renamed"`)
	rewrite(t, path, "[profiles.desk]", "[profiles.renamed]\nvault = { file = \"sealed\", key = { env = \"KEY\" } }")
	m.wants(t, 0, "signed in", "login", "renamed")
	rewrite(t, path, `"renamed"`, `"again"`)
	rewrite(t, path, "[profiles.renamed]", "[profiles.again]")
	m.wants(t, 0, "signed in", "login", "again")
	out, _ := m.wants(t, 0, "", "logout", "--all", "--json")
	var got []struct {
		Profile             string
		SignedOut, Leftover bool
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || fmt.Sprint(got) != "[{again true false} {desk true true} {renamed true true}]" {
		t.Errorf("got %v, error %v", got, err)
	}
	if left := m.vault.Keys(); len(left) != 0 {
		t.Errorf("left in the keyring: %q", left)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "sealed")); !os.IsNotExist(err) {
		t.Errorf("the sealed file is left (%v)", err)
	}
	m.wants(t, 0, "nobody was signed in to again", "logout", "--all")

	m.wants(t, 0, "signed in", "login", "again")
	m.wants(t, 0, "removed again", "profile", "remove", "again", "--keep-secrets")
	m.wants(t, 0, "nobody was signed in anywhere", "logout", "--all") // no profile names the file any more
}

func TestLogoutAllCountsLeftovers(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.person(t, tenant, sandbox.MemberUPN)
	m.wants(t, 0, "signed in", "login", "desk")
	m.wants(t, 0, "removed desk", "profile", "remove", "desk", "--keep-secrets")
	if len(m.vault.Keys()) == 0 {
		t.Error("--keep-secrets kept nothing")
	}
	m.wants(t, 0, "deleted 1 more, of profiles that are not in this configuration (any more)", "logout", "--all")
	if left := m.vault.Keys(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	m.vault.Switch(vaulttest.Unavailable)
	m.wants(t, 0, "could not be looked up", "logout", "--all")
	m.vault.Switch(vaulttest.Locked)
	m.wants(t, 1, "locked", "logout", "--all")
}

// What is stored for a profile goes first: afterwards nobody would know what to look for.
func TestRemoveForgetsFirst(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.person(t, tenant, sandbox.MemberUPN)
	path := m.env["MICROSOFT_MCP_CONFIG"]
	m.wants(t, 0, "signed in", "login", "desk")
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m.vault.Switch(vaulttest.Locked)
	out, _ := m.wants(t, 1, "with --keep-secrets", "profile", "remove", "desk")
	if now, err := os.ReadFile(path); err != nil || string(now) != string(written) || out != "" {
		t.Errorf("the profile went all the same: %s, error %v", out, err)
	}
	m.vault.Switch(vaulttest.Open)
	// Another profile that does not load is no obstacle, nor a certificate of a CA that is gone.
	rewrite(t, path, "ca.pem", "gone.pem")
	rewrite(t, path, `"desk"`, `"broken"`)
	rewrite(t, path, "[profiles.desk]", "[profiles.broken]\nauth_mode = \"x\"\n\n[profiles.desk]")
	m.wants(t, 0, "removed desk", "profile", "remove", "desk")
	if left := m.vault.Keys(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	m.wants(t, 0, "logout --all", "profile", "remove", "broken")
}

func TestRemoveWhereTheVaultCannotBeAsked(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.dir, "config.toml")
	add := func(name string, more ...string) {
		m.wants(t, 0, "added", append([]string{"--config", path, "profile", "add", name, "--client-id", appID}, more...)...)
	}
	m.vault.Switch(vaulttest.Unavailable)
	add("a")
	_, errs := m.wants(t, 0, "removed a", "--config", path, "profile", "remove", "a")
	if !strings.Contains(errs, "whether anything was stored for a could not be looked up") {
		t.Errorf("got %q", errs)
	}
	sealed := filepath.Join(m.dir, "sealed")
	if err := os.WriteFile(sealed, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.env["KEY"] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	add("b", "--vault-file", sealed, "--vault-key-from", "env:KEY")
	add("c", "--auth-mode", "clientCredentials", "--tenant", "a.example", "--secret-from", "vault", "--vault-file", sealed, "--vault-key-from", "env:KEY", "--use")
	m.wants(t, 1, "not a sealed file", "--config", path, "profile", "remove", "b")
	m.wants(t, 0, "removed b", "--config", path, "profile", "remove", "b", "--keep-secrets")
	m.wants(t, 1, "--keep-secrets", "--config", path, "profile", "remove", "c")
}

// A command starts no sign-in: nobody would be left to wait for it.
func TestCallStartsNoSignIn(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.openURL = func(string) error { t.Error("a browser was opened"); return nil }
	want := "microsoft-mcp-server login desk --config "
	out, _ := m.wants(t, 1, want, "call", "microsoft_graph", `{"path":"/me"}`)
	if out != "" {
		t.Errorf("got %s", out)
	}
	m.wants(t, 0, want, "call", "get_auth_status")
	m.wants(t, 1, want, "status")
}

// A key that comes from a slow command is asked for once.
func TestVaultKeyIsReadOnce(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	script := filepath.Join(m.dir, "key")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho x >>\"$0.runs\"\nprintf %064d 7\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	rewrite(t, m.env["MICROSOFT_MCP_CONFIG"], "[profiles.desk]", "[profiles.desk]\nvault = { file = \"sealed\", key = { command = [\""+script+"\"] } }")
	m.person(t, tenant, sandbox.MemberUPN)
	m.wants(t, 0, "signed in", "login", "desk")
	if runs, err := os.ReadFile(script + ".runs"); err != nil || string(runs) != "x\n" {
		t.Errorf("it ran %d times, error %v", strings.Count(string(runs), "x"), err)
	}
}

// A vault that can be read and not written is found out before the person is asked.
func TestLoginWhereTheVaultTakesNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("nobody may write into /proc, root neither; elsewhere there is no such folder")
	}
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	m.env["KEY"] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	rewrite(t, m.env["MICROSOFT_MCP_CONFIG"], "[profiles.desk]", "[profiles.desk]\nvault = { file = \"/proc/self/sealed\", key = { env = \"KEY\" } }")
	m.person(t, tenant, sandbox.MemberUPN)
	asked := m.openURL
	m.openURL = func(page string) error { t.Error("a person was asked for nothing"); return asked(page) }
	out, errs := m.wants(t, 1, "storing desk/", "login", "desk")
	if strings.Contains(out+errs, "probe") {
		t.Errorf("the probe shows: %s%s", out, errs)
	}
}
