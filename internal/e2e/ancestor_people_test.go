package e2e

import (
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The ancestor's interactive mode over HTTP, by its variables alone: each person signs in at BASE_URL, with
// BASE_URL/oauth/callback registered at Entra, and acts as themselves. (With the ancestor it did not work.) Where no tenant
// is named it is common, and people with personal accounts come, too.
func TestAncestorsInteractiveMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("SSL_CERT_FILE, which makes the binary trust the sandbox under Microsoft's names, is not read on " + runtime.GOOS)
	}
	tenant := sandboxtest.Start(t, sandbox.Options{Users: 2, Hosts: []string{"login.microsoftonline.com", "graph.microsoft.com"}})
	port := freePort(t)
	base := "http://localhost:" + port
	secret := tenant.RegisterAPI(sandbox.API{Redirects: []string{base + "/oauth/callback"}, Accounts: sandbox.Everyone})
	variables := func(more ...string) []string {
		return environment(t, append(more, "AZURE_AUTH_MODE=interactive", "TRANSPORT_TYPE=httpStream", "AZURE_CLIENT_ID="+sandbox.APIClientID, "AZURE_CLIENT_SECRET="+secret,
			"BASE_URL="+base, "PORT="+port,
			"HTTPS_PROXY="+sandboxtest.Proxy(t, tenant), "SSL_CERT_FILE="+sandboxtest.CAFile(t, tenant))...)
	}
	// The organization's own index is not for whoever comes by.
	index := variables("AZURE_AI_SEARCH_ENDPOINT=https://index.search.windows.net", "AZURE_AI_SEARCH_API_KEY=hunter2~", "AZURE_AI_SEARCH_INDEX_NAME=docs")
	if code, out := runIn(t, t.TempDir(), index, ""); code != 2 || !strings.Contains(out, "AZURE_AI_SEARCH_ENDPOINT: would open the organization's index to strangers") || strings.Contains(out, "hunter2~") {
		t.Errorf("%d: %s", code, out)
	}
	for name, row := range map[string]struct{ in, out []string }{
		"":                                    {[]string{crewUPN(tenant, 0), sandbox.PersonalUPN}, []string{sandbox.StrangerUPN}},
		"AZURE_TENANT_ID=" + sandbox.TenantID: {[]string{crewUPN(tenant, 0), crewUPN(tenant, 1)}, []string{sandbox.StrangerUPN, sandbox.PersonalUPN}},
	} {
		p := start(t, variables(name))
		p.stderr.wait(t, "address", func(line string) bool { return strings.Contains(line, "listening on") })
		ctx, secrets, web := within(t), &whispers{}, crowdWeb(t)
		if res, _ := ask(t, http.MethodPost, base+"/mcp", initializeRequest(), nil); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Header.Get("WWW-Authenticate"), "resource_metadata=") {
			t.Errorf("nobody is let in: %s %v", res.Status, res.Header)
		}
		for i, era := range []string{legacy, modern} {
			m := newVisitor(base, row.in[i], sandboxtest.Client(t, tenant).Transport, secrets).member(web)
			if err := errors.Join(m.renew(ctx), m.greet(ctx, era), m.half(ctx)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, upn := range row.out {
			v := newVisitor(base, upn, sandboxtest.Client(t, tenant).Transport, secrets)
			if err := v.signIn(ctx); err == nil || !strings.Contains(err.Error(), "AADSTS50020") {
				t.Errorf("%s: %s signs in: %v", name, upn, err)
			}
		}
		_ = p.cmd.Process.Kill()
		<-p.ended
		checkKept(t, "the log", p.stderr.String(), secrets.known(tenant))
	}
}
