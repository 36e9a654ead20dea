package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
)

// clientWeather is what clients do that nobody hopes for, and whoever runs a server.
func clientWeather() []weather {
	ends := func(what string, i int, signal bool) weather {
		return weather{name: what, strike: func(ctx context.Context, c *chaos, _ *rand.Rand) (func() error, error) {
			if signal && runtime.GOOS == "windows" {
				return nil, errors.New("this system has no SIGTERM")
			}
			s := c.hosts[i]
			if err := s.end(ctx, signal); err != nil {
				return nil, err
			}
			s.start(s.t) // at once: the calls by which a weather's end is counted may be waiting for it
			return func() error { return nil }, nil
		}}
	}
	return []weather{
		ends("SIGTERM to the HTTP server", 0, true),
		ends("SIGTERM to a stdio server", 1, true),
		ends("the end of a stdio server's input", 1, false),
		ends("SIGTERM to the other stdio server", 2, true),
		ends("the end of the other stdio server's input", 2, false),
		{name: "garbage on standard input", strike: garbageOverStdio},
		{name: "garbage over HTTP", strike: garbageOverHTTP},
	}
}

// garbageOverStdio sends frames that make no sense. They are answered with errors or not at all.
func garbageOverStdio(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	frames := []string{"\n", "this is no JSON\n", `{"jsonrpc":"2.0","id":null,"method":` + "\n", "[]\n", "null\n", "{}\n", "\x00\xff\xfe\n",
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"nobody"}}` + "\n",
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}` + "\n",
		`{"jsonrpc":"2.0","id":"nobody","result":{}}` + "\n", strings.Repeat("x", 1<<20) + "\n", strings.Repeat("[", 100_000) + "\n"}
	for range 10 {
		run, err := c.hosts[1+dice.IntN(2)].up(ctx)
		if err != nil {
			return nil, err
		}
		_ = run.link.write(frames[dice.IntN(len(frames))]) // it may be ending
	}
	return func() error { return nil }, nil
}

// garbageOverHTTP sends requests that make no sense, or only half of one.
func garbageOverHTTP(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	run, err := c.hosts[0].up(ctx)
	if err != nil {
		return nil, err
	}
	address := strings.TrimSuffix(strings.TrimPrefix(run.url, "http://"), "/mcp")
	var open []net.Conn
	for range 6 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			break // it may be ending
		}
		pieces := []string{"GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "POST /mcp HTTP/1.1\r\nHost: " + address + "\r\nContent-Length: 100\r\n\r\n{",
			"POST /mcp HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + strings.Repeat("x", 100_000) + "\r\n\r\n",
			"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST /mcp HTTP/1.1\r\nHost: " + address + "\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"}
		_, _ = io.WriteString(conn, pieces[dice.IntN(len(pieces))])
		open = append(open, conn)
	}
	for _, body := range []string{"", "{", "[]", "\x00", strings.Repeat("[", 50_000), `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"microsoft_graph","arguments":7}}`} {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, run.url, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header = withKey(c.hosts[0].key)
		status, _, err := fetchAll(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, request)
		if status >= 500 && status != http.StatusServiceUnavailable && !run.ending() { // 503: the store may be gone
			c.violated("garbage is answered with HTTP %d: %.50q, %v", status, body, err)
		}
	}
	return func() error {
		for _, conn := range open {
			if err := conn.Close(); err != nil {
				return fmt.Errorf("closing: %w", err)
			}
		}
		return nil
	}, nil
}
