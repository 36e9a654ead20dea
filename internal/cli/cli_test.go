package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// machine is what the program finds around it in a test.
type machine struct {
	env         map[string]string
	vault       *vaulttest.Memory
	dir         string
	openURL     func(string) error // nil: no browser can be opened
	watchStderr func(soFar string) // nil: nobody looks while the program runs
}

func newMachine(t *testing.T) *machine {
	return &machine{env: map[string]string{}, vault: &vaulttest.Memory{}, dir: t.TempDir()}
}

// run runs the program to its end.
func (m *machine) run(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out bytes.Buffer
	errs := &watched{look: m.watchStderr}
	code = cli.Main(t.Context(), m.around(strings.NewReader(stdin), &out, errs, args...))
	return code, out.String(), errs.String()
}

// watched is an output that somebody looks at while it is written.
type watched struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
	look func(string)
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	n, err := w.text.Write(p)
	soFar := w.text.String()
	w.mu.Unlock()
	if w.look != nil {
		w.look(soFar)
	}
	return n, err
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func (m *machine) around(stdin io.Reader, stdout, stderr io.Writer, args ...string) cli.Env {
	return cli.Env{Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Getenv:    func(name string) string { return m.env[name] },
		ConfigDir: func() (string, error) { return m.dir, nil },
		Vault:     func() secret.Vault { return m.vault },
		OpenURL:   m.openURL}
}

func TestCallThroughTheWholeStack(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")

	code, out, errs := m.run(t, "", "call", "microsoft_graph", `{"path":"/users","queryParams":{"$top":"2","$select":"displayName"}}`)
	var users struct {
		Value []struct{ DisplayName string }
	}
	if err := json.Unmarshal([]byte(out), &users); code != 0 || err != nil || len(users.Value) != 2 {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	code, out, _ = m.run(t, `{"path":"/me"}`, "call", "microsoft_graph", "-")
	if code != 1 || out != "" {
		t.Errorf("/me as an app: got code %d, %.200s", code, out)
	}
	code, out, _ = m.run(t, "", "status", "--json")
	if code != 0 || !strings.Contains(out, `"authenticated": true`) || !strings.Contains(out, "User.Read.All") {
		t.Errorf("status: got code %d, %s", code, out)
	}
}

func TestSecretFromTheKeyring(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	written, err := os.ReadFile(sandboxtest.Profile(t, tenant, "lab"))
	if err != nil {
		t.Fatal(err)
	}
	config := regexp.MustCompile(`client_secret = .*`).ReplaceAllString(string(written), `client_secret = { from = "keyring" }`)
	path := filepath.Join(m.dir, "config.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := m.run(t, "", "--config", path, "status"); code != 1 || !strings.Contains(out, "cannot sign in") || !strings.Contains(out, "not found") {
		t.Errorf("before: got code %d, %s", code, out)
	}
	if code, _, errs := m.run(t, "x\n", "--config", path, "secret", "set", "lap"); code != 2 || !strings.Contains(errs, "lab") {
		t.Errorf("a profile that does not exist: got code %d, %s", code, errs)
	}
	if code, _, errs := m.run(t, "\n", "--config", path, "secret", "set", "lab"); code != 2 || !strings.Contains(errs, "empty") {
		t.Errorf("an empty secret: got code %d, %s", code, errs)
	}
	code, out, errs := m.run(t, tenant.ClientSecret()+"\n", "--config", path, "secret", "set", "lab")
	if code != 0 || strings.Contains(out+errs, tenant.ClientSecret()) {
		t.Fatalf("set: got code %d, %s%s", code, out, errs)
	}
	if code, out, errs := m.run(t, "", "--config", path, "call", "get_auth_status"); code != 0 || !strings.Contains(out, `"authenticated":true`) {
		t.Errorf("after: got code %d, %s%s", code, out, errs)
	}
	if code, out, _ := m.run(t, "", "--config", path, "secret", "delete", "lab"); code != 0 || !strings.Contains(out, "deleted") {
		t.Errorf("delete: got code %d, %s", code, out)
	}
	if code, out, _ := m.run(t, "", "--config", path, "secret", "delete", "lab"); code != 0 || !strings.Contains(out, "holds no client secret") {
		t.Errorf("delete again: got code %d, %s", code, out)
	}
}

// address lets a test wait for the line that says where a server listens.
type address struct {
	mu    sync.Mutex
	text  bytes.Buffer // guarded by mu
	found chan string
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

func (a *address) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text.Write(b)
	if m := listening.FindStringSubmatch(a.text.String()); m != nil {
		select {
		case a.found <- m[1]:
		default:
		}
	}
	return len(b), nil
}

func TestHTTPServesAndEnds(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	m.env["MCP_API_KEY"] = "right-key"
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &address{found: make(chan string, 1)}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, m.around(strings.NewReader(""), io.Discard, out, "http", "--listen", "127.0.0.1:0"))
	}()
	base := strings.TrimSuffix(<-out.found, "/mcp")
	for path, want := range map[string]int{"/health": 200, "/ready": 200, "/mcp": 401} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
	tenant.RotateSecret()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("got exit code %d", code)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	if code, _, errs := m.run(t, "", "http", "--listen", l.Addr().String()); code != 1 || !strings.Contains(errs, "is in use by another program") {
		t.Errorf("got code %d, %s", code, errs)
	}
}

func TestDemoShowsAnExchange(t *testing.T) {
	t.Parallel()
	code, out, errs := newMachine(t).run(t, "", "demo", "--once")
	if code != 0 {
		t.Fatalf("got code %d, %s", code, errs)
	}
	for _, want := range []string{"tools/list", `"authenticated": true`, "tools/call microsoft_graph", "Halcyon specification", `"id": "teams"`, "What to do:"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
}

func TestDemoOverStdio(t *testing.T) {
	t.Parallel()
	code, out, errs := newMachine(t).run(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/organization"}}}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"upload_file","arguments":{"path":"/users/`+sandbox.MemberUPN+`/drive/root:/note.txt","content":"hello"}}}
{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"upload_file","arguments":{"path":"/users/`+sandbox.MemberUPN+`/drive/root:/b.txt","localFile":"none.txt"}}}
`, "demo", "--stdio")
	// What changes something is recorded; the last call fails for want of the file, not of a folder.
	if code != 0 || strings.Count(out, "\n") != 4 || strings.Count(out, `"isError":true`) != 1 || !strings.Contains(out, "microsoft-mcp-server-demo-") || !strings.Contains(errs, `"stage":"done"`) {
		t.Errorf("got code %d, %.300s%s", code, out, errs)
	}
}

func TestKeyCreate(t *testing.T) {
	t.Parallel()
	code, out, _ := newMachine(t).run(t, "", "key", "create", "agent")
	if code != 0 || !regexp.MustCompile(`(?s)mcp_[\w-]{43}\n.*name = "agent"\n  sha256 = "[0-9a-f]{64}"`).MatchString(out) {
		t.Errorf("got code %d, %s", code, out)
	}
}

// Whatever goes well or wrong, with the log at its most talkative, nothing printed opens anything.
func TestNothingSecretIsPrinted(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	m.env["MCP_API_KEY"] = "the-api-key"
	first := tenant.ClientSecret()
	var printed strings.Builder
	for _, args := range [][]string{
		{"call", "get_auth_status"}, {"call", "microsoft_graph", `{"path":"/users"}`}, {"call", "microsoft_graph", `{"path":"/nowhere"}`},
		{"call", "microsoft_graph", `{"path":"/users","headers":{"Authorization":"x"}}`}, {"status"}, {"status", "--json"},
	} {
		_, out, errs := m.run(t, "", append(args, "--log-level", "debug")...)
		printed.WriteString(out + errs)
	}
	tenant.RotateSecret() // the file still holds the first one
	_, out, errs := m.run(t, "", "status", "--log-level", "debug")
	printed.WriteString(out + errs)
	if !strings.Contains(out, "AADSTS7000215") {
		t.Errorf("the refusal of a wrong secret does not show: %s", out)
	}
	hidden := []string{first, tenant.ClientSecret(), "the-api-key"}
	for _, r := range tenant.Requests(sandbox.Graph) {
		if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); token != "" { // $metadata is asked for without
			hidden = append(hidden, token)
		}
	}
	if len(hidden) < 5 {
		t.Fatalf("only %d secrets are known", len(hidden))
	}
	for _, text := range hidden {
		if strings.Contains(printed.String(), text) {
			t.Errorf("a secret was printed: %.12s…", text)
		}
	}
}
