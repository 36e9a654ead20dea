package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// A configuration file that is named and not there yet is made, and its folder too: as the README has it for a server.
func TestSetupMakesTheFileThatIsNamed(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"a flag", "a variable"} {
		m, tenant, cloud := newcomer(t)
		secret := filepath.Join(m.dir, "secret")
		if err := os.WriteFile(secret, []byte(tenant.ClientSecret()), 0o600); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(m.dir, "new", "config.toml")
		args := setupArgs(cloud, "--non-interactive", "--server", "--tenant", sandbox.TenantID, "--client-id", sandbox.ClientID, "--name", "app", "--secret-from", "file:"+secret, "--install", "none")
		if by == "a flag" {
			args = append(args, "--config", path)
		} else {
			m.env["MICROSOFT_MCP_CONFIG"] = path
		}
		if code, out, errs := m.run(t, "", args...); code != 0 || !strings.Contains(m.file(t, path), "[profiles.app]") {
			t.Errorf("by %s: got code %d, %s%s", by, code, out, errs)
		}
		// A person who stops finds what was answered beside it.
		other := filepath.Join(m.dir, "other", "config.toml")
		code, out, errs := m.run(t, lines("server", "stop"), append(setupArgs(cloud), "--config", other)...)
		if code != 1 || !strings.Contains(m.file(t, m.dir, "other", "setup.json"), `"kind": "server"`) || m.file(t, other) != "" {
			t.Errorf("by %s, stopped: got code %d, %s%s", by, code, out, errs)
		}
	}
	m := newMachine(t)
	broken := filepath.Join(m.dir, "broken.toml")
	if err := os.WriteFile(broken, []byte("["), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := m.run(t, "", "setup", "--config", broken); code != 2 || !strings.Contains(errs, "broken.toml") {
		t.Errorf("a broken file: got code %d, %s", code, errs)
	}
}

// Somebody pastes the secret where a file is asked for: it is neither kept nor shown.
func TestSetupKeepsNoSecretThatIsPastedAsAFile(t *testing.T) {
	t.Parallel()
	const pasted = "hunter2~is.my.secret"
	for credential, question := range map[string]string{"certificate": "Which file holds the certificate", "federated-token": "Into which file"} {
		m, _, cloud := newcomer(t)
		pem := filepath.Join(m.dir, "app.pem")
		if err := os.WriteFile(pem, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		stdin := lines("server", sandbox.TenantID, "", "", credential, pasted, m.dir, "~/"+pasted, "stop")
		code, out, errs := m.run(t, stdin, setupArgs(cloud)...)
		if code != 1 || strings.Contains(out+errs+m.kept(t), "hunter2") || strings.Count(out, "there is no such file") != 2 || !strings.Contains(out, "that is not a regular file") || !strings.Contains(out, question) {
			t.Errorf("%s: got code %d, %s%s, kept %s", credential, code, out, errs, m.kept(t))
		}
		if code, out, errs := m.run(t, lines("", pem, "stop"), "setup"); code != 1 || !strings.Contains(m.kept(t), "app.pem") {
			t.Errorf("%s: got code %d, %s%s, kept %s", credential, code, out, errs, m.kept(t))
		}
	}
}

// Whoever stops while they change their answers finds them again, as the usual ones.
func TestSetupKeepsWhatIsBeingChanged(t *testing.T) {
	t.Parallel()
	m, tenant, cloud := newcomer(t)
	stdin := lines("server", sandbox.TenantID, "", "audit", "", "", "have", sandbox.ClientID, "app", "", "wr0ng~secret", "change", "stop")
	code, out, errs := m.run(t, stdin, setupArgs(cloud)...)
	if code != 1 || !strings.Contains(errs, "stopped; what was answered is kept in") || !strings.Contains(m.kept(t), sandbox.ClientID) {
		t.Fatalf("got code %d, %s%s, kept %s", code, out, errs, m.kept(t))
	}
	code, out, errs = m.run(t, lines("", "", "", "", "", "", "", "have", "", "", "", tenant.ClientSecret(), "none"), setupArgs(cloud)...)
	if code != 0 || !strings.Contains(out, "client-id "+sandbox.ClientID) || !strings.Contains(out, "["+sandbox.TenantID+"] > ") || !strings.Contains(out, "[audit] > ") || !strings.Contains(out, "[app] > ") {
		t.Errorf("the next one: got code %d, %s%s", code, out, errs)
	}
	if kept := m.kept(t); kept != "" {
		t.Errorf("something is left: %s", kept)
	}
}

// What is said of what is kept is so.
func TestSetupSaysWhatItKeeps(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if code, _, errs := m.run(t, "stop\n", "setup"); code != 1 || !strings.Contains(errs, "nothing is kept") || m.kept(t) != "" {
		t.Errorf("nothing was answered: got code %d, %s, kept %s", code, errs, m.kept(t))
	}
	if code, _, errs := m.run(t, "stop\n", "setup", "--tenant", "contoso.example"); code != 1 || !strings.Contains(errs, "is kept in") || !strings.Contains(m.kept(t), "contoso.example") {
		t.Errorf("a flag answered: got code %d, %s, kept %s", code, errs, m.kept(t))
	}
	before := m.kept(t)
	if code, _, errs := m.run(t, "stop\n", "setup"); code != 1 || !strings.Contains(errs, "what was kept before stays in") || m.kept(t) != before {
		t.Errorf("stopped at once: got code %d, %s, kept %s", code, errs, m.kept(t))
	}
	long := strings.Repeat("x", 5000) + "\x1b[2J\u202e"
	for _, name := range []string{long, "\x1b[2J\u202e"} {
		if code, _, errs := m.run(t, "", "setup", "--install", name); code != 2 || len(errs) > 600 || strings.ContainsAny(errs, "\x1b\u202e") || !strings.Contains(errs, "--install") {
			t.Errorf("got code %d, %d bytes: %q", code, len(errs), errs)
		}
	}
}
