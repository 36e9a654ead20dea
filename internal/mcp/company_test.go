package mcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// company is what several replicas share: a store in memory, which can be cut off.
type company struct {
	down atomic.Bool

	mu        sync.Mutex
	values    map[string][]byte
	listeners map[int]func([]byte)
	next      int
	joined    chan struct{} // gets one for each replica that listens
	asked     int           // how often anything was asked for
	deaf      bool          // messages are lost
	messages  [][]byte
}

func newCompany() *company {
	return &company{values: map[string][]byte{}, listeners: map[int]func([]byte){}, joined: make(chan struct{}, 64)}
}

type cutOff struct{}

func (cutOff) Error() string     { return "the store cannot be reached" }
func (cutOff) Unavailable() bool { return true }

func (c *company) enter() error {
	if c.down.Load() {
		return cutOff{}
	}
	c.mu.Lock()
	c.asked++
	return nil
}

func (c *company) questions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

func (c *company) Get(_ context.Context, key string) ([]byte, bool, error) {
	if err := c.enter(); err != nil {
		return nil, false, err
	}
	defer c.mu.Unlock()
	value, ok := c.values[key]
	return value, ok, nil
}

func (c *company) Put(_ context.Context, key string, value []byte, life time.Duration) error {
	if life <= 0 {
		return errors.New("a value without a life")
	}
	if err := c.enter(); err != nil {
		return err
	}
	defer c.mu.Unlock()
	c.values[key] = value
	return nil
}

func (c *company) Create(_ context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	if err := c.enter(); err != nil {
		return false, err
	}
	defer c.mu.Unlock()
	if _, there := c.values[key]; there {
		return false, nil
	}
	c.values[key] = value
	return true, nil
}

func (c *company) Take(_ context.Context, key string) ([]byte, bool, error) {
	if err := c.enter(); err != nil {
		return nil, false, err
	}
	defer c.mu.Unlock()
	value, ok := c.values[key]
	delete(c.values, key)
	return value, ok, nil
}

func (c *company) Delete(_ context.Context, key string) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.mu.Unlock()
	delete(c.values, key)
	return nil
}

func (c *company) Spend(context.Context, string, int, int) (time.Duration, error) {
	if c.down.Load() {
		return 0, cutOff{}
	}
	return 0, nil
}

func (c *company) Publish(_ context.Context, _ string, message []byte) error {
	if err := c.enter(); err != nil {
		return err
	}
	c.messages = append(c.messages, message)
	var takers []func([]byte)
	if !c.deaf {
		for _, take := range c.listeners {
			takers = append(takers, take)
		}
	}
	c.mu.Unlock()
	for _, take := range takers {
		take(message)
	}
	return nil
}

func (c *company) Subscribe(ctx context.Context, _ string, take func([]byte)) error {
	c.mu.Lock()
	id := c.next
	c.next++
	c.listeners[id] = take
	c.mu.Unlock()
	c.joined <- struct{}{}
	<-ctx.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.listeners, id)
	return nil
}

func (*company) Alone() bool { return false }

func (*company) Epoch(context.Context) (string, error) { return "", nil }

// replicas starts several servers of one configuration that share what c is.
func (c *company) replicas(t *testing.T, n int, config mcp.HTTPConfig) []*httptest.Server {
	t.Helper()
	config.Shared, config.Sealer = c, state.RandomSealer()
	var all []*httptest.Server
	for range n {
		s := startServer(t, config)
		t.Cleanup(func() { handlerOf(s).Close(context.Background()) })
		all = append(all, s)
	}
	return all
}

func handlerOf(s *httptest.Server) *mcp.Handler {
	h, ok := s.Config.Handler.(*mcp.Handler)
	if !ok {
		panic(fmt.Sprintf("a test's server has a %T", s.Config.Handler))
	}
	return h
}

// stream is a request whose answer comes in pieces.
type stream struct {
	t     *testing.T
	resp  *http.Response
	lines *bufio.Scanner
}

// begin sends a request and returns when its answer begins.
func begin(t *testing.T, ctx context.Context, s *httptest.Server, e exchange) *stream {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/mcp", strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range e.header {
		r.Header.Set(name, value)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return &stream{t, resp, bufio.NewScanner(resp.Body)}
}

// rpc is a message of either side.
type rpc struct {
	ID     json.RawMessage
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  json.RawMessage
}

// next returns the stream's next message.
func (s *stream) next() rpc {
	s.t.Helper()
	for s.lines.Scan() {
		text := strings.TrimPrefix(s.lines.Text(), "data: ")
		var m rpc
		if strings.HasPrefix(text, "{") {
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				s.t.Fatalf("%s: %v", text, err)
			}
			return m
		}
	}
	s.t.Fatalf("the stream has ended: HTTP %d, %v", s.resp.StatusCode, s.lines.Err())
	return rpc{}
}

// answering writes a client's answer to a question.
func answering(id json.RawMessage, result, session string) exchange {
	return exchange{body: fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result),
		header: map[string]string{"Mcp-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}}
}

func (e exchange) key(key string) exchange { return e.with("Authorization", "Bearer "+key) }

func legacyGraph(id int, arguments, session string) exchange {
	return legacy(id, "tools/call", `{"name":"microsoft_graph","arguments":`+arguments+`}`, session)
}
