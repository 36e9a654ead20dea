package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// What is printed for people works as it is printed, wherever their shell is.
func TestCommandsWorkAsPrinted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "it's here.toml")
	written := "[profiles.env]\nclient_id = \"11111111-1111-1111-1111-111111111111\"\n"
	if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	identity := map[string]string{"AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222", "AZURE_TENANT_ID": "${unset}", "GRAPH_SCOPES": "User.Read,Mail.Read"}
	for name, row := range map[string]struct {
		config         string
		env            map[string]string
		posix, windows string
	}{
		"nothing": {"", nil, "microsoft-mcp-server login env", "microsoft-mcp-server login env"},
		"relative": {"a b.toml", nil, "microsoft-mcp-server login env --config '" + filepath.Join(here, "a b.toml") + "'",
			"microsoft-mcp-server login env --config '" + filepath.Join(here, "a b.toml") + "'"},
		"by the variable": {"", map[string]string{"MICROSOFT_MCP_CONFIG": "/etc/m.toml"}, "microsoft-mcp-server login env --config /etc/m.toml",
			"microsoft-mcp-server login env --config /etc/m.toml"},
		"the environment's": {"", identity,
			"AZURE_CLIENT_ID=22222222-2222-2222-2222-222222222222 GRAPH_SCOPES='User.Read,Mail.Read' microsoft-mcp-server login env",
			"$env:AZURE_CLIENT_ID='22222222-2222-2222-2222-222222222222'; $env:GRAPH_SCOPES='User.Read,Mail.Read'; microsoft-mcp-server login env"},
		"both": {file, map[string]string{"AZURE_TENANT_ID": "contoso.com"},
			`AZURE_TENANT_ID=contoso.com microsoft-mcp-server login env --config '` + filepath.Join(dir, `it'\''s here.toml`) + `'`,
			`$env:AZURE_TENANT_ID='contoso.com'; microsoft-mcp-server login env --config '` + filepath.Join(dir, "it''s here.toml") + `'`},
	} {
		o := &options{config: row.config, env: Env{Getenv: func(name string) string { return row.env[name] }}}
		var c *profile.Config
		if row.env != nil {
			from := o.place()
			if from.File == "" && row.env["MICROSOFT_MCP_CONFIG"] != "" {
				from.Getenv = nil // there is no such file
			}
			if c, err = profile.Load(from); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if got := o.commandFor(false, c, "login", "env"); got != row.posix && filepath.Separator == '/' {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, row.posix)
		}
		if got := o.commandFor(true, c, "login", "env"); got != row.windows && filepath.Separator == '/' {
			t.Errorf("%s, on Windows: got\n%s\nwant\n%s", name, got, row.windows)
		}
	}
}

// A program unpacked from an archive is not in PATH: what is shown has to work as it stands.
func TestCommandsNameTheProgram(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]string{
		"/opt/a b/microsoft-mcp-server":     {"'/opt/a b/microsoft-mcp-server' doctor env", "& '/opt/a b/microsoft-mcp-server' doctor env"},
		"/opt/microsoft-mcp-server":         {"/opt/microsoft-mcp-server doctor env", "/opt/microsoft-mcp-server doctor env"},
		`C:\Tools\microsoft-mcp-server.exe`: {`'C:\Tools\microsoft-mcp-server.exe' doctor env`, `C:\Tools\microsoft-mcp-server.exe doctor env`},
	} {
		o := &options{program: path, env: Env{Getenv: func(string) string { return "" }}}
		if got := [2]string{o.commandFor(false, nil, "doctor", "env"), o.commandFor(true, nil, "doctor", "env")}; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
