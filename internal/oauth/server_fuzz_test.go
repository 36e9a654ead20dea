package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// Whatever is asked, a browser is sent nowhere but to the client that was registered, and told whose answer it is.
func FuzzAuthorize(f *testing.F) {
	d := newDesk(f, func(c *oauth.ServerConfig) { c.Log = nil })
	d.store.free = true
	clientID := d.client()
	f.Add("", loopback, "client's state")
	f.Add("response_type=code&code_challenge="+s256(verifier)+"&code_challenge_method=S256", loopback, "<script>")
	f.Add("response_type=token&resource=x", "http://127.0.0.1:1/callback", "a&iss=b")
	f.Add("prompt=none&request=x", "http://127.0.0.1@evil.example/callback", "\x00")
	f.Add("client_id=x", "//evil.example", "")
	f.Fuzz(func(t *testing.T, more, redirectURI, clientState string) {
		query := url.Values{"client_id": {clientID}, "redirect_uri": {redirectURI}, "state": {clientState}}.Encode() + "&" + more
		r := httptest.NewRequest(http.MethodGet, "/oauth/authorize", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		d.server.ServeHTTP(w, r)
		switch location := w.Header().Get("Location"); {
		case w.Code == http.StatusSeeOther:
			u, err := url.Parse(location)
			if err != nil || u.Scheme != "http" || u.Hostname() != "127.0.0.1" || u.Path != "/callback" || u.User != nil {
				t.Errorf("sent to %q", location)
				return
			}
			q := u.Query()
			if len(q["iss"]) != 1 || q.Get("iss") != d.issuer || q.Get("error") == "" || q.Has("code") || q.Get("state") != clientState {
				t.Errorf("answer %v", q)
			}
		case location != "" || w.Code != http.StatusOK && w.Code != http.StatusBadRequest:
			t.Errorf("%d to %q", w.Code, location)
		case strings.Contains(w.Body.String(), "<script"):
			t.Errorf("a script: %s", w.Body)
		}
	})
}

// Whatever is sent, nobody who has nothing gets a token.
func FuzzToken(f *testing.F) {
	d := newDesk(f, func(c *oauth.ServerConfig) { c.Log = nil })
	d.store.free = true
	clientID, held := d.signIn("ada")
	f.Add("grant_type=authorization_code&code=x&code_verifier="+verifier, "")
	f.Add("grant_type=refresh_token&refresh_token="+held.access, "msrt_")
	f.Add("grant_type=refresh_token&refresh_token=msrt_AAAA&resource=x", strings.TrimPrefix(held.access, "msat_"))
	f.Fuzz(func(t *testing.T, body, token string) {
		for _, form := range []string{body, "client_id=" + url.QueryEscape(clientID) + "&" + body, renews(clientID, "msrt_"+token).Encode()} {
			if strings.Contains(form, held.refresh) {
				return
			}
			r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			d.server.ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest && w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"error":"`) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		if _, err := d.server.Authenticate(t.Context(), "msat_"+token); err == nil && "msat_"+token != held.access {
			t.Errorf("let in with %q", token)
		}
	})
}
