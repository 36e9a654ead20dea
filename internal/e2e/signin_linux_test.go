package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// browser puts a stand-in for xdg-open into the machine's PATH, which signs somebody in, in a real Chromium, and
// prints more than it should. It returns the environment that makes the program believe in a display.
func (d *desktop) browser(upn string) (pairs []string, page string) {
	d.t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		needOrSkip(d.t, "chromium is missing")
	}
	self, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	script := "#!/bin/sh\necho a browser that talks\nexec \"" + self + "\" \"$1\"\n"
	if err := os.WriteFile(filepath.Join(d.bin, "xdg-open"), []byte(script), 0o700); err != nil {
		d.t.Fatal(err)
	}
	page = filepath.Join(d.bin, "page-"+rand.Text())
	return []string{"DISPLAY=:77", playBrowser + "=" + upn, playScreenshot + "=" + page + ".png", playPage + "=" + page}, page
}

// shown waits for the page on which a sign-in has ended.
func (d *desktop) shown(page string) string {
	d.t.Helper()
	ctx := within(d.t)
	for {
		text, err := os.ReadFile(page)
		if err == nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.texts = append(d.texts, string(text))
			return string(text)
		}
		select {
		case <-ctx.Done():
			d.t.Fatal("the browser shows no page")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// cloud are the flags of a profile at the tenant.
func (d *desktop) cloud(tenant *sandbox.Tenant) []string {
	d.t.Helper()
	ca := filepath.Join(d.home, "ca-"+rand.Text()+".pem")
	if err := os.WriteFile(ca, tenant.CA(), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return []string{"--tenant", tenant.TenantID(), "--authority", tenant.LoginURL(), "--graph", tenant.GraphURL(),
		"--resource-manager", tenant.ResourceManagerURL(), "--ca-file", ca}
}

// addPerson adds a profile for people.
func (d *desktop) addPerson(name string, tenant *sandbox.Tenant) {
	d.t.Helper()
	d.done("", append([]string{"profile", "add", name, "--client-id", sandbox.DesktopClientID, "--scope", "User.Read,Mail.Read"}, d.cloud(tenant)...)...)
}

// who asks a server over stdio who it is, by a call of its profile to path.
func (p *process) who(t *testing.T, id int, profile, path string) toolResult {
	t.Helper()
	arguments := map[string]any{"path": path}
	if profile != "" {
		arguments["profile"] = profile
	}
	params, err := json.Marshal(map[string]any{"name": "microsoft_graph", "arguments": arguments})
	if err != nil {
		t.Fatal(err)
	}
	p.send(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`+"\n", id, params))
	return p.tool(t, id)
}

// serves starts a stdio server, asks for /me, and ends it.
func (d *desktop) serves(profile, path, want string) {
	d.t.Helper()
	p := d.run(nil, "stdio", "--profile", profile)
	p.send(d.t, initializeFrame)
	if got := p.who(d.t, 7, "", path); got.IsError || !strings.Contains(got.text(), want) {
		d.t.Fatalf("%s %s: got %s, want %q in it", profile, path, got.text(), want)
	}
	if err := p.stdin.Close(); err != nil {
		d.t.Fatal(err)
	}
	if code := p.exitCode(d.t); code != 0 {
		d.t.Errorf("exit code %d", code)
	}
	p.checkPure(d.t)
}

// inspected is serves with the official Inspector as the client, in both eras, where it is installed.
func (d *desktop) inspected(profile, path, want string) {
	d.t.Helper()
	if os.Getenv("E2E_NODE") == "" {
		return
	}
	g := target{Command: binary, Args: []string{"stdio", "--profile", profile}, Env: map[string]string{}}
	for _, pair := range d.env() {
		name, value, _ := strings.Cut(pair, "=")
		g.Env[name] = value
	}
	for _, g.Era = range []string{legacy, modern} {
		if got := inspectGraph(d.t, g, inspectorDone, path); !strings.Contains(got.text(), want) || got.Meta["account"] != want {
			d.t.Errorf("%s: got %s, %v", g.Era, got.text(), got.Meta)
		}
	}
}

// checkForgotten fails where anything of a sign-in is left on the machine.
func (d *desktop) checkForgotten() {
	d.t.Helper()
	if kept := d.kept(); kept != "" {
		d.t.Errorf("the keyring still holds\n%s", kept)
	}
	for path := range d.files() {
		if name := filepath.Base(path); strings.Contains(name, ".lock") || strings.Contains(name, "microsoft-mcp-server-") {
			d.t.Errorf("%s is left", path)
		}
	}
}

// A person adds a profile, signs in once in the browser, and is signed in for good: in new processes, after the
// access token has expired, after a restart of the machine. Signing out leaves nothing.
func TestSignedInForGood(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	d := newDesktop(t)
	d.addPerson("contoso", tenant)

	pairs, page := d.browser(sandbox.MemberUPN)
	login := d.run(pairs, "login", "contoso")
	if code := login.exitCode(t); code != 0 || !strings.Contains(login.stdout.String(), "signed in to contoso as "+sandbox.MemberUPN) {
		t.Fatalf("login: exit code %d\n%s\n%s", code, login.stdout, login.stderr)
	}
	if !strings.Contains(login.stderr.String(), tenant.LoginURL()) {
		t.Error("the address is not printed, for a browser that does not open")
	}
	if text := d.shown(page); !strings.Contains(text, "You are signed in") || !strings.Contains(text, sandbox.MemberUPN) || !strings.Contains(text, sandbox.TenantID) {
		t.Errorf("the last page says %q", text)
	}
	if info, err := os.Stat(page + ".png"); err != nil || info.Size() < 5_000 {
		t.Errorf("no picture of the page: %v", err)
	}

	logins := tenant.Count(sandbox.Login, "/authorize")
	d.serves("contoso", "/me", sandbox.MemberUPN)
	tenant.RevokeTokens() // as good as expired: Graph takes them no more
	d.serves("contoso", "/me", sandbox.MemberUPN)
	tenant.SetTokenLifetime(2 * time.Second)
	tenant.RevokeTokens()
	d.serves("contoso", "/me", sandbox.MemberUPN) // the next token is stored, and expires at once
	d.restart()
	before := tenant.Count(sandbox.Login, "/token")
	for tenant.Count(sandbox.Login, "/token") == before { // until it has expired by its own time, too
		d.serves("contoso", "/me", sandbox.MemberUPN)
	}
	d.inspected("contoso", "/me", sandbox.MemberUPN)
	if status := d.done("", "status", "contoso", "--json"); !strings.Contains(status, sandbox.MemberUPN) || !strings.Contains(status, "Mail.Read") || !strings.Contains(status, "the OS keyring") {
		t.Errorf("status: %s", status)
	}
	if tenant.Count(sandbox.Login, "/authorize") != logins {
		t.Error("somebody was asked to sign in again")
	}

	d.checkSecrecy(tenant.Secrets())
	d.checkArguments(statePattern.FindStringSubmatch(login.stderr.String())[1])
	if out := d.done("", "logout", "contoso"); !strings.Contains(out, "signed out of contoso") {
		t.Errorf("logout: %s", out)
	}
	d.checkForgotten()
	d.checkSecrecy(tenant.Secrets())
}

var (
	statePattern   = regexp.MustCompile(`[?&]state=([A-Z0-9]+)`)
	codePattern    = regexp.MustCompile(`type the code\s+(\S+)`)
	addressPattern = regexp.MustCompile(`Open\s+(https://\S+)`)
)

// The same without a browser: a code is shown, and typed in elsewhere.
func TestSignedInByDeviceCode(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetDeviceInterval(time.Second)
	d := newDesktop(t)
	d.addPerson("contoso", tenant)

	login := d.run(nil, "login", "contoso") // there is no display, so it is by code without being told
	code := codePattern.FindStringSubmatch(login.stderr.wait(t, "code", codePattern.MatchString))[1]
	address := addressPattern.FindStringSubmatch(login.stderr.wait(t, "address", addressPattern.MatchString))[1]
	sandboxtest.EnterCode(t, tenant, address, code, sandbox.MemberUPN)
	if code := login.exitCode(t); code != 0 || !strings.Contains(login.stdout.String(), "signed in to contoso as "+sandbox.MemberUPN) {
		t.Fatalf("login: exit code %d\n%s\n%s", code, login.stdout, login.stderr)
	}
	d.serves("contoso", "/me", sandbox.MemberUPN)
	tenant.RevokeTokens()
	d.restart()
	d.serves("contoso", "/me", sandbox.MemberUPN)
	d.done("", "logout", "--all")
	d.checkForgotten()
	d.checkSecrecy(tenant.Secrets())
}

// A tool call signs in, from inside the client: the browser opens, and the call goes through.
func TestSignInFromACall(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	d := newDesktop(t)
	d.addPerson("contoso", tenant)
	pairs, page := d.browser(sandbox.MemberUPN)
	p := d.run(pairs, "stdio")
	p.send(t, initializeFrame)
	if got := p.who(t, 7, "", "/me"); got.IsError || !strings.Contains(got.text(), sandbox.MemberUPN) {
		t.Errorf("got %s", got.text())
	}
	if text := d.shown(page); !strings.Contains(text, "You are signed in") {
		t.Errorf("the last page says %q", text)
	}
	p.checkPure(t)
	d.done("", "logout")
	d.checkForgotten()
	d.checkSecrecy(tenant.Secrets())
}

// Each way in which an app proves itself.
func TestAppCredentials(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	key, certificate := newCertificate(t)
	tenant.RegisterCertificate(sandbox.ClientID, certificate)
	tenant.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer, "system:serviceaccount:mcp:server", sandbox.FederatedAudience)
	endpoint, header := tenant.ManagedIdentity()
	const password = "correct horse battery staple"
	pfx, err := pkcs12.Modern.Encode(key, certificate, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)

	var challenges sync.Mutex // a challenge concerns all of the tenant's tokens: two during one call are one too many
	for name, row := range map[string]struct {
		flags  []string
		files  map[string]string
		secret string // for `secret set`
		env    []string
	}{
		"secret":  {flags: []string{"--secret-from", "keyring"}, secret: tenant.ClientSecret()},
		"sealed":  {flags: []string{"--secret-from", "vault", "--vault-file", "HOME/app.sealed", "--vault-key-from", "file:HOME/key"}, secret: tenant.ClientSecret(), files: map[string]string{"key": strings.Repeat("0123456789abcdef", 4)}},
		"pem":     {flags: []string{"--certificate-file", "HOME/app.pem"}, files: map[string]string{"app.pem": string(both)}},
		"pfx":     {flags: []string{"--certificate-file", "HOME/app.pfx", "--password-from", "keyring"}, files: map[string]string{"app.pfx": string(pfx)}, secret: password},
		"token":   {flags: []string{"--token-file", "HOME/token"}, files: map[string]string{"token": tenant.FederatedToken("system:serviceaccount:mcp:server", time.Hour)}},
		"machine": {flags: []string{"--credential", "managed-identity"}, env: []string{"IDENTITY_ENDPOINT=" + endpoint, "IDENTITY_HEADER=" + header}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesktop(t)
			for file, content := range row.files {
				if err := os.WriteFile(filepath.Join(d.home, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{"profile", "add", "app", "--auth-mode", "clientCredentials", "--client-id", sandbox.ClientID}
			for _, flag := range row.flags {
				args = append(args, strings.ReplaceAll(flag, "HOME", d.home))
			}
			d.done("", append(args, d.cloud(tenant)...)...)
			if row.secret != "" {
				d.done(row.secret+"\n", "secret", "set", "app")
			}
			p := d.run(row.env, "stdio")
			p.send(t, initializeFrame)
			challenges.Lock()
			defer challenges.Unlock()
			if got := p.who(t, 7, "", goodPath); got.IsError || !strings.Contains(got.text(), "displayName") {
				t.Fatalf("got %s", got.text())
			}
			tenant.ChallengeTokens() // continuous access evaluation: the next call needs another token, and gets it
			if got := p.who(t, 8, "", goodPath); got.IsError || !strings.Contains(got.text(), "displayName") {
				t.Errorf("after a challenge: got %s", got.text())
			}
			p.checkPure(t)
			if row.secret != "" {
				d.done("", "secret", "delete", "app")
			}
			d.checkForgotten()
			for file := range row.files { // the person's own, which hold secrets by their nature
				if err := os.Remove(filepath.Join(d.home, file)); err != nil {
					t.Fatal(err)
				}
			}
			d.checkSecrecy(append(tenant.Secrets(), password, header))
		})
	}
}

func newCertificate(t *testing.T) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "e2e"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}

// One process serves a person's profile of one tenant and an app's of another: each call names its profile, each
// result says which it came from, and no host ever sees the other's token.
func TestTwoProfilesOfTwoTenants(t *testing.T) {
	t.Parallel()
	const otherID, otherDomain = "b7a4c1d2-0000-4000-8000-1234567890ab", "fabrikam.example"
	one := sandboxtest.Start(t, sandbox.Options{})
	two := sandboxtest.Start(t, sandbox.Options{TenantID: otherID, Domain: otherDomain})
	d := newDesktop(t)
	d.addPerson("contoso", one)
	d.done("", append([]string{"profile", "add", "fabrikam", "--auth-mode", "clientCredentials", "--client-id", sandbox.ClientID, "--secret-from", "keyring"}, d.cloud(two)...)...)
	d.done(two.ClientSecret()+"\n", "secret", "set", "fabrikam")
	pairs, page := d.browser(sandbox.MemberUPN)
	if code := d.run(pairs, "login", "contoso").exitCode(t); code != 0 {
		t.Fatalf("login: exit code %d", code)
	}
	d.shown(page)

	p := d.run(nil, "stdio", "--profile", "contoso,fabrikam")
	p.send(t, initializeFrame)
	for i := range 10 { // in turns, many at once
		p.send(t, frameOf(t, 100+i, "contoso", "/me"), frameOf(t, 200+i, "fabrikam", goodPath))
	}
	for i := range 10 {
		person, app := p.tool(t, 100+i), p.tool(t, 200+i)
		if person.IsError || !strings.Contains(person.text(), sandbox.MemberUPN) {
			t.Errorf("contoso: %s", person.text())
		}
		if app.IsError || !strings.Contains(app.text(), "displayName") {
			t.Errorf("fabrikam: %s", app.text())
		}
		checkMeta(t, person, "contoso", sandbox.TenantID, sandbox.MemberUPN)
		checkMeta(t, app, "fabrikam", otherID, sandbox.ClientID)
	}
	if got := p.who(t, 300, "", "/me"); !got.IsError || !strings.Contains(got.text(), "profile") {
		t.Errorf("a call that names no profile: %s", got.text())
	}
	checkTokens(t, one, two)
	checkTokens(t, two, one)
	d.checkSecrecy(append(one.Secrets(), two.Secrets()...))
}

func frameOf(t *testing.T, id int, profile, path string) string {
	t.Helper()
	params, err := json.Marshal(map[string]any{"name": "microsoft_graph", "arguments": map[string]any{"path": path, "profile": profile}})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`+"\n", id, params)
}

func checkMeta(t *testing.T, got toolResult, profile, tenant, account string) {
	t.Helper()
	for name, want := range map[string]string{"profile": profile, "tenant": tenant, "account": account} {
		if got.Meta[name] != want {
			t.Errorf("_meta: %s is %v, want %s", name, got.Meta[name], want)
		}
	}
}

// checkTokens fails where a tenant's Graph has seen a token of the other's.
func checkTokens(t *testing.T, tenant, other *sandbox.Tenant) {
	t.Helper()
	requests := tenant.Requests(sandbox.Graph)
	if len(requests) == 0 {
		t.Error("nobody asked")
	}
	for _, r := range requests {
		if r.Status == http.StatusUnauthorized {
			t.Errorf("%s was refused", r.Path)
		}
		for _, s := range other.Secrets() {
			if strings.Contains(r.Header.Get("Authorization"), s) {
				t.Errorf("%s was asked with a token of another tenant", r.Path)
			}
		}
	}
}
