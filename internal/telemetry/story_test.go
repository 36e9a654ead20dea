package telemetry_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
	"github.com/sapientsai/microsoft-mcp-server/internal/telemetry"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// app shows the same token each time.
type app string

func (a app) Token(context.Context, graph.TokenRequest) (string, error) { return string(a), nil }

// story is a server with telemetry in front of the embedded tenant.
type story struct {
	*telemetry.Telemetry
	tenant *sandbox.Tenant
	config mcp.Config
	out    *bytes.Buffer // spans; to be read after Shutdown
	log    *bytes.Buffer
}

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{tenant: sandboxtest.Start(t, sandbox.Options{}), out: &bytes.Buffer{}, log: &bytes.Buffer{}}
	var err error
	s.Telemetry, err = telemetry.New(telemetry.Options{Version: "1.2.3", Out: s.out, RequestID: door.RequestID,
		Getenv: func(name string) string { return map[string]string{"OTEL_TRACES_EXPORTER": "console"}[name] }})
	if err != nil {
		t.Fatal(err)
	}
	e, err := graph.NewEndpoints(s.tenant.GraphURL(), "")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(s.Handler(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	client := graph.NewClient(graph.Config{Auth: app(sandboxtest.Token(t, s.tenant)), Transport: sandboxtest.Client(t, s.tenant).Transport, Log: log, Observer: s.Observer()})
	s.config = mcp.Config{Version: "1.2.3", Log: log, Observer: s.Observer(), Shared: state.NewMemory(), Sealer: state.RandomSealer(), Profiles: []*tools.Profile{{Name: "contoso", Mode: "clientCredentials", Cloud: "global",
		Endpoints: e, Guarded: func(tools.Asker) graph.Caller { return client },
		Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}}}
	return s
}

const (
	headerTrace = "0af7651916cd43dd8448eb211c80319c"
	metaTrace   = "1bf7651916cd43dd8448eb211c80319c"
)

func traceparent(trace string) string { return "00-" + trace + "-b7ad6b7169203331-01" }

func call(meta string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/users/` + company.AdminID + `"},"_meta":{` + meta + `}}}`
}

// post makes a call over HTTP, in a session of its own.
func (s *story) post(t *testing.T, server *httptest.Server, header http.Header, body string) string {
	t.Helper()
	header = header.Clone()
	header.Set("Content-Type", "application/json")
	header.Set("Accept", "application/json, text/event-stream")
	for _, one := range []string{`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`, body} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/mcp", strings.NewReader(one))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header.Clone()
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("HTTP %d: %s, %v", resp.StatusCode, raw, err)
		}
		header.Set("Mcp-Session-Id", resp.Header.Get("Mcp-Session-Id"))
		body = string(raw)
	}
	return body
}

// The trace of a caller goes on in Graph, whichever way the caller tells of it.
func TestTheCallersTraceArrivesAtGraph(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		header http.Header // nil: over stdio
		meta   string
		want   string // a trace's ID
	}{
		{"header", http.Header{"Traceparent": {traceparent(headerTrace)}, "Tracestate": {"vendor=s3cret"}, "Baggage": {"who=s3cret"}}, "", headerTrace},
		{"the call itself", http.Header{}, `"traceparent":"` + traceparent(metaTrace) + `"`, metaTrace},
		{"both", http.Header{"Traceparent": {traceparent(headerTrace)}}, `"traceparent":"` + traceparent(metaTrace) + `"`, metaTrace},
		{"stdio", nil, `"traceparent":"` + traceparent(metaTrace) + `","tracestate":"vendor=s3cret","baggage":"who=s3cret"`, metaTrace},
		{"nonsense", nil, `"traceparent":{"a":["` + traceparent(metaTrace) + `"]}`, ""},
		{"none", http.Header{}, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, end := begin(t), func() {}
			if row.header == nil {
				s.stdio(t, call(row.meta))
			} else {
				server := httptest.NewServer(mcp.NewHandler(mcp.HTTPConfig{Config: s.config, Rules: door.Rules{Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 8}}))
				t.Cleanup(server.Close)
				end = server.Close
				if answer := s.post(t, server, row.header, call(row.meta)); strings.Contains(answer, `"isError":true`) {
					t.Fatalf("the call says %s", answer)
				}
			}
			s.check(t, row.want)
			if row.header != nil && !strings.Contains(s.line(t, "graph request"), "request_id=") {
				t.Errorf("a line about Graph does not name its request:\n%s", s.log)
			}
			end()
			_, trace, _ := strings.Cut(s.line(t, `"tool call"`), " trace_id=")
			lines := s.log.String()
			if row.header != nil && !strings.Contains(lines[strings.LastIndex(lines, "msg=request "):], " trace_id="+trace[:32]) {
				t.Errorf("the line of the request does not name its trace:\n%s", s.log)
			}
		})
	}
}

func (s *story) stdio(t *testing.T, body string) {
	t.Helper()
	var out bytes.Buffer
	in := `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n" + body + "\n"
	if err := mcp.ServeStdio(t.Context(), s.config, strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"id":1,"result"`) || strings.Contains(out.String(), `"isError":true`) {
		t.Fatalf("the call says %s", out.String())
	}
}

// check compares what Graph received with what was recorded.
func (s *story) check(t *testing.T, want string) {
	t.Helper()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	requests := s.tenant.Requests(sandbox.Graph)
	last := requests[len(requests)-1]
	got := last.Header.Get("Traceparent")
	if len(got) != 55 || want != "" && got[3:35] != want {
		t.Errorf("Graph gets traceparent %q, want one of trace %s", got, want)
	}
	if last.Header.Get("Tracestate")+last.Header.Get("Baggage") != "" {
		t.Errorf("Graph gets what is not for it: %v", last.Header)
	}
	spans := s.out.String()
	if strings.Count(spans, fmt.Sprintf("%q:%q", "trace_id", got[3:35])) != 2 || !strings.Contains(spans, fmt.Sprintf("%q:%q", "span_id", got[36:52])) {
		t.Errorf("the spans do not belong to what Graph got (%s):\n%s", got, spans)
	}
	if line := s.line(t, "graph request"); !strings.Contains(line, "trace_id="+got[3:35]+" span_id="+got[36:52]) {
		t.Errorf("the log does not name the trace: %s", line)
	}
	if line := s.line(t, `"tool call"`); !strings.Contains(line, "trace_id="+got[3:35]) {
		t.Errorf("the log does not name the trace: %s", line)
	}
	w := httptest.NewRecorder()
	s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, sample := range []string{`mcp_tool_calls_total{tool="microsoft_graph",profile="contoso",outcome="ok"} 1`, `mcp_graph_requests_total{workload="directory",method="GET",status="200"} 1`} {
		if !strings.Contains(w.Body.String(), sample+"\n") {
			t.Errorf("the metrics lack %s", sample)
		}
	}
	for _, secret := range []string{company.AdminID, "s3cret"} {
		if strings.Contains(spans+w.Body.String(), secret) {
			t.Errorf("%q is told", secret)
		}
	}
}

// line returns the line of the log that holds a text.
func (s *story) line(t *testing.T, text string) string {
	t.Helper()
	for line := range strings.SplitSeq(s.log.String(), "\n") {
		if strings.Contains(line, text) {
			return line
		}
	}
	t.Errorf("no line says %s:\n%s", text, s.log)
	return ""
}

func TestRequestsAndRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	s := begin(t)
	server := httptest.NewServer(mcp.NewHandler(mcp.HTTPConfig{Config: s.config, Rules: door.Rules{Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 8}}))
	t.Cleanup(server.Close)
	invalid := s.post(t, server, http.Header{}, strings.Replace(call(""), `"path"`, `"nothing":1,"path"`, 1))
	refused := s.post(t, server, http.Header{}, strings.Replace(call(""), company.AdminID, "nobody", 1))
	if !strings.Contains(invalid, `"isError":true`) || !strings.Contains(refused, `"isError":true`) {
		t.Fatalf("the calls say %s\n%s", invalid, refused)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/mcp", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	w := httptest.NewRecorder()
	s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, sample := range []string{
		`mcp_tool_calls_total{tool="microsoft_graph",profile="",outcome="invalid"} 1`,
		`mcp_tool_calls_total{tool="microsoft_graph",profile="contoso",outcome="error"} 1`,
		`mcp_graph_requests_total{workload="directory",method="GET",status="404"} 1`,
		`mcp_refused_total{reason="host"} 1`,
		`mcp_http_requests_total{method="POST",status="200"} 4`,
		`mcp_http_requests_total{method="POST",status="403"} 1`,
		`mcp_http_requests_in_flight 0`,
	} {
		if !strings.Contains(w.Body.String(), sample+"\n") {
			t.Errorf("the metrics lack %s:\n%s", sample, w.Body)
		}
	}
}
