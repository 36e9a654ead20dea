package entra

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

const hiddenText = "secret-that-nobody-may-see"

// fuzzedClient is a client that asks nobody.
func fuzzedClient(f *testing.F) *client {
	f.Helper()
	c, err := newClient(Config{Profile: "contoso", Authority: "https://login.microsoftonline.com", TenantID: testTenant, ClientID: testTenant, Audiences: []string{"https://graph.microsoft.com"}, Scopes: []string{"User.Read"},
		HTTP: &http.Client{Transport: refusing{}}})
	if err != nil {
		f.Fatal(err)
	}
	return c
}

type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nobody is asked here")
}

// Whatever the token endpoint answers, or a proxy in its place: it is a grant within bounds, of this app and this sign-in, or an error of one
// readable line that does not have the secret of the request in it.
func FuzzTokenAnswer(f *testing.F) {
	c := fuzzedClient(f)
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"
	}
	f.Add(200, "Content-Type: application/json", `{"access_token":"a","expires_in":3600,"refresh_in":"5","scope":"User.Read","id_token":"`+token(`{"aud":"`+testTenant+`","nonce":"n","tid":"`+testTenant+`","oid":"x"}`)+`","client_info":"eyJ1aWQiOiJhIiwidXRpZCI6ImIifQ"}`)
	f.Add(200, "", `{"access_token":"a","expires_in":1e99}`)
	f.Add(200, "", `{"access_token":"a","expires_in":-1,"id_token":"..","client_info":"===="}`)
	f.Add(400, "Date: Thu, 01 Jan 1970 00:00:00 GMT", `{"error":"invalid_client","error_description":"AADSTS7000215: `+hiddenText+` Trace ID: x","error_codes":[7000215],"claims":"{\"a\":`+strings.Repeat("[", 50)+`"}`)
	f.Add(503, "Retry-After: 99999999999999999999", "<html>"+hiddenText)
	f.Add(302, "Location: https://evil.example/?x="+hiddenText, "")
	f.Add(401, "", `{"error":{"code":"`+hiddenText+`","message":"a\nb"}}`)
	f.Add(400, "", `{"error":"`+hiddenText+`","error_description":"`+url.QueryEscape(hiddenText)+strings.Repeat("x", 3000)+`"}`)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status int, head, body string) {
		header, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\r\n\r\n"))).ReadMIMEHeader()
		said := &answer{host: "login.microsoftonline.com", toToken: true, status: status, header: http.Header(header), body: []byte(body)}
		x := exchange{client: c, hidden: []secret.Text{secret.NewText(hiddenText)}, last: said}
		if g, ok := x.granted(); ok {
			if g.access.IsZero() || g.lifetime < 0 || g.lifetime > 10*366*24*time.Hour || g.refreshIn > g.lifetime || status != 200 {
				t.Errorf("granted %+v", g)
			}
			p, failed := c.identify(g, "n")
			if failed == nil && (p.tenantID == "" || len(p.account) > 4*maxMessage+4 || strings.ContainsAny(p.account+p.name+p.objectID, "\n\r\x1b")) {
				t.Errorf("identified %+v", p)
			}
			if failed != nil {
				checkError(t, body, failed)
			}
		}
		checkError(t, body, x.explain(now))
		managed := platform{exchange: x}
		checkError(t, body, managed.explain(now))
	})
}

func checkError(t *testing.T, body string, e *Error) {
	t.Helper()
	text := e.Error() + e.Hint() + fmt.Sprintf("%v %+v", e, e)
	if strings.Contains(text, hiddenText) || len(text) > 32<<10 || strings.ContainsAny(e.Error(), "\n\r\x1b\x00") || e.RetryAfter < 0 || e.Error() == "" {
		t.Errorf("%q: %q, to wait %s", body, text, e.RetryAfter)
	}
}

// Whatever comes to the address that a sign-in listens at without its state and its ticket: it ends nothing, leads nowhere, and is told
// nothing of the sign-in.
func FuzzCallback(f *testing.F) {
	c := fuzzedClient(f)
	u, err := NewUser(c.config, Person{Vault: &vaulttest.Memory{}, Key: secret.SignInKey("contoso", "0a1b2c3d"), Place: "the keyring"})
	if err != nil {
		f.Fatal(err)
	}
	secrets := []string{"STATE-OF-THIS-SIGN-IN", "NONCE-OF-THIS-SIGN-IN", "VERIFIER-OF-THIS-SIGN-IN", "TICKET-OF-THIS-SIGN-IN", "COOKIE-OF-THIS-SIGN-IN"}
	f.Add("GET", "/?code=stolen&state=x", "localhost:1234", "", "")
	f.Add("POST", "/", "127.0.0.1:1234", "code=a&state=b&error=access_denied&error_subcode=cancel", "sign-in=x")
	f.Add("GET", "/start/", "[::1]:1234", "", "")
	f.Add("GET", "/start/../?state=", "localhost:1234", "%zz", "sign-in=")
	f.Add("GET", "/?state=<script>alert(1)</script>", "evil.example:1234", "", "")
	f.Fuzz(func(t *testing.T, method, target, host, form, cookie string) {
		for _, text := range secrets {
			if strings.Contains(strings.ToUpper(target+form+cookie), text[:12]) {
				return // it may know one
			}
		}
		where, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		in := &SignIn{URL: "https://login.example/?state=" + secrets[0], user: u, done: make(chan struct{})}
		l := &loopback{user: u, signIn: in, port: 1234, redirect: "http://localhost:1234", state: secrets[0], nonce: secrets[1], verifier: secrets[2], ticket: secrets[3], cookie: secrets[4], delivered: make(chan struct{})}
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(form))
		r.Method, r.URL, r.Host = method, where, host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		if w.Code < 400 || w.Header().Get("Location") != "" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s %s: %d %v", method, target, w.Code, w.Header())
		}
		for _, text := range secrets {
			if strings.Contains(w.Body.String(), text) {
				t.Errorf("%s %s is told %s", method, target, text)
			}
		}
		select {
		case <-in.done:
			t.Errorf("%s %s ended the sign-in", method, target)
		default:
		}
		if l.answered || l.opened || strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%s %s was taken for an answer", method, target)
		}
	})
}
