package e2e

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// startAncestor starts the binary as the ancestor's deployments do: seven variables, no arguments, no file. The
// two others lead it to the sandbox under Microsoft's own names. It returns the origin and the key.
func startAncestor(t *testing.T) (origin, key string) {
	t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("SSL_CERT_FILE, which makes the binary trust the sandbox under Microsoft's names, is not read on " + runtime.GOOS)
	}
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: []string{
		"login.microsoftonline.com", "graph.microsoft.com", "management.azure.com",
	}})
	key = rand.Text()
	port := freePort(t)
	p := start(t, environment(t,
		"AZURE_AUTH_MODE=clientCredentials",
		"AZURE_CLIENT_ID="+company.ClientID,
		"AZURE_CLIENT_SECRET="+tenant.ClientSecret(),
		"AZURE_TENANT_ID="+company.TenantID,
		"MCP_API_KEY="+key,
		"PORT="+port,
		"TRANSPORT_TYPE=httpStream",
		"HTTPS_PROXY="+sandboxtest.Proxy(t, tenant),
		"SSL_CERT_FILE="+sandboxtest.CAFile(t, tenant),
	))
	p.stderr.wait(t, "address", func(line string) bool { return strings.Contains(line, "listening on") })
	return "http://127.0.0.1:" + port, key
}

// freePort finds a port that nobody listens on: the ancestor's PORT cannot ask for any.
func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// ask makes a plain HTTP request.
func ask(t *testing.T, method, url, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestAncestorsWay(t *testing.T) {
	t.Parallel()
	origin, key := startAncestor(t)
	t.Run("probes", func(t *testing.T) {
		t.Parallel()
		checkProbes(t, origin)
	})
	t.Run("refusal", func(t *testing.T) {
		t.Parallel()
		checkRefusals(t, origin, key)
	})
	keys := map[string]*transport.StreamableHTTP{
		"bearer":  dial(t, origin+"/mcp", "Authorization", "Bearer "+key),
		"header":  dial(t, origin+"/mcp", "X-API-Key", key),
		"api_key": dial(t, origin+"/mcp?api_key="+key, "", ""),
	}
	for name, way := range keys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkAncestorsCalls(t, way)
		})
	}
}

func checkProbes(t *testing.T, origin string) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		res, body := ask(t, method, origin+"/health", "", nil)
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s /health: %s, %s", method, res.Status, res.Header.Get("Content-Type"))
		}
		if method == http.MethodGet && !strings.HasPrefix(body, "healthy") {
			t.Errorf("/health says %q; want healthy...", body)
		}
	}
	if res, body := ask(t, http.MethodGet, origin+"/ping", "", nil); res.StatusCode != http.StatusOK || body != "pong" {
		t.Errorf("/ping: %s, %q; want pong", res.Status, body)
	}
	if res, body := ask(t, http.MethodGet, origin+"/ready", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("/ready: %s, %q", res.Status, body)
	}
}

// refused has what a client without the right key may send.
var refused = []struct {
	name, query string
	header      http.Header
}{
	{"no key", "", nil},
	{"wrong bearer", "", http.Header{"Authorization": {"Bearer wrong"}}},
	{"wrong X-API-Key", "", http.Header{"X-Api-Key": {"wrong"}}},
	{"wrong api_key", "?api_key=wrong", nil},
	{"empty bearer", "", http.Header{"Authorization": {"Bearer "}}},
}

func checkRefusals(t *testing.T, origin, key string) {
	for _, row := range refused {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
			res, body := ask(t, method, origin+"/mcp"+row.query, initializeRequest(), row.header)
			var got struct{ Error string }
			if err := json.Unmarshal([]byte(body), &got); err != nil || got.Error != "Unauthorized" {
				t.Errorf("%s, %s: body %q; want error Unauthorized", row.name, method, body)
			}
			if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s, %s: %s, WWW-Authenticate %q", row.name, method, res.Status, res.Header.Get("WWW-Authenticate"))
			}
			if strings.Contains(body, key) {
				t.Errorf("%s, %s: the refusal holds the key", row.name, method)
			}
		}
	}
}

func dial(t *testing.T, url, header, value string) *transport.StreamableHTTP {
	t.Helper()
	headers := map[string]string{}
	if header != "" {
		headers[header] = value
	}
	way, err := transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(headers))
	if err != nil {
		t.Fatal(err)
	}
	return way
}

// checkAncestorsCalls uses microsoft_graph with every parameter that the ancestor had, over its revision of the
// protocol. Without a file the profile is called env, and it may write.
func checkAncestorsCalls(t *testing.T, way transport.Interface) {
	c := client.NewClient(way, client.WithProtocolVersion("2025-06-18"))
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "ancestor's client", Version: "1.0.0"}
	if _, err := c.Initialize(within(t), hello); err != nil {
		t.Fatal(err)
	}
	call := func(arguments map[string]any) toolResult {
		t.Helper()
		return convert(t)(c.CallTool(within(t), toolRequest("microsoft_graph", arguments)))
	}
	got := call(map[string]any{
		"apiType": "graph", "path": "/users", "method": "GET", "apiVersion": "v1.0",
		"queryParams": map[string]any{"$top": "2", "$select": "id,displayName"},
	})
	if n := strings.Count(got.text(), `"displayName"`); got.IsError || n != 2 || got.Meta["profile"] != "env" {
		t.Errorf("users: isError %v, %d users, profile %v:\n%s", got.IsError, n, got.Meta["profile"], got.text())
	}
	got = call(map[string]any{
		"apiType": "azure", "path": "/subscriptions", "queryParams": map[string]any{"api-version": "2022-12-01"},
	})
	if got.IsError || !strings.Contains(got.text(), "subscriptionId") {
		t.Errorf("subscriptions: isError %v:\n%s", got.IsError, got.text())
	}
	name := "Group " + rand.Text()
	// The ancestor took a body as an object or as its JSON text.
	body := `{"displayName":"` + name + `","mailEnabled":false,"mailNickname":"g` + rand.Text() + `","securityEnabled":true}`
	got = call(map[string]any{"path": "/groups", "method": "POST", "body": body})
	if got.IsError || !strings.Contains(got.text(), name) {
		t.Errorf("new group: isError %v:\n%s", got.IsError, got.text())
	}
	if got = call(map[string]any{"path": badPath}); !got.IsError {
		t.Errorf("an unknown user is no error:\n%s", got.text())
	}
}
