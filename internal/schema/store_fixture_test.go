package schema_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// service serves metadata over TLS, or whatever else a test wants it to.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	serve http.HandlerFunc
	seen  []*http.Request
}

func newService(t *testing.T, serve http.HandlerFunc) *service {
	t.Helper()
	s := &service{serve: serve}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r)
		serve := s.serve
		s.mu.Unlock()
		serve(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // that callers hang up is meant
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *service) now(serve http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serve = serve
}

func (s *service) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func (s *service) source() schema.Source {
	return schema.Source{Graph: s.URL, Version: "v1.0", Transport: s.Client().Transport}
}

func xml(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml;charset=utf-8")
		io.WriteString(w, text)
	}
}

// clock stands still until it is set.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).Unix())
	return c
}

func (c *clock) now() time.Time           { return time.Unix(c.at.Load(), 0) }
func (c *clock) forward(by time.Duration) { c.at.Add(int64(by / time.Second)) }

// fixture is a store, its clock and its log.
type fixture struct {
	*schema.Store
	clock *clock
	log   *lines
}

// lines is a log that a test reads.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newStore(t *testing.T, dir string, offline bool) fixture {
	t.Helper()
	f := fixture{clock: newClock(), log: &lines{}}
	f.Store = schema.NewStore(schema.StoreConfig{Dir: dir, UserAgent: "test/1", Offline: offline, Now: f.clock.now,
		Log: slog.New(slog.NewTextHandler(f.log, nil))})
	t.Cleanup(func() {
		if err := f.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return f
}

// settle waits for the fetch under way, if there is one.
func (f fixture) settle(t *testing.T, from schema.Source) schema.Status {
	t.Helper()
	for {
		status := f.Status(from)
		if !status.Fetching {
			return status
		}
		if err := f.Settled(t.Context(), from); err != nil {
			t.Fatal(err)
		}
	}
}

func kindOf(t *testing.T, m *schema.Model, path string) string {
	t.Helper()
	if m == nil {
		t.Fatal("no model")
	}
	target, err := m.Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	return target.Type
}

// small is a document with so many types.
func small(types int) string {
	text := `<EntityType Name="person"/><EntityContainer><Singleton Name="me" Type="graph.person"/></EntityContainer>`
	for i := range types - 1 {
		text += `<ComplexType Name="` + strings.Repeat("c", i+1) + `"/>`
	}
	return document(text)
}

func status(code int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to+r.URL.Path, http.StatusFound) }
}

func encoded(name string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("Content-Encoding", name)
		w.Write(body)
	}
}

func zipped(t *testing.T, text ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, part := range text {
		io.WriteString(z, part)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a document of 4 MiB in 4 kB, as is one of 4 GiB in 4 MB: it is not read to its end.
func bomb(t *testing.T) []byte {
	t.Helper()
	return zipped(t, "<Edmx Version='4.0'><!--", strings.Repeat("x", 4<<20))
}

// damaged changes the checksum at the end.
func damaged(b []byte) []byte {
	b[len(b)-6] ^= 1
	return b
}
