package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// A caller sends a request and waits for its answer, which it has checked. Several goroutines may use it at once.
type caller interface {
	do(r request) ([]byte, error)
}

// stdioCaller speaks to a process through its pipes. A goroutine hands each answer to whom it belongs; it ends
// with the process.
type stdioCaller struct {
	process *process
	ids     atomic.Int64
	mu      sync.Mutex // guards waiting and writing
	waiting map[int64]chan []byte
	done    chan struct{} // closed when the goroutine has ended
}

func newStdioCaller(p *process) *stdioCaller {
	c := &stdioCaller{process: p, waiting: map[int64]chan []byte{}, done: make(chan struct{})}
	go c.read()
	return c
}

// handshake opens the session of the era that has them.
func (c *stdioCaller) handshake(e era) error {
	if e.alone {
		return nil
	}
	if _, err := c.roundTrip(e.hello()); err != nil {
		return err
	}
	_, err := c.process.stdin.Write(ready())
	return err
}

func (c *stdioCaller) read() {
	defer close(c.done)
	for {
		line, err := c.process.stdout.ReadBytes('\n')
		if err != nil {
			break
		}
		id, err := idOf(line)
		if err != nil || id == 0 {
			continue
		}
		c.mu.Lock()
		waiter := c.waiting[id]
		delete(c.waiting, id)
		c.mu.Unlock()
		if waiter != nil {
			waiter <- line
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, waiter := range c.waiting {
		delete(c.waiting, id)
		close(waiter)
	}
}

func (c *stdioCaller) roundTrip(r request) ([]byte, error) {
	id := c.ids.Add(1)
	answer := make(chan []byte, 1)
	message := r.frame(id)
	c.mu.Lock()
	c.waiting[id] = answer
	_, err := c.process.stdin.Write(message)
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	line, ok := <-answer
	if !ok {
		return nil, fmt.Errorf("the server ended without an answer")
	}
	return line, nil
}

func (c *stdioCaller) do(r request) ([]byte, error) {
	line, err := c.roundTrip(r)
	if err != nil {
		return nil, err
	}
	return line, check(line)
}

// httpCaller speaks streamable HTTP, in one session where the era has them.
type httpCaller struct {
	client  *http.Client
	url     string
	key     string
	session string
	ids     atomic.Int64
}

func newHTTPCaller(ctx context.Context, url, key string, e era) (*httpCaller, error) {
	client := newClient()
	if e.alone {
		return &httpCaller{client: client, url: url, key: key}, nil
	}
	return joinHTTP(ctx, client, url, key, e)
}

func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConns = 0
	transport.MaxIdleConnsPerHost = 2048 // more than there are callers: every connection is used again
	return &http.Client{Transport: transport}
}

// joinHTTP opens a session with a client that others may use, too.
func joinHTTP(ctx context.Context, client *http.Client, url, key string, e era) (*httpCaller, error) {
	c := &httpCaller{client: client, url: url, key: key}
	hello := e.hello()
	res, _, err := c.post(ctx, hello, hello.frame(c.ids.Add(1)))
	if err != nil {
		return nil, err
	}
	c.session = res.Header.Get("Mcp-Session-Id")
	_, _, err = c.post(ctx, request{era: e}, ready())
	return c, err
}

func (c *httpCaller) post(ctx context.Context, r request, message []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(message))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("Mcp-Protocol-Version", r.era.version)
	if r.era.alone {
		req.Header.Set("Mcp-Method", r.method)
		if r.name != "" {
			req.Header.Set("Mcp-Name", r.name)
		}
	}
	if c.session != "" {
		req.Header.Set("Mcp-Session-Id", c.session)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %.400s", res.Status, body)
	}
	return res, body, err
}

// end ends the session.
func (c *httpCaller) end(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Mcp-Session-Id", c.session)
	req.Header.Set("Authorization", "Bearer "+c.key)
	res, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("ending the session: %s", res.Status)
	}
	return nil
}

func (c *httpCaller) do(r request) ([]byte, error) {
	_, body, err := c.post(context.Background(), r, r.frame(c.ids.Add(1)))
	if err != nil {
		return nil, err
	}
	return body, check(body)
}

// directCaller asks the upstream itself: what a program without MCP would do.
type directCaller struct {
	client      *http.Client
	root, token string
}

func newDirectCaller(up *upstream) *directCaller {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(up.CA))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &directCaller{client: &http.Client{Transport: transport}, root: up.URL + "/v1.0", token: up.Token}
}

func (c *directCaller) do(r request) ([]byte, error) {
	res, err := c.send(http.MethodGet, c.root+r.path, nil, c.authorized())
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}
