package mcp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// serveRaw runs the server as it is run, and returns what opens a connection to it.
func serveRaw(t *testing.T, c mcp.HTTPConfig) func() net.Conn {
	t.Helper()
	l := listen(t)
	c.Config = c.Alone()
	c.Listen, c.MaxBody, c.MaxConcurrent = l.Addr().String(), 1<<20, 8
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- door.Serve(ctx, l, mcp.NewHandler(c), time.Second) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

// answers reads all that comes until the connection ends or is quiet for good: the status of each answer.
func answers(conn net.Conn, most int) (statuses []int, closed bool) {
	reader := bufio.NewReader(conn)
	for range most {
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			return statuses, true
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		statuses = append(statuses, resp.StatusCode)
		if resp.Close {
			return statuses, true
		}
	}
	return statuses, false
}

// What reads a request in two ways would let one request hide in another. Where a request is not plain, it is refused, or
// there is one way to read it and nothing behind it is taken for another request.
func TestSmuggledRequests(t *testing.T) {
	t.Parallel()
	dial := serveRaw(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{Keys: []door.Key{apiKey("a", "right-key")}}})
	const hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n" // would be a 404
	for _, tt := range []struct {
		name, request string
		want          []int
	}{
		{"plain", "GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", []int{200}},
		{"two lengths", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + hidden, []int{400}},
		{"length and chunks", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{401}},
		{"length and chunks, with the key", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: right-key\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		{"length and chunks, where nothing is", "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{404}},
		{"an odd encoding", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n" + hidden, []int{501}},
		{"an encoding behind a vertical tab", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:\vchunked\r\n\r\n" + hidden, []int{400}},
		{"a signed length", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\n" + hidden, []int{400}},
		{"a name with a space", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\n" + hidden, []int{400}},
		{"NUL", "GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: right\x00-key\r\n\r\n" + hidden, []int{400}},
		{"two hosts", "GET /ping HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" + hidden, []int{400}},
		{"no host", "GET /ping HTTP/1.1\r\n\r\n" + hidden, []int{400}},
		{"a host with a line in it", "GET /ping HTTP/1.1\r\nHost: local host\r\n\r\n" + hidden, []int{400}},
		{"large headers", "GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Large: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", []int{431}},
		{"many headers", "GET /ping HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("A: b\r\n", 10_000) + "\r\n", []int{431}},
		{"a long line", "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{431}},
		{"a large body", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: right-key\r\nContent-Length: 99999999\r\n\r\n" + hidden, []int{413}},
		{"an absolute target for another host", "POST http://evil.example/mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: right-key\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", []int{403}},
		{"a broken chunk", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: right-key\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + hidden, []int{400}},
		{"a chunk that ends too late", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-API-Key: right-key\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n" + hidden, []int{400}},
		{"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn := dial()
			if _, err := io.WriteString(conn, tt.request); err != nil && tt.want[0] < 413 {
				t.Fatal(err)
			}
			got, closed := answers(conn, 3)
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || !closed {
				t.Errorf("got %v, closed %v, want %v and an end", got, closed, tt.want)
			}
		})
	}
}

// A header that is continued on the next line is one header with a space in it, as RFC 9112, section 5.2, allows; it cannot
// bring another in.
func TestFoldedHeaders(t *testing.T) {
	t.Parallel()
	dial := serveRaw(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{Keys: []door.Key{apiKey("a", "right-key")}}})
	for _, ending := range []string{"\r\n", "\n"} {
		conn := dial()
		request := strings.Join([]string{"POST /mcp HTTP/1.1", "Host: localhost", "X-Other: a", " X-API-Key: right-key", "Content-Length: 0", "Connection: close", "", ""}, ending)
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		if got, _ := answers(conn, 1); len(got) != 1 || got[0] != 401 && got[0] != 400 {
			t.Errorf("%q: got %v", ending, got)
		}
	}
}
