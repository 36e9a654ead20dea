package e2e

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// runIn runs the program in a folder to its end.
func runIn(t *testing.T, folder string, env []string, input string, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(within(t), binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = folder, env, strings.NewReader(input)
	text, _ := cmd.CombinedOutput() // a failure shows in the code
	return cmd.ProcessState.ExitCode(), string(text)
}

// secretFrom writes a profile whose client secret comes from somewhere else.
func secretFrom(t *testing.T, tenant *sandbox.Tenant, place string) (config string) {
	t.Helper()
	config = sandboxtest.Profile(t, tenant, "e2e")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "client_secret = ")
	rewriteFile(t, config, string(text), before+"client_secret = "+place)
	return config
}

// What is wrong before anybody asks anything.
func TestWeaknessesAtTheStart(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	t.Run("row 6: all interfaces without a key", func(t *testing.T) {
		t.Parallel()
		code, out := runIn(t, t.TempDir(), environment(t, "MICROSOFT_MCP_CONFIG="+sandboxtest.Profile(t, tenant, "e2e")), "", "http", "--listen", ":0")
		if code != 2 || !strings.Contains(out, "MCP_API_KEY") {
			t.Errorf("%d: %s", code, out)
		}
	})
	t.Run("row 7: a flag that trusts a proxy", func(t *testing.T) {
		t.Parallel()
		if code, out := runIn(t, t.TempDir(), environment(t), "", "http", "--trust-proxy-auth"); code != 2 {
			t.Errorf("%d: %s", code, out)
		}
	})
	t.Run("row 20: a key beside what it opens", func(t *testing.T) {
		t.Parallel()
		if runtime.GOOS != "linux" {
			t.Skip("a keyring is always there on " + runtime.GOOS)
		}
		config, secret, home := secretFrom(t, tenant, `{ from = "keyring" }`), rand.Text(), t.TempDir()
		code, out := runIn(t, home, append(environment(t), "MICROSOFT_MCP_CONFIG="+config, "HOME="+home, "XDG_CONFIG_HOME="+home), secret, "secret", "set", "e2e")
		if left, err := os.ReadDir(home); code != 1 || err != nil || len(left) != 0 || strings.Contains(out, secret) {
			t.Errorf("%d, left %v: %s", code, left, out)
		}
	})
	t.Run("row 24: files of the folder it is started in", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		for _, name := range []string{".env", "config.toml", "microsoft-mcp-server.toml"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte("TRANSPORT_TYPE=stdio\nAZURE_AUTH_MODE=clientCredentials\nAZURE_TENANT_ID=evil.example\nAZURE_CLIENT_ID=evil\nAZURE_CLIENT_SECRET=x\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if code, out := runIn(t, folder, environment(t), initializeFrame); code != 0 || !strings.Contains(out, "demo") || strings.Contains(out, "jsonrpc") {
			t.Errorf("without a command: %d: %s", code, out)
		}
		if _, out := runIn(t, folder, environment(t), "", "status"); strings.Contains(out, "evil") {
			t.Errorf("status: %s", out)
		}
	})
	t.Run("row 25: a shell", func(t *testing.T) {
		t.Parallel()
		if runtime.GOOS == "windows" {
			t.Skip("no echo that is a program")
		}
		folder := t.TempDir()
		config := secretFrom(t, tenant, `{ command = ["echo", "x; touch made", "$(touch made)", "`+"`touch made`"+`"] }`)
		code, out := runIn(t, folder, environment(t, "MICROSOFT_MCP_CONFIG="+config), "", "call", "microsoft_graph", `{"path":"/users"}`)
		if _, err := os.Stat(filepath.Join(folder, "made")); err == nil || code != 1 || !strings.Contains(out, "AADSTS7000215") {
			t.Errorf("%d: %s", code, out)
		}
	})
	t.Run("row 27: a secret in the configuration", func(t *testing.T) {
		t.Parallel()
		config := secretFrom(t, tenant, `"hunter2"`)
		if code, out := runIn(t, t.TempDir(), environment(t, "MICROSOFT_MCP_CONFIG="+config), "", "stdio"); code != 2 || strings.Contains(out, "hunter2") || !strings.Contains(out, "secret set") {
			t.Errorf("%d: %s", code, out)
		}
	})
}
