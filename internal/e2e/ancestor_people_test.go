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
// BASE_URL/oauth/callback registered at Entra, and acts as themselves. (With the ancestor it did not work.)
func TestAncestorsInteractiveMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("SSL_CERT_FILE, which makes the binary trust the sandbox under Microsoft's names, is not read on " + runtime.GOOS)
	}
	tenant := sandboxtest.Start(t, sandbox.Options{Users: 2, Hosts: []string{"login.microsoftonline.com", "graph.microsoft.com"}})
	port := freePort(t)
	base := "http://localhost:" + port
	secret := tenant.RegisterAPI(sandbox.API{Redirects: []string{base + "/oauth/callback"}})
	variables := func(more ...string) []string {
		return environment(t, append(more, "AZURE_AUTH_MODE=interactive", "TRANSPORT_TYPE=httpStream", "AZURE_CLIENT_ID="+sandbox.APIClientID, "AZURE_CLIENT_SECRET="+secret,
			"BASE_URL="+base, "PORT="+port,
			"HTTPS_PROXY="+sandboxtest.Proxy(t, tenant), "SSL_CERT_FILE="+sandboxtest.CAFile(t, tenant))...)
	}
	// Which tenant it is has to be said: people of any would be let in otherwise.
	for _, anybodys := range []string{"AZURE_TENANT_ID=common", "AZURE_TENANT_ID="} {
		if code, out := runIn(t, t.TempDir(), variables(anybodys), ""); code != 2 || !strings.Contains(out, "is not one tenant") || strings.Contains(out, secret) {
			t.Errorf("%s: %d: %s", anybodys, code, out)
		}
	}
	p := start(t, variables("AZURE_TENANT_ID="+sandbox.TenantID))
	p.stderr.wait(t, "address", func(line string) bool { return strings.Contains(line, "listening on") })

	ctx, secrets, web := within(t), &whispers{}, crowdWeb(t)
	if res, _ := ask(t, http.MethodPost, base+"/mcp", initializeRequest(), nil); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Header.Get("WWW-Authenticate"), "resource_metadata=") {
		t.Errorf("nobody is let in: %s %v", res.Status, res.Header)
	}
	for i, era := range []string{legacy, modern} {
		m := newVisitor(base, crewUPN(tenant, i), sandboxtest.Client(t, tenant).Transport, secrets).member(web)
		if err := errors.Join(m.renew(ctx), m.greet(ctx, era), m.half(ctx)); err != nil {
			t.Error(err)
		}
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	checkKept(t, "the log", p.stderr.String(), secrets.known(tenant))
}
