package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// Whatever a client registers, it is refused with a code, or all that it may be sent to are addresses of the person's own machine and
// those that the operator names; the ID stands for that and for nothing else, and no secret is handed out.
func FuzzRegister(f *testing.F) {
	d := newDesk(f, func(c *oauth.ServerConfig) { c.Log = nil })
	d.store.free = true
	for _, body := range []string{`{"redirect_uris":["` + loopback + `"],"client_name":"x"}`, `{"redirect_uris":["http://127.0.0.1@evil.example/"]}`, `{"redirect_uris":["http://localhost.evil.example/"]}`, `{"redirect_uris":["cursor://oauth/callback","javascript:alert(1)"]}`,
		`{"redirect_uris":["https://client.example.org/callback/../x"],"token_endpoint_auth_method":"private_key_jwt"}`, `{"redirect_uris":["http://[::1]:5/%0d%0aX:y"],"client_name":"\u202e<script>"}`, `{"redirect_uris":["http://127.0.0.1/#x"],"grant_types":["implicit"]}`,
		`{"client_id":"mine","client_secret":"x","redirect_uris":["http://localhost/"],"jwks_uri":"https://evil.example"}`, `{"redirect_uris":"x"}`, `[]`, `{"redirect_uris":["http://127.0.0.1:99999/"]}`} {
		f.Add(body, "http://evil.example/")
	}
	f.Fuzz(func(t *testing.T, body, elsewhere string) {
		r := httptest.NewRequest(http.MethodPost, "/oauth/register", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.server.ServeHTTP(w, r)
		var got struct {
			Error        string   `json:"error"`
			ClientID     string   `json:"client_id"`
			ClientSecret string   `json:"client_secret"`
			Redirects    []string `json:"redirect_uris"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusCreated && (w.Code != http.StatusBadRequest || got.Error == "") || w.Body.Len() > 64<<10 {
			t.Fatalf("%q: %d %s", body, w.Code, w.Body)
		}
		if w.Code != http.StatusCreated {
			return
		}
		if got.ClientID == "" || got.ClientSecret != "" || len(got.Redirects) == 0 {
			t.Errorf("%q: %s", body, w.Body)
		}
		for _, uri := range got.Redirects {
			u, err := url.Parse(uri)
			named := slices.Contains([]string{"https://client.example.org/callback", "cursor://oauth/callback"}, uri)
			if err != nil || !named && (u.Scheme != "http" || !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) || u.User != nil || u.Fragment != "") {
				t.Errorf("%q: may be sent to %q", body, uri)
			}
		}
		checkSentNowhereElse(t, d, got.ClientID, got.Redirects, elsewhere)
	})
}

// checkSentNowhereElse asks for a sign-in that ends elsewhere than a client has registered.
func checkSentNowhereElse(t *testing.T, d *desk, clientID string, registered []string, elsewhere string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/oauth/authorize", nil)
	r.URL.RawQuery = url.Values{"client_id": {clientID}, "redirect_uri": {elsewhere}, "response_type": {"token"}}.Encode()
	w := httptest.NewRecorder()
	d.server.ServeHTTP(w, r)
	location := w.Header().Get("Location")
	if location == "" {
		return
	}
	to, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	to.RawQuery = ""
	if !slices.ContainsFunc(registered, func(own string) bool {
		u, err := url.Parse(own)
		return err == nil && u.Scheme == to.Scheme && u.Hostname() == to.Hostname() && u.Path == to.Path
	}) {
		t.Errorf("sent to %q, and registered are %q", location, registered)
	}
}

// Whatever comes back from Entra's side to a browser that has begun nothing: no code is handed out, nobody is sent anywhere, and no page has
// markup in it that came along.
func FuzzUpstream(f *testing.F) {
	d := newDesk(f, func(c *oauth.ServerConfig) { c.Log = nil })
	d.store.free = true
	f.Add("GET", "/oauth/callback", "state=x&code=y", "", "")
	f.Add("GET", "/oauth/callback", "state=x&error=access_denied&error_description=<script>alert(1)</script>", "", "")
	f.Add("POST", "/oauth/consent", "", "request=x&agree=yes", "__Host-browser=x")
	f.Add("POST", "/oauth/authorize", "a=b", "decision=allow", "x")
	f.Add("GET", "/.well-known/oauth-authorization-server/x", "", "", "")
	f.Add("POST", "/oauth/revoke", "", "token=msrt_x", "")
	f.Fuzz(func(t *testing.T, method, path, query, form, cookie string) {
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(form))
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		d.server.ServeHTTP(w, r)
		location := w.Header().Get("Location")
		if strings.Contains(location, "code=") || strings.Contains(w.Body.String(), "access_token\"") || strings.Contains(w.Body.String(), "<script>alert") || w.Code >= 500 {
			t.Errorf("%s %s?%s: %d to %q: %s", method, path, query, w.Code, location, w.Body)
		}
		if u, err := url.Parse(location); location != "" && (err != nil || u.Host != "" && !strings.HasPrefix(location, d.issuer) || u.Scheme != "" && u.Scheme != "https") {
			t.Errorf("%s %s?%s: sent to %q", method, path, query, location)
		}
	})
}
