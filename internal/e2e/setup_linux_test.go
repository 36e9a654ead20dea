package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// entryOf is what a client reads in its file and starts.
type entryOf struct {
	MCPServers map[string]struct {
		Command string
		Args    []string
	}
}

// installed reads the entry that a set-up has left in Cursor's file.
func (d *desktop) installed() (command string, args []string) {
	d.t.Helper()
	raw, err := os.ReadFile(filepath.Join(d.home, ".cursor", "mcp.json"))
	if err != nil {
		d.t.Fatal(err)
	}
	var file entryOf
	if err := json.Unmarshal(raw, &file); err != nil {
		d.t.Fatalf("%v in %s", err, raw)
	}
	entry := file.MCPServers["microsoft-mcp-server"]
	if entry.Command == "" {
		d.t.Fatalf("no entry in %s", raw)
	}
	return entry.Command, entry.Args
}

// typed is what a person types once the screen asks for it.
type typed struct {
	asked  string // stands in a line of the screen before anything is typed
	answer string
}

// setUp answers the questions of a set-up, each once it stands on the screen and not before, and returns what was shown.
func (d *desktop) setUp(tenant *sandbox.Tenant, pairs []string, replies ...typed) string {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Join(d.home, ".cursor"), 0o700); err != nil {
		d.t.Fatal(err)
	}
	flags := d.cloud(tenant)
	p := d.run(pairs, append([]string{"setup"}, flags[2:]...)...) // the tenant is asked for
	for _, r := range replies {
		p.stdout.wait(d.t, "the question "+r.asked, func(line string) bool { return strings.HasPrefix(line, r.asked) })
		p.send(d.t, r.answer+"\n")
	}
	if err := p.stdin.Close(); err != nil {
		d.t.Fatal(err)
	}
	if code := p.exitCode(d.t); code != 0 {
		d.t.Fatalf("exit code %d\n%s\n%s", code, p.stdout, p.stderr)
	}
	shown := p.stdout.String()
	if asked := strings.Count(shown, "> "); asked != len(replies) {
		d.t.Errorf("of %d questions on the screen, %d were expected:\n%s", asked, len(replies), shown)
	}
	return shown
}

// callInstalled does what a client does with its entry: it starts the program and calls a tool, the Inspector too where it
// is there.
func (d *desktop) callInstalled(path, want string) {
	d.t.Helper()
	command, args := d.installed()
	if command != binary {
		d.t.Fatalf("the entry starts %s, not %s", command, binary)
	}
	p := d.run(nil, args...)
	p.send(d.t, initializeFrame)
	if got := p.who(d.t, 7, "", path); got.IsError || !strings.Contains(got.text(), want) {
		d.t.Errorf("got %s, want %q in it", got.text(), want)
	}
	if err := p.stdin.Close(); err != nil {
		d.t.Fatal(err)
	}
	if code := p.exitCode(d.t); code != 0 {
		d.t.Errorf("exit code %d", code)
	}
	p.checkPure(d.t)
	if os.Getenv("E2E_NODE") == "" {
		return
	}
	g := target{Command: command, Args: args, Env: map[string]string{}}
	for _, pair := range d.env() {
		name, value, _ := strings.Cut(pair, "=")
		g.Env[name] = value
	}
	for _, g.Era = range []string{legacy, modern} {
		if got := inspectGraph(d.t, g, inspectorDone, path); !strings.Contains(got.text(), want) {
			d.t.Errorf("the Inspector, %s: got %s", g.Era, got.text())
		}
	}
}

// A person comes with nothing but a browser and a client, answers what is asked, and has a client that reaches Graph.
func TestFromNothingToAToolCall(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	d := newDesktop(t)
	pairs, page := d.browser(sandbox.MemberUPN)
	shown := d.setUp(tenant, pairs, typed{"Who signs in?", "desktop"}, typed{"Which tenant?", sandbox.TenantID}, typed{"May it change things?", ""},
		typed{"What is it to reach?", "mail"}, typed{"An app registration is needed", "portal"}, typed{"What is the application (client) ID?", sandbox.DesktopClientID},
		typed{"What shall the profile be called?", "contoso"}, typed{"Write this profile?", "yes"}, typed{"Which MCP clients shall know the profile?", ""})
	if text := d.shown(page); !strings.Contains(text, "You are signed in") {
		t.Errorf("the last page says %q", text)
	}
	for _, step := range []string{"choose New registration", "exactly http://localhost", "tick User.Read", "copy the Application (client) ID", "enable the server in Cursor's settings"} {
		if !strings.Contains(shown, step) {
			t.Errorf("a step is not on the screen: %s", step)
		}
	}
	if !strings.Contains(shown, "signed in to contoso as "+sandbox.MemberUPN) || !strings.Contains(shown, "All is set up.") {
		t.Errorf("shown is %s", shown)
	}
	_, line, _ := strings.Cut(shown, "from the shell:  ")
	line, _, _ = strings.Cut(line, "\n")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line) // word for word: the program is not in PATH
	cmd.Env = d.env()
	if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), sandbox.MemberUPN) {
		t.Errorf("%s: %v\n%s", line, err, said)
	}
	d.callInstalled("/me", sandbox.MemberUPN)
	if _, err := os.Stat(filepath.Join(d.home, ".config", "microsoft-mcp-server", "setup.json")); !os.IsNotExist(err) {
		t.Errorf("what was answered is still kept: %v", err)
	}
	d.checkSecrecy(tenant.Secrets())
}

// The same for an app, whose secret goes from the person's clipboard to the keyring and nowhere else.
func TestFromNothingToAnAppsToolCall(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	d := newDesktop(t)
	shown := d.setUp(tenant, nil, typed{"Who signs in?", "server"}, typed{"Which tenant?", sandbox.TenantID}, typed{"May it change things?", ""},
		typed{"What is it to reach?", ""}, typed{"What does the app prove itself with?", ""}, typed{"Where does the secret rest?", ""},
		typed{"An app registration is needed", "have"}, typed{"What is the application (client) ID?", sandbox.ClientID}, typed{"What shall the profile be called?", "app"},
		typed{"Write this profile?", "yes"}, typed{"The client secret of app", tenant.ClientSecret()}, typed{"Which MCP clients shall know the profile?", "cursor"})
	if !strings.Contains(shown, "stored the client secret of app in the OS keyring") {
		t.Errorf("shown is %s", shown)
	}
	if kept := d.kept(); !strings.Contains(kept, "app") {
		t.Errorf("the keyring holds %s", kept)
	}
	d.callInstalled(goodPath, "displayName")
	d.checkSecrecy(tenant.Secrets())
}
