package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// appToo is the configuration of a server at which people sign in to an app, and which serves a profile besides that acts
// as an app itself and never asks for anybody's own tokens.
func appToo(t *testing.T, tenant *sandbox.Tenant, origin string) string {
	t.Helper()
	tenant.RegisterAPI(sandbox.API{Redirects: []string{origin + "/oauth/callback"}})
	_, app, _ := strings.Cut(contentOf(t, sandboxtest.Profile(t, tenant, "app")), "\n")
	return sandboxtest.CallersProfile(t, tenant, "e2e", fmt.Sprintf("[http]\nprofiles = [\"e2e\", \"app\"]\nbase_url = %q\n\n[http.oauth]\nprofile = \"e2e\"\nprofiles = [\"e2e\", \"app\"]\n%s", origin, app))
}

// serveAppToo starts that server, at which somebody has signed in.
func serveAppToo(t *testing.T) (tenant *sandbox.Tenant, config string, v *visitor, p *process) {
	t.Helper()
	address := freeAddress(t)
	tenant = sandboxtest.Start(t, sandbox.Options{})
	config = appToo(t, tenant, "http://"+address)
	p = start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", address)
	p.endpoint(t)
	v = newVisitor("http://"+address, sandbox.MemberUPN, sandboxtest.Client(t, tenant).Transport, &whispers{})
	if err := v.signIn(within(t)); err != nil {
		t.Fatal(err)
	}
	return tenant, config, v, p
}

// reads makes a call with the visitor's access token, and tells whether it was answered.
func (v *visitor) reads(t *testing.T, profile, path string) bool {
	t.Helper()
	call := graphCall(path)
	call["arguments"].(map[string]any)["profile"] = profile
	reply, _, err := (&caller{url: v.endpoint, key: v.access, client: &http.Client{}}).call(within(t), call, nil)
	return err == nil && !reply.IsError
}

// Somebody was dismissed, and an administrator has revoked their sessions: their program is not renewed any more, though
// it uses the app's profile alone, and though a token of theirs is still in memory.
func TestWhoWasDismissedLosesTheAppToo(t *testing.T) {
	t.Parallel()
	for _, used := range []bool{false, true} {
		tenant, _, v, _ := serveAppToo(t)
		if !v.reads(t, "app", "/users?$top=1") || used && !v.reads(t, "e2e", "/me") {
			t.Fatal("who has signed in is not answered")
		}
		if err := v.redeem(within(t), v.renewal()); err != nil {
			t.Fatal(err)
		}
		tenant.RevokeSessions(v.upn)
		got := must[seen](t)(v.token(v.renewal())(within(t)))
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, "invalid_grant") {
			t.Errorf("renewed: %v", got)
		}
		if v.reads(t, "app", "/users?$top=1") {
			t.Error("the access token works on")
		}
	}
}

// While Entra is away nobody is renewed, and nobody loses anything.
func TestRenewalWhileEntraIsAway(t *testing.T) {
	t.Parallel()
	tenant, _, v, _ := serveAppToo(t)
	remove := tenant.Inject(sandbox.Fault{Host: sandbox.Login, Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"60"}}})
	got := must[seen](t)(v.token(v.renewal())(within(t)))
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "temporarily_unavailable") || got.header.Get("Retry-After") == "" {
		t.Errorf("%v", got)
	}
	remove()
	if !v.reads(t, "app", "/users?$top=1") {
		t.Error("the access token is lost")
	}
}

// The operator goes over to another company's tenant, whose app then opens another company's data.
func TestGrantsStayInTheirTenant(t *testing.T) {
	t.Parallel()
	_, config, v, p := serveAppToo(t)
	form := v.renewal()
	other := sandboxtest.Start(t, sandbox.Options{TenantID: "bbbbbbbb-aaaa-4aaa-8aaa-aaaaaaaaaaaa", Domain: "acme.example"})
	if err := os.WriteFile(config, []byte(contentOf(t, appToo(t, other, v.origin))), 0o600); err != nil {
		t.Fatal(err)
	}
	p.stderr.wait(t, "the new configuration", func(line string) bool { return strings.Contains(line, "configuration reloaded") })
	if v.reads(t, "app", "/users?$top=1") {
		t.Error("a person of the one company is served by the other's app")
	}
	if got := must[seen](t)(v.token(form)(within(t))); got.status != http.StatusBadRequest || !strings.Contains(got.body, "invalid_grant") {
		t.Errorf("renewed: %v", got)
	}
}

// Who registers a program and agrees on its consent screen gets as far as the server's own credential, and is told nothing
// of it.
func TestMalloryLearnsNothingOfTheCredential(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	config := sandboxtest.CallersProfile(t, tenant, "e2e", oauthTables(address, ""))
	before, rest, _ := strings.Cut(contentOf(t, config), "client_secret =")
	_, after, _ := strings.Cut(rest, "\n")
	for name, row := range map[string]struct{ secret, hidden string }{
		"file":    {`{ file = "/var/lib/private/contoso/prod-secret" }`, "prod-secret"},
		"env":     {`{ env = "CONTOSO_PROD_SECRET" }`, "CONTOSO_PROD"},
		"command": {`{ command = ["/bin/sh", "-c", "echo the vault at vault.internal says no >&2; exit 3"] }`, "vault.internal"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(config, []byte(before+"client_secret = "+row.secret+"\n"+after), 0o600); err != nil {
				t.Fatal(err)
			}
			p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", address)
			defer func() { _ = p.cmd.Process.Kill(); <-p.ended }()
			p.endpoint(t)
			v := newVisitor("http://"+address, sandbox.MemberUPN, sandboxtest.Client(t, tenant).Transport, &whispers{})
			if err := v.register(within(t)); err != nil {
				t.Fatal(err)
			}
			ticket := must[string](t)(v.consentTicket(within(t), v.ask()))
			got := must[seen](t)(v.send(within(t), v.browser, v.origin+"/oauth/consent", url.Values{"ticket": {ticket}, "answer": {"approve"}}, "Origin", v.origin))
			_, id, _ := strings.Cut(got.body, "Request ")
			id, _, _ = strings.Cut(id, "<")
			if got.status != http.StatusServiceUnavailable || strings.Contains(got.body, row.hidden) || !strings.Contains(got.body, "cannot sign anybody in at the moment") || id == "" {
				t.Errorf("%v %s", got.status, got.body)
			}
			p.stderr.wait(t, "the whole error with the request's ID", func(line string) bool {
				return strings.Contains(line, "nobody can be signed in") && strings.Contains(line, row.hidden) && strings.Contains(line, id)
			})
		})
	}
}
