package mcp_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// pipes is a listener without a network, whose time a test's bubble keeps.
type pipes struct {
	opened chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.opened:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// inBubble runs a server in a bubble of time; dial opens a connection to it.
func inBubble(t *testing.T, c mcp.HTTPConfig, test func(t *testing.T, dial func() net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{opened: make(chan net.Conn), closed: make(chan struct{})}
		c.Listen, c.MaxBody = "127.0.0.1:8080", 1<<20
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- mcp.Serve(ctx, l, mcp.NewHandler(c), time.Second) }()
		test(t, func() net.Conn {
			ours, theirs := net.Pipe()
			l.opened <- theirs
			return ours
		})
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// lasts returns how long the server keeps a connection on which a client writes one byte of a text each second.
func lasts(conn net.Conn, begun, rest string) time.Duration {
	start := time.Now()
	go func() { _, _ = io.Copy(io.Discard, conn) }() // it reads what it is told
	if _, err := io.WriteString(conn, begun); err != nil {
		return time.Since(start)
	}
	for i := range rest {
		time.Sleep(time.Second) // of the bubble's clock
		if _, err := io.WriteString(conn, rest[i:i+1]); err != nil {
			break
		}
	}
	return time.Since(start).Truncate(time.Second)
}

// Whoever sends as slowly as can be does not keep a connection for long.
func TestSlowSenders(t *testing.T) {
	t.Parallel()
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, MaxConcurrent: 8}
	const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	endless := strings.Repeat("a", 1000)
	for _, tt := range []struct {
		name, begun, rest string
		want              time.Duration
	}{
		{"headers", "GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", endless, 11 * time.Second},
		{"nothing", "", strings.Repeat("\r\n", 500), 11 * time.Second},
		{"a small body", head + "Content-Length: 1000\r\n\r\n", endless, 31 * time.Second},
		{"a large body", head + "Content-Length: 100000\r\n\r\n", endless, 21 * time.Second},
		{"a body without its length", head + "Transfer-Encoding: chunked\r\n\r\n2710\r\n", endless, 21 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
				conn := dial()
				defer conn.Close()
				if got := lasts(conn, tt.begun, tt.rest); got > tt.want {
					t.Errorf("lasted %s, want at most %s", got, tt.want)
				}
			})
		})
	}
}

// Nor does whoever asks and reads no answer.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, MaxConcurrent: 8}
	inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		start := time.Now()
		var err error
		for range 1000 {
			if _, err = io.WriteString(conn, "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				break
			}
		}
		if took := time.Since(start); err == nil || took > 2*time.Minute {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// A connection on which nothing happens ends.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, MaxConcurrent: 8}
	inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := io.ReadAll(conn); err != nil || time.Since(start) != 120*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

// A call that finds all places taken waits for one.
func TestCallsWaitForAPlace(t *testing.T) {
	t.Parallel()
	slow := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Path() == "/slow" {
			time.Sleep(4 * time.Second) // of the bubble's clock
		}
		return answerJSON(`{}`)
	}
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", slow)}}, MaxConcurrent: 1}
	inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
		call := func(path string) int {
			conn := dial()
			defer conn.Close()
			e := callGraph(1, `{"path":"`+path+`"}`)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/mcp", strings.NewReader(e.body))
			if err != nil {
				t.Error(err)
				return 0
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json, text/event-stream")
			for name, value := range e.header {
				r.Header.Set(name, value)
			}
			if err := r.Write(conn); err != nil {
				t.Error(err)
				return 0
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), r)
			if err != nil {
				t.Error(err)
				return 0
			}
			resp.Body.Close()
			return resp.StatusCode
		}
		var all sync.WaitGroup
		got := make([]int, 3)
		for i, path := range []string{"/slow", "/slow", "/quick"} { // the last has waited 5 s before its turn comes
			all.Go(func() { got[i] = call(path) })
			synctest.Wait()
		}
		all.Wait()
		if got[0] != 200 || got[1] != 200 || got[2] != 429 {
			t.Errorf("got %v", got)
		}
	})
}
