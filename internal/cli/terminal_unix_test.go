//go:build unix

package cli_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// onTerminal runs the program with standard output and standard error on a terminal of its own, and returns what it wrote
// there.
func (m *machine) onTerminal(t *testing.T, columns uint16, args ...string) (code int, shown string) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 40, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(ours) // ends with an error once the other side is closed
		read <- string(text)
	}()
	code = cli.Main(t.Context(), m.around(strings.NewReader(""), theirs, theirs, args...))
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	return code, strings.ReplaceAll(<-read, "\r\n", "\n")
}

// terminalMachine is one of a person who looks at a terminal.
func terminalMachine(t *testing.T) (*machine, *sandbox.Tenant) {
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["TERM"] = "xterm-256color"
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	return m, tenant
}

const fourUsers = `path=/users?$top=4&$select=displayName,jobTitle,id`

// A person sees a table that fits, in colour unless they do not want any; a script gets what a client gets.
func TestAnswersOnATerminal(t *testing.T) {
	t.Parallel()
	m, _ := terminalMachine(t)
	const table = `displayName             jobTitle
Ingrid Söderström       Chief Executive Officer
Anaïs Lefèvre-Marchand  Chief Technology Officer
Jürgen Groß             Chief Financial Officer
渡辺 大輔               Chief Operating Officer
there are more: maxItems takes more of them, and --output
json shows where to go on
too narrow for: id; --output json shows all
`
	code, coloured := m.onTerminal(t, 60, "call", "microsoft_graph", fourUsers)
	if code != 0 || !strings.Contains(coloured, "\x1b[1mdisplayName\x1b[0m") {
		t.Errorf("got code %d, %q", code, coloured)
	}
	if diff := cmp.Diff(table, uncoloured(coloured)); diff != "" {
		t.Error(diff)
	}
	for name, row := range map[string]struct {
		term, noColor string
		flags         []string
		colour        bool
	}{
		"NO_COLOR":            {"xterm", "1", nil, false},
		"TERM=dumb":           {"dumb", "", nil, false},
		"unwanted":            {"xterm", "", []string{"--color", "never"}, false},
		"wanted all the same": {"dumb", "1", []string{"--color=always"}, true},
	} {
		m := &machine{env: map[string]string{"TERM": row.term, "NO_COLOR": row.noColor, "MICROSOFT_MCP_CONFIG": m.env["MICROSOFT_MCP_CONFIG"]}, vault: m.vault, dir: m.dir}
		_, shown := m.onTerminal(t, 60, append([]string{"call", "microsoft_graph", fourUsers}, row.flags...)...)
		if diff := cmp.Diff(table, uncoloured(shown)); diff != "" || strings.Contains(shown, "\x1b") != row.colour {
			t.Errorf("%s: %q %s", name, shown, diff)
		}
	}
	_, piped, _ := m.run(t, "", "call", "microsoft_graph", fourUsers)
	if !strings.HasPrefix(piped, `{"value":[{"displayName":"Ingrid Söderström"`) {
		t.Errorf("a script gets %s", piped)
	}
	if _, raw := m.onTerminal(t, 60, "call", "microsoft_graph", fourUsers, "--output", "raw"); uncoloured(raw) != raw || !strings.HasPrefix(raw, `{"value":[{`) {
		t.Errorf("raw is %s", raw)
	}
	if _, shown := m.onTerminal(t, 60, "call", "microsoft_graph", fourUsers, "--output=json"); !strings.HasPrefix(shown, "{\n  \x1b[1;34m\"value\"\x1b[0m: [\n    {\n      ") {
		t.Errorf("JSON is %q", shown)
	}
}

var paint = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func uncoloured(s string) string { return paint.ReplaceAllString(s, "") }

// at matches requests to a path.
func at(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == "/v1.0"+path }
}

func asJSON() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// Whoever can name something in a tenant cannot write on the terminal of those who list it.
func TestNamesDoNotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	m, tenant := terminalMachine(t)
	m.env["NO_COLOR"] = "1"
	const title = `{"jobTitle":"\u001b[2J\u009b31m\u202egpj.exe\r\nFAKE` + "\u009b31m\u202e" + `"}` // JSON may hold a part of it as it is
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Match: at("/users/evil"), Header: asJSON(), Status: 200, Body: title})
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Match: at("/users/evils"), Header: asJSON(), Status: 200, Body: `{"value":[` + title + `]}`})
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Match: at("/users/worse"), Header: asJSON(), Status: 403, Body: `{"error":{"code":"x","message":"\u001b]0;title\u0007\u009b2J"}}`})
	for _, path := range []string{"evil", "evils", "worse"} {
		for _, form := range []string{"auto", "json", "table", "raw"} {
			_, shown := m.onTerminal(t, 80, "call", "microsoft_graph", "path=/users/"+path, "--output", form)
			if strings.ContainsAny(shown, "\x1b\r\u009b\u202e\x07") || !strings.Contains(shown, "2J") || strings.Contains(shown, "\nFAKE") {
				t.Errorf("%s as %s: got %q", path, form, shown)
			}
		}
	}
}

// Whoever waits sees how far it is, and nothing of that stays.
func TestLongCallsShowABar(t *testing.T) {
	t.Parallel()
	m, tenant := terminalMachine(t)
	// Each page takes its time, so that all of them take longer than what needs no bar.
	slow := sandbox.Fault{Host: sandbox.Graph, Match: at("/users"), Times: 4, Delay: func(ctx context.Context) {
		select {
		case <-time.After(150 * time.Millisecond):
		case <-ctx.Done():
		}
	}}
	tenant.Inject(slow)
	call := []string{"call", "microsoft_graph", `{"path":"/users","queryParams":{"$top":"5","$select":"displayName"},"maxItems":20}`, "--output", "raw"}
	_, shown := m.onTerminal(t, 80, call...)
	bars := regexp.MustCompile(`\r\x1b\[K\x1b\[32m█+\x1b\[0m\x1b\[2m░+\x1b\[0m +\d+ %  \d+ items`).FindAllString(shown, -1)
	if len(bars) == 0 || !strings.Contains(shown, "items\r\x1b[K{\"columns\":") {
		t.Errorf("got %q", shown)
	}
	m.env["TERM"] = "dumb"
	tenant.Inject(slow)
	if _, shown := m.onTerminal(t, 80, call...); !strings.HasPrefix(shown, `{"columns":`) {
		t.Errorf("on a terminal that cannot take anything back: got %q", shown)
	}
}

// What lists things is a table, as wide as the terminal.
func TestListsOnATerminal(t *testing.T) {
	t.Parallel()
	m, _ := terminalMachine(t)
	for _, row := range []struct {
		columns uint16
		args    []string
		want    []string
	}{
		{120, []string{"call", "find_graph_api", "query=list the members of a group"}, []string{"call        GET /groups/{group}/members\n", "allowed     yes\n"}},
		{200, []string{"profile", "list"}, []string{"   NAME  MODE", "\n*  lab   clientCredentials  "}},
		{60, []string{"profile", "list"}, []string{"NAME                  * lab\n", "\nTENANT                " + sandbox.TenantID + "\n"}},
		{90, []string{"tools"}, []string{"TOOL                   EFFECT   WHAT", "\nget_auth_status        reads    Sign-in status\n", "path* method"}},
		{90, []string{"tools", "find_graph_api"}, []string{"find_graph_api: Find a Graph API (reads)\n", "\nlimit       integer  1 to 50\n"}},
		{90, []string{"tools", "azure_ai_search"}, []string{"has no use for the tool"}},
		{90, []string{"policy", "test", "GET", "/users"}, []string{"allow\nprofile:  lab, read-write\n"}},
		{90, []string{"status"}, []string{"lab: ", "\n  works; the access token is good until"}},
		{90, []string{"demo", "--once"}, []string{"→ tools/call get_auth_status {}\n← {\n    \"profile\": \"demo\",\n", `"Calendars.ReadWrite", "Channel`, "What to do:"}},
	} {
		_, coloured := m.onTerminal(t, row.columns, row.args...)
		shown := uncoloured(coloured)
		for _, want := range row.want {
			if !strings.Contains(shown, want) {
				t.Errorf("%q: %q is missing in %s", row.args, want, shown)
			}
		}
		if coloured == shown && row.args[len(row.args)-1] != "azure_ai_search" {
			t.Errorf("%q has no colours", row.args)
		}
	}
}
