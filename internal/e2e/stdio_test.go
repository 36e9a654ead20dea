package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// startStdio starts a stdio server for a new tenant and makes the handshake.
func startStdio(t *testing.T, args ...string) (*process, *sandbox.Tenant) {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), append([]string{"stdio"}, args...)...)
	p.send(t, initializeFrame)
	p.answer(t, 1)
	return p, tenant
}

func TestStdioStartAsksNobody(t *testing.T) {
	t.Parallel()
	p, tenant := startStdio(t)
	p.send(t, listFrame)
	p.answer(t, 2)
	for _, host := range []sandbox.Host{sandbox.Login, sandbox.Graph, sandbox.ResourceManager} {
		if got := tenant.Requests(host); len(got) != 0 {
			t.Errorf("the start and tools/list made %d requests to host %d", len(got), host)
		}
	}
	p.stdin.Close()
	if code := p.exitCode(t); code != 0 {
		t.Errorf("after the end of its input the process ends with %d", code)
	}
	p.checkPure(t)
}

// Whatever a client writes, standard output carries JSON-RPC and the next call is answered.
func TestStdioSurvivesItsClient(t *testing.T) {
	t.Parallel()
	p, _ := startStdio(t, "--log-level", "debug")
	p.send(t, "\n", "   \n", "this is no JSON\n", `{"jsonrpc":"2.0","id":3,"method":`+"\n", "[]\n", "null\n", "{}\n",
		`{"jsonrpc":"2.0","id":4,"method":"no/such/method"}`+"\n",
		`{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"no_such_tool"}}`+"\n",
		`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"pth":"/users"}}}`+"\n",
		`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":"a string"}`+"\n",
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12345}}`+"\n",
		"\x00\xff\xfe\n", strings.Repeat("x", 1<<20)+"\n",
		callFrame(t, 8, "/users/../../evil"), callFrame(t, 9, "https://evil.example/v1.0/users"), callFrame(t, 10, goodPath))
	checkGood(t, p.tool(t, 10))
	for _, id := range []int{6, 8, 9} {
		if got := p.tool(t, id); !got.IsError || got.text() == "" {
			t.Errorf("answer %d: isError %v, text %q; want a tool error", id, got.IsError, got.text())
		}
	}
	if got := p.tool(t, 6).text(); !strings.Contains(got, `pth`) || !strings.Contains(got, `path`) {
		t.Errorf("the answer to the parameter pth does not name path: %s", got)
	}
	p.stdin.Close()
	if code := p.exitCode(t); code != 0 {
		t.Errorf("the process ends with %d", code)
	}
	p.checkPure(t)
}

// Whatever Graph answers, the client gets a tool error without a secret in it.
func TestStdioSurvivesGraph(t *testing.T) {
	t.Parallel()
	p, tenant := startStdio(t)
	rows := []struct {
		name  string
		fault sandbox.Fault
	}{
		{"a page", sandbox.Fault{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>maintenance"}},
		{"a text for an error", sandbox.Fault{Status: http.StatusInternalServerError, Body: "oops"}},
		{"a page for an error", sandbox.Fault{Status: http.StatusBadGateway, Body: "<html>bad gateway"}},
		{"an empty error", sandbox.Fault{Status: http.StatusForbidden}},
		{"no answer", sandbox.Fault{Drop: true}},
		{"half an answer", sandbox.Fault{HalfBody: true}},
	}
	for i, row := range rows {
		top := fmt.Sprint(11 + i) // tells the calls apart
		row.fault.Host = sandbox.Graph
		row.fault.Match = func(r *http.Request) bool { return r.URL.Query().Get("$top") == top }
		t.Cleanup(tenant.Inject(row.fault))
		p.send(t, callFrame(t, 10+i, "/users?$top="+top)) // all at once: some are tried again after a while
	}
	for i, row := range rows {
		got := p.tool(t, 10+i)
		// A page may pass for an answer: $value and the like are no JSON either.
		if row.fault.Status != http.StatusOK && !got.IsError || got.text() == "" {
			t.Errorf("%s: isError %v:\n%s", row.name, got.IsError, got.text())
		}
		if strings.Contains(got.text(), "eyJ") || strings.Contains(got.text(), tenant.ClientSecret()) {
			t.Errorf("%s: the answer holds a secret:\n%s", row.name, got.text())
		}
	}
	p.send(t, callFrame(t, 30, goodPath))
	checkGood(t, p.tool(t, 30))
	p.stdin.Close()
	p.exitCode(t)
	p.checkPure(t)
	if log := p.stderr.String(); strings.Contains(log, "eyJ") || strings.Contains(log, tenant.ClientSecret()) {
		t.Errorf("the log holds a secret:\n%s", log)
	}
}

// A wrong secret is found out at the first call; the answer names Entra's code and where to mend it.
func TestStdioWrongSecret(t *testing.T) {
	t.Parallel()
	p, tenant := startStdio(t)
	old := tenant.ClientSecret()
	tenant.RotateSecret()
	p.send(t, callFrame(t, 2, goodPath), callFrame(t, 3, goodPath))
	for _, id := range []int{2, 3} {
		got := p.tool(t, id)
		if !got.IsError || !strings.Contains(got.text(), "AADSTS7000215") || strings.Contains(got.text(), old) {
			t.Errorf("isError %v; want AADSTS7000215 and no secret:\n%s", got.IsError, got.text())
		}
	}
	p.stdin.Close()
	p.exitCode(t)
	p.checkPure(t)
}

// A server that cannot start says why on standard error and nothing on standard output.
func TestStdioBadConfiguration(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	rows := []struct{ name, file, want string }{
		{"typo", write("typo.toml", "[profiles.a]\nacces = \"read-only\"\n"), "access"},
		{"syntax", write("syntax.toml", "[profiles.a\n"), "syntax.toml:1"},
		{"literal secret", write("secret.toml", "[profiles.a]\nauth_mode = \"clientCredentials\"\n[profiles.a.credential]\nclient_secret = \"hunter2\"\n"), "secret set"},
		{"common tenant", write("common.toml", "[profiles.a]\nauth_mode = \"clientCredentials\"\ntenant_id = \"common\"\nclient_id = \"11111111-2222-3333-4444-555555555555\"\n[profiles.a.credential]\nclient_secret = { env = \"X\" }\n"), "common"},
		{"no file", filepath.Join(folder, "absent.toml"), "absent.toml"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+row.file), "stdio")
			if code := p.exitCode(t); code != 2 {
				t.Errorf("got exit code %d, want 2", code)
			}
			if got := p.stdout.String(); got != "" {
				t.Errorf("standard output holds %q", got)
			}
			if got := p.stderr.String(); !strings.Contains(got, row.want) || strings.Contains(got, "hunter2") {
				t.Errorf("standard error lacks %q or holds the secret:\n%s", row.want, got)
			}
		})
	}
}

// The end of the input ends the process only after running calls have been answered.
func TestStdioAnswersAfterEndOfInput(t *testing.T) {
	t.Parallel()
	p, tenant := startStdio(t)
	slow := newSlowRead(t, tenant)
	p.send(t, callFrame(t, 2, slow.path))
	await(t, slow.arrived, "the call reaches Graph")
	p.stdin.Close()
	slow.answer()
	if got := p.tool(t, 2); got.IsError {
		t.Errorf("the running call got an error: %s", got.text())
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("the process ends with %d", code)
	}
	p.checkPure(t)
}

// A script that pipes its requests in and closes gets every answer.
func TestStdioAnswersWhatWasPiped(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "stdio")
	const calls = 40
	var all strings.Builder
	all.WriteString(initializeFrame)
	for i := range calls {
		all.WriteString(callFrame(t, 100+i, goodPath))
	}
	p.send(t, all.String())
	p.stdin.Close()
	if code := p.exitCode(t); code != 0 {
		t.Errorf("the process ends with %d", code)
	}
	for i := range calls {
		if !strings.Contains(p.stdout.String(), fmt.Sprintf(`"id":%d,`, 100+i)) {
			t.Errorf("call %d was not answered", i)
			continue
		}
		checkGood(t, p.tool(t, 100+i))
	}
	p.checkPure(t)
	if got := tenant.Count(sandbox.Login, "/token"); got != 1 {
		t.Errorf("%d calls at once made %d token requests, want 1", calls, got)
	}
}

func TestStdioTerminates(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM")
	}
	p, _ := startStdio(t)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("after SIGTERM the process ends with %d, want 0", code)
	}
	p.checkPure(t)
}
