package mcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
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
		c.Config = c.Alone()
		c.Listen, c.MaxBody = "127.0.0.1:8080", 1<<20
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- door.Serve(ctx, l, mcp.NewHandler(c), time.Second) }()
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
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{MaxConcurrent: 8}}
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
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{MaxConcurrent: 8}}
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
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{MaxConcurrent: 8}}
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

// ask sends a request on a connection of its own and returns what came back.
func ask(t *testing.T, conn net.Conn, e exchange) (resp *http.Response, body string) {
	defer conn.Close()
	none := &http.Response{}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/mcp", strings.NewReader(e.body))
	if err != nil {
		t.Error(err)
		return none, ""
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range e.header {
		r.Header.Set(name, value)
	}
	if err := r.Write(conn); err != nil {
		t.Error(err)
		return none, ""
	}
	if resp, err = http.ReadResponse(bufio.NewReader(conn), r); err != nil {
		t.Error(err)
		return none, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp, string(text)
}

// Two callers whose bodies come slowly, and again and again, do not keep a third out.
func TestSlowBodiesLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{MaxConcurrent: 4,
		Keys: []door.Key{apiKey("x", "x-key"), apiKey("y", "y-key"), apiKey("z", "z-key")}}}
	inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
		var all sync.WaitGroup
		for _, key := range []string{"x", "x", "x", "y", "y", "y", "x", "y"} {
			conn := dial()
			all.Go(func() {
				defer conn.Close()
				lasts(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: "+key+"-key\r\nContent-Length: 100000\r\n\r\n", strings.Repeat(" ", 10))
			})
			synctest.Wait()
		}
		for _, padding := range []int{0, 20 << 10} { // its own body is small, or not
			e := callGraph(1, `{"path":"/x"}`).with("X-API-Key", "z-key")
			e.body += strings.Repeat(" ", padding)
			start := time.Now()
			if resp, body := ask(t, dial(), e); resp.StatusCode != 200 || time.Since(start) > time.Second {
				t.Errorf("got %d %s after %s", resp.StatusCode, body, time.Since(start))
			}
		}
		all.Wait()
	})
}

// An answer to no question is refused, and is not the store's fault.
func TestAnswerThatNobodyTakes(t *testing.T) {
	t.Parallel()
	var log sharedLog
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Shared: newCompany(), Sealer: state.RandomSealer()}, Rules: door.Rules{MaxConcurrent: 8}}
	inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
		greeting, _ := ask(t, dial(), legacy(1, "initialize", fmt.Sprintf(hello, "{}"), ""))
		start := time.Now()
		resp, body := ask(t, dial(), answering(json.RawMessage("77777777777"), `{"action":"accept"}`, greeting.Header.Get("Mcp-Session-Id")))
		if resp.StatusCode != 400 || !strings.Contains(body, "its call is over") || time.Since(start) > 5*time.Second {
			t.Errorf("got %d %s after %s", resp.StatusCode, body, time.Since(start))
		}
	})
	if text := log.String(); strings.Contains(text, "cannot be reached") || strings.Contains(text, "level=WARN") {
		t.Errorf("the log blames the store:\n%s", text)
	}
}

// A proxy that the configuration trusts from now on may have as many connections as it likes.
func TestReloadedProxiesMayHaveAllConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}.Alone(), Rules: door.Rules{Listen: "127.0.0.1:8080", MaxBody: 1 << 20, MaxConcurrent: 8, MaxConnections: 8}}
		l := &pipes{opened: make(chan net.Conn), closed: make(chan struct{})}
		h := mcp.NewHandler(c)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- door.Serve(ctx, l, h, time.Second) }()
		var open []net.Conn
		held := func() bool {
			ours, theirs := net.Pipe()
			l.opened <- from{theirs, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}}
			synctest.Wait()
			open = append(open, ours)
			_, err := io.WriteString(ours, "GET")
			return err == nil
		}
		for i, want := range []bool{true, true, false, true, true, false} {
			if i == 3 {
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
			}
			if i == 5 {
				c.TrustedProxies = nil
			}
			if _, err := h.Reload(c); err != nil {
				t.Fatal(err)
			}
			if got := held(); got != want {
				t.Errorf("connection %d: held %v, want %v", i, got, want)
			}
		}
		for _, conn := range open {
			conn.Close()
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// from is a connection from an address.
type from struct {
	net.Conn
	remote net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.remote }

// A call that finds all places taken waits for one.
func TestCallsWaitForAPlace(t *testing.T) {
	t.Parallel()
	slow := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Path() == "/slow" {
			time.Sleep(4 * time.Second) // of the bubble's clock
		}
		return answerJSON(`{}`)
	}
	c := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", slow)}}, Rules: door.Rules{MaxConcurrent: 1}}
	inBubble(t, c, func(t *testing.T, dial func() net.Conn) {
		call := func(path string) int {
			resp, _ := ask(t, dial(), callGraph(1, `{"path":"`+path+`"}`))
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
