package telemetry

import (
	"log/slog"
	"testing"
)

// They count allocations, so they do not run beside others.
func TestMetricsCostLittle(t *testing.T) {
	f := start(t, nil)
	o := f.Observer()
	ctx := t.Context()
	request := func() {
		_, end := o.Begin(ctx, "graph request", slog.String("method", "GET"), slog.String("workload", "outlook"))
		end("200")
	}
	if n := testing.AllocsPerRun(100, request); n > 3 { // the attributes, what is going on, and its end
		t.Errorf("%v allocations for a request without traces", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = o.Join(ctx, nil); o.Carry(ctx, nil) }); n != 0 {
		t.Errorf("%v allocations for a trace that nobody wants", n)
	}
}

func BenchmarkObserver(b *testing.B) {
	for name, env := range map[string]map[string]string{"metrics": nil, "traces": {"OTEL_TRACES_EXPORTER": "console"}} {
		b.Run(name, func(b *testing.B) {
			o := start(b, env).Observer()
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				_, end := o.Begin(ctx, "graph request", slog.String("method", "GET"), slog.String("workload", "outlook"))
				end("200")
			}
		})
	}
}
