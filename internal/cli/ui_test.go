package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// dashboard is a browser in front of the program's dashboard.
type dashboard struct {
	t       *testing.T
	browser http.Client
	base    string
}

// startUI runs `ui` until the test ends, and returns the page that a browser is given.
func (m *machine) startUI(t *testing.T) string {
	t.Helper()
	opened, ended := make(chan string, 1), make(chan int, 1)
	m.openURL = func(page string) error { opened <- page; return nil }
	ctx, stop := context.WithCancel(context.Background())
	var out bytes.Buffer
	errs := &watched{}
	go func() { ended <- cli.Main(ctx, m.around(strings.NewReader(""), &out, errs, "ui")) }()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 || !strings.Contains(out.String(), "http://localhost:") {
			t.Errorf("it ended with %d: %s%s", code, out.String(), errs)
		}
	})
	select {
	case page := <-opened:
		return page
	case code := <-ended:
		ended <- code
		t.Fatalf("it ended: %s", errs)
	}
	return ""
}

// openUI runs `ui` until the test ends, and opens it.
func (m *machine) openUI(t *testing.T) *dashboard {
	t.Helper()
	address := m.startUI(t)
	if file, isFile := strings.CutPrefix(address, "file://"); isFile {
		address = onward.FindStringSubmatch(m.file(t, file))[1]
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	d := &dashboard{t: t, browser: http.Client{Jar: jar, Transport: transport}}
	room := roomLink.FindStringSubmatch(d.get(address))
	if room == nil {
		t.Fatal("it does not open")
	}
	d.base = address[:strings.LastIndex(address, "/")] + room[1]
	return d
}

// A real browser that is given the file gets to the dashboard.
func TestBrowserIsLedToTheDashboard(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	m := newMachine(t)
	m.env["HOME"] = t.TempDir()
	page := m.startUI(t)
	if strings.Contains(page, "token") {
		t.Errorf("the browser's command line has the token: %s", page)
	}
	eye.Visit(t, page)
	eye.Until(t, `document.title.startsWith("Overview")`)
}

func (d *dashboard) get(page string) string {
	d.t.Helper()
	if !strings.HasPrefix(page, "http") {
		page = d.base + page
	}
	resp, err := d.browser.Get(page)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return styleText.ReplaceAllString(string(text), "")
}

var (
	styleText  = regexp.MustCompile(`(?s)<style.*</style>`)
	proofField = regexp.MustCompile(`name="proof" value="([^"]+)"`)
	roomLink   = regexp.MustCompile(`href="(/[A-Z0-9]+/)"`)
	onward     = regexp.MustCompile(`href="(http[^"]+)"`)
)

func (d *dashboard) post(page string, fields ...string) string {
	d.t.Helper()
	form := url.Values{"proof": {proofField.FindStringSubmatch(d.get("policy"))[1]}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, d.base+page, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := d.browser.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return styleText.ReplaceAllString(string(text), "")
}

func (d *dashboard) shows(text string, all ...string) {
	d.t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			d.t.Errorf("no %q in %s", want, text)
		}
	}
}

// A person signs in, looks around and signs out, all in the dashboard, against the simulated tenant.
func TestDashboard(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	home := t.TempDir()
	m.env["HOME"], m.env["USERPROFILE"] = home, home
	cursor := filepath.Join(home, ".cursor", "mcp.json")
	const others, ours = `{"mcpServers": {"other": {"command": "x", "env": {"KEY": "hush"}}`, `, "microsoft-mcp-server": {"command": "y", "args": ["stdio", "--profile", "other", "--config", "/x.toml"]}`
	if err := os.MkdirAll(filepath.Dir(cursor), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cursor, []byte(others+ours+"}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := m.openUI(t)
	d.shows(d.get(""), "0 of 1 profile can sign in", "Nobody has signed in to profile desk yet.", "not signed in")

	m.env["AZURE_CLIENT_ID"] = "99999999-9999-4999-8999-999999999999"
	d.shows(d.post("sign-in", "profile", "desk"), "AADSTS700016", "not the object ID")
	m.env["AZURE_CLIENT_ID"] = ""
	waiting := d.post("sign-in", "profile", "desk")
	page := onward.FindStringSubmatch(waiting)
	if page == nil {
		t.Fatalf("nowhere to sign in: %s", waiting)
	}
	if _, err := sandboxtest.SignIn(t, tenant, signInAddress(t, page[1]), sandbox.MemberUPN).Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	for d.get("state?profile=desk") != "over" {
		if t.Context().Err() != nil {
			t.Fatal("the sign-in does not end")
		}
	}
	d.shows(d.get("sign-in?profile=desk"), "You are signed in", sandbox.MemberUPN)
	d.shows(d.get(""), "1 of 1 profile can sign in", sandbox.MemberUPN, "User.Read", "Sign out")

	d.shows(d.post("policy", "profile", "desk", "method", "DELETE", "path", "/users/ada", "service", "graph v1.0"), "DELETE /users/ada", "read-only")
	d.shows(d.post("policy", "profile", "desk", "method", "GET", "path", "users", "service", "graph v1.0"), "What now?")
	d.shows(d.get("calls"), "standard error", "[audit]")

	d.shows(d.get("clients"), "Claude Desktop", "not found here", cursor, "Uninstall…")
	d.shows(d.post("clients", "client", "cursor", "act", "install", "step", "write"), "is written")
	if now := m.file(t, cursor); strings.Contains(now, `"y"`) || !strings.Contains(now, `"args": ["stdio", "--profile", "other", "--config", "/x.toml"]`) {
		t.Errorf("renewed, the entry is %s", now)
	}
	change := d.post("clients", "client", "cursor", "act", "uninstall", "step", "look")
	d.shows(change, "Uninstall from Cursor", "Write it")
	if strings.Contains(change, "Claude Desktop") {
		t.Errorf("it is written at once: %s", change)
	}
	d.shows(d.post("clients", "client", "cursor", "act", "uninstall", "step", "write"), "is written", "is kept as")
	if now, err := os.ReadFile(cursor); err != nil || !strings.Contains(string(now), "hush") || strings.Contains(string(now), "microsoft-mcp-server") {
		t.Errorf("the file is now %q (%v)", now, err)
	}
	d.shows(d.post("sign-out", "profile", "desk"), "Signed out of desk")
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
	if other := d.post("sign-in", "profile", "dusk"); !strings.Contains(other, "There is no such profile") {
		t.Errorf("no such profile: %s", other)
	}
}

// What the server refused is on the page of the calls.
func TestDashboardReadsTheAuditLog(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	written, err := os.ReadFile(sandboxtest.Profile(t, tenant, "lab"))
	if err != nil {
		t.Fatal(err)
	}
	m.env["MICROSOFT_MCP_CONFIG"] = filepath.Join(m.dir, "config.toml")
	if err := os.WriteFile(m.env["MICROSOFT_MCP_CONFIG"], append(written, "\n[profiles.lab.policy]\ndeny = [\"DELETE /users/*\"]\n\n[audit]\nfile = \"audit.jsonl\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := m.run(t, "", "call", "microsoft_graph", `{"path":"/users/ada","method":"DELETE"}`); code != 1 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	if code, out, errs := m.run(t, "", "call", "microsoft_graph", `{"path":"/groups/ada","method":"DELETE"}`); code != 1 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	d := m.openUI(t)
	d.shows(d.get("calls"), "DELETE /groups/ada", "failed, 404", "DELETE /users/ada", "refused", "1 call was not sent in the last 24 hours", "audit.jsonl")
	d.shows(d.post("sign-in", "profile", "lab"), "signs in as an app")
	d.shows(d.get(""), "1 of 1 profile can sign in", "acts as an app")
}
