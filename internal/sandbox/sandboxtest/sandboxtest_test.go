package sandboxtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// unmodified is a client as a program makes it that was only given a proxy and a CA file.
func unmodified(t *testing.T, tenant *sandbox.Tenant) *http.Client {
	t.Helper()
	proxy, err := url.Parse(sandboxtest.Proxy(t, tenant))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(sandboxtest.CAFile(t, tenant))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestProxyLeadsToTheSandbox(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	client := unmodified(t, tenant)
	credential, err := confidential.NewCredFromSecret(tenant.ClientSecret())
	if err != nil {
		t.Fatal(err)
	}
	app, err := confidential.New("https://login.microsoftonline.com/"+sandbox.TenantID, sandbox.ClientID, credential, confidential.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	token, err := app.AcquireTokenByCredential(t.Context(), []string{"https://graph.microsoft.com/.default"})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://graph.microsoft.com/v1.0/users?$top=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("got %s: %s", res.Status, body)
	}
	for _, name := range sandboxtest.ProductionNames() {
		res, err := client.Get("https://" + name + "/")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		res.Body.Close()
	}
	if tenant.Count(sandbox.Login, "/oauth2/v2.0/token") != 1 || tenant.Count(sandbox.Graph, "/v1.0/users") != 1 || tenant.Count(sandbox.ResourceManager, "/") != 3 {
		t.Error("the requests did not arrive at their hosts")
	}
}

func TestProxyRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	client := unmodified(t, tenant)
	for _, address := range []string{
		"https://example.com/", "https://graph.microsoft.com.example/", "https://graph.microsoft.com:8443/",
		"https://xgraph.microsoft.com/", "http://graph.microsoft.com/",
	} {
		res, err := client.Get(address)
		if err == nil {
			res.Body.Close()
		}
		if (err == nil || !strings.Contains(err.Error(), "Forbidden")) && (err != nil || res.StatusCode != http.StatusForbidden) {
			t.Errorf("%s: got %v, want it refused", address, err)
		}
	}
}

func TestClientStaysInTheSandbox(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	client := sandboxtest.Client(t, tenant)
	for address, good := range map[string]bool{
		tenant.LoginURL(): true, strings.Replace(tenant.GraphURL(), "127.0.0.1", "localhost", 1): true,
		"https://management.azure.com": true, "https://example.com": false, "https://graph.microsoft.com:8443": false,
	} {
		res, err := client.Get(address)
		if (err == nil) != good {
			t.Errorf("%s: got %v, want an answer: %t", address, err, good)
		}
		if err == nil {
			res.Body.Close()
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	text := read(t, sandboxtest.Profile(t, tenant, "merisand"))
	for _, want := range []string{
		`default_profile = "merisand"`, "[profiles.merisand]", `auth_mode = "clientCredentials"`, `tenant_id = "` + sandbox.TenantID + `"`,
		`client_id = "` + sandbox.ClientID + `"`, `access = "read-write"`, "[profiles.merisand.credential]",
		`cloud = { authority = "` + tenant.LoginURL() + `", graph = "` + tenant.GraphURL() + `", resource_manager = "` + tenant.ResourceManagerURL() + `" }`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the line %s is not in\n%s", want, text)
		}
	}
	if got := read(t, quoted(t, text, `ca_file = "(.*)"`)); got != string(tenant.CA()) {
		t.Error("the CA file does not hold the CA")
	}
	secret := quoted(t, text, `client_secret = { file = "(.*)" }`)
	if read(t, secret) != tenant.ClientSecret() || strings.Contains(text, tenant.ClientSecret()) {
		t.Error("the secret is not in its file, or in the profile")
	}
	info, err := os.Stat(secret)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("got mode %o, want 600", mode)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// quoted returns a path that the pattern finds in a TOML text.
func quoted(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("%s is not in\n%s", pattern, text)
	}
	return strings.ReplaceAll(found[1], `\\`, `\`)
}
