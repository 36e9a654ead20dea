package telemetry

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func sent(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestSpansArriveAsTheSpecificationWantsThem(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"", "gzip", "none"} {
		t.Run("compression "+compression, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t)
			f := start(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL + "/base/", "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
				"OTEL_EXPORTER_OTLP_HEADERS": "Api-Key=a%2Cb%20c,x=1", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test,service.name=replaced", "OTEL_SERVICE_NAME": "ours"})
			o := f.Observer()
			ctx := o.Join(t.Context(), sent(map[string]string{"traceparent": parent, "tracestate": "a=1"}))
			before := time.Now()
			ctx, endCall := o.Begin(ctx, "tool call", slog.String("tool", "microsoft_graph"), slog.String("transport", "pipe"))
			_, endRequest := o.Begin(ctx, "graph request", slog.String("method", "GET"), slog.String("workload", "outlook"))
			endRequest("403")
			endCall("ok", slog.String("profile", "contoso"))
			f.flush(t)
			checkSpans(t, c.spans(), before)
			checkRequest(t, c)
		})
	}
}

func checkSpans(t *testing.T, spans []*tracepb.Span, before time.Time) {
	t.Helper()
	if len(spans) != 2 {
		t.Fatalf("%d spans arrived, want 2", len(spans))
	}
	request, call := spans[0], spans[1]
	for _, s := range spans {
		if got := hex.EncodeToString(s.TraceId); got != parent[3:35] {
			t.Errorf("%s is of trace %s, want the caller's", s.Name, got)
		}
		if s.TraceState != "a=1" || len(s.SpanId) != 8 || len(s.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("%s: state %q, ID %x, unknown fields %x", s.Name, s.TraceState, s.SpanId, s.ProtoReflect().GetUnknown())
		}
		from, to := time.Unix(0, int64(s.StartTimeUnixNano)), time.Unix(0, int64(s.EndTimeUnixNano))
		if from.Before(before.Round(0)) || to.Before(from) || time.Since(to) < 0 {
			t.Errorf("%s lasts from %s to %s", s.Name, from, to)
		}
	}
	if got := hex.EncodeToString(call.ParentSpanId); got != parent[36:52] || call.Flags != 0x301 {
		t.Errorf("the call's parent is %s with flags %x, want the caller's span, remote and sampled", got, call.Flags)
	}
	if !bytes.Equal(request.ParentSpanId, call.SpanId) || request.Flags != 0x101 {
		t.Errorf("the request's parent is %x with flags %x, want the call %x", request.ParentSpanId, request.Flags, call.SpanId)
	}
	type shape struct {
		Name       string
		Kind       tracepb.Span_SpanKind
		Status     tracepb.Status_StatusCode
		Attributes map[string]string
	}
	got := []shape{{call.Name, call.Kind, call.Status.GetCode(), attributesOf(call)}, {request.Name, request.Kind, request.Status.GetCode(), attributesOf(request)}}
	want := []shape{
		{"tools/call microsoft_graph", tracepb.Span_SPAN_KIND_SERVER, tracepb.Status_STATUS_CODE_UNSET, map[string]string{"mcp.method.name": "tools/call",
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "microsoft_graph", "network.transport": "pipe", "microsoft_mcp.profile": "contoso"}},
		{"GET", tracepb.Span_SPAN_KIND_CLIENT, tracepb.Status_STATUS_CODE_ERROR, map[string]string{"http.request.method": "GET",
			"microsoft_mcp.workload": "outlook", "http.response.status_code": "403", "error.type": "403"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func checkRequest(t *testing.T, c *collector) {
	t.Helper()
	r := c.requests[0]
	if r.URL.Path != "/base/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("Api-Key") != "a,b c" || r.Header.Get("X") != "1" {
		t.Errorf("asked for %s with %v", r.URL.Path, r.Header)
	}
	resource := map[string]string{}
	for _, a := range c.received[0].Resource.Attributes {
		resource[a.Key] = a.Value.GetStringValue()
	}
	if len(resource["service.instance.id"]) != 32 {
		t.Errorf("the instance is called %q", resource["service.instance.id"])
	}
	delete(resource, "service.instance.id")
	if diff := cmp.Diff(map[string]string{"service.name": "ours", "service.version": "1.2.3", "deployment.environment": "test"}, resource); diff != "" {
		t.Errorf("resource (-want +got):\n%s", diff)
	}
	if scope := c.received[0].ScopeSpans[0].Scope; scope.Name != scopeName || scope.Version != "1.2.3" {
		t.Errorf("scope %v", scope)
	}
}

func TestOnlyWhatIsInTheTableIsTold(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	f := start(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL})
	o := f.Observer()
	_, end := o.Begin(t.Context(), "graph request", slog.String("method", "GET"), slog.String("path", "/users/ada"), slog.String("token", "s3cret"))
	end("200", slog.String("person", "ada"))
	_, end = o.Begin(t.Context(), "something new", slog.String("token", "s3cret"))
	end("ok")
	_, end = o.Begin(t.Context(), "tool call", slog.String("tool", strings.Repeat("ä", 1000)+"\xff"))
	end(strings.Repeat("e", 1000))
	f.flush(t)
	spans := c.spans()
	if len(spans) != 2 {
		t.Fatalf("%d spans arrived, want 2", len(spans))
	}
	want := map[string]string{"http.request.method": "GET", "http.response.status_code": "200"}
	if diff := cmp.Diff(want, attributesOf(spans[0])); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if n := len(spans[1].String()); n > 1000 {
		t.Errorf("a span has become %d bytes long: %s", n, spans[1])
	}
}

func TestARefusedBatchIsTriedAgainWhereThatMayHelp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		answers  []int
		requests int
		arrived  bool
	}{
		{"busy", []int{503, 429, 502}, 4, true},
		{"always busy", []int{503, 503, 503, 503, 503}, 4, false},
		{"wrong", []int{400}, 1, false},
		{"no key", []int{401}, 1, false},
		{"redirect", []int{307}, 1, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t)
			for _, status := range row.answers {
				c.answers <- func(w http.ResponseWriter) {
					w.Header().Set("Location", c.URL+"/elsewhere")
					w.WriteHeader(status)
				}
			}
			f := start(t, map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": c.URL + "/s3cret-path?key=s3cret", "OTEL_EXPORTER_OTLP_HEADERS": "k=s3cret"})
			f.impatient()
			_, end := f.Observer().Begin(t.Context(), "token", slog.String("kind", "app"))
			end("ok")
			f.flush(t)
			if got := len(c.requests); got != row.requests {
				t.Errorf("%d requests, want %d", got, row.requests)
			}
			lost := f.tracer.queue.lost.Load()
			if arrived := len(c.spans()) == 1; arrived != row.arrived || arrived == (lost == 1) {
				t.Errorf("arrived: %v, want %v; lost: %d", arrived, row.arrived, lost)
			}
			if log := f.logged.String(); strings.Contains(log, "s3cret") || !row.arrived && !strings.Contains(log, "HTTP "+fmt.Sprint(row.answers[0])) {
				t.Errorf("the log says:\n%s", log)
			}
		})
	}
}

func TestACollectorThatIsAwayIsComplainedOfOnce(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	f := start(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1", "OTEL_EXPORTER_OTLP_HEADERS": "k=s3cret"})
	f.impatient()
	for range 3 {
		c.answers <- answerStatus(404)
	}
	for range 4 {
		_, end := f.Observer().Begin(t.Context(), "token", slog.String("kind", "app"))
		end("ok")
	}
	f.flush(t)
	log := f.logged.String()
	if strings.Count(log, "spans are lost") != 1 || !strings.Contains(log, "/v1/traces is added") || strings.Count(log, "lost=3") != 1 {
		t.Errorf("the log says:\n%s", log)
	}
	if !strings.Contains(scrape(t, f.Telemetry), "\nmcp_trace_spans_lost_total 3\n") {
		t.Error("the metrics do not say that 3 spans are lost")
	}
}

func TestShutdownDoesNotWaitForACollectorThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	hold := make(chan struct{})
	arrived := make(chan struct{})
	c.answers <- func(http.ResponseWriter) { close(arrived); <-hold }
	f, err := New(Options{Getenv: getenv(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL})})
	if err != nil {
		t.Fatal(err)
	}
	_, end := f.Observer().Begin(t.Context(), "token", slog.String("kind", "app"))
	end("ok")
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	go func() { <-arrived; cancel(enough) }()
	if err := f.Shutdown(ctx); !errors.Is(err, enough) {
		t.Errorf("Shutdown returns %v", err)
	}
	close(hold)
	_, end = f.Observer().Begin(t.Context(), "token", slog.String("kind", "app"))
	end("ok") // must not block, nor panic
	if err := f.Shutdown(t.Context()); err != nil {
		t.Errorf("a second Shutdown returns %v", err)
	}
}

func TestAFullQueueLosesSpansAndNobodyWaits(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	f := start(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL, "OTEL_BSP_MAX_QUEUE_SIZE": "4", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"})
	hold, arrived := make(chan struct{}), make(chan struct{})
	c.answers <- func(http.ResponseWriter) { close(arrived); <-hold }
	call := func() {
		_, end := f.Observer().Begin(t.Context(), "token", slog.String("kind", "app"))
		end("ok")
	}
	call()
	<-arrived // the sender is busy with it
	for range 100 {
		call()
	}
	if lost := f.tracer.queue.lost.Load(); lost != 96 {
		t.Errorf("%d spans are lost, want all but 4 of 100", lost)
	}
	close(hold)
}

func TestTheConsole(t *testing.T) {
	t.Parallel()
	f := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "console"})
	_, end := f.Observer().Begin(f.Observer().Join(t.Context(), sent(map[string]string{"traceparent": parent})), "graph request", slog.String("method", "GET"))
	end("200")
	f.flush(t)
	var got map[string]any
	if err := json.Unmarshal([]byte(f.out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got["name"] != "GET" || got["trace_id"] != parent[3:35] || got["parent_span_id"] != parent[36:52] || got["failed"] != false {
		t.Errorf("the console says %v", got)
	}
}

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	endpoint := "http://localhost:4318"
	for _, row := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "${OTEL}"}, false},
		{map[string]string{"OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "nonsense"}, false},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, true},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "console"}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, false},
		{map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, false},
		{map[string]string{"OTEL_SDK_DISABLED": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, true},
	} {
		if got := start(t, row.env).Tracing(); got != row.want {
			t.Errorf("%v: tracing is %v", row.env, got)
		}
	}
}
