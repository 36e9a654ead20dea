package sandbox_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// app is what an MSAL client is made of.
type app struct {
	authority, clientID, secret string
	scope                       string
	discovery                   bool
	client                      *http.Client
}

func appOf(t *testing.T, tenant *sandbox.Tenant) app {
	return app{
		authority: tenant.LoginURL() + "/" + sandbox.TenantID, clientID: sandbox.ClientID, secret: tenant.ClientSecret(),
		scope: tenant.GraphURL() + "/.default", client: sandboxtest.Client(t, tenant),
	}
}

// acquire asks for a token with a new client, which has none in its cache.
func (a app) acquire(t *testing.T) (confidential.AuthResult, error) {
	t.Helper()
	credential, err := confidential.NewCredFromSecret(a.secret)
	if err != nil {
		t.Fatal(err)
	}
	c, err := confidential.New(a.authority, a.clientID, credential, confidential.WithHTTPClient(a.client),
		confidential.WithInstanceDiscovery(a.discovery), confidential.WithAzureRegion("DisableMsalForceRegion"))
	if err != nil {
		t.Fatal(err)
	}
	return c.AcquireTokenByCredential(t.Context(), []string{a.scope})
}

// get calls an address with a token and returns status and body.
func get(t *testing.T, client *http.Client, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestMSALGetsToken(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	for _, row := range []struct {
		name, authority, api string
		discovery            bool
	}{
		{"loopback", tenant.LoginURL() + "/" + sandbox.TenantID, tenant.GraphURL(), false},
		{"loopback, discovery", tenant.LoginURL() + "/" + sandbox.TenantID, tenant.GraphURL(), true},
		{"domain", tenant.LoginURL() + "/" + sandbox.TenantDomain, tenant.GraphURL(), false},
		{"verified domain in capitals", tenant.LoginURL() + "/" + strings.ToUpper(company.Domain), tenant.GraphURL(), false},
		{"global", "https://login.microsoftonline.com/" + sandbox.TenantID, "https://graph.microsoft.com", true},
		{"global, no discovery", "https://login.microsoftonline.com/" + sandbox.TenantID, "https://graph.microsoft.com", false},
		{"usgov", "https://login.microsoftonline.us/" + sandbox.TenantID, "https://graph.microsoft.us", true},
		{"usgov-dod", "https://login.microsoftonline.us/" + sandbox.TenantID, "https://dod-graph.microsoft.us", true},
		{"china", "https://login.partner.microsoftonline.cn/" + sandbox.TenantID, "https://microsoftgraph.chinacloudapi.cn", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := appOf(t, tenant)
			a.authority, a.discovery, a.scope = row.authority, row.discovery, row.api+"/.default"
			got, err := a.acquire(t)
			if err != nil {
				t.Fatal(err)
			}
			if left := time.Until(got.ExpiresOn); left < 58*time.Minute || left > time.Hour {
				t.Errorf("got a token for %v, want one for an hour", left)
			}
			if status, body := get(t, a.client, row.api+"/v1.0/users?$top=1", got.AccessToken); status != http.StatusOK {
				t.Errorf("Graph answers %d to the token: %s", status, body)
			}
		})
	}
}

func TestMSALIsRefused(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	wrong := tenant.LimitedClientSecret()
	for _, row := range []struct {
		name   string
		change func(*app)
		status int
		oauth  string
		code   int
	}{
		{"wrong secret", func(a *app) { a.secret = wrong }, 401, "invalid_client", 7000215},
		{"unknown app", func(a *app) { a.clientID = company.AdminID }, 400, "unauthorized_client", 700016},
		{"disabled app", func(a *app) { a.clientID = sandbox.DisabledClientID }, 400, "unauthorized_client", 7000112},
		{"unknown tenant", func(a *app) { a.authority = tenant.LoginURL() + "/" + company.AdminID }, 400, "invalid_request", 90002},
		{"unknown domain", func(a *app) { a.authority = tenant.LoginURL() + "/merisande.example" }, 400, "invalid_request", 90002},
		{"no tenant", func(a *app) { a.authority = tenant.LoginURL() + "/merisand" }, 400, "invalid_request", 900023},
		{"common", func(a *app) { a.authority = tenant.LoginURL() + "/common" }, 400, "invalid_request", 9001023},
		{"consumers", func(a *app) { a.authority = tenant.LoginURL() + "/consumers" }, 400, "invalid_request", 9001023},
		{"organizations", func(a *app) { a.authority = tenant.LoginURL() + "/organizations" }, 400, "invalid_request", 50059},
		{"scope by name", func(a *app) { a.scope = tenant.GraphURL() + "/User.Read.All" }, 400, "invalid_scope", 1002012},
		{"unknown resource", func(a *app) { a.scope = "https://graph.merisand.example/.default" }, 400, "invalid_resource", 500011},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := appOf(t, tenant)
			row.change(&a)
			_, err := a.acquire(t)
			checkRefusal(t, err, row.status, row.oauth, row.code)
		})
	}
}

// checkRefusal reads Entra's document out of MSAL's error.
func checkRefusal(t *testing.T, err error, status int, oauth string, code int) {
	t.Helper()
	var failed msalerrors.CallErr
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want an answer of Entra's", err)
	}
	defer failed.Resp.Body.Close()
	var got struct {
		Error      string `json:"error"`
		ErrorCodes []int  `json:"error_codes"`
	}
	if err := json.NewDecoder(failed.Resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if failed.Resp.StatusCode != status || got.Error != oauth || len(got.ErrorCodes) != 1 || got.ErrorCodes[0] != code {
		t.Errorf("got %d, %s, %v; want %d, %s, %d", failed.Resp.StatusCode, got.Error, got.ErrorCodes, status, oauth, code)
	}
}

func TestSecretLife(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	a := appOf(t, tenant)
	before, err := a.acquire(t)
	if err != nil {
		t.Fatal(err)
	}
	tenant.ExpireSecret()
	_, err = a.acquire(t)
	checkRefusal(t, err, 401, "invalid_client", 7000222)
	next := tenant.RotateSecret()
	if next == a.secret || next != tenant.ClientSecret() {
		t.Error("the secret is not a new one")
	}
	_, err = a.acquire(t)
	checkRefusal(t, err, 401, "invalid_client", 7000215)
	a.secret = next
	if _, err := a.acquire(t); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	if status, _ := get(t, a.client, tenant.GraphURL()+"/v1.0/users?$top=1", before.AccessToken); status != http.StatusOK {
		t.Errorf("Graph answers %d to a token of before, want 200", status)
	}
}

func TestInstanceDiscoveryRefusesForeignHost(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	a := appOf(t, tenant)
	a.discovery, a.authority = true, "https://login.attacker.example/"+sandbox.TenantID
	_, err := a.acquire(t)
	if err == nil || !strings.Contains(err.Error(), "invalid_instance") {
		t.Errorf("got %v, want invalid_instance", err)
	}
}

func TestRefreshInOfLongTokens(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	a := appOf(t, tenant)
	for _, row := range []struct {
		lifetime time.Duration
		early    bool
	}{{0, false}, {2 * time.Hour, false}, {24 * time.Hour, true}} {
		tenant.SetTokenLifetime(row.lifetime)
		got, err := a.acquire(t)
		if err != nil {
			t.Fatal(err)
		}
		if early := !got.Metadata.RefreshOn.IsZero(); early != row.early {
			t.Errorf("lifetime %v: refresh_in is there: %t, want %t", row.lifetime, early, row.early)
		}
	}
}
