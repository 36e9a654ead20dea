package client_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
)

// What an entry says is found again, as it was said; and writing that again changes nothing.
func TestFindsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, c := range client.All() {
		servers := []client.Server{{Name: "ms", Command: "/ms", Args: []string{"stdio", "--profile", `a "b" \c`, "--config", "/ä b.toml"}}}
		if c.HTTP {
			servers = append(servers, client.Server{Name: "ms", URL: "https://h/mcp"})
			if c.Name != "zed" {
				servers = append(servers, client.Server{Name: "ms", URL: "https://h/mcp", KeyEnv: "MCP_KEY"})
			}
		}
		for _, s := range servers {
			env := home(t)
			install(t, c, env, s)
			p := c.Find(env, "ms")
			if p.Odd != nil || p.Command != s.Command || strings.Join(p.Args, "\n") != strings.Join(s.Args, "\n") || p.URL != s.URL || p.KeyEnv != s.KeyEnv {
				t.Errorf("%s: got %+v, want %+v", c.Name, p, s)
			}
			if change, _ := install(t, c, env, client.Server{Name: "ms", Command: p.Command, Args: p.Args, URL: p.URL, KeyEnv: p.KeyEnv}); !change.Same {
				t.Errorf("%s: it is changed into %s", c.Name, change.After)
			}
		}
	}
}

// What cannot be made out is told, and not repeated.
func TestFindsOddEntries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		client, entry string
		odd           bool
	}{
		{"cursor", `{"command": "/ms", "args": ["stdio", "--profile", 1]}`, true},
		{"cursor", `{"command": "/ms", "args": "stdio hush"}`, true},
		{"cursor", `{"command": "/ms"}`, false},
		{"cursor", `{}`, false},
		{"opencode", `{"type": "local", "command": ["/ms", null]}`, true},
		{"opencode", `{"type": "local", "command": [{}, "stdio"]}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": "Bearer hush"}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": "hush"}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": "Bearer "}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": ["hush"]}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": "Bearer ${env:A}", "Authorization": "Bearer ${env:B}"}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": "Bearer ${env:A}${env:B}"}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"Authorization": "Bearer ${env:"}}`, true},
		{"vscode", `{"url": "https://h", "headers": {"Authorization": "Bearer ${input:hush}"}}`, true},
		{"zed", `{"url": "https://h", "headers": {"Authorization": "Bearer hush"}}`, true},
		{"cursor", `{"url": "https://h", "headers": {"X-Other": "hush"}}`, false},
		{"codex", "command = '/ms'\nargs = 'stdio hush'", true},
		{"codex", "command = '/ms'\nargs = ['stdio', 1]", true},
		{"codex", "url = 'https://h'\nbearer_token_env_var = 1", true},
		{"codex", "url = 'https://h'\nbearer_token_env_var = 'hush hush'", true},
		{"codex", "url = 'https://h'\nbearer_token_env_var = 'A'", false},
	} {
		c, env := named(t, test.client), home(t)
		text := map[string]string{"vscode": `{"servers": {"ms": %}}`, "zed": `{"context_servers": {"ms": %}}`, "opencode": `{"mcp": {"ms": %}}`,
			"cursor": `{"mcpServers": {"ms": %}}`, "codex": "[mcp_servers.ms]\n%\n"}[test.client]
		put(t, c.File(env), strings.Replace(text, "%", test.entry, 1), 0o600)
		p := c.Find(env, "ms")
		if got := p.Odd != nil; got != test.odd || !p.Installed || p.Problem != nil {
			t.Errorf("%s, %s: got %+v", test.client, test.entry, p)
		}
		if p.Odd != nil && (strings.Contains(p.Odd.Error(), "hush") || p.KeyEnv != "" || !strings.Contains(p.Odd.Error(), c.File(env))) {
			t.Errorf("%s, %s: got %v, key %q", test.client, test.entry, p.Odd, p.KeyEnv)
		}
	}
}
