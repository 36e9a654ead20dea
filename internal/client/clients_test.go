package client_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
)

var (
	stdio = client.Server{Name: "microsoft-mcp-server", Command: "/opt/ms/microsoft-mcp-server", Args: []string{"stdio", "--profile", "contoso"}}
	http  = client.Server{Name: "microsoft-mcp-server", URL: "https://mcp.example.com/mcp", KeyEnv: "MCP_KEY"}
)

func named(t testing.TB, name string) client.Client {
	t.Helper()
	c, ok := client.Named(name)
	if !ok {
		t.Fatalf("there is no client %q", name)
	}
	return c
}

// Each client's own words, as it writes them itself or as its makers document them.
func TestEntries(t *testing.T) {
	t.Parallel()
	handing := stdio
	handing.Env = []string{"FABRIKAM", "FABRIKAM"}
	handing.Args = []string{"stdio"}
	keyless := http
	keyless.KeyEnv = ""
	for _, test := range []struct {
		client string
		server client.Server
		want   string
	}{
		{"claude-desktop", stdio, `{"mcpServers":{"microsoft-mcp-server":{"command":"/opt/ms/microsoft-mcp-server","args":["stdio","--profile","contoso"]}}}`},
		{"claude-code", handing, `{"mcpServers":{"microsoft-mcp-server":{"type":"stdio","command":"/opt/ms/microsoft-mcp-server","args":["stdio"],"env":{"FABRIKAM":"${FABRIKAM}"}}}}`},
		{"claude-code", http, `{"mcpServers":{"microsoft-mcp-server":{"type":"http","url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer ${MCP_KEY}"}}}}`},
		{"claude-code", keyless, `{"mcpServers":{"microsoft-mcp-server":{"type":"http","url":"https://mcp.example.com/mcp"}}}`},
		{"vscode", handing, `{"servers":{"microsoft-mcp-server":{"type":"stdio","command":"/opt/ms/microsoft-mcp-server","args":["stdio"],"env":{"FABRIKAM":"${env:FABRIKAM}"}}}}`},
		{"vscode", http, `{"servers":{"microsoft-mcp-server":{"type":"http","url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer ${env:MCP_KEY}"}}}}`},
		{"cursor", handing, `{"mcpServers":{"microsoft-mcp-server":{"type":"stdio","command":"/opt/ms/microsoft-mcp-server","args":["stdio"],"env":{"FABRIKAM":"${env:FABRIKAM}"}}}}`},
		{"cursor", http, `{"mcpServers":{"microsoft-mcp-server":{"url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer ${env:MCP_KEY}"}}}}`},
		{"windsurf", handing, `{"mcpServers":{"microsoft-mcp-server":{"command":"/opt/ms/microsoft-mcp-server","args":["stdio"],"env":{"FABRIKAM":"${env:FABRIKAM}"}}}}`},
		{"windsurf", http, `{"mcpServers":{"microsoft-mcp-server":{"serverUrl":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer ${env:MCP_KEY}"}}}}`},
		{"gemini-cli", handing, `{"mcpServers":{"microsoft-mcp-server":{"command":"/opt/ms/microsoft-mcp-server","args":["stdio"],"env":{"FABRIKAM":"${FABRIKAM}"}}}}`},
		{"gemini-cli", http, `{"mcpServers":{"microsoft-mcp-server":{"httpUrl":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer ${MCP_KEY}"}}}}`},
		{"copilot-cli", handing, `{"mcpServers":{"microsoft-mcp-server":{"type":"local","command":"/opt/ms/microsoft-mcp-server","args":["stdio"],"env":{"FABRIKAM":"${FABRIKAM}"},"tools":["*"]}}}`},
		{"copilot-cli", http, `{"mcpServers":{"microsoft-mcp-server":{"type":"http","url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer ${MCP_KEY}"},"tools":["*"]}}}`},
		{"zed", stdio, `{"context_servers":{"microsoft-mcp-server":{"command":"/opt/ms/microsoft-mcp-server","args":["stdio","--profile","contoso"]}}}`},
		{"zed", keyless, `{"context_servers":{"microsoft-mcp-server":{"url":"https://mcp.example.com/mcp"}}}`},
		{"opencode", handing, `{"mcp":{"microsoft-mcp-server":{"type":"local","command":["/opt/ms/microsoft-mcp-server","stdio"],"environment":{"FABRIKAM":"{env:FABRIKAM}"},"enabled":true}}}`},
		{"opencode", http, `{"mcp":{"microsoft-mcp-server":{"type":"remote","url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer {env:MCP_KEY}"},"oauth":false,"enabled":true}}}`},
		{"opencode", keyless, `{"mcp":{"microsoft-mcp-server":{"type":"remote","url":"https://mcp.example.com/mcp","enabled":true}}}`},
	} {
		got, err := named(t, test.client).Print(test.server)
		if err != nil || compact(t, got) != test.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", test.client, err, compact(t, got), test.want)
		}
	}
	for server, want := range map[*client.Server]string{
		&handing: "[mcp_servers.microsoft-mcp-server]\ncommand = \"/opt/ms/microsoft-mcp-server\"\nargs = [\"stdio\"]\nenv_vars = [\"FABRIKAM\"]\n",
		&http:    "[mcp_servers.microsoft-mcp-server]\nurl = \"https://mcp.example.com/mcp\"\nbearer_token_env_var = \"MCP_KEY\"\n",
		&keyless: "[mcp_servers.microsoft-mcp-server]\nurl = \"https://mcp.example.com/mcp\"\n",
	} {
		if got, err := named(t, "codex").Print(*server); err != nil || got != want {
			t.Errorf("codex: %v, got\n%s\nwant\n%s", err, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	files := func(env client.Env) map[string]string {
		all := map[string]string{}
		for _, c := range client.All() {
			all[c.Name] = c.File(env)
		}
		return all
	}
	set := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for name, test := range map[string]struct {
		env  client.Env
		want map[string]string
	}{
		"linux": {client.Env{OS: "linux", Home: "/nowhere/ada", Getenv: set()}, map[string]string{
			"claude-desktop": "/nowhere/ada/.config/Claude/claude_desktop_config.json",
			"claude-code":    "/nowhere/ada/.claude.json",
			"vscode":         "/nowhere/ada/.config/Code/User/mcp.json",
			"cursor":         "/nowhere/ada/.cursor/mcp.json",
			"windsurf":       "/nowhere/ada/.codeium/windsurf/mcp_config.json",
			"codex":          "/nowhere/ada/.codex/config.toml",
			"gemini-cli":     "/nowhere/ada/.gemini/settings.json",
			"copilot-cli":    "/nowhere/ada/.copilot/mcp-config.json",
			"zed":            "/nowhere/ada/.config/zed/settings.json",
			"opencode":       "/nowhere/ada/.config/opencode/opencode.json",
		}},
		"macOS": {client.Env{OS: "darwin", Home: "/nowhere/ada/", Getenv: set()}, map[string]string{
			"claude-desktop": "/nowhere/ada/Library/Application Support/Claude/claude_desktop_config.json",
			"claude-code":    "/nowhere/ada/.claude.json",
			"vscode":         "/nowhere/ada/Library/Application Support/Code/User/mcp.json",
			"cursor":         "/nowhere/ada/.cursor/mcp.json",
			"windsurf":       "/nowhere/ada/.codeium/windsurf/mcp_config.json",
			"codex":          "/nowhere/ada/.codex/config.toml",
			"gemini-cli":     "/nowhere/ada/.gemini/settings.json",
			"copilot-cli":    "/nowhere/ada/.copilot/mcp-config.json",
			"zed":            "/nowhere/ada/.config/zed/settings.json",
			"opencode":       "/nowhere/ada/.config/opencode/opencode.json",
		}},
		"Windows": {client.Env{OS: "windows", Home: `C:\Users\ada`, Getenv: set("APPDATA", `D:\Roaming`)}, map[string]string{
			"claude-desktop": `D:\Roaming\Claude\claude_desktop_config.json`,
			"claude-code":    `C:\Users\ada\.claude.json`,
			"vscode":         `D:\Roaming\Code\User\mcp.json`,
			"cursor":         `C:\Users\ada\.cursor\mcp.json`,
			"windsurf":       `C:\Users\ada\.codeium\windsurf\mcp_config.json`,
			"codex":          `C:\Users\ada\.codex\config.toml`,
			"gemini-cli":     `C:\Users\ada\.gemini\settings.json`,
			"copilot-cli":    `C:\Users\ada\.copilot\mcp-config.json`,
			"zed":            `D:\Roaming\Zed\settings.json`,
			"opencode":       `C:\Users\ada\.config\opencode\opencode.json`,
		}},
		"variables": {client.Env{OS: "linux", Home: "/nowhere/ada", Getenv: set("XDG_CONFIG_HOME", "/x", "CLAUDE_CONFIG_DIR", "/c",
			"CODEX_HOME", "/d", "COPILOT_HOME", "relative")}, map[string]string{
			"claude-desktop": "/x/Claude/claude_desktop_config.json",
			"claude-code":    "/c/.claude.json",
			"vscode":         "/x/Code/User/mcp.json",
			"cursor":         "/nowhere/ada/.cursor/mcp.json",
			"windsurf":       "/nowhere/ada/.codeium/windsurf/mcp_config.json",
			"codex":          "/d/config.toml",
			"gemini-cli":     "/nowhere/ada/.gemini/settings.json",
			"copilot-cli":    "/nowhere/ada/.copilot/mcp-config.json",
			"zed":            "/x/zed/settings.json",
			"opencode":       "/x/opencode/opencode.json",
		}},
	} {
		if diff := cmp.Diff(test.want, files(test.env)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, c := range client.All() {
		p := c.Find(client.Env{OS: "linux", Getenv: set()}, "x")
		if p.Problem == nil || strings.HasPrefix(p.File, "/") {
			t.Errorf("%s: without a home the file is %q, %v", c.Name, p.File, p.Problem)
		}
	}
}

// What could be a secret never gets as far as a file, and is not repeated in the error.
func TestNoSecretIsWritten(t *testing.T) {
	t.Parallel()
	const key = "mcp_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	change := func(f func(*client.Server)) client.Server {
		s := http
		f(&s)
		return s
	}
	for name, s := range map[string]client.Server{
		"key for its variable":    change(func(s *client.Server) { s.KeyEnv = key }),
		"no name":                 change(func(s *client.Server) { s.KeyEnv = "s3cret!" }),
		"value of a variable":     change(func(s *client.Server) { s.KeyEnv = "KEY=s3cret" }),
		"user in the address":     change(func(s *client.Server) { s.URL = "https://ada:s3cret@h/mcp" }),
		"query in the address":    change(func(s *client.Server) { s.URL = "https://h/mcp?api_key=s3cret" }),
		"key in the address":      change(func(s *client.Server) { s.URL = "https://h/" + key }),
		"variable in the address": change(func(s *client.Server) { s.URL = "https://h/${s3cret}" }),
		"key over plain HTTP":     change(func(s *client.Server) { s.URL = "http://s3cret.example.com/mcp" }),
		"variable in the path":    {Name: "x", Command: "/${s3cret}"},
		"variable of OpenCode":    {Name: "x", Command: "/x", Args: []string{"{env:s3cret}"}},
		"key in an argument":      {Name: "x", Command: "/x", Args: []string{key}},
		"value in an argument":    {Name: "x", Command: "/x", Env: []string{"A=s3cret"}},
		"key without address":     {Name: "x", Command: "/x", KeyEnv: "KEY"},
		"neither":                 {Name: "x"},
		"both":                    {Name: "x", Command: "/x", URL: "https://h/"},
		"no address":              change(func(s *client.Server) { s.URL = "mcp.example.com" }),
		"file":                    change(func(s *client.Server) { s.URL = "file:///s3cret" }),
		"dotted name":             change(func(s *client.Server) { s.Name = "a.b" }),
		"line end in the path":    {Name: "x", Command: "/x\ny"},
		"argument without end":    {Name: "x", Command: "/x", Args: []string{strings.Repeat("s3cret", 2000)}},
	} {
		for _, c := range client.All() {
			text, err := c.Print(s)
			var ours *client.Error
			if text != "" || !errors.As(err, &ours) || ours.Hint() == "" || strings.Contains(err.Error()+ours.Hint(), "s3cret") || strings.Contains(err.Error(), key) {
				t.Errorf("%s, %s: got %q, %v", name, c.Name, text, err)
			}
		}
	}
}

// A client that cannot do it says so, instead of getting an entry that does not work.
func TestWhatAClientCannotDo(t *testing.T) {
	t.Parallel()
	handing := stdio
	handing.Env = []string{"FABRIKAM"}
	for _, test := range []struct {
		client string
		server client.Server
		want   string
	}{
		{"claude-desktop", http, "Claude Desktop takes no address from its file"},
		{"claude-desktop", handing, "Claude Desktop hands on no variables by name"},
		{"zed", http, "Zed takes no key from an environment variable, and a key does not belong into a file"},
		{"zed", handing, "Zed hands on no variables by name"},
	} {
		if _, err := named(t, test.client).Print(test.server); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	for _, c := range client.All() {
		_, err := c.Print(client.Server{Name: "x", URL: "http://localhost:8080/mcp"})
		if (err == nil) != c.HTTP {
			t.Errorf("%s: HTTP is %v, got %v", c.Name, c.HTTP, err)
		}
	}
}
