package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// leaver is somebody who gets links, loses what they were made by, and uses them all the same.
type leaver struct {
	*caller
	profile  string // "" where one alone is served to them
	up, down link
}

func newLeaver(t *testing.T, url, key, profile string) *leaver {
	t.Helper()
	l := &leaver{caller: &caller{url: url, key: key, client: &http.Client{}}, profile: profile}
	if res := l.upload(t, l.ask(t, "get_upload_config")); res != http.StatusOK {
		t.Fatalf("a link does not even hold while it should: %d", res)
	}
	l.up, l.down = l.ask(t, "get_upload_config"), l.ask(t, "download_file")
	return l
}

func (l *leaver) ask(t *testing.T, tool string) link {
	t.Helper()
	arguments := map[string]any{"path": racePath("leaver")}
	if l.profile != "" {
		arguments["profile"] = l.profile
	}
	got, came, err := l.link(within(t), tool, arguments)
	if err != nil || came != answered {
		t.Fatalf("%s: %v, %v", tool, came, err)
	}
	return got
}

func (l *leaver) upload(t *testing.T, to link) int {
	t.Helper()
	res, _, err := l.put(within(t), to, "mine, whatever happens")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// tries fails where a link still opens anything.
func (l *leaver) tries(t *testing.T) {
	t.Helper()
	if status := l.upload(t, l.up); status != http.StatusUnauthorized {
		t.Errorf("the upload link: got %d", status)
	}
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		if res, body := ask(t, method, l.down.DownloadURL, "", nil); res.StatusCode != http.StatusNotFound || res.Header.Get("Content-Disposition") != "" {
			t.Errorf("the download link: got %s %.100s", res.Status, body)
		}
	}
}

// appTables is the table of a profile that acts as the app.
func appTables(t *testing.T, tenant *sandbox.Tenant) string {
	t.Helper()
	_, app, _ := strings.Cut(contentOf(t, sandboxtest.Profile(t, tenant, appProfile)), "\n") // behind default_profile
	return app
}

// reloads has a server that runs take another configuration.
func reloads(t *testing.T, p *process, config, text string) {
	t.Helper()
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.stderr.wait(t, "reload", func(line string) bool { return strings.Contains(line, "configuration reloaded") })
}

// A grant that is given back takes along the links that were made with it.
func TestLinksEndWithTheGrant(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	config := sandboxtest.CallersProfile(t, tenant, "e2e", fmt.Sprintf("[http]\nprofiles = [\"e2e\", %[2]q]\nbase_url = \"http://%[1]s\"\n\n[http.oauth]\nprofile = \"e2e\"\nprofiles = [\"e2e\", %[2]q]\n%[3]s",
		address, appProfile, appTables(t, tenant)))
	url := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", address).endpoint(t)
	v := newVisitor("http://"+address, sandbox.MemberUPN, sandboxtest.Client(t, tenant).Transport, &whispers{})
	if err := v.signIn(within(t)); err != nil {
		t.Fatal(err)
	}
	l := newLeaver(t, url, v.access, appProfile)
	got, err := v.send(within(t), v.program, v.origin+"/oauth/revoke", map[string][]string{"token": {v.refresh}, "client_id": {v.clientID}})
	if err != nil || got.status != http.StatusOK {
		t.Fatalf("revoking: %d, %v", got.status, err)
	}
	l.tries(t)
}

// What a token of Entra's opens now counts for the links that were made with it: the file may say otherwise since.
func TestLinksEndWithThePermission(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	base := "http://" + address
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{URIs: []string{base + "/mcp"}})
	tables := strings.ReplaceAll(sandboxtest.EntraTables(t, tenant, base, "e2e"), `profiles = ["e2e"]`, `profiles = ["e2e", "`+appProfile+`"]`)
	tables = strings.Replace(tables, "[http]\n", "[http]\nprofiles = [\"e2e\", \""+appProfile+"\"]\n", 1)
	config := sandboxtest.CallersProfile(t, tenant, "e2e", tables+appTables(t, tenant))
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", address, "--log-level", "info")
	url := p.endpoint(t)
	person := newLeaver(t, url, sandboxtest.APIToken(t, tenant, sandbox.MemberUPN), appProfile)
	app := newLeaver(t, url, sandboxtest.AgentToken(t, tenant, sandbox.APIRole), "")
	text := contentOf(t, config)
	only := strings.ReplaceAll(text, "[[http.entra.grants]]\n", "[[http.entra.grants]]\nread_only = true\n")
	if only == text {
		t.Fatalf("no grant to restrict in\n%s", text)
	}
	reloads(t, p, config, only)
	person.tries(t)
	app.tries(t)
}

// So does what a key may do.
func TestLinksEndWithTheKey(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, appProfile)
	key := makeKey(t, config, "agent")
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", "127.0.0.1:0", "--log-level", "info")
	l := newLeaver(t, p.endpoint(t), key, "")
	text := contentOf(t, config)
	reloads(t, p, config, strings.Replace(text, `name = "agent"`, "name = \"agent\"\nread_only = true", 1))
	l.tries(t)
}
