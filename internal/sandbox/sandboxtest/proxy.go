package sandboxtest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// Proxy starts an HTTP proxy and returns its URL. It leads CONNECT to port 443 of Microsoft's names to the tenant,
// whose options have to name them, and refuses everything else with 403. With HTTPS_PROXY set to it and
// SSL_CERT_FILE to [CAFile], an unmodified program reaches the sandbox as it would reach Microsoft. It ends with the
// test.
func Proxy(tb testing.TB, t *sandbox.Tenant) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listening for the proxy: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &proxy{tenant: t}
	srv := &http.Server{
		Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = srv.Serve(l) })
	tb.Cleanup(func() {
		stop()
		_ = srv.Close()
		p.close()
		serving.Wait()
	})
	return "http://" + l.Addr().String()
}

// proxy is the handler of a [Proxy].
type proxy struct {
	tenant *sandbox.Tenant

	mu      sync.Mutex // guards closed; no tunnel is added to tunnels once it is set
	closed  bool
	tunnels sync.WaitGroup
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, port, err := net.SplitHostPort(r.Host)
	to, ok := production(p.tenant, name)
	if r.Method != http.MethodConnect || err != nil || port != "443" || !ok {
		http.Error(w, "this proxy leads to the sandbox alone", http.StatusForbidden)
		return
	}
	if !p.begin() {
		return
	}
	defer p.tunnels.Done()
	upstream, err := new(net.Dialer).DialContext(r.Context(), "tcp", to)
	if err != nil {
		http.Error(w, "the sandbox does not answer", http.StatusBadGateway)
		return
	}
	defer upstream.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	tunnel(r.Context(), client, buffered, upstream)
}

func (p *proxy) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.tunnels.Add(1)
	}
	return !p.closed
}

// tunnel copies both ways until either side, or the proxy, ends it.
func tunnel(ctx context.Context, client net.Conn, fromClient io.Reader, upstream net.Conn) {
	end := func() { client.Close(); upstream.Close() }
	defer context.AfterFunc(ctx, end)()
	var other sync.WaitGroup
	other.Go(func() {
		_, _ = io.Copy(client, upstream)
		end()
	})
	_, _ = io.Copy(upstream, fromClient)
	end()
	other.Wait()
}

// close waits for the tunnels; their contexts have ended.
func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.tunnels.Wait()
}
