package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// serve runs a server over HTTP until all of said stand in its log. stop ends it and returns its exit code.
func (m *machine) serve(t *testing.T, said []string, args ...string) (log *watched, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	found := make(chan struct{}, 1)
	log = &watched{look: func(soFar string) {
		for _, text := range said {
			if !regexp.MustCompile(text).MatchString(soFar) {
				return
			}
		}
		select {
		case found <- struct{}{}:
		default:
		}
	}}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, m.around(strings.NewReader(""), io.Discard, log, append([]string{"http"}, args...)...))
	}()
	select {
	case <-found:
	case code := <-ended:
		t.Fatalf("it ended with %d:\n%s", code, log)
	}
	return log, func() int { cancel(); return <-ended }
}

// Who starts a server sees what is served, to whom, and where; what is wrong with the shared state is said at once, and
// stops nothing. In JSON, every line is a line of the log.
func TestStartSaysWhatIsServed(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.readOnlyLab(t, "[http]\nbase_url = \"https://mcp.contoso.example\"\ntrusted_proxies = [\"192.0.2.0/24\"]\n\n[state]\nurl = \"redis://127.0.0.1:1\"\nkey = { env = \"STATE_KEY\" }\n")
	m.env["MCP_API_KEY"], m.env["STATE_KEY"] = "right-key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	log, stop := m.serve(t, []string{`"listening"`, `shared state cannot be used.*\n`}, "--listen", "127.0.0.1:0", "--log-format", "json")
	if code := stop(); code != 0 {
		t.Errorf("got exit code %d", code)
	}
	byText := map[string]map[string]any{}
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		byText[line["msg"].(string)] = line
	}
	if line := byText["serving"]; line["profiles"] != "lab" || line["ways_in"] != "1 API key" || line["state"] != "Redis at 127.0.0.1:1" || line["trusted_proxies"] != "192.0.2.0/24" {
		t.Errorf("got %v", line)
	}
	if url, _ := byText["listening"]["url"].(string); !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/mcp$`).MatchString(url) {
		t.Errorf("got %q", url)
	}
	line := byText["the shared state cannot be used: calls are answered with 503 until it can"]
	if hint, _ := line["hint"].(string); line["level"] != "WARN" || hint == "" || line["state"] != "Redis at 127.0.0.1:1" {
		t.Errorf("got %v", line)
	}
}

// What cannot work is said before the server says that it listens, with the line of the configuration.
func TestStartWithFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ more, want string }{
		"no certificate":      {"[http]\ntls = { certificate = \"cert.pem\", key = \"ca.pem\" }\n", `config\.toml:\d+: http\.tls\.certificate: the TLS certificate cannot be read: .*cert\.pem`},
		"no key":              {"[http]\ntls = { certificate = \"ca.pem\", key = \"key.pem\" }\n", `config\.toml:\d+: http\.tls\.key: the TLS certificate cannot be read: .*key\.pem`},
		"no pair":             {"[http]\ntls = { certificate = \"ca.pem\", key = \"ca.pem\" }\n", `config\.toml:\d+: http\.tls\.certificate: the TLS certificate cannot be read`},
		"no place for audits": {"[audit]\nfile = \"missing/audit.jsonl\"\nfatal = true\n", `config\.toml:\d+: audit\.file: the audit log cannot be written: .*missing.*; name a file in a folder that is there`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.readOnlyLab(t, row.more)
			m.env["MCP_API_KEY"] = "right-key"
			code, _, errs := m.run(t, "", "http", "--listen", "127.0.0.1:0")
			if code != 2 || !regexp.MustCompile(row.want).MatchString(errs) || strings.Contains(errs, "listening") {
				t.Errorf("got code %d: %s", code, errs)
			}
		})
	}
	m := newMachine(t)
	m.readOnlyLab(t, "[audit]\nfile = \"missing/audit.jsonl\"\n")
	m.env["MCP_API_KEY"] = "right-key"
	log, stop := m.serve(t, []string{`listening on`}, "--listen", "127.0.0.1:0")
	if code := stop(); code != 0 || !regexp.MustCompile(`level=WARN msg="the audit log cannot be written.*missing`).MatchString(log.String()) {
		t.Errorf("without fatal: got code %d: %s", code, log)
	}
}

// callersMachine has a configuration with which people act as themselves, by tokens of Entra's. breakSecret makes the
// server's own credential a wrong one.
func callersMachine(t *testing.T) (m *machine, tenant *sandbox.Tenant, address string, breakSecret func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	_ = l.Close()
	tenant = sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{URIs: []string{"http://" + address + "/mcp"}})
	tenant.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	m = newMachine(t)
	path := sandboxtest.CallersProfile(t, tenant, "people", sandboxtest.EntraTables(t, tenant, "http://"+address, "people"))
	m.env["MICROSOFT_MCP_CONFIG"], m.env["MCP_API_KEY"] = path, "right-key"
	return m, tenant, address, func() {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "secret"), []byte("the-secret-before"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStatusOfAProfileForPeople(t *testing.T) {
	t.Parallel()
	m, _, _, breakSecret := callersMachine(t)
	if code, out, errs := m.run(t, "", "status"); code != 0 || !strings.Contains(out, "  works; people sign in each for themselves\n  scopes: User.Read, Mail.Read\n") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	if code, out, _ := m.run(t, "", "status", "--json"); code != 0 || strings.Contains(out, "expiresAt") || !strings.Contains(out, `"account": "`+sandbox.APIClientID) {
		t.Errorf("got code %d, %s", code, out)
	}
	breakSecret()
	if code, out, errs := m.run(t, "", "status"); code != 1 || !strings.Contains(out, "cannot sign in: ") || !strings.Contains(out, "AADSTS7000215") || strings.Contains(errs, "WARN") {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	if _, out, _ := m.run(t, "", "key", "list"); !strings.Contains(out, "no key opens people: people alone do, each as themselves\n") {
		t.Errorf("key list: got %s", out)
	}
}

// What is wrong with the server's credential is for whoever runs it: its log and its keys. People learn whom to tell, and
// by which number the log knows their call.
func TestPeopleAreNotShownTheCredential(t *testing.T) {
	t.Parallel()
	m, tenant, address, breakSecret := callersMachine(t)
	breakSecret()
	log, stop := m.serve(t, []string{"listening on"}, "--listen", address)
	token := sandboxtest.APIToken(t, tenant, sandbox.MemberUPN)
	ask := func(method, path, credential, tool, arguments string) (id, text string) {
		t.Helper()
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
			tool, arguments)
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]string{"Authorization": "Bearer " + credential, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool} {
			req.Header.Set(key, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		all, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Header.Get("X-Request-Id"), string(all)
	}
	for range 3 {
		for tool, arguments := range map[string]string{"microsoft_graph": `{"path":"/me"}`, "get_auth_status": "{}"} {
			id, text := ask(http.MethodPost, "/mcp", token, tool, arguments)
			if strings.Contains(text, "AADSTS") || strings.Contains(text, "secret") || !strings.Contains(text, "with the request ID "+id) {
				t.Errorf("a person sees %s", text)
			}
			if tool == "microsoft_graph" && !regexp.MustCompile(`msg="tool call" .*outcome=error code=AADSTS7000215 .*request_id=`+id).MatchString(log.String()) {
				t.Errorf("the log does not say what came of %s:\n%s", id, log)
			}
		}
	}
	if id, text := ask(http.MethodGet, "/ready", token, "", "{}"); strings.Contains(text, "AADSTS") || !strings.Contains(text, id) {
		t.Errorf("a person sees %s", text)
	}
	if _, text := ask(http.MethodGet, "/ready", "right-key", "", "{}"); !strings.Contains(text, `"people":{"ready":false,"error":"asking `) || !strings.Contains(text, "AADSTS7000215") {
		t.Errorf("a key sees %s", text)
	}
	stop()
	if got := strings.Count(log.String(), `msg="no token" profile=people code=AADSTS7000215 `); got != 1 {
		t.Errorf("the log tells %d times of it:\n%s", got, log)
	}
}
