package oauth_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// publisher serves metadata documents as example.com.
type publisher struct {
	*httptest.Server
	answer atomic.Value // func(http.ResponseWriter, *http.Request)
	asked  atomic.Int32
}

const documentURL = "https://example.com/client.json"

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		p.answer.Load().(func(http.ResponseWriter, *http.Request))(w, r)
	}))
	t.Cleanup(p.Close)
	p.says(`{"client_id":"` + documentURL + `","client_name":"Claude","redirect_uris":["https://example.com/callback","http://localhost/callback","https://evil.example/callback"]}`)
	return p
}

func (p *publisher) says(body string) {
	p.answer.Store(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
}

// desk returns a server that reads its documents from the publisher.
func (p *publisher) desk(t *testing.T, change ...func(*oauth.ServerConfig)) *desk {
	t.Helper()
	roots := p.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	web := &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, p.Listener.Addr().String())
		},
	}}
	return newDesk(t, append([]func(*oauth.ServerConfig){func(c *oauth.ServerConfig) { c.DocumentClient = web }}, change...)...)
}

func TestClientIDMetadataDocument(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	d := p.desk(t)
	values := asks(documentURL)
	values.Set("redirect_uri", "https://example.com/callback")
	b := d.browser()
	consent := d.get(b, "/oauth/authorize", values)
	if !strings.Contains(consent.body, "<bdi>Claude</bdi>, described by <strong>example.com</strong>") {
		t.Errorf("%d %s", consent.status, consent.body)
	}
	back := d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, values)}, "code": {"ada"}})
	if back.location == nil || back.location.Host != "example.com" {
		t.Fatalf("%d %s", back.status, back.body)
	}
	redeem := redeems(documentURL, back.location.Query().Get("code"))
	redeem.Set("redirect_uri", "https://example.com/callback")
	if held := d.token(redeem).tokens(t); !d.works(held.access) {
		t.Error("no good token")
	}
	if got := p.asked.Load(); got != 1 {
		t.Errorf("the document was read %d times", got)
	}
	values.Set("redirect_uri", "http://localhost:5555/callback")
	if got := d.get(b, "/oauth/authorize", values); got.status != http.StatusOK {
		t.Errorf("loopback: %d %s", got.status, got.body)
	}
	values.Set("redirect_uri", "https://evil.example/callback") // the document names it, and has no say over it
	if got := d.get(b, "/oauth/authorize", values); got.status != http.StatusBadRequest || got.location != nil {
		t.Errorf("another host: %d", got.status)
	}
	d.now.Add(601)
	p.says(`{"client_id":"` + documentURL + `","redirect_uris":["https://example.com/new"]}`)
	values.Set("redirect_uri", "https://example.com/callback")
	if got := d.get(b, "/oauth/authorize", values); got.status != http.StatusBadRequest {
		t.Errorf("an old document lives on: %d", got.status)
	}
}

// Mallory publishes a document, and makes links with a mistake in them that shall lead from us to her host.
func TestErrorsDoNotLeadToHostsOfDocuments(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	d := p.desk(t)
	values := asks(documentURL)
	values.Set("redirect_uri", "https://example.com/callback")
	values.Set("response_type", "token")
	got := d.get(d.browser(), "/oauth/authorize", values)
	if got.status != http.StatusBadRequest || got.location != nil || !strings.Contains(got.body, `href="https://example.com/callback?`) || strings.Contains(got.body, "http-equiv") {
		t.Errorf("%d %v %s", got.status, got.location, got.body)
	}
}

func TestDocumentsThatAreRefused(t *testing.T) {
	t.Parallel()
	good := `"redirect_uris":["https://example.com/callback"]`
	write := func(kind, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"other ID":    write("application/json", `{"client_id":"https://example.com/other.json",`+good+`}`),
		"no ID":       write("application/json", `{`+good+`}`),
		"a page":      write("text/html", `{"client_id":"`+documentURL+`",`+good+`}`),
		"no JSON":     write("application/json", `<html>`),
		"too long":    write("application/json", `{"client_id":"`+documentURL+`",`+good+`,"x":"`+strings.Repeat("x", 65<<10)+`"}`),
		"a secret":    write("application/json", `{"client_id":"`+documentURL+`",`+good+`,"token_endpoint_auth_method":"client_secret_basic"}`),
		"other hosts": write("application/json", `{"client_id":"`+documentURL+`","redirect_uris":["https://evil.example/callback"]}`),
		"script":      write("application/json", `{"client_id":"`+documentURL+`","redirect_uris":["javascript:alert(1)"]}`),
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/other.json")
			w.WriteHeader(http.StatusFound)
			_, _ = w.Write([]byte(`{"client_id":"` + documentURL + `",` + good + `}`))
		},
		"not found": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"client_id":"` + documentURL + `",` + good + `}`))
		},
		"a fault": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
	} {
		p := newPublisher(t)
		p.answer.Store(answer)
		d := p.desk(t)
		values := asks(documentURL)
		values.Set("redirect_uri", "https://example.com/callback")
		for range 3 {
			if got := d.get(d.browser(), "/oauth/authorize", values); got.status != http.StatusBadRequest || got.location != nil {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		if got := p.asked.Load(); got != 1 {
			t.Errorf("%s: asked for %d times", name, got)
		}
	}
}

// Mallory has our server ask where she cannot.
func TestDocumentsOfThisNetwork(t *testing.T) {
	t.Parallel()
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = inside.Close() }()
	var reached atomic.Int32
	go func() {
		for {
			c, err := inside.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			_ = c.Close()
		}
	}()
	port := inside.Addr().(*net.TCPAddr).Port
	d := newDesk(t)
	for _, id := range []string{
		fmt.Sprintf("https://127.0.0.1:%d/c.json", port), fmt.Sprintf("https://localhost:%d/c.json", port), fmt.Sprintf("https://localhost.:%d/c.json", port), fmt.Sprintf("https://[::1]:%d/c.json", port),
		fmt.Sprintf("https://[::ffff:127.0.0.1]:%d/c.json", port), "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/c.json", "https://192.168.0.1/c.json", "https://2130706433/c.json", "https://0x7f.1/c.json",
		"https://metadata/computeMetadata", "https://example.com", "https://example.com/", "https://example.com/a/../c.json", "https://example.com/a/%2E%2e/c.json", "https://user@example.com/c.json", "https://ехаmple.com/c.json", "https://%D0%B5xample.com/c.json",
		"https://example.com/c.json#x", "https://example.com/c.json?x=1", "https://EXAMPLE.com/c.json", "HTTPS://example.com/c.json", "https://example.com\\@evil.example/c.json", "https:///c.json", "https://example.com/" + strings.Repeat("x", 500),
	} {
		if got := d.get(d.browser(), "/oauth/authorize", asks(id)); got.status != http.StatusBadRequest || got.location != nil {
			t.Errorf("%s: %d", id, got.status)
		}
	}
	if got := reached.Load(); got != 0 {
		t.Errorf("an address of this network was reached %d times", got)
	}
}

func TestDocumentsOfListedHostsAlone(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	d := p.desk(t, func(c *oauth.ServerConfig) { c.Documents = []string{"claude.ai"} })
	values := asks(documentURL)
	values.Set("redirect_uri", "https://example.com/callback")
	if got := d.get(d.browser(), "/oauth/authorize", values); got.status != http.StatusBadRequest || p.asked.Load() != 0 {
		t.Errorf("%d, asked %d times", got.status, p.asked.Load())
	}
}

// A crowd that brings the same document has it read once.
func TestDocumentIsReadOnceForAll(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	d := p.desk(t, func(c *oauth.ServerConfig) { c.Remote = func(r *http.Request) string { return r.RemoteAddr } })
	values := asks(documentURL)
	values.Set("redirect_uri", "https://example.com/callback")
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got := d.get(d.browser(), "/oauth/authorize", values); got.status != http.StatusOK {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	all.Wait()
	if got := p.asked.Load(); got != 1 {
		t.Errorf("read %d times", got)
	}
}
