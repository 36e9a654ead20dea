package oauth

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// webOf answers everything in one way and keeps what was asked.
type webOf struct {
	answer func() *http.Response
	asked  []*url.URL
}

func (w *webOf) RoundTrip(r *http.Request) (*http.Response, error) {
	w.asked = append(w.asked, r.URL)
	resp := w.answer()
	resp.Request = r
	return resp, nil
}

// Whatever address a client has for an ID, and whatever stands there: one plain public https address is asked at most, once and under
// that very spelling, and a client of that is sent to its own host, to the person's machine or to what the operator names.
func FuzzDocument(f *testing.F) {
	const good = "https://example.com/client.json"
	f.Add(good, 200, "application/json", []byte(`{"client_id":"`+good+`","redirect_uris":["https://example.com/callback","http://localhost/x"]}`))
	f.Add(good, 200, "application/json", []byte(`{"client_id":"`+good+`","redirect_uris":["https://evil.example/callback","https://example.com:444/","https://x@example.com/"]}`))
	f.Add(good, 302, "text/html", []byte{})
	for _, id := range []string{"https://example.com/a/../b", "https://127.0.0.1/x", "https://[::1]/x", "https://localhost/x", "https://example.com.:443/x", "https://user@example.com/x", "https://example.com/x?y", "https://EXAMPLE.com/x", "https://2130706433/x", "http://example.com/x", "https://example.com/%2e%2e/x", "https://0x7f.1/x"} {
		f.Add(id, 200, "application/ld+json", []byte(`{"client_id":"`+id+`","redirect_uris":["http://127.0.0.1/"]}`))
	}
	now := time.Unix(1_800_000_000, 0)
	f.Fuzz(func(t *testing.T, id string, status int, kind string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		web := &webOf{answer: func() *http.Response {
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Location": {"https://evil.example/"}}, Body: io.NopCloser(bytes.NewReader(body))}
		}}
		d := newDocuments(ServerConfig{Now: func() time.Time { return now }, Store: state.NewMemory(),
			DocumentClient: &http.Client{Transport: web, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, redirects{exact: []string{"cursor://oauth/callback"}})
		c, err := d.client(t.Context(), "somebody", id)
		if len(web.asked) > 1 || len(web.asked) == 1 && web.asked[0].String() != id {
			t.Fatalf("%q: asked %v", id, web.asked)
		}
		if len(web.asked) == 1 {
			if u := web.asked[0]; u.Scheme != "https" || u.User != nil || u.RawQuery != "" || !strings.Contains(u.Hostname(), ".") || strings.Contains(u.Hostname(), ":") {
				t.Errorf("%q was asked", id)
			}
		}
		if err != nil {
			if len(err.Error()) > 2_000 {
				t.Errorf("%q: an error of %d bytes", id, len(err.Error()))
			}
			return
		}
		own, _ := url.Parse(id)
		for _, uri := range c.Redirects {
			u, err := url.Parse(uri)
			if err != nil || uri != "cursor://oauth/callback" && !(u.Scheme == "http" && isLoopback(u.Hostname())) && !(u.Scheme == "https" && strings.EqualFold(u.Host, own.Host)) || u.User != nil {
				t.Errorf("%q may be sent to %q", id, uri)
			}
		}
		if c.ID != id || c.Host != own.Host {
			t.Errorf("%q became %+v", id, c)
		}
	})
}

// Whatever an authority publishes as keys, those that are taken are RSA keys of a usable size, few, each under one ID, for this issuer.
func FuzzKeys(f *testing.F) {
	issuer := "https://login.microsoftonline.com/" + ourTenant + "/v2.0"
	text := func(keys ...publicKey) []byte {
		out, err := json.Marshal(keys)
		if err != nil {
			f.Fatal(err)
		}
		return out
	}
	good := publish("one", &rsaKeys()[0].PublicKey)
	weak, other, template := good, good, good
	weak.ID, weak.Modulus, other.ID, template.Issuer = "weak", "AQAB", strings.Repeat("x", 300), "https://login.microsoftonline.com/{tenantid}/v2.0"
	f.Add(text(good))
	f.Add(text(good, weak, other, template))
	f.Add([]byte(`[{"kty":"oct","k":"AA","kid":"one"},{"kty":"RSA","n":"","e":"AQAB"},null]`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var keys []publicKey
		if json.Unmarshal(document, &keys) != nil {
			return
		}
		found, err := usable(keys, issuer)
		if (err == nil) != (len(found) > 0) || len(found) > maxKeys || len(found) > len(keys) {
			t.Fatalf("%d keys: %v", len(found), err)
		}
		for id, key := range found {
			if id == "" || len(id) > maxKeyID || key.N.BitLen() < 2048 || key.N.BitLen() > 8192 || key.E < 3 || key.E%2 == 0 {
				t.Errorf("%q: %d bits, exponent %d", id, key.N.BitLen(), key.E)
			}
		}
	})
}
