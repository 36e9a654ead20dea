package e2e

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A deployment is how the ancestor is deployed: its variables and nothing else, no argument and no file. It stands
// against one tenant under Microsoft's own names.
type deployment struct {
	tenant *sandbox.Tenant
	key    string
	env    []string
	home   string // of the processes over stdio
}

// deploy makes a deployment; the pairs are variables beside those without which nothing works.
func deploy(t *testing.T, pairs ...string) *deployment {
	t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("SSL_CERT_FILE, which makes the binary trust the sandbox under Microsoft's names, is not read on " + runtime.GOOS)
	}
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: []string{
		"login.microsoftonline.com", "graph.microsoft.com", "management.azure.com",
	}})
	d := &deployment{tenant: tenant, key: rand.Text(), home: t.TempDir()}
	d.env = append(environment(t,
		"HOME="+d.home, "XDG_CONFIG_HOME="+d.home,
		"AZURE_AUTH_MODE=clientCredentials",
		"AZURE_CLIENT_ID="+company.ClientID,
		"AZURE_CLIENT_SECRET="+tenant.ClientSecret(),
		"AZURE_TENANT_ID="+company.TenantID,
		"HTTPS_PROXY="+sandboxtest.Proxy(t, tenant),
		"SSL_CERT_FILE="+sandboxtest.CAFile(t, tenant),
	), pairs...)
	return d
}

// searchVariables name the tenant's search index.
func (d *deployment) searchVariables() []string {
	return []string{
		"AZURE_AI_SEARCH_ENDPOINT=" + d.tenant.SearchURL() + "/", "AZURE_AI_SEARCH_API_KEY=" + d.tenant.SearchKey(),
		"AZURE_AI_SEARCH_INDEX_NAME=" + sandbox.SearchIndex, "AZURE_AI_SEARCH_SEMANTIC_CONFIG=" + sandbox.SearchSemanticConfig,
		"AZURE_AI_SEARCH_VECTOR_FIELDS=" + sandbox.SearchVectorField,
	}
}

// web starts the server as httpStream and returns its origin. A pair of the same name as one before counts.
func (d *deployment) web(t *testing.T, pairs ...string) (origin string) {
	t.Helper()
	port := freePort(t)
	p := start(t, slices.Concat(d.env, []string{"TRANSPORT_TYPE=httpStream", "PORT=" + port, "MCP_API_KEY=" + d.key}, pairs))
	p.stderr.wait(t, "address", func(line string) bool { return strings.Contains(line, "listening on") })
	return "http://127.0.0.1:" + port
}

// stdio starts the server as stdio, and connects to it.
func (d *deployment) stdio(t *testing.T, pairs ...string) *client.Client {
	t.Helper()
	env := map[string]string{"TRANSPORT_TYPE": "stdio"}
	for _, pair := range slices.Concat(d.env, pairs) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return connect(t, target{Era: legacy, Command: binary, Env: env})
}

// invoke calls a tool.
func invoke(t *testing.T, c *client.Client, tool string, arguments map[string]any) toolResult {
	t.Helper()
	return convert(t)(c.CallTool(within(t), toolRequest(tool, arguments)))
}

// sent counts the requests to Graph that are "METHOD /path?query", of which the query may be left out.
func (d *deployment) sent(line string) (n int) {
	for _, r := range append(d.tenant.Requests(sandbox.Graph), d.tenant.Requests(sandbox.ResourceManager)...) {
		query, err := url.QueryUnescape(r.RawQuery)
		if got := r.Method + " " + r.Path; err == nil && (got == line || got+"?"+query == line) {
			n++
		}
	}
	return n
}

// qualityID asks for the composite id of that site.
func qualityID(t *testing.T, c *client.Client) string {
	t.Helper()
	var site struct{ ID string }
	text := invoke(t, c, "microsoft_graph", object{"path": "/sites/merisand.sharepoint.com:/sites/quality"}).text()
	if err := json.Unmarshal([]byte(text), &site); err != nil || strings.Count(site.ID, ",") != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	return site.ID
}

// Every tool of the ancestor, with every parameter it had, over both transports.
func TestInventoryTools(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.env = append(d.env, d.searchVariables()...)
	if err := os.MkdirAll(filepath.Join(d.home, "Downloads", "microsoft-mcp-server"), 0o700); err != nil {
		t.Fatal(err)
	}
	ways := map[string]*client.Client{
		"stdio": d.stdio(t), "http": connect(t, target{Era: legacy, URL: d.web(t) + "/mcp", Key: d.key}),
	}
	t.Cleanup(d.tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Match: func(r *http.Request) bool {
		if r.Method == http.MethodGet && r.ContentLength != 0 {
			t.Errorf("GET %s came with a body", r.URL.Path)
		}
		return false // nothing goes wrong
	}}))
	for _, rows := range [][]aRow{graphRows(), batchRows(), fileRows(), searchRows(qualityID(t, ways["http"]))} {
		for _, row := range rows {
			t.Run(row.tool+" "+row.name, func(t *testing.T) {
				t.Parallel()
				for name, c := range ways {
					if row.only == "" || row.only == name {
						row.check(t, d, name, c)
					}
				}
			})
		}
	}
}

// Every route of the ancestor over HTTP, and what it is asked for.
func TestInventoryRoutes(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	origin := d.web(t)
	bearer := http.Header{"Authorization": {"Bearer " + d.key}}
	for _, row := range []struct {
		name, method, path string
		header             http.Header
		status             int
		want               string
	}{
		{"POST /mcp", "POST", "/mcp", withKey(d.key), 200, "protocolVersion"},
		{"POST /mcp?api_key=", "POST", "/mcp?api_key=" + d.key, http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}, 200, "protocolVersion"},
		{"GET /mcp, which may have no stream", "GET", "/mcp", withKey(d.key), 405, "POST"},
		{"DELETE /mcp of no session", "DELETE", "/mcp", withKey(d.key, "Mcp-Session-Id", "none"), 404, ""},
		{"GET /health", "GET", "/health", nil, 200, "healthy v"},
		{"HEAD /health", "HEAD", "/health", nil, 200, ""},
		{"GET /ping", "GET", "/ping", nil, 200, "pong"},
		{"GET /ready", "GET", "/ready", nil, 200, `{"ready":true,"status":"ready","total":1}`},
		{"no /sse", "GET", "/sse", bearer, 404, ""},
		{"no /messages", "POST", "/messages", bearer, 404, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			body := ""
			if row.method == http.MethodPost {
				body = initializeRequest()
			}
			res, text := ask(t, row.method, origin+row.path, body, row.header)
			// The ancestor answered every page in every browser: Access-Control-Allow-Origin *.
			if res.StatusCode != row.status || !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(row.want, " ", "")) || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %v, want %d and %s:\n%.300s", res.Status, res.Header, row.status, row.want, text)
			}
		})
	}
	t.Run("/ready without a token", func(t *testing.T) {
		t.Parallel()
		res, text := ask(t, http.MethodGet, d.web(t, "AZURE_CLIENT_SECRET=wrong")+"/ready", "", nil)
		if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `"ready":false`) {
			t.Errorf("%s: %s", res.Status, text)
		}
	})
}

// An uploadRow is an upload as the ancestor's clients make it.
type uploadRow struct {
	name, method, path, query, key string
	body                           string
	status                         int
	stored, as                     string // under which name; "" for nothing
}

func uploadRows(large string) []uploadRow {
	hello := base64.StdEncoding.EncodeToString([]byte("hello"))
	return []uploadRow{
		{"POST, base64", "POST", "Rows/a.txt", "&encoding=base64", "header", hello, 200, "hello", "Rows/a.txt"},
		{"PUT, as it is", "PUT", "Rows/b.txt", "", "header", "hello", 200, "hello", "Rows/b.txt"},
		{"key in the query", "POST", "Rows/c.txt", "", "query", "hello", 200, "hello", "Rows/c.txt"},
		{"contentType, apiVersion", "PUT", "Rows/d.csv", "&contentType=text/csv&apiVersion=beta", "header", "a,b", 200, "a,b", "Rows/d.csv"},
		{"conflictBehavior: rename unless told", "PUT", "Documents/Welcome.md", "", "header", "again", 200, "again", "Documents/Welcome 1.md"},
		{"conflictBehavior rename", "PUT", "Rows/there.txt", "&conflictBehavior=rename", "header", "again", 200, "again", "Rows/there 1.txt"},
		{"conflictBehavior replace", "PUT", "Firmware/device-config.json", "&conflictBehavior=replace", "header", "after", 200, "after", "Firmware/device-config.json"},
		{"conflictBehavior fail", "PUT", "Firmware/Logs/kittiwake-log.txt", "&conflictBehavior=fail", "header", "again", 409, "", ""},
		{"above 4 MiB", "PUT", "Rows/large.bin", "", "header", large, 200, large, "Rows/large.bin"},
		{"above 4 MiB, base64", "POST", "Rows/large64.bin", "&encoding=base64", "header", base64.StdEncoding.EncodeToString([]byte(large)), 200, large, "Rows/large64.bin"},
		{"empty", "PUT", "Rows/none.txt", "", "header", "", 400, "", ""},
		{"bad base64", "PUT", "Rows/none.txt", "&encoding=base64", "header", "a*", 400, "", ""},
		{"without a key", "PUT", "Rows/none.txt", "", "", "x", 401, "", ""},
		{"with a wrong key", "PUT", "Rows/none.txt", "&api_key=wrong", "", "x", 401, "", ""},
	}
}

// /upload, with every parameter of the ancestor's.
func TestInventoryUpload(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	origin := d.web(t)
	const medium = 5 << 20 // above what one request may bring to Graph
	large, err := io.ReadAll(sandbox.LargeContent(medium))
	if err != nil {
		t.Fatal(err)
	}
	_, replaced := d.put(t, origin, "Rows/there.txt", "", "before")
	var there struct{ ID string }
	if err := json.Unmarshal([]byte(replaced), &there); err != nil || there.ID == "" {
		t.Fatalf("%v: %s", err, replaced)
	}
	for _, row := range uploadRows(string(large)) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			address, header := origin+"/upload?path="+url.QueryEscape(deskDrive+"/"+row.path+":/content")+row.query, http.Header{}
			switch row.key {
			case "header":
				header.Set("Authorization", "Bearer "+d.key)
			case "query":
				address += "&api_key=" + d.key
			}
			res, text := ask(t, row.method, address, row.body, header)
			if res.StatusCode != row.status || !json.Valid([]byte(text)) {
				t.Fatalf("%s, want %d: %s", res.Status, row.status, text)
			}
			got, ok := d.tenant.Stored(sandbox.MemberUPN, row.as)
			if row.as != "" && (!ok || got.SHA256 != sha256.Sum256([]byte(row.stored)) || !strings.Contains(text, got.ID)) {
				t.Errorf("%s holds something else (%d bytes): %s", row.as, got.Size, text)
			}
		})
	}
	if _, ok := d.tenant.Stored(sandbox.MemberUPN, "Rows/none.txt"); ok {
		t.Error("what was refused was stored")
	}
	// Where the ancestor failed: more than 4 MiB to an item's id.
	t.Run("above 4 MiB, to an item's id", func(t *testing.T) {
		t.Parallel()
		res, text := ask(t, http.MethodPut, origin+"/upload?conflictBehavior=replace&path="+url.QueryEscape(desk+"/drive/items/"+there.ID+"/content"), string(large), http.Header{"Authorization": {"Bearer " + d.key}})
		if got, _ := d.tenant.Stored(sandbox.MemberUPN, "Rows/there.txt"); res.StatusCode != http.StatusOK || got.Size != medium || got.ID != there.ID {
			t.Errorf("%s, %d bytes: %s", res.Status, got.Size, text)
		}
	})
	t.Run("no key configured", func(t *testing.T) {
		t.Parallel()
		if status, text := d.put(t, d.web(t, "MCP_API_KEY="), "Rows/open.txt", "", "hello"); status != http.StatusOK {
			t.Errorf("%d: %s", status, text)
		}
	})
}

// put uploads with the key.
func (d *deployment) put(t *testing.T, origin, path, query, body string) (status int, text string) {
	t.Helper()
	res, text := ask(t, http.MethodPut, origin+"/upload?path="+url.QueryEscape(deskDrive+"/"+path+":/content")+query, body, http.Header{"Authorization": {"Bearer " + d.key}})
	return res.StatusCode, text
}

// A variableRow is what a variable, or several, make of a call.
type variableRow struct {
	name      string
	pairs     []string
	tool      string
	arguments object
	want      string
	lack      string
	refused   bool
}

func (d *deployment) variableRows(siteID string) []variableRow {
	search := object{"query": "calibration OR firmware", "top": 50}
	index := append(d.searchVariables(), "AZURE_AI_SEARCH_SELECT_FIELDS=title,year")
	index = index[:len(index):len(index)] // so that each row appends to a copy
	return []variableRow{
		{"AZURE_CLIENT_SECRET that is wrong: data, no error", []string{"AZURE_CLIENT_SECRET=wrong"}, "get_auth_status", nil, `"authenticated":false`, d.key, false},
		{"GRAPH_APP_SCOPES", []string{"GRAPH_APP_SCOPES=https://graph.microsoft.com/.default"}, "get_auth_status", nil, `"authenticated":true`, "", false},
		{"GRAPH_SEARCH_REGION: NAM unless told", nil, "sharepoint_search", search, "/sites/productdev", "", false},
		{"GRAPH_SEARCH_REGION", []string{"GRAPH_SEARCH_REGION=APC"}, "sharepoint_search", search, "APC", "", true},
		{"SITE_URL", []string{"SITE_URL=" + quality}, "sharepoint_search", search, "/sites/quality", "/sites/productdev", false},
		{"SITE_ID, as host and path", []string{"SITE_ID=" + strings.Replace(strings.TrimPrefix(quality, "https://"), "/", ":/", 1)}, "sharepoint_search", search, "/sites/quality", "/sites/productdev", false},
		{"SITE_ID", []string{"SITE_ID=" + siteID}, "sharepoint_search", search, "/sites/quality", "/sites/productdev", false},
		{"AZURE_AI_SEARCH_*", index, "azure_ai_search", object{"query": "hotels", "vectorSearch": true}, `"rerankerScore":`, `"content"`, false},
		{"AZURE_AI_SEARCH_SEMANTIC_CONFIG unset", append(index, "AZURE_AI_SEARCH_SEMANTIC_CONFIG="), "azure_ai_search", object{"query": "hotels", "queryType": "semantic"}, "AZURE_AI_SEARCH_SEMANTIC_CONFIG", "", true},
		{"AZURE_AI_SEARCH_VECTOR_FIELDS: contentVector unless told", append(index, "AZURE_AI_SEARCH_VECTOR_FIELDS="), "azure_ai_search", object{"query": "hotels", "vectorSearch": true}, `"score":`, "", false},
		{"AZURE_AI_SEARCH_VECTOR_FIELDS", append(index, "AZURE_AI_SEARCH_VECTOR_FIELDS=other"), "azure_ai_search", object{"query": "hotels", "vectorSearch": true}, "other", "", true},
	}
}

// Every variable of the ancestor's, by what it does; those that every deployment needs are in deploy and web.
func TestInventoryVariables(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, row := range d.variableRows(qualityID(t, d.stdio(t))) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			aRow{tool: row.tool, arguments: row.arguments, want: []string{row.want}, lack: strings.Fields(row.lack), refused: row.refused}.check(t, d, "stdio", d.stdio(t, row.pairs...))
		})
	}
	t.Run("MCP_INSTRUCTIONS", func(t *testing.T) {
		t.Parallel()
		p := start(t, append(slices.Clone(d.env), "TRANSPORT_TYPE=stdio", "MCP_INSTRUCTIONS=Ahoy."))
		p.send(t, initializeFrame, listFrame)
		if hello, list := string(p.answer(t, 1).Result), string(p.answer(t, 2).Result); !strings.Contains(hello, "Ahoy.") || !strings.Contains(list, "Ahoy.") || strings.Contains(list, "azure_ai_search") {
			t.Errorf("the instructions stand neither in %s nor in the description of microsoft_graph, or a search without its variables is listed", hello)
		}
	})
	t.Run("BASE_URL on loopback, reached by another name, and GIT_HASH", func(t *testing.T) {
		t.Parallel()
		origin := d.web(t, "BASE_URL=http://localhost:8080", "GIT_HASH=0a1b2c3")
		if res, text := ask(t, http.MethodPost, origin+"/mcp", initializeRequest(), withKey(d.key, "Host", "mcp.internal:8080")); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", res.Status, text)
		}
		if _, text := ask(t, http.MethodGet, origin+"/health", "", nil); !strings.HasPrefix(text, "healthy v") || !strings.HasSuffix(text, "+0a1b2c3") {
			t.Errorf("/health: %s", text)
		}
	})
	// The ancestor took an application that is not its own for granted; a wrong variable is named.
	for name, want := range map[string]string{"AZURE_AUTH_MODE=app": "AZURE_AUTH_MODE", "AZURE_TENANT_ID=common": "AZURE_TENANT_ID", "AZURE_TENANT_ID=consumers": "AZURE_TENANT_ID",
		"AZURE_CLIENT_ID=": "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET=": "AZURE_CLIENT_SECRET", "TRANSPORT_TYPE=sse": "TRANSPORT_TYPE", "PORT=x": "PORT", "BASE_URL=x": "BASE_URL"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, append(slices.Clone(d.env), "TRANSPORT_TYPE=httpStream", name))
			if code := p.exitCode(t); code != 2 || !strings.Contains(p.stderr.String(), want) {
				t.Errorf("exit code %d, want 2 and %s:\n%s", code, want, p.stderr)
			}
		})
	}
}
