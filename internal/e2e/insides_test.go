package e2e

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// Whoever has signed in through us does not run the server: what is wrong with the credential of an app that they may
// use is not for them, in no answer. It is in the log.
func TestPeopleDoNotSeeTheServersInsides(t *testing.T) {
	t.Parallel()
	const place = "/var/lib/private/contoso/prod-secret"
	address := freeAddress(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := appToo(t, tenant, "http://"+address)
	text := contentOf(t, config)
	before, app, found := strings.Cut(text, "[profiles.app]")
	if !found {
		t.Fatal(text)
	}
	app = regexp.MustCompile(`(?m)^client_secret = .*$`).ReplaceAllString(app, `client_secret = { file = "`+place+`" }`)
	if err := os.WriteFile(config, []byte(before+"[profiles.app]"+app), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", address)
	p.endpoint(t)
	v := newVisitor("http://"+address, sandbox.MemberUPN, sandboxtest.Client(t, tenant).Transport, &whispers{})
	if err := v.signIn(within(t)); err != nil {
		t.Fatal(err)
	}
	withheld := func(what, answer string) {
		t.Helper()
		if strings.Contains(answer, "prod-secret") || !strings.Contains(answer, "own access to Microsoft does not work") {
			t.Errorf("%s: %s", what, answer)
		}
	}
	for _, call := range []map[string]any{
		{"name": "microsoft_graph", "arguments": map[string]any{"path": "/users?$top=1", "profile": "app"}},
		{"name": "get_auth_status", "arguments": map[string]any{"profile": "app"}},
	} {
		reply, _, err := (&caller{url: v.endpoint, key: v.access, client: &http.Client{}}).call(within(t), call, nil)
		if err != nil {
			t.Fatal(err)
		}
		withheld(call["name"].(string), reply.text())
	}
	for _, path := range []string{"/ready", "/upload?profile=app&path=/users/x/drive/root:/a.txt:/content"} {
		method := http.MethodGet
		if path != "/ready" {
			method = http.MethodPost
		}
		r, err := http.NewRequestWithContext(within(t), method, v.origin+path, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+v.access)
		got, err := v.take(v.program, r)
		if err != nil {
			t.Fatal(err)
		}
		withheld(path, got.body)
	}
	p.stderr.wait(t, "why, in the log", func(line string) bool { return strings.Contains(line, place) })
}
