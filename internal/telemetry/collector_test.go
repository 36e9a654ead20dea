package telemetry

import (
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is a receiver of traces that reads them with OpenTelemetry's own definitions.
type collector struct {
	*httptest.Server
	answers chan func(http.ResponseWriter) // the next ones; else 200

	mu       sync.Mutex // guards all below
	received []*tracepb.ResourceSpans
	requests []*http.Request
}

func newCollector(t testing.TB) *collector {
	t.Helper()
	c := &collector{answers: make(chan func(http.ResponseWriter), 16)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(t, w, r) }))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) serve(t testing.TB, w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Errorf("the body is not packed as its header says: %v", err)
			return
		}
		body = unpacked
	}
	raw, err := io.ReadAll(body)
	var data tracepb.TracesData // has the form of an ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(raw, &data)
	}
	if err != nil {
		t.Errorf("the body cannot be read: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r)
	select {
	case answer := <-c.answers:
		answer(w)
		return
	default:
	}
	c.received = append(c.received, data.ResourceSpans...)
}

// spans returns those that have arrived, in the order of their ends.
func (c *collector) spans() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*tracepb.Span
	for _, r := range c.received {
		for _, s := range r.ScopeSpans {
			all = append(all, s.Spans...)
		}
	}
	return all
}

func answerStatus(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(status) }
}

// attributesOf returns attributes as text.
func attributesOf(s *tracepb.Span) map[string]string {
	got := map[string]string{}
	for _, a := range s.Attributes {
		got[a.Key] = strings.NewReplacer(`string_value:`, "", `int_value:`, "", `"`, "").Replace(a.Value.String())
	}
	return got
}

// fixture is telemetry with an environment, and what it wrote.
type fixture struct {
	*Telemetry
	logged, out *text
}

// text is a buffer that may be written to by many.
type text struct {
	mu sync.Mutex // guards b
	b  strings.Builder
}

func (w *text) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *text) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func getenv(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func start(t testing.TB, variables map[string]string) *fixture {
	t.Helper()
	f := &fixture{logged: &text{}, out: &text{}}
	var err error
	f.Telemetry, err = New(Options{Getenv: getenv(variables), Version: "1.2.3", Out: f.out, Log: slog.New(slog.NewTextHandler(f.logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.flush(t) })
	return f
}

// flush sends all that waits.
func (f *fixture) flush(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := f.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
}

// impatient makes the sender wait for nothing.
func (f *fixture) impatient() {
	f.tracer.queue.to.(*otlp).wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
}
