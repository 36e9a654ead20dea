package main

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// launch is how a client starts an extension.
type launch struct {
	Command string
	Args    []string
	Env     map[string]string
}

// checkBundle has the official program look at the extension and unpack it, and starts it as a client would.
func checkBundle(t *testing.T, m made) {
	node := os.Getenv("PACKAGING_NODE")
	if node == "" {
		t.Skip("PACKAGING_NODE names no folder with the official program")
	}
	official := filepath.Join(node, "node_modules/.bin/mcpb")
	folder := t.TempDir()
	say(t, official, "unpack", filepath.Join(m.folder, product+"_"+trial+".mcpb"), folder)
	say(t, official, "validate", filepath.Join(folder, "manifest.json"))

	settings := map[string]any{"client_id": "11111111-1111-1111-1111-111111111111", "tenant_id": "contoso.onmicrosoft.com"}
	if got := launched(t, folder, map[string]any{"client_id": ""}); got != nil {
		t.Errorf("without settings it starts %v", got)
	}
	for _, c := range []struct {
		changes string
		set     map[string]any
		access  string
	}{
		{"not said", nil, `"access":"read-only"`},
		{"allowed", map[string]any{"allow_changes": true}, `"access":"read-write"`},
	} {
		chosen := maps.Clone(settings)
		maps.Copy(chosen, c.set)
		said := ask(t, *launched(t, folder, chosen), "get_auth_status", "{}")
		for _, want := range []string{c.access, `"authenticated":false`, `"tenant":"contoso.onmicrosoft.com"`} {
			if !strings.Contains(said, want) {
				t.Errorf("with changes %s the status lacks %s:\n%s", c.changes, want, said)
			}
		}
	}

	// Some clients unpack without permissions; and a call goes all the way to a tenant, the embedded one.
	demo := *launched(t, folder, settings)
	demo.Args = append(demo.Args[:len(demo.Args)-1], "demo", "--stdio")
	if err := os.Chmod(filepath.Join(folder, "server", product+"-"+m.here.os+"-"+m.here.arch), 0o644); err != nil {
		t.Fatal(err)
	}
	if said := ask(t, demo, "microsoft_graph", `{"path": "/users", "queryParams": {"$top": "2"}}`); !strings.Contains(said, "displayName") {
		t.Errorf("the embedded tenant answers\n%s", said)
	}
}

// launched is what the official library makes of the manifest and of a person's settings; nil where it needs more of them.
func launched(t *testing.T, folder string, settings map[string]any) *launch {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	said := say(t, "node", "testdata/launch.mjs", folder, string(text))
	var out *launch
	if err := json.Unmarshal([]byte(said), &out); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return out
}

// ask starts a server, makes one call, and returns the result as it came over the wire.
func ask(t *testing.T, l launch, tool, arguments string) string {
	t.Helper()
	cmd := exec.Command(l.Command, l.Args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "DBUS_SESSION_BUS_ADDRESS=")
	for name, value := range l.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // after the standard input was closed, which ends it
	defer in.Close()
	for _, frame := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"packaging","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + `}}`,
	} {
		if _, err := io.WriteString(in, frame+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"id":2`) {
			return strings.ReplaceAll(lines.Text(), `\"`, `"`)
		}
	}
	t.Fatalf("%s ended without an answer: %v", l.Command, lines.Err())
	return ""
}
