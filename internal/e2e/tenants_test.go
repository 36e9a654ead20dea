package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// Two tenants are let in. The administrators of each hand out scopes and roles to whom they like, so a permission that
// opens the one's profile opens nothing to the other's people and apps.
func TestMalloryIsAdministratorOfAnotherTenant(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	base := "http://" + address
	hers := sandboxtest.Start(t, sandbox.Options{})
	acme := sandboxtest.Start(t, sandbox.Options{TenantID: "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", Domain: "acme.example"})
	hers.RegisterAPI(sandbox.API{URIs: []string{base + "/mcp"}})
	tables := sandboxtest.EntraTables(t, hers, base, "acme")
	tables = strings.Replace(tables, "tenant_ids = [", `tenant_ids = ["`+acme.TenantID()+`", `, 1)
	granted := strings.ReplaceAll(tables, "[[http.entra.grants]]\n", "[[http.entra.grants]]\ntenant_ids = [\""+acme.TenantID()+"\"]\n")
	if granted == tables {
		t.Fatalf("no grant to restrict in\n%s", tables)
	}
	config := sandboxtest.Profile(t, acme, "acme")
	f, err := os.OpenFile(config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\n" + granted); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", address)
	url := p.endpoint(t)
	for who, token := range map[string]string{"a person": sandboxtest.APIToken(t, hers, sandbox.MemberUPN), "an app": sandboxtest.AgentToken(t, hers, sandbox.APIRole)} {
		res, body := ask(t, http.MethodPost, url, initializeRequest(), withKey(token))
		if res.StatusCode != http.StatusForbidden || !strings.Contains(res.Header.Get("WWW-Authenticate"), "insufficient_scope") {
			t.Errorf("%s of another tenant: %s %q %s", who, res.Status, res.Header.Get("WWW-Authenticate"), body)
		}
	}
	if acme.Count(sandbox.Graph, "/") != 0 {
		t.Error("acme's data was asked for")
	}
}
