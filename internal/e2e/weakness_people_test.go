package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A court is a server that lets people in both ways, agents by a key, and behind a proxy; it is attacked here. Its log
// says all that it ever says.
type court struct {
	tenant              *sandbox.Tenant
	origin, key         string
	web                 *process
	home, audit, gauges string // of the process: its home, its audit log, and where its metrics are
	secrets             *whispers
	entra               http.RoundTripper
	clock               *atomic.Int64 // by how many nanoseconds the tenant's is ahead
	callers             atomic.Int64  // so that each comes from an address of its own
}

// archiveProfile is a second one with which people act as themselves, if they have signed in through us.
const archiveProfile = "archive"

// heldCourt starts it. Ada has signed in through it; at the test's end nothing of what is secret was written down
// anywhere.
func heldCourt(t *testing.T) (*court, *visitor) {
	t.Helper()
	address := freeAddress(t)
	c := &court{origin: "http://" + address, gauges: "http://" + freeAddress(t) + "/metrics", home: t.TempDir(), key: strings.Repeat("k", 8) + t.Name(), secrets: &whispers{}, clock: new(atomic.Int64)}
	c.tenant = sandboxtest.Start(t, sandbox.Options{Users: 4, Now: func() time.Time { return time.Now().Add(time.Duration(c.clock.Load())) }})
	c.tenant.RegisterAPI(sandbox.API{URIs: []string{c.origin + "/mcp"}, Redirects: []string{c.origin + "/oauth/callback"}})
	c.tenant.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	c.entra = sandboxtest.Client(t, c.tenant).Transport
	c.audit = filepath.Join(t.TempDir(), "audit.jsonl")
	config := sandboxtest.CallersProfile(t, c.tenant, peopleProfile, c.tables(t))
	c.web = start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config, "MCP_API_KEY="+c.key, "HOME="+c.home, "XDG_CONFIG_HOME="+c.home, "TMPDIR="+c.home), "http", "--listen", address, "--log-level", "debug")
	c.web.endpoint(t)
	ada := c.visitor(0)
	if err := ada.signIn(within(t)); err != nil {
		t.Fatal(err)
	}
	m := ada.member(crowdWeb(t))
	m.mcp.key = ada.access
	reply, _, err := m.mcp.call(within(t), map[string]any{"name": "microsoft_graph", "arguments": object{"path": "/me", "method": "PATCH", "body": object{"jobTitle": "Queen"}}}, nil)
	if err != nil || !reply.IsError {
		t.Fatalf("a change that nobody has allowed: %v %v", reply, err)
	}
	t.Cleanup(func() { c.checkSilence(t) })
	return c, ada
}

func (c *court) tables(t *testing.T) string {
	t.Helper()
	ways := strings.Replace(sandboxtest.EntraTables(t, c.tenant, c.origin, peopleProfile), "[http]\n",
		fmt.Sprintf("[http]\nprofiles = [%q, %q, %q]\ntrusted_proxies = [\"127.0.0.1\"]\nmetrics_listen = %q\n", appProfile, peopleProfile, archiveProfile, mustParse(c.gauges).Host), 1)
	_, app, _ := strings.Cut(contentOf(t, sandboxtest.Profile(t, c.tenant, appProfile)), "\n") // behind default_profile
	_, archive, _ := strings.Cut(contentOf(t, sandboxtest.CallersProfile(t, c.tenant, archiveProfile, "")), "\n")
	return ways + fmt.Sprintf("\n[http.oauth]\nprofile = %[1]q\nprofiles = [%[1]q, %[2]q]\n\n[audit]\nfile = %[3]q\n%[4]s\n%[5]s", peopleProfile, archiveProfile, c.audit, app, archive)
}

// visitor is a further person, at a place of their own.
func (c *court) visitor(i int) *visitor {
	v := newVisitor(c.origin, crewUPN(c.tenant, i), c.entra, c.secrets)
	v.from, v.endpoint = c.place(), c.origin+"/mcp/"+peopleProfile
	return v
}

func (c *court) place() string { return fmt.Sprintf("203.0.113.%d", c.callers.Add(1)%250+1) }

// checkSilence fails where anything secret was written down: to the log, the audit log, the metrics or a file.
func (c *court) checkSilence(t *testing.T) {
	t.Helper()
	metrics := ""
	if res, err := http.Get(c.gauges); err == nil {
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		metrics = string(text)
	}
	_ = c.web.cmd.Process.Kill()
	<-c.web.ended
	audit, err := os.ReadFile(c.audit)
	places := map[string]string{"the log": c.web.stderr.String(), "standard output": c.web.stdout.String(), "the audit log": string(audit), "the metrics": metrics}
	if err != nil || !strings.Contains(string(audit), "user:"+c.tenant.TenantID()) || !strings.Contains(metrics, "_total") || !strings.Contains(places["the log"], "signed in") || !strings.Contains(places["the log"], "level=DEBUG") {
		t.Errorf("nothing is written down at all: %v\n%s\n%.300s", err, audit, metrics)
	}
	_ = filepath.WalkDir(c.home, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			places["the file "+path] = contentOf(t, path)
		}
		return nil
	})
	c.secrets.checkAnswers(t, c.tenant)
	for place, text := range places {
		checkKept(t, place, text, append(c.secrets.known(c.tenant), c.key))
	}
}

// bearer is the header of somebody who comes with a token, from anywhere.
func (c *court) bearer(token string, pairs ...string) http.Header {
	return withKey(token, append([]string{"X-Forwarded-For", c.place()}, pairs...)...)
}

// checkRefused fails unless a request gets a status without anything secret. 401 says how to be let in (RFC 6750 and 9728).
func (c *court) checkRefused(t *testing.T, k knock) {
	t.Helper()
	body := initializeRequest()
	if strings.Contains(k.path, "/oauth/") {
		body = ""
	}
	res, text := ask(t, k.method, c.origin+k.path, body, k.header)
	c.secrets.hear(fmt.Sprint(res.Header, text))
	if res.StatusCode != k.status || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s: %s %s: %s, want %d: %v %s", k.name, k.method, k.path, res.Status, k.status, res.Header, text)
	}
	if challenge := res.Header.Get("WWW-Authenticate"); res.StatusCode == http.StatusUnauthorized && !strings.Contains(challenge, `resource_metadata="`+c.origin+`/.well-known/oauth-protected-resource/mcp`) {
		t.Errorf("%s: the challenge is %q", k.name, challenge)
	}
}

// The rows of the study of other servers, for those who have signed in. The names are the rows'.
func (c *court) knocks(ada *visitor) []knock {
	graph := ""
	for _, r := range c.tenant.Requests(sandbox.Graph) {
		graph = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	token, refresh := ada.access, ada.refresh
	rows := []knock{
		{"row 3: nearly a token", "POST", "/mcp", c.bearer(token[:len(token)-1]), 401},
		{"row 3: nearly a token", "POST", "/mcp", c.bearer(token + "A"), 401},
		{"row 3: nearly a token", "POST", "/mcp", c.bearer(strings.ToLower(token)), 401},
		{"row 4: a token in a URL", "POST", "/mcp?access_token=" + token, http.Header{"X-Forwarded-For": {c.place()}}, 401},
		{"row 4: a token in a URL", "POST", "/mcp?api_key=" + token, http.Header{"X-Forwarded-For": {c.place()}}, 401},
		{"row 4: a refresh token in a URL", "POST", "/oauth/token?grant_type=refresh_token&client_id=" + ada.clientID + "&refresh_token=" + refresh, form(), 400},
		{"row 6: nobody", "POST", "/mcp", http.Header{"X-Forwarded-For": {c.place()}}, 401},
		{"row 6: nobody", "POST", "/mcp/" + appProfile, http.Header{"X-Forwarded-For": {c.place()}}, 401},
		{"row 6: a page of another origin", "POST", "/mcp", c.bearer(token, "Origin", "https://evil.example"), 403},
		{"row 6: a name that was bound anew", "POST", "/mcp", c.bearer(token, "Host", "evil.example"), 403},
		{"row 6: a name that a proxy has seen", "POST", "/mcp", c.bearer(token, "X-Forwarded-Host", "evil.example"), 403},
		{"row 7: whoever a proxy names", "POST", "/mcp", http.Header{"X-Forwarded-For": {c.place()}, "X-Forwarded-User": {ada.upn}, "X-Ms-Client-Principal-Name": {ada.upn}}, 401},
		{"row 8: the older transport", "GET", "/sse", c.bearer(token), 404},
		{"row 8: the older transport", "POST", "/messages", c.bearer(token), 404},
		{"row 10: a token for Graph", "POST", "/mcp", c.bearer(graph), 401},
		{"row 28: another profile", "POST", "/mcp/" + appProfile, c.bearer(token), 404},
		{"row 28: a profile that there is not", "POST", "/mcp/common", c.bearer(token), 404},
		{"row 29: the other kind of token", "POST", "/mcp", c.bearer(refresh), 401},
		{"row 29: a client's ID", "POST", "/mcp", c.bearer(ada.clientID), 401},
		{"row 29: one's secret as a key", "POST", "/mcp", c.bearer(c.tenant.Secret(sandbox.APIClientID)), 401},
		{"a person looks at the metrics", "GET", "/metrics", c.bearer(token), 404},
	}
	for _, path := range []string{"/oauth/authorize", "/oauth/callback", "/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource/mcp"} {
		rows = append(rows, knock{"row 6: a name that was bound anew", "GET", path, http.Header{"Host": {"evil.example"}}, 403})
	}
	for _, path := range []string{"/oauth/consent", "/oauth/token", "/oauth/register", "/oauth/revoke"} {
		rows = append(rows, knock{"row 6: a page of another origin", "POST", path, form("Origin", "https://evil.example"), 403},
			knock{"row 6: a name that was bound anew", "POST", path, form("Host", "evil.example"), 403})
	}
	return rows
}

// form is the header of a form.
func form(pairs ...string) http.Header {
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestWeaknessesOfLettingPeopleIn(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	m := ada.member(crowdWeb(t))
	m.mcp.key = ada.access
	if err := m.me(within(t)); err != nil { // so that there is a token for Graph
		t.Fatal(err)
	}
	for _, row := range c.knocks(ada) {
		c.checkRefused(t, row)
	}
	for _, tool := range []string{"get_auth_status", "get_upload_config"} { // row 5
		reply, _, err := m.mcp.call(within(t), map[string]any{"name": tool, "arguments": object{"path": "/me/drive/root:/a.txt:/content"}}, nil)
		if err == nil {
			checkKept(t, "row 5: the answer of "+tool, reply.text(), append(c.secrets.known(c.tenant), c.key))
		}
	}
	t.Run("row 26: not one byte of a stranger's form is read", func(t *testing.T) {
		for _, path := range []string{"/oauth/token", "/oauth/register", "/oauth/consent", "/oauth/revoke"} {
			body, never := io.Pipe() // whoever reads it waits for ever
			defer never.Close()
			r, err := http.NewRequestWithContext(within(t), http.MethodPost, c.origin+path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header, r.ContentLength = form(), 1<<40
			if status, text := fetch(t, r); status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d %s", path, status, text)
			}
		}
	})
	if err := m.me(within(t)); err != nil {
		t.Errorf("and Ada herself: %v", err)
	}
}

// What the metadata and the challenges say fits together, and nobody can make them say anything else.
func TestWhatIsSaidOfSigningIn(t *testing.T) {
	t.Parallel()
	c, _ := heldCourt(t)
	for path, name := range map[string]string{"/mcp": "", "/mcp/" + peopleProfile: peopleProfile} {
		mallory := http.Header{"X-Forwarded-For": {c.place()}, "X-Original-Host": {"evil.example"}, "Forwarded": {"host=evil.example;proto=https"}, "X-Forwarded-Prefix": {"/evil"}}
		res, _ := ask(t, http.MethodPost, c.origin+path, initializeRequest(), mallory)
		challenge := res.Header.Get("WWW-Authenticate")
		at := c.origin + "/.well-known/oauth-protected-resource" + path
		if res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, `resource_metadata="`+at+`"`) || !strings.Contains(challenge, `scope="mcp"`) || strings.Contains(challenge, "error=") {
			t.Errorf("%s: %s, challenge %s", path, res.Status, challenge)
		}
		var resource struct {
			Resource string
			Servers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
			Methods  []string `json:"bearer_methods_supported"`
		}
		c.getJSON(t, at, &resource)
		if got, want := fmt.Sprint(resource), fmt.Sprintf("{%s [%s] [mcp] [header]}", c.origin+path, c.origin); got != want {
			t.Errorf("%s: the resource is %s, want %s", name, got, want)
		}
	}
	var server map[string]any
	c.getJSON(t, c.origin+"/.well-known/oauth-authorization-server", &server)
	for key, want := range map[string]string{"issuer": c.origin, "authorization_endpoint": c.origin + "/oauth/authorize", "token_endpoint": c.origin + "/oauth/token", "registration_endpoint": c.origin + "/oauth/register",
		"scopes_supported": "[mcp]", "code_challenge_methods_supported": "[S256]", "token_endpoint_auth_methods_supported": "[none]", "response_types_supported": "[code]", "authorization_response_iss_parameter_supported": "true", "client_id_metadata_document_supported": "true"} {
		if got := fmt.Sprint(server[key]); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	res, _ := ask(t, http.MethodPost, c.origin+"/mcp", initializeRequest(), c.bearer("msat_x"))
	if got := res.Header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) || !strings.Contains(got, "error_description=") {
		t.Errorf("the challenge to a bad token is %s", got)
	}
}

func (c *court) getJSON(t *testing.T, address string, into any) {
	t.Helper()
	res, text := ask(t, http.MethodGet, address, "", nil)
	if err := json.Unmarshal([]byte(text), into); err != nil || res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s: %s %v %s", address, res.Status, err, text)
	}
}

// One request hides another from the proxy in front, which reads the length, behind chunks: it is never answered, at any
// door.
func TestSmuggledToTheServer(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	const hidden = "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for path, header := range map[string]string{
		"/mcp":           "Authorization: Bearer " + ada.access + "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n",
		"/mcp/nothing":   "",
		"/oauth/token":   "Content-Type: application/x-www-form-urlencoded\r\n",
		"/oauth/consent": "Content-Type: application/x-www-form-urlencoded\r\n",
		"/nothing":       "",
		"/ping":          "",
	} {
		conn, err := net.Dial("tcp", mustParse(c.origin).Host)
		if err != nil {
			t.Fatal(err)
		}
		chunks := "0\r\n\r\n" + hidden
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\n%sContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s", path, c.place(), header, len(chunks), chunks)
		_ = conn.(*net.TCPConn).CloseWrite()
		all, err := io.ReadAll(conn)
		conn.Close()
		if n := strings.Count(string(all), "HTTP/1.1 "); n != 1 || strings.Contains(string(all), "pong") || strings.Contains(string(all), " 200 ") {
			t.Errorf("%s: %d answers, %v: %.300q", path, n, err, all)
		}
	}
}
