package mcp_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// benchConfig serves a small answer without a network, with the log on.
func benchConfig(b *testing.B, body string) mcp.Config {
	do := func(context.Context, *graph.Request) (*graph.Response, error) { return answerJSON(body) }
	return mcp.Config{Profiles: []*tools.Profile{testProfile(b, "contoso", do)}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}.Alone()
}

const smallUser = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users/$entity","id":"48d31887-5fad-4d73-a9f5-3c356e68a038","displayName":"Ada Lovelace","mail":"ada@contoso.com","jobTitle":null,"businessPhones":["+1 412 555 0109"]}`

func largePage() string {
	return `{"value":[` + strings.TrimSuffix(strings.Repeat(smallUser+",", 200), ",") + `]}`
}

// graphAnswers are what Graph says in the benchmarks, in a fixed order.
func graphAnswers() []struct{ name, body string } {
	return []struct{ name, body string }{{"small", smallUser}, {"large", largePage()}}
}

// BenchmarkStdioCall is a frame in and the answer's frame out.
func BenchmarkStdioCall(b *testing.B) {
	for _, era := range []struct{ name, meta string }{{"legacy", ""}, {"modern", `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`}} {
		for _, answer := range graphAnswers() {
			b.Run(era.name+"/"+answer.name, func(b *testing.B) { benchStdio(b, era.meta, answer.body) })
		}
	}
}

func benchStdio(b *testing.B, meta, body string) {
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- mcp.ServeStdio(context.Background(), benchConfig(b, body), inReader, outWriter)
		outWriter.Close()
	}()
	lines := bufio.NewReaderSize(outReader, 1<<20)
	exchange := func(frame string) {
		if _, err := io.WriteString(inWriter, frame+"\n"); err != nil {
			b.Fatal(err)
		}
		if line, err := lines.ReadSlice('\n'); err != nil || bytes.Contains(line, []byte(`"error":{`)) {
			b.Fatalf("%v: %.300s", err, line)
		}
	}
	if meta == "" {
		exchange(legacy(1, "initialize", fmt.Sprintf(hello, "{}"), "").body)
	}
	b.ReportAllocs()
	for i := 2; b.Loop(); i++ {
		exchange(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/users/ada@contoso.com"}%s}}`, i, meta))
	}
	inWriter.Close()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

func benchHandler(b *testing.B, body string) http.Handler {
	return mcp.NewHandler(mcp.HTTPConfig{Config: benchConfig(b, body), Rules: door.Rules{Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 64, Keys: []door.Key{apiKey("a", "key")}}})
}

// serveOnce sends a request to a handler, without a network.
func serveOnce(b *testing.B, h http.Handler, e exchange, want ...int) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost/mcp", strings.NewReader(e.body))
	if err != nil {
		b.Fatal(err)
	}
	for name, value := range e.header {
		r.Header.Set(name, value)
	}
	w := &blackhole{header: http.Header{}}
	h.ServeHTTP(w, r)
	if status := cmp.Or(w.status, http.StatusOK); !slices.Contains(want, status) {
		b.Fatalf("got %d, want %d", status, want)
	}
}

func fit(e exchange, key string) exchange {
	return e.with("Authorization", "Bearer "+key).with("Content-Type", "application/json").with("Accept", "application/json, text/event-stream")
}

// sessionOf opens a session of the older era.
func sessionOf(b *testing.B, h http.Handler) string {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost/mcp", strings.NewReader(legacy(1, "initialize", fmt.Sprintf(hello, "{}"), "").body))
	for name, value := range fit(exchange{}, "key").header {
		r.Header.Set(name, value)
	}
	h.ServeHTTP(w, r)
	id := w.Header().Get("Mcp-Session-Id")
	if id == "" {
		b.Fatalf("no session: %d %s", w.Code, w.Body)
	}
	return id
}

// BenchmarkHTTPCall is a request in and the answer out.
func BenchmarkHTTPCall(b *testing.B) {
	for _, era := range []string{"legacy", "modern"} {
		for _, answer := range graphAnswers() {
			b.Run(era+"/"+answer.name, func(b *testing.B) {
				h := benchHandler(b, answer.body)
				e := fit(callGraph(1, `{"path":"/users/ada@contoso.com"}`), "key")
				if era == "legacy" {
					e = fit(legacy(2, "tools/call", `{"name":"microsoft_graph","arguments":{"path":"/users/ada@contoso.com"}}`, sessionOf(b, h)), "key")
				}
				b.ReportAllocs()
				for b.Loop() {
					serveOnce(b, h, e, http.StatusOK)
				}
			})
		}
	}
}

// BenchmarkDoor is what letting in costs: a request that is no call, and one with a key that nobody has, which is slowed
// down after some.
func BenchmarkDoor(b *testing.B) {
	h := benchHandler(b, smallUser)
	session := sessionOf(b, h)
	for _, tt := range []struct {
		name, key string
		want      []int
	}{{"let-in", "key", []int{http.StatusOK}}, {"refused", "another", []int{http.StatusUnauthorized, http.StatusTooManyRequests}}} {
		b.Run(tt.name, func(b *testing.B) {
			e := fit(legacy(1, "ping", "{}", session), tt.key)
			b.ReportAllocs()
			for b.Loop() {
				serveOnce(b, h, e, tt.want...)
			}
		})
	}
}

// BenchmarkNewHandler is the assembly of a server, and its first answer: the list of tools.
func BenchmarkNewHandler(b *testing.B) {
	c := benchConfig(b, smallUser)
	b.ReportAllocs()
	for b.Loop() {
		h := mcp.NewHandler(mcp.HTTPConfig{Config: c, Rules: door.Rules{Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 64, Keys: []door.Key{apiKey("a", "key")}}})
		serveOnce(b, h, fit(modern(1, "tools/list", "", ""), "key"), http.StatusOK)
	}
}

type blackhole struct {
	header http.Header
	status int
}

func (w *blackhole) Header() http.Header         { return w.header }
func (w *blackhole) WriteHeader(status int)      { w.status = status }
func (w *blackhole) Write(b []byte) (int, error) { return len(b), nil }
func (w *blackhole) Flush()                      {}
