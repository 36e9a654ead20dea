package cli_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

const benchProfile = `default_profile = "contoso"
[profiles.contoso]
auth_mode = "interactive"
tenant_id = "11111111-2222-3333-4444-555555555555"
client_id = "66666666-7777-8888-9999-000000000000"
access = "read-write"
[profiles.contoso.policy]
deny = ["* /auditLogs/**"]
confirm = ["DELETE /**"]
`

// BenchmarkStart is a whole start over stdio: configuration, assembly, handshake, the list of tools, and the end. What
// the program does before main is not in it.
func BenchmarkStart(b *testing.B) {
	m := &machine{env: map[string]string{"GOGC": "100"}, vault: &vaulttest.Memory{}, dir: b.TempDir()} // GOGC: not to be set for what follows
	file := filepath.Join(m.dir, "config.toml")
	if err := os.WriteFile(file, []byte(benchProfile), 0o600); err != nil {
		b.Fatal(err)
	}
	m.env["MICROSOFT_MCP_CONFIG"] = file
	const frames = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
`
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if code := cli.Main(b.Context(), m.around(strings.NewReader(frames), &out, io.Discard, "stdio")); code != 0 || !strings.Contains(out.String(), `"microsoft_graph"`) {
			b.Fatalf("code %d: %.300s", code, out.String())
		}
	}
}
