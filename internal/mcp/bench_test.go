package mcp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

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

func BenchmarkStdioCall(b *testing.B) {
	for name, body := range map[string]string{"small": smallUser, "large": largePage()} {
		b.Run(name, func(b *testing.B) {
			inReader, inWriter := io.Pipe()
			outReader, outWriter := io.Pipe()
			done := make(chan error, 1)
			go func() {
				done <- mcp.ServeStdio(context.Background(), benchConfig(b, body), inReader, outWriter)
				outWriter.Close()
			}()
			lines := bufio.NewReaderSize(outReader, 1<<20)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				fmt.Fprintf(inWriter, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/users/ada@contoso.com"}}}`+"\n", i)
				if _, err := lines.ReadSlice('\n'); err != nil {
					b.Fatal(err)
				}
			}
			inWriter.Close()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkHTTPCall(b *testing.B) {
	for name, body := range map[string]string{"small": smallUser, "large": largePage()} {
		b.Run(name, func(b *testing.B) {
			h := mcp.NewHandler(mcp.HTTPConfig{Config: benchConfig(b, body), Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 64, Keys: []mcp.Key{apiKey("a", "key")}})
			e := callGraph(1, `{"path":"/users/ada@contoso.com"}`).with("Authorization", "Bearer key").with("Content-Type", "application/json").with("Accept", "application/json, text/event-stream")
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost/mcp", strings.NewReader(e.body))
				if err != nil {
					b.Fatal(err)
				}
				for name, value := range e.header {
					r.Header.Set(name, value)
				}
				w := &blackhole{header: http.Header{}}
				h.ServeHTTP(w, r)
				if w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
		})
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
