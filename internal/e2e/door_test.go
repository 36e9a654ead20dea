package e2e

import (
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// startHTTP starts an HTTP server with a key for a new tenant. It returns the URL of its endpoint.
func startHTTP(t *testing.T) (p *process, tenant *sandbox.Tenant, url, key string) {
	t.Helper()
	tenant = sandboxtest.Start(t, sandbox.Options{})
	key = rand.Text()
	config := sandboxtest.Profile(t, tenant, "e2e")
	p = start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config, "MCP_API_KEY="+key), "http", "--listen", "127.0.0.1:0")
	return p, tenant, p.endpoint(t), key
}

func withKey(key string, pairs ...string) http.Header {
	h := http.Header{
		"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"},
		"Accept": {"application/json, text/event-stream"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		h[pairs[i]] = []string{pairs[i+1]}
	}
	return h
}

// What a web page in the user's browser could send is refused before anything else is looked at.
func TestDoorForeignPages(t *testing.T) {
	t.Parallel()
	_, _, url, key := startHTTP(t)
	rows := []struct{ name, header, value string }{
		{"foreign origin", "Origin", "https://evil.example"},
		{"origin that only begins like ours", "Origin", "http://127.0.0.1.evil.example"},
		{"origin null", "Origin", "null"},
		{"rebound host", "Host", "evil.example"},
		{"rebound host and port", "Host", "evil.example:8080"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			res, body := ask(t, http.MethodPost, url, initializeRequest(), withKey(key, row.header, row.value))
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("got %s, want 403: %s", res.Status, body)
			}
			if got := res.Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("the refusal allows origin %q", got)
			}
		})
	}
	origin := strings.TrimSuffix(url, "/mcp")
	if res, body := ask(t, http.MethodPost, url, initializeRequest(), withKey(key, "Origin", origin)); res.StatusCode != http.StatusOK {
		t.Errorf("the server's own origin is refused: %s %s", res.Status, body)
	}
}

// initializeRequest is the first frame alone: HTTP carries one message a request.
func initializeRequest() string {
	first, _, _ := strings.Cut(initializeFrame, "\n")
	return first
}

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestDoorHugeBody(t *testing.T) {
	t.Parallel()
	_, _, url, key := startHTTP(t)
	const huge = 200 << 20
	for name, length := range map[string]int64{"announced": huge, "unannounced": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(within(t), http.MethodPost, url, io.LimitReader(zeros{}, huge))
			if err != nil {
				t.Fatal(err)
			}
			req.Header, req.ContentLength = withKey(key), length
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				// The server may close while we still write; then there is no answer to read.
				t.Logf("no answer: %v", err)
			} else {
				res.Body.Close()
				if res.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("got %s, want 413", res.Status)
				}
			}
			if res, body := ask(t, http.MethodPost, url, initializeRequest(), withKey(key)); res.StatusCode != http.StatusOK {
				t.Errorf("the server does not live on: %s %s", res.Status, body)
			}
		})
	}
}

func TestDoorMalformed(t *testing.T) {
	t.Parallel()
	_, _, url, key := startHTTP(t)
	for _, body := range []string{"", "no JSON", "{", "[]", "null", "{}", "\x00\xff"} {
		res, text := ask(t, http.MethodPost, url, body, withKey(key))
		if res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("body %q: %s %s; want 4xx", body, res.Status, text)
		}
	}
}

func TestDoorPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", l.Addr().String())
	if code := p.exitCode(t); code == 0 {
		t.Errorf("got exit code 0")
	}
	if _, port, _ := net.SplitHostPort(l.Addr().String()); !strings.Contains(p.stderr.String(), port) {
		t.Errorf("the error does not name port %s:\n%s", port, p.stderr)
	}
}

// Beyond loopback nobody may listen without a key.
func TestDoorOpenToTheWorld(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	p := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", "0.0.0.0:0")
	if code := p.exitCode(t); code != 2 {
		t.Errorf("got exit code %d, want 2", code)
	}
	if got := p.stderr.String(); !strings.Contains(got, "MCP_API_KEY") && !strings.Contains(got, "api_keys") {
		t.Errorf("the error does not say how to set a key:\n%s", got)
	}
}

// SIGTERM lets running calls finish and then ends the process.
func TestHTTPTerminatesGracefully(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM")
	}
	p, tenant, url, key := startHTTP(t)
	c := connect(t, target{Era: modern, URL: url, Key: key})
	slow := newSlowRead(t, tenant)
	answered := make(chan toolResult, 1)
	go func() {
		result, err := c.CallTool(within(t), toolRequest("microsoft_graph", map[string]any{"path": slow.path}))
		if err != nil {
			t.Errorf("the running call failed: %v", err)
			close(answered)
			return
		}
		answered <- toolResult{IsError: result.IsError}
	}()
	await(t, slow.arrived, "the call reaches Graph")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.refusesConnections(t, url)
	slow.answer()
	if got := <-answered; got.IsError {
		t.Errorf("the running call got an error")
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("after SIGTERM the process ends with %d, want 0", code)
	}
}

// refusesConnections waits until the server has stopped listening: the signal has been taken.
func (p *process) refusesConnections(t *testing.T, url string) {
	t.Helper()
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/mcp")
	for ctx := within(t); ctx.Err() == nil; {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		c.Close()
	}
	t.Fatal("the server goes on listening after SIGTERM")
}
