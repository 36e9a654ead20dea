package e2e

import (
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/mark3labs/mcp-go/client"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A fortress is the program as it is attacked here: over stdio and HTTP, with a profile that may write but neither
// reads the audit logs nor deletes, and with one that may read alone.
type fortress struct {
	tenant        *sandbox.Tenant
	key, origin   string
	web           *process
	home, folder  string // of the process over stdio; the folder is open to it
	config        string
	ways, readers map[string]*client.Client
	elsewhere     string // host and port of somebody else
}

// besieged starts it. At the test's end nobody else was called, and nothing came through that the rules forbid.
func besieged(t *testing.T) *fortress {
	t.Helper()
	f := &fortress{tenant: sandboxtest.Start(t, sandbox.Options{}), key: rand.Text(), home: t.TempDir()}
	f.folder = filepath.Join(f.home, "Downloads", "microsoft-mcp-server")
	if err := os.MkdirAll(f.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int64
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ConnState = func(net.Conn, http.ConnState) { calls.Add(1) }
	stranger.Start()
	f.elsewhere = stranger.Listener.Addr().String()
	t.Cleanup(func() {
		stranger.Close()
		if n := calls.Load(); n != 0 {
			t.Errorf("somebody else was called (%d states of connections)", n)
		}
		for _, r := range f.tenant.Requests(sandbox.Graph) {
			at, err := url.PathUnescape(strings.ToLower(r.Path))
			if err != nil || strings.Contains(at, "auditlogs") || r.Method == http.MethodPatch || r.Method == http.MethodDelete && !strings.HasPrefix(at, "/_upload/") {
				t.Errorf("what the rules forbid reached Graph: %s %s", r.Method, r.Path)
			}
		}
	})
	f.config = sandboxtest.Profile(t, f.tenant, "e2e")
	addPolicy(t, f.config, `deny = ["* /auditLogs/**", "DELETE /**"]
confirm = ["PATCH /users/*"]`) // and the clients here cannot ask anybody
	f.web = start(t, environment(t, "MICROSOFT_MCP_CONFIG="+f.config, "MCP_API_KEY="+f.key), "http", "--listen", "127.0.0.1:0", "--log-level", "debug")
	f.origin = strings.TrimSuffix(f.web.endpoint(t), "/mcp")
	f.ways = map[string]*client.Client{"http": connect(t, target{Era: legacy, URL: f.origin + "/mcp", Key: f.key}), "stdio": f.stdio(t, f.config)}

	reader := sandboxtest.Profile(t, f.tenant, "e2e")
	rewriteFile(t, reader, `access = "read-write"`, `access = "read-only"`)
	f.readers = map[string]*client.Client{"stdio, read-only": f.stdio(t, reader)}
	return f
}

func (f *fortress) stdio(t *testing.T, config string) *client.Client {
	t.Helper()
	return connect(t, target{Era: legacy, Command: binary, Args: []string{"stdio"}, Env: map[string]string{
		"MICROSOFT_MCP_CONFIG": config, "HOME": f.home, "USERPROFILE": f.home, "XDG_CONFIG_HOME": f.home, "TMPDIR": f.home}})
}

func rewriteFile(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil && !strings.Contains(string(text), old) {
		err = fmt.Errorf("no %q in %s", old, path)
	}
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// An attack is a tool call that has to be refused.
type attack struct {
	row, tool string
	arguments object
	reader    bool // made by those who may read alone
}

// attacks are the rows that a model, or whoever talks it into something, makes by a tool call.
func (f *fortress) attacks() (all []attack) {
	add := func(row, tool string, each ...object) {
		for _, arguments := range each {
			all = append(all, attack{row: row, tool: tool, arguments: arguments})
		}
	}
	azure := func(path string) object {
		return object{"apiType": "azure", "path": path, "queryParams": object{"api-version": "2022-12-01"}}
	}
	add("row 1: the host is made longer by the path", "microsoft_graph", azure(".evil.example/x"), azure("@"+f.elsewhere+"/x"), azure(":443@"+f.elsewhere+"/x"),
		azure("//"+f.elsewhere+"/x"), azure(`/\`+f.elsewhere+"/x"), azure("http://"+f.elsewhere+"/x"), object{"path": "@" + f.elsewhere + "/users"})
	for _, path := range []string{"/users/../auditLogs/signIns", "/../v1.0/auditLogs/signIns", "/../beta/auditLogs/signIns", "/users/%2e%2e/auditLogs/signIns", "/users/..%2fauditLogs/signIns",
		"/users/%252e%252e/auditLogs/signIns", "/users/.%2e/auditLogs", `/users/..\auditLogs/signIns`, "/users//../auditLogs/signIns", "/AUDITLOGS/signIns", "/%61uditLogs/signIns", "/auditLogs/signIns?", "/./auditLogs/signIns"} {
		add("row 2: around the rules by the path", "microsoft_graph", object{"path": path})
		add("row 13: around the rules by another tool", "download_file", object{"path": path})
		add("row 13: around the rules by another tool", "read_document", object{"path": path + "/items/1/content"})
		add("row 13: around the rules by a batch", "microsoft_graph_batch", object{"requests": []object{{"id": "1", "method": "GET", "url": path}}})
	}
	add("row 13: around the rules by a batch", "microsoft_graph_batch", object{"requests": []object{{"id": "1", "method": "GET", "url": "/users?$top=1"}, {"id": "2", "method": "DELETE", "url": desk}}})
	rename := object{"jobTitle": "Thief"}
	add("row 13: without asking", "microsoft_graph", object{"path": desk, "method": "PATCH", "body": rename}, object{"path": desk, "method": "PATCH", "body": rename, "confirm": "yes"})
	add("row 13: without asking, by a batch", "microsoft_graph_batch", object{"requests": []object{{"id": "1", "method": "PATCH", "url": desk, "body": rename}}})
	add("row 13: around the rules by a next link", "microsoft_graph", object{"path": f.tenant.GraphURL() + "/v1.0/auditLogs/signIns?$skiptoken=1"})
	add("row 13: a batch in a batch", "microsoft_graph_batch", object{"requests": []object{{"id": "1", "method": "POST", "url": "/$batch", "body": object{"requests": []object{{"id": "1", "method": "DELETE", "url": desk}}}}}})
	add("row 18: a URL of another host", "download_file", object{"path": "http://" + f.elsewhere + "/x"}, object{"path": "http://169.254.169.254/latest/meta-data"}, object{"path": "//" + f.elsewhere + "/x"})
	add("row 18: a URL of another host", "read_document", object{"path": "http://" + f.elsewhere + "/x"}, object{"path": "file:///etc/passwd"})
	add("row 23: a next link of another host", "microsoft_graph", object{"path": "https://" + f.elsewhere + "/v1.0/users?$skiptoken=1", "maxItems": 10}, object{"path": f.tenant.GraphURL() + "@" + f.elsewhere + "/v1.0/users"})
	add("row 28: the model picks the tenant", "microsoft_graph", object{"path": "/users", "tenantId": "common"}, object{"path": "/users", "profile": "other"})
	add("row 21: the model brings a device code", "get_auth_status", object{"device_code": "x"})
	add("row 30: a format that is a query", "read_document", object{"path": firmware, "format": "pdf&x=1"})
	for _, file := range []string{"/etc/passwd", "../../../../etc/passwd", f.config, "a\x00b", "~/.ssh/id_rsa", `\\evil\share\x`, "NUL", "link", "link/config.toml"} {
		add("row 16: a file of the server's machine", "upload_file", object{"path": deskDrive + "/stolen.txt", "localFile": file})
	}
	for _, folder := range []string{"/", f.home, "..", "../..", filepath.Dir(f.config), `\\evil\share`, "link"} {
		add("rows 15, 17: a folder of the server's machine", "download_file", object{"path": firmware, "outputDir": folder})
	}
	for _, write := range []object{{"path": desk, "method": "PATCH", "body": object{"jobTitle": "Thief"}}, {"path": desk + "/sendMail", "method": "POST", "body": object{}}, {"path": desk, "method": "DELETE"}} {
		all = append(all, attack{"row 13: a write of a reader", "microsoft_graph", write, true},
			attack{"row 13: a write of a reader by a batch", "microsoft_graph_batch", object{"requests": []object{{"id": "1", "method": write["method"], "url": write["path"], "body": object{}}}}, true})
	}
	return all
}

func TestWeaknessesByToolCalls(t *testing.T) {
	t.Parallel()
	f := besieged(t)
	if runtime.GOOS != "windows" { // where links need a privilege
		if err := os.Symlink(filepath.Dir(f.config), filepath.Join(f.folder, "link")); err != nil {
			t.Fatal(err)
		}
	}
	for i, a := range f.attacks() {
		t.Run(fmt.Sprintf("%s/%d", a.row, i), func(t *testing.T) {
			t.Parallel()
			clients := f.ways
			if a.reader {
				clients = f.readers
			}
			for way, c := range clients {
				got := invoke(t, c, a.tool, a.arguments)
				if !got.IsError || got.text() == "" {
					t.Errorf("%s: %s %v is not refused: %.300s", way, a.tool, a.arguments, got.text())
				}
				f.checkNoSecret(t, got.text())
			}
		})
	}
	t.Cleanup(func() {
		if _, ok := f.tenant.Stored(sandbox.MemberUPN, "stolen.txt"); ok {
			t.Error("a file of the server's machine was uploaded")
		}
	})
}

func (f *fortress) checkNoSecret(t *testing.T, text string) {
	t.Helper()
	for what, secret := range map[string]string{"the API key": f.key, "the client secret": f.tenant.ClientSecret(), "a token": "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in what was written (%d bytes)", what, len(text))
		}
	}
}

// A knock is a request that has to be refused.
type knock struct {
	name, method, path string
	header             http.Header
	status             int
}

func (f *fortress) knocks(token, upload string) []knock {
	return []knock{
		{"row 2: around the rules by an upload", "PUT", "/upload?path=" + url.QueryEscape("/users/../auditLogs/root:/x"), withKey(f.key), 400},
		{"row 3: nearly the key", "POST", "/mcp", withKey(f.key[1:]), 401},
		{"row 3: nearly the key", "POST", "/mcp", withKey(f.key + "x"), 401},
		{"row 3: nearly the key", "POST", "/mcp", withKey(strings.ToLower(f.key)), 401},
		{"row 6: no key", "POST", "/mcp", nil, 401},
		{"row 6: no key", "PUT", upload, nil, 401},
		{"row 6: a page of another origin", "POST", "/mcp", withKey(f.key, "Origin", "https://evil.example"), 403},
		{"row 6: a page of another origin", "PUT", upload, withKey(f.key, "Origin", "https://evil.example"), 403},
		{"row 6: a page of another origin asks first", "OPTIONS", "/mcp", http.Header{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {"POST"}}, 403},
		{"row 6: a name that was bound anew", "POST", "/mcp", withKey(f.key, "Host", "evil.example"), 403},
		{"row 6: a name that was bound anew", "PUT", upload, withKey(f.key, "Host", "evil.example"), 403},
		{"row 6: a name that was bound anew", "GET", "/transfer/dnl_x", http.Header{"Host": {"evil.example"}}, 403},
		{"row 7: whoever a proxy names", "POST", "/mcp", http.Header{"X-Forwarded-User": {"ada"}, "X-Ms-Client-Principal-Name": {"ada"}, "X-Forwarded-For": {"127.0.0.1"}}, 401},
		{"row 8: the older transport", "GET", "/sse", withKey(f.key), 404},
		{"row 8: the older transport", "POST", "/messages", nil, 404},
		{"row 9: registering a client", "POST", "/oauth/register", nil, 404},
		{"row 9: registering a client", "POST", "/register", nil, 404},
		{"row 10: a token of Microsoft's", "POST", "/mcp", http.Header{"Authorization": {token}}, 401},
		{"row 10: a token of Microsoft's", "PUT", upload, http.Header{"Authorization": {token}}, 401},
		{"row 11: any redirect URI", "GET", "/oauth/authorize?client_id=x&redirect_uri=https://evil.example", nil, 404},
		{"row 11: any redirect URI", "GET", "/authorize?redirect_uri=https://evil.example", nil, 404},
		{"row 29: a token of ours", "POST", "/oauth/token", nil, 404},
		{"row 29: a token of ours", "GET", "/.well-known/oauth-authorization-server", nil, 404},
	}
}

func TestWeaknessesOfHTTP(t *testing.T) {
	t.Parallel()
	f := besieged(t)
	invoke(t, f.ways["http"], "microsoft_graph", object{"path": goodPath})
	token := ""
	for _, r := range f.tenant.Requests(sandbox.Graph) {
		token = r.Header.Get("Authorization")
	}
	upload := "/upload?path=" + url.QueryEscape(deskDrive+"/stolen.txt:/content")
	for _, row := range f.knocks(token, upload) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			res, text := ask(t, row.method, f.origin+row.path, initializeRequest(), row.header)
			if res.StatusCode != row.status || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %s %v, want %d: %s", row.method, row.path, res.Status, res.Header, row.status, text)
			}
			f.checkNoSecret(t, text)
		})
	}
	// Row 3 cannot be timed here; its means can be seen.
	if source, err := os.ReadFile("../door/keys.go"); err != nil || !strings.Contains(string(source), "subtle.ConstantTimeCompare(") {
		t.Errorf("row 3: keys are not compared in constant time (%v)", err)
	}
	t.Run("row 26: not one byte of a stranger's file is read", func(t *testing.T) {
		t.Parallel()
		for name, header := range map[string]http.Header{"no key": {}, "with the key, but too large": withKey(f.key)} {
			body, never := io.Pipe() // whoever reads it waits for ever
			defer never.Close()
			r, err := http.NewRequestWithContext(within(t), http.MethodPut, f.origin+upload, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header, r.ContentLength = header, 1<<40
			if status, text := fetch(t, r); status != http.StatusUnauthorized && status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
	})
}

func TestWeaknessesOfTheLog(t *testing.T) {
	t.Parallel()
	f := besieged(t)
	const marker = "marker7781"
	for _, arguments := range []object{
		{"path": desk + "/sendMail", "method": "POST", "body": object{"message": object{"subject": marker, "body": object{"content": marker}}}},
		{"path": "/users", "queryParams": object{"$filter": "displayName eq '" + marker + "'"}, "headers": object{"Prefer": marker}},
		{"path": "/users", "queryParams": object{"$filter": marker + " is no filter"}},
	} {
		invoke(t, f.ways["http"], "microsoft_graph", arguments)
	}
	res, text := ask(t, http.MethodPost, f.origin+"/mcp?api_key="+f.key, initializeRequest(), http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}})
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", res.Status, text)
	}
	link := invoke(t, f.ways["http"], "get_upload_config", object{"path": deskDrive + "/a.txt:/content"})
	f.checkNoSecret(t, link.text()) // row 5
	if runtime.GOOS != "windows" {  // which has no such signal; elsewhere the log is complete now
		if err := f.web.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		f.web.exitCode(t)
	}
	log := f.web.stderr.String()
	f.checkNoSecret(t, log) // row 4
	if strings.Contains(log, marker) || !strings.Contains(log, "sendMail") {
		t.Errorf("row 14: the log holds what was said, or nothing at all:\n%s", log)
	}
}

// Rows 15 and 22: a file's name comes from whoever stored it, and its content from a host that needs no token.
func TestWeaknessesOfFiles(t *testing.T) {
	t.Parallel()
	f := besieged(t)
	for i, name := range []string{"..%2F..%2Fevil-0.bin", "%2Fetc%2Fevil-1.bin", "..%5C..%5Cevil-2.bin", "a%00%2F..%2Fevil-3.bin"} {
		id := fmt.Sprint("evil", i)
		t.Cleanup(f.tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Body: "x", Header: http.Header{
			"Content-Disposition": {"attachment; filename*=UTF-8''" + name}, "Content-Type": {"application/octet-stream"}},
			Match: func(r *http.Request) bool { return strings.Contains(r.URL.Path, id) }}))
		got := invoke(t, f.ways["stdio"], "download_file", object{"path": deskDrive + "/" + id + ".bin:/content"})
		if got.IsError && !strings.Contains(got.text(), "name") {
			t.Errorf("row 15: %s: %s", name, got.text())
		}
	}
	got := invoke(t, f.ways["stdio"], "download_file", object{"path": firmware, "filename": "../../evil-4.md", "outputDir": "."})
	large := filepath.Join(f.folder, "large.bin")
	if err := os.WriteFile(large, make([]byte, 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, f.ways["stdio"], "upload_file", object{"path": deskDrive + "/large.bin", "localFile": "large.bin"}); got.IsError {
		t.Error(got.text())
	}
	if got := invoke(t, f.ways["stdio"], "download_file", object{"path": deskDrive + "/large.bin"}); got.IsError {
		t.Error(got.text())
	}
	moved := 0
	for _, r := range f.tenant.Requests(sandbox.Graph) {
		if strings.HasPrefix(r.Path, "/_upload/") || strings.HasPrefix(r.Path, "/_download/") {
			if moved++; r.Header.Get("Authorization") != "" {
				t.Errorf("row 22: a token went along with %s %s", r.Method, r.Path)
			}
		}
	}
	if moved < 2 {
		t.Errorf("row 22: %d requests to the hosts of files", moved)
	}
	saved := 0
	err := filepath.WalkDir(f.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		f.checkNoSecret(t, string(content)) // rows 19 and 29: TMPDIR is here, too
		if strings.Contains(path, "evil") {
			saved++
		}
		if filepath.Dir(path) != f.folder {
			t.Errorf("row 15: there is a file %s", path)
		}
		return err
	})
	if err != nil || saved != 5 {
		t.Errorf("rows 15, 19, 29: %d files in the folder, want 5; %v; %s", saved, err, got.text())
	}
}

// Row 23: a page of Graph's that leads elsewhere.
func TestWeaknessNextLink(t *testing.T) {
	t.Parallel()
	f := besieged(t)
	f.tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 2, Header: http.Header{"Content-Type": {"application/json"}},
		Body:  `{"value":[{"id":"1"}],"@odata.nextLink":"https://` + f.elsewhere + `/v1.0/users?$skiptoken=1"}`,
		Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/users") }})
	for way, c := range f.ways {
		got := invoke(t, c, "microsoft_graph", object{"path": "/users", "maxItems": 100})
		if !strings.Contains(got.text(), "host") && !strings.Contains(got.text(), "next") {
			t.Errorf("%s: nothing is said of it: %s", way, got.text())
		}
	}
}

// Row 30: what is searched for does not lead out of the site that a profile searches.
func TestWeaknessSearch(t *testing.T) {
	t.Parallel()
	f := besieged(t)
	rewriteFile(t, f.config, `access = "read-write"`, `access = "read-write"`+"\nsite_url = \""+quality+`"`)
	c := f.stdio(t, f.config)
	for _, query := range []string{"calibration OR firmware", "calibration) OR (firmware", `calibration" OR firmware OR "`, "firmware OR site:https://merisand.sharepoint.com/sites/productdev", "calibration)) OR ((firmware"} {
		got := invoke(t, c, "sharepoint_search", object{"query": query, "top": 50})
		// What the service finds beyond the site is left out of the answer; here it may find nothing there.
		for _, beyond := range []string{"/sites/productdev/", "-my.sharepoint", "left out"} {
			if strings.Contains(got.text(), beyond) {
				t.Errorf("%s: found beyond the site (%s): %.500s", query, beyond, got.text())
			}
		}
	}
	for _, kind := range []string{"docx) OR (filetype:md", `docx" OR "`} {
		if got := invoke(t, c, "sharepoint_search", object{"query": "firmware", "fileTypes": []string{kind}}); !got.IsError {
			t.Errorf("%s is not refused: %s", kind, got.text())
		}
	}
}
