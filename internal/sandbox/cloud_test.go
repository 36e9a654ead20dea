package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// One cloud's token is none in another.
func TestCloudsAreApart(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	form := func(scope string) url.Values {
		return url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.ClientID}, "client_secret": {r.ClientSecret()}, "scope": {scope + "/.default"}}
	}
	token := func(login, scope string) string {
		t.Helper()
		return r.do(login+"/"+r.TenantID()+"/oauth2/v2.0/token", form(scope)).text("access_token")
	}
	const gov = "https://login.microsoftonline.us"
	graphs := map[string]string{
		r.GraphURL(): r.LoginURL(), "https://graph.microsoft.com": "https://login.microsoftonline.com", "https://graph.microsoft.us": gov,
		"https://dod-graph.microsoft.us": gov, "https://microsoftgraph.chinacloudapi.cn": "https://login.partner.microsoftonline.cn",
	}
	for of, login := range graphs {
		named, byID := token(login, of), token(login, company.GraphAppID)
		for at, itsLogin := range graphs {
			for name, row := range map[string]struct {
				token string
				good  bool
			}{"named": {named, of == at}, "by ID": {byID, login == itsLogin}} {
				want := http.StatusUnauthorized
				if row.good {
					want = http.StatusOK
				}
				if a := r.call(at+"/v1.0/users?$top=1", row.token); a.status != want {
					t.Errorf("a token for %s, %s, at %s: got %d %.100s, want %d", of, name, at, a.status, a.body, want)
				}
			}
		}
	}
	arms := map[string]string{"https://management.azure.com": "https://management.core.windows.net/", "https://management.usgovcloudapi.net": "https://management.usgovcloudapi.net"}
	for of, name := range arms {
		for at := range arms {
			want := http.StatusUnauthorized
			if of == at {
				want = http.StatusOK
			}
			if a := r.call(at+"/subscriptions?api-version=2022-12-01", token(r.LoginURL(), name)); a.status != want {
				t.Errorf("a token for %s at %s: got %d %s, want %d", name, at, a.status, a.body, want)
			}
		}
	}
	localhost := strings.Replace(r.GraphURL(), "127.0.0.1", "localhost", 1)
	if a := r.call(localhost+"/v1.0/users?$top=1", token(r.LoginURL(), r.GraphURL())); a.status != http.StatusOK {
		t.Errorf("at localhost: got %d %s", a.status, a.body)
	}
}

// Two tenants of one test have nothing in common but the names of people.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	const otherID, otherDomain = "0f6b3a52-7d19-4c8e-9b40-e1a7c25d8863", "halcyon.example"
	one, two := newRig(t, sandbox.Options{}), newRig(t, sandbox.Options{TenantID: strings.ToUpper(otherID), Domain: otherDomain})
	upn := two.UPN(sandbox.MemberUPN)
	if two.TenantID() != otherID || two.Domain() != otherDomain || upn != "seamus.oshea@"+otherDomain || one.UPN(sandbox.MemberUPN) != sandbox.MemberUPN {
		t.Errorf("got %s, %s, %s", two.TenantID(), two.Domain(), upn)
	}
	a := two.signIn(upn)
	if id := claimsOf(t, a.text("id_token")); id["tid"] != otherID || id["preferred_username"] != upn || id["iss"] != two.LoginURL()+"/"+otherID+"/v2.0" {
		t.Errorf("got %v", id)
	}
	me := two.call(two.GraphURL()+"/v1.0/me", a.text("access_token"))
	if me.text("userPrincipalName") != upn || me.text("mail") != upn || strings.Contains(me.body, company.Domain) {
		t.Errorf("got %s", me.body)
	}
	app := two.tokens(url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.ClientID}, "client_secret": {two.ClientSecret()}, "scope": {two.GraphURL() + "/.default"}}, "halcyon.onmicrosoft.com")
	organization := two.call(two.GraphURL()+"/v1.0/organization", app.text("access_token"))
	if !strings.Contains(organization.body, `"id":"`+otherID+`"`) || strings.Contains(organization.body, sandbox.TenantID) || strings.Contains(organization.body, company.Domain) {
		t.Errorf("got %.500s", organization.body)
	}
	if got := one.call(one.GraphURL()+"/v1.0/me", a.text("access_token")); got.status != http.StatusUnauthorized {
		t.Errorf("the other tenant's token: got %d, want 401", got.status)
	}
	one.do(one.endpoint("token"), refresh(a.text("refresh_token"))).refused(t, "the other tenant's refresh token", 400, "invalid_grant", 9002313)
	one.do(one.endpoint("token", otherID), refresh(a.text("refresh_token"))).refused(t, "the other tenant", 400, "invalid_request", 90002)
}
