package ui_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/ui"
)

// now is when the tests take place.
func now() time.Time { return time.Date(2026, 11, 26, 15, 40, 0, 0, time.UTC) }

// office is what the dashboard of the tests shows.
type office struct {
	mu       sync.Mutex // guards what follows
	signedIn bool
	wrote    []string
	failing  error
	answer   chan error // what ends a sign-in
	empty    bool
	page     string // of a sign-in
	code     string
}

// advised is an error that says what to do.
type advised struct{ error }

func (advised) Hint() string { return "ask an administrator to grant it" }

func (o *office) Names(context.Context) ([]string, error) { return []string{"contoso", "lab"}, nil }

func (o *office) Profiles(context.Context) ([]ui.Profile, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing != nil || o.empty {
		return nil, o.failing
	}
	contoso := ui.Profile{Name: "contoso", Mode: "interactive", Account: "ada@contoso.com", Tenant: "8f2c1d7e-5b1a-4c55-9a0e-0c6a3b7f1d20", Cloud: "global", Person: true,
		Credential: "a person's sign-in, in the OS keyring"}
	if contoso.Ready = o.signedIn; o.signedIn {
		contoso.SignedInAt, contoso.Permissions = now().Add(-30*time.Hour), []string{"Calendars.Read", "Mail.Read", "User.Read"}
	} else {
		contoso.Problem, contoso.Remedy = "nobody has signed in to profile contoso yet", "sign in: microsoft-mcp-server login contoso"
	}
	return []ui.Profile{contoso,
		{Name: "lab", Mode: "clientCredentials", Account: "11111111-2222-4333-8444-555555555555", Tenant: "contoso.onmicrosoft.com", Cloud: "global", Ready: true, ReadOnly: true,
			Credential: "the certificate in /etc/mcp/lab.pem", CredentialExpires: now().Add(12 * 24 * time.Hour), Permissions: []string{"User.Read.All"}},
		{Name: "old", Mode: "clientCredentials", Account: "66666666-2222-4333-8444-555555555555", Tenant: "fabrikam.example", Cloud: "usgov",
			Credential: "a client secret, in the OS keyring", CredentialExpires: now().Add(-time.Hour), Problem: "AADSTS7000222: the client secret has expired", Remedy: "make a new one in the Entra portal, then: microsoft-mcp-server secret set old"},
		{Name: "team", Mode: "onBehalfOf", Account: "77777777-2222-4333-8444-555555555555", Tenant: "contoso.onmicrosoft.com", Cloud: "global", Ready: true, Credential: "this machine's managed identity", Permissions: []string{"Mail.Send"}},
	}, nil
}

func (o *office) SignIn(context.Context, string) (*ui.SignIn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing != nil {
		return nil, o.failing
	}
	answer := o.answer
	return &ui.SignIn{Page: o.page, Code: o.code, Expires: now().Add(10 * time.Minute), End: func(ctx context.Context) (string, error) {
		select {
		case err := <-answer:
			o.mu.Lock()
			defer o.mu.Unlock()
			o.signedIn = err == nil
			return "ada@contoso.com", err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}}, nil
}

func (o *office) SignOut(context.Context, string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.signedIn
	o.signedIn = false
	return was, o.failing
}

func (o *office) Calls(context.Context) (ui.Log, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing != nil || o.empty {
		return ui.Log{To: "the server's standard error"}, o.failing
	}
	at := func(hours float64) time.Time { return now().Add(-time.Duration(hours * float64(time.Hour))) }
	sent := func(id string, hours float64, done ui.Line) []ui.Line {
		done.Call, done.Profile, done.Account, done.Tool, done.API = id, "contoso", "ada@contoso.com", "microsoft_graph", "graph"
		begun := done
		begun.Time, begun.Stage, begun.Status, begun.Took, begun.Code = at(hours), "sending", 0, 0, ""
		done.Time, done.Stage = begun.Time.Add(done.Took), "done"
		return []ui.Line{begun, done}
	}
	lines := []ui.Line{}
	for i, hours := range []float64{200, 60, 22.5, 22.2, 13, 9.4, 9.3, 9.2, 9.1, 2.5, 2.4, 1.2} {
		lines = append(lines, ui.Line{Time: at(hours), Verdict: []string{"denied", "denied", "unconfirmed"}[i%3], Rule: []string{"deny * /security/**", "access = read-only", "confirm POST /me/sendMail"}[i%3],
			Call: "r" + string(rune('a'+i)), Profile: []string{"lab", "contoso"}[i%2], Principal: []string{"", "key ci"}[i%2], Tool: "microsoft_graph",
			Method: []string{"GET", "DELETE", "POST"}[i%3], Path: []string{"/security/alerts", "/users/ada@contoso.com", "/me/sendMail"}[i%3]})
	}
	lines = append(lines, sent("s1", 4, ui.Line{Verdict: "allowed", Rule: "access = read-write", Method: "POST", Path: "/me/events", Status: 201, Took: 412 * time.Millisecond})...)
	lines = append(lines, sent("s2", 1, ui.Line{Verdict: "confirmed", Agreed: "person", Rule: "confirm POST /me/sendMail", Method: "POST", Path: "/me/sendMail", Status: 202, Took: 1830 * time.Millisecond})...)
	lines = append(lines, sent("s3", .5, ui.Line{Verdict: "allowed", Rule: "access = read-write", Method: "PATCH", Path: "/users/0f2a6c1e-7b1d-4a55-8a0e-0c6a3b7f1d20", Status: 403, Code: "Authorization_RequestDenied", Took: 96 * time.Millisecond})...)
	lines = append(lines, sent("s4", .1, ui.Line{Verdict: "allowed", Rule: "access = read-write", Method: "PUT", Path: "/me/drive/root:/report.xlsx:/content"})[:1]...)
	return ui.Log{Place: "/home/ada/.config/microsoft-mcp-server/audit.jsonl", Lines: lines, Older: true}, nil
}

func (o *office) Try(_ context.Context, t ui.Trial) (ui.Judgement, error) {
	if !strings.HasPrefix(t.Path, "/") {
		return ui.Judgement{}, advised{errors.New("the path " + t.Path + " does not begin with a slash")}
	}
	j := ui.Judgement{Profile: t.Profile, Access: "read-write", Service: t.API + " " + t.Version, Method: t.Method, Path: t.Path, Verdict: "deny", Rule: "deny * /security/**", Reason: "a deny rule covers it"}
	if t.Body != "" {
		j.Verdict, j.Rule = "confirm", "confirm POST /me/sendMail"
		j.Items = []ui.Judgement{{ID: "1", Verdict: "allow", Rule: "access = read-write", Method: "GET", Path: "/me"}, {ID: "2", Verdict: "confirm", Rule: "confirm POST /me/sendMail", Method: "POST", Path: "/me/sendmail"}}
	}
	return j, nil
}

func (o *office) Clients(context.Context) ([]ui.Client, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return []ui.Client{
		{Name: "claude-desktop", Title: "Claude Desktop", File: "/home/ada/.config/Claude/claude_desktop_config.json", Present: true, Installed: true},
		{Name: "vscode", Title: "VS Code", File: "/home/ada/.config/Code/User/mcp.json", Present: true, Next: "start the server from the list of MCP servers"},
		{Name: "cursor", Title: "Cursor", File: "/home/ada/.cursor/mcp.json", Present: true, Problem: "/home/ada/.cursor/mcp.json, line 12: a comma is missing", Remedy: "correct the file, then load this page again"},
		{Name: "zed", Title: "Zed", File: "/home/ada/.config/zed/settings.json"},
	}, o.failing
}

func (o *office) Plan(_ context.Context, name string, remove bool) (ui.Change, error) {
	const one, two = "{\n  \"servers\": {\n    \"other\": {\"key\": \"hush\"}\n  }\n}\n", "{\n  \"servers\": {\n    \"microsoft\": {\n      \"command\": \"/usr/bin/microsoft-mcp-server\",\n      \"args\": [\"stdio\"]\n    },\n    \"other\": {\"key\": \"hush\"}\n  }\n}\n"
	c := ui.Change{File: "/home/ada/.config/" + name, Before: []byte(one), After: []byte(two)}
	if remove {
		c.Before, c.After = c.After, c.Before
	}
	if name == "zed" {
		c.After = c.Before
	}
	c.Write = func() (string, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.wrote = append(o.wrote, name)
		return c.File + ".bak-20261126", o.failing
	}
	return c, nil
}

// change changes the office.
func (o *office) change(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

// dashboard is a dashboard that runs.
type dashboard struct {
	t       *testing.T
	address string // with the token
	base    string // ends with the room and a slash
	host    string
	ended   chan error
}

func open(t *testing.T, o *office, idle time.Duration) *dashboard {
	t.Helper()
	o.answer = make(chan error, 1)
	if o.page == "" {
		o.page = "http://localhost:1/start/x"
	}
	s := ui.New(ui.Config{Profiles: o, Calls: o, Policy: o, Clients: o, Version: "1.2.3", File: "/home/ada/.config/microsoft-mcp-server/config.toml", Idle: idle, Now: now})
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &dashboard{t: t, address: s.Address(l.Addr().(*net.TCPAddr).Port), ended: make(chan error, 1)}
	d.host = strings.Split(d.address, "/")[2]
	d.base = "http://" + d.host + s.Room()
	ctx, stop := context.WithCancel(context.Background())
	go func() { d.ended <- s.Serve(ctx, l); close(d.ended) }()
	t.Cleanup(func() { stop(); <-d.ended })
	return d
}

// browser is one, with cookies or without.
type browser struct {
	*http.Client
	d *dashboard
}

func (d *dashboard) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
	}}
	d.t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{Jar: jar, Transport: transport}, d}
}

// person is a browser that has opened the dashboard.
func (d *dashboard) person() *browser {
	d.t.Helper()
	b := d.browser()
	if status, text, _ := b.get(d.address); status != http.StatusOK || !strings.Contains(text, "The dashboard is open") {
		d.t.Fatalf("opening: %d %s", status, text)
	}
	return b
}

// send sends a request with further headers; "Host" is one.
func (b *browser) send(method, address, body string, pairs ...string) (int, string, http.Header) {
	b.d.t.Helper()
	if !strings.HasPrefix(address, "http") {
		address = b.d.base + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		b.d.t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	resp, err := b.Do(r)
	if err != nil {
		b.d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.d.t.Fatal(err)
	}
	return resp.StatusCode, style.ReplaceAllString(string(text), ""), resp.Header
}

var style = regexp.MustCompile(`(?s)<style.*</style>`)

func (b *browser) get(address string, pairs ...string) (int, string, http.Header) {
	b.d.t.Helper()
	return b.send(http.MethodGet, address, "", pairs...)
}

var proofField = regexp.MustCompile(`name="proof" value="([^"]+)"`)

// post sends a form as a page of the dashboard would.
func (b *browser) post(address string, fields ...string) (int, string) {
	b.d.t.Helper()
	_, page, _ := b.get("policy")
	proof := proofField.FindStringSubmatch(page)
	if proof == nil {
		b.d.t.Fatalf("no form in %s", page)
	}
	form := url.Values{"proof": {proof[1]}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	status, text, _ := b.send(http.MethodPost, address, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", "http://"+b.d.host, "Sec-Fetch-Site", "same-origin")
	return status, text
}
