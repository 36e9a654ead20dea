package oauth_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// An older client that asks for a secret is told that there is none.
func TestRegistration(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.register(`{"client_name":"VS Code","redirect_uris":["http://127.0.0.1:33418/","https://vscode.dev/redirect","cursor://oauth/callback","https://client.example.org/callback"],
		"token_endpoint_auth_method":"client_secret_post","grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],"logo_uri":"https://x.example/l.png","scope":"mcp x"}`)
	if p.status != http.StatusCreated || p.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", p.status, p.body)
	}
	got := p.json(t)
	if !strings.HasPrefix(got["client_id"].(string), "msc_") || got["client_id_issued_at"].(float64) < 1e9 {
		t.Errorf("%s", p.body)
	}
	delete(got, "client_id")
	delete(got, "client_id_issued_at")
	want := map[string]any{"client_name": "VS Code", "redirect_uris": []any{"http://127.0.0.1:33418/", "cursor://oauth/callback", "https://client.example.org/callback"}, // vscode.dev is not allowed here
		"token_endpoint_auth_method": "none", "grant_types": []any{"authorization_code", "refresh_token"}, "response_types": []any{"code"}, "scope": "mcp"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(c *oauth.ServerConfig) { c.Remote = func(*http.Request) string { return rand.Text() } })
	row := func(uris ...string) string {
		body, err := json.Marshal(map[string]any{"redirect_uris": uris})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = loopback
	}
	long := make([]string, 15)
	for i := range long {
		long[i] = loopback + strings.Repeat("x", 500)
	}
	for name, c := range map[string]struct{ body, want string }{
		"nothing":           {`{}`, "invalid_redirect_uri"},
		"no JSON":           {`redirect_uris=x`, "invalid_client_metadata"},
		"a list":            {`[]`, "invalid_client_metadata"},
		"wrong types":       {`{"redirect_uris":"` + loopback + `"}`, "invalid_client_metadata"},
		"too long":          {`{"client_name":"` + strings.Repeat("x", 17_000) + `"}`, "invalid_client_metadata"},
		"too long together": {row(long...), "invalid_client_metadata"},
		"too many":          {row(many...), "invalid_redirect_uri"},
		"script":            {row(loopback, "javascript:alert(1)"), "invalid_redirect_uri"},
		"script, hidden":    {row("JavaScript://x/%0aalert(1)"), "invalid_redirect_uri"},
		"data":              {row("data:text/html,<script>"), "invalid_redirect_uri"},
		"file":              {row("file:///etc/passwd"), "invalid_redirect_uri"},
		"fragment":          {row(loopback + "#x"), "invalid_redirect_uri"},
		"user":              {row("http://user:x@127.0.0.1/"), "invalid_redirect_uri"},
		"relative":          {row("/callback"), "invalid_redirect_uri"},
		"plain http":        {row("http://evil.example/callback"), "invalid_redirect_uri"},
		"looks local":       {row("http://127.0.0.1.evil.example/"), "invalid_redirect_uri"},
		"any https":         {row("https://evil.example/callback"), "invalid_redirect_uri"},
		"below what is":     {row("https://client.example.org/callback/x"), "invalid_redirect_uri"},
		"other scheme":      {row("evil://oauth/callback"), "invalid_redirect_uri"},
		"code in the query": {row(loopback + "?code=x"), "invalid_redirect_uri"},
		"another server":    {row(loopback + "?a=b&iss=https://evil.example"), "invalid_redirect_uri"},
		"a line's end":      {row(loopback + "\r\nx"), "invalid_redirect_uri"},
		"no host":           {row("http:///callback"), "invalid_redirect_uri"},
		"long URI":          {row(loopback + strings.Repeat("x", 1000)), "invalid_redirect_uri"},
		"dots":              {row("http://127.0.0.1/a/../callback"), "invalid_redirect_uri"},
		"encoded dots":      {row("http://127.0.0.1/a/%2E%2e/callback"), "invalid_redirect_uri"},
		"lookalike":         {row("https://сlient.example.org/callback"), "invalid_redirect_uri"}, // a Cyrillic letter
		"implicit":          {`{"redirect_uris":["` + loopback + `"],"response_types":["token"]}`, "invalid_client_metadata"},
		"machine":           {`{"redirect_uris":["` + loopback + `"],"grant_types":["client_credentials"]}`, "invalid_client_metadata"},
		"key of its own":    {`{"redirect_uris":["` + loopback + `"],"token_endpoint_auth_method":"private_key_jwt"}`, "invalid_client_metadata"},
	} {
		if p := d.register(c.body); p.status != http.StatusBadRequest || p.json(t)["error"] != c.want {
			t.Errorf("%s: %d %s", name, p.status, p.body)
		}
	}
}

// A client ID of another server, or one that was tampered with, is nobody's.
func TestUnknownClients(t *testing.T) {
	t.Parallel()
	d, other := newDesk(t), newDesk(t)
	own := d.client()
	for name, id := range map[string]string{"none": "", "foreign": other.client(), "changed": flipped(own), "bare": "msc_", "a word": "claude", "plain http": "http://client.example/c.json", "longer": own + "\n", "an access token": "msc_" + "x"} {
		if p := d.get(d.browser(), "/oauth/authorize", asks(id)); p.status != http.StatusBadRequest || p.location != nil {
			t.Errorf("%s: %d", name, p.status)
		}
	}
}
