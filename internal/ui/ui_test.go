package ui_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wants tells the test what a page lacks.
func wants(t *testing.T, where, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q: %s", where, want, text)
		}
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	o := &office{}
	person := open(t, o, time.Hour).person()
	_, text, _ := person.get("")
	wants(t, "the overview", text, "2 of 4 profiles can sign in", "Nobody has signed in to profile contoso yet.", "login contoso", "in 12 days", "expired", "AADSTS7000222",
		"acts as an app", "acts as whoever calls", "read-only", "1 permission", `aria-current="page"`)
	o.change(func() { o.signedIn = true })
	_, text, _ = person.get("")
	wants(t, "signed in", text, "3 of 4", "25 November 2026, 09:40", "Sign out")
	o.change(func() { o.failing = advised{errors.New("the <b>configuration</b> is broken")} })
	_, text, _ = person.get("")
	wants(t, "broken", text, "The &lt;b&gt;configuration&lt;/b&gt; is broken.", "Ask an administrator to grant it.")
	o.change(func() { o.failing, o.empty = nil, true })
	_, text, _ = person.get("")
	wants(t, "empty", text, "There is no profile yet", "profile add")
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	o := &office{}
	person := open(t, o, time.Hour).person()
	status, text := person.post("sign-in", "profile", "contoso")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	wants(t, "waiting", text, "Sign in to contoso", `href="http://localhost:1/start/x"`, "10 minutes", "<noscript><meta http-equiv")
	if _, text, _ := person.get("state?profile=contoso"); text != "waiting" {
		t.Errorf("the state is %q", text)
	}
	person.post("sign-in", "profile", "contoso") // the same
	o.answer <- errors.New("the person cancelled the sign-in")
	var ended string
	for ended != "over" {
		_, ended, _ = person.get("state?profile=contoso")
	}
	_, text, _ = person.get("sign-in?profile=contoso")
	wants(t, "cancelled", text, "The sign-in did not work", "The person cancelled the sign-in.", "Try again")
	o.change(func() { o.page, o.code = "javascript:alert(1)", "ABCD-EFGH" })
	_, text = person.post("sign-in", "profile", "contoso")
	wants(t, "a code", text, "ABCD-EFGH")
	if strings.Contains(text, "javascript:") {
		t.Errorf("it leads to a script: %s", text)
	}
	o.answer <- nil
	for ended = ""; ended != "over"; {
		_, ended, _ = person.get("state?profile=contoso")
	}
	_, text, _ = person.get("sign-in?profile=contoso")
	wants(t, "signed in", text, "You are signed in", "ada@contoso.com")
	if _, text, _ := person.get("sign-in?profile=lab"); !strings.Contains(text, "Overview") {
		t.Errorf("no sign-in leads to %s", text)
	}
	o.change(func() { o.failing = errors.New("the keyring is locked") })
	_, text = person.post("sign-in", "profile", "lab")
	wants(t, "locked", text, "The keyring is locked.")
	_, text = person.post("sign-out", "profile", "contoso")
	wants(t, "locked", text, "The keyring is locked.")
}

func TestCalls(t *testing.T) {
	t.Parallel()
	o := &office{}
	person := open(t, o, time.Hour).person()
	_, text, _ := person.get("calls")
	wants(t, "calls", text, "audit.jsonl", "1.8 s", "96 ms", "failed, 403", "Authorization_RequestDenied", "agreed to by a person", "no end known", "refused", "person asked", "key ci",
		"10 calls were not sent in the last 24 hours; most in the hour of 06:00, 4.", `role="img"`, "The same in numbers")
	if n := strings.Count(text, `<tr role="row">`); n != 17 { // 12 refusals, 4 sent, and the head
		t.Errorf("%d rows", n)
	}
	_, text, _ = person.get("calls?by=day&outcome=refused&profile=lab")
	wants(t, "refused", text, "Refusals by the day", "6 calls were not sent in the last two weeks; most on Thu 26 Nov, 4.", `<option value="refused" selected>`)
	if strings.Contains(text, "/me/events") || strings.Contains(text, "<td role=\"cell\">contoso") {
		t.Errorf("others are shown: %s", text)
	}
	_, text, _ = person.get("calls?outcome=failed")
	wants(t, "failed", text, "Authorization_RequestDenied", "Nothing was refused")
	_, text, _ = person.get("calls?profile=%3Cb%3E")
	wants(t, "none", text, "There are none.")
	o.change(func() { o.empty = true })
	_, text, _ = person.get("calls")
	wants(t, "no file", text, "standard error", "[audit]", "max_size")
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	person := open(t, &office{}, time.Hour).person()
	_, text := person.post("policy", "profile", "lab", "method", "GET", "path", `/security/"><script>`, "service", "graph beta")
	wants(t, "denied", text, "It would be refused", "deny * /security/**", "graph beta", "/security/&#34;&gt;&lt;script&gt;", `<option value="lab" selected>`, `<option value="graph beta" selected>`)
	_, text = person.post("policy", "profile", "lab", "method", "POST", "path", "/$batch", "service", "graph v1.0", "body", `{"requests":[]}`)
	wants(t, "a batch", text, "A person would be asked first", "confirm POST /me/sendMail", "/me/sendmail", "<details class=\"field full\" open>")
	_, text = person.post("policy", "profile", "lab", "method", "GET", "path", "users", "service", "azure ")
	wants(t, "no path", text, "The path users does not begin with a slash.", "Ask an administrator")
}

func TestClients(t *testing.T) {
	t.Parallel()
	o := &office{}
	person := open(t, o, time.Hour).person()
	_, text, _ := person.get("clients")
	wants(t, "clients", text, "Claude Desktop", "installed", "not found here", "line 12: a comma is missing")
	_, text = person.post("clients", "client", "vscode", "act", "install", "step", "look")
	wants(t, "the change", text, "Install into VS Code", "microsoft-mcp-server&#34;", "Write it")
	if strings.Contains(text, "hush") || len(o.wrote) > 0 {
		t.Errorf("another server's secret is shown, or it is written already: %s", text)
	}
	_, text = person.post("clients", "client", "vscode", "act", "install", "step", "write")
	wants(t, "written", text, ".bak-20261126", "Start the server from the list of MCP servers.")
	_, text, _ = person.get("clients")
	if strings.Contains(text, ".bak-") {
		t.Error("it is told twice")
	}
	_, text = person.post("clients", "client", "zed", "act", "install", "step", "write")
	wants(t, "the same", text, "nothing was written")
	if status, _ := person.post("clients", "client", "emacs", "act", "install", "step", "write"); status != http.StatusNotFound {
		t.Errorf("no such client: %d", status)
	}
	o.change(func() { o.failing = errors.New("the disk is full") })
	if got := strings.Join(o.wrote, " "); got != "vscode" {
		t.Errorf("written: %s", got)
	}
}
