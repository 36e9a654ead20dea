package telemetry

import (
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestTraceparentsOfCallers(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		parent:                               parent,
		parent[:53] + "00":                   parent[:53] + "00",
		parent[:53] + "03":                   parent, // of its flags, the first counts
		"01" + parent[2:]:                    parent,
		"01" + parent[2:] + "-more":          parent,
		"":                                   "",
		parent[:54]:                          "",
		parent + "-more":                     "",
		"01" + parent[2:] + "more":           "",
		"ff" + parent[2:]:                    "",
		strings.ToUpper(parent):              "",
		"0g" + parent[2:]:                    "",
		parent[:53] + "0x":                   "",
		strings.ReplaceAll(parent, "-", "_"): "",
		"00-00000000000000000000000000000000" + parent[35:]: "",
		parent[:36] + "0000000000000000-01":                 "",
		"01" + parent[2:] + "-" + strings.Repeat("a", 1000): "",
	} {
		got := ""
		if c, ok := parseTraceparent(value); ok {
			got = c.traceparent()
		}
		if got != want {
			t.Errorf("%q reads as %q, want %q", value, got, want)
		}
	}
}

func FuzzTraceparent(f *testing.F) {
	f.Add(parent)
	f.Add("cc" + parent[2:] + "-x")
	f.Fuzz(func(t *testing.T, value string) {
		c, ok := parseTraceparent(value)
		if !ok {
			return
		}
		written := c.traceparent()
		if written[2:53] != value[2:53] {
			t.Errorf("%q is passed on as %q", value, written)
		}
		if again, ok := parseTraceparent(written); !ok || again != c {
			t.Errorf("%q is written as %q, which reads otherwise", value, written)
		}
	})
}

func TestTracestatesOfCallers(t *testing.T) {
	t.Parallel()
	for value, fine := range map[string]bool{
		"a=1": true, "a=1, b=2\t": true, "a@b=x;y:z": true, strings.Repeat("a=1,", 31) + "b=2": true,
		"": true, "a": false, "=1": false, "a=": false, "a=1,,b=2": false, "a=\x01": false, "a=\n": false, "a=ä": false,
		strings.Repeat("a=1,", 32) + "b=2": false, "a=" + strings.Repeat("x", 511): false,
	} {
		if got := checkTracestate(value); got != "" && !fine || got != value && fine {
			t.Errorf("%q is taken as %q", value, got)
		}
	}
}

func TestWhatIsRecordedAndCarriedOn(t *testing.T) {
	t.Parallel()
	unsampled := parent[:53] + "00"
	for _, row := range []struct {
		sampler, arg, propagators, parent string
		recorded                          bool
	}{
		{"", "", "", "", true},
		{"", "", "", parent, true},
		{"", "", "", unsampled, false},
		{"always_on", "", "", unsampled, true},
		{"always_off", "", "", parent, false},
		{"parentbased_always_off", "", "", "", false},
		{"parentbased_always_off", "", "", parent, true},
		{"traceidratio", "0", "", parent, false},
		{"traceidratio", "1", "", unsampled, true},
		{"traceidratio", "", "", "", true},
		{"parentbased_traceidratio", "0", "", parent, true},
		{"parentbased_traceidratio", "0", "", "", false},
		{"", "", "none", unsampled, true},
		{"", "", "baggage", unsampled, true},
	} {
		f := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_TRACES_SAMPLER": row.sampler, "OTEL_TRACES_SAMPLER_ARG": row.arg, "OTEL_PROPAGATORS": row.propagators})
		o := f.Observer()
		ctx := o.Join(t.Context(), sent(map[string]string{"traceparent": row.parent, "tracestate": "a=1", "baggage": "who=ada"}))
		o.Carry(ctx, func(name, value string) { t.Errorf("%+v: %s: %s is sent on without a span of ours", row, name, value) })
		ctx, end := o.Begin(ctx, "tool call", slog.String("tool", "x"))
		inner, endInner := o.Begin(ctx, "graph request", slog.String("method", "GET"))
		carried := map[string]string{}
		o.Carry(inner, func(name, value string) { carried[name] = value })
		endInner("200")
		end("ok")
		own, _ := traceFrom(inner)
		joins := row.propagators == ""
		if joins && row.parent != "" && own.traceparent()[3:35] != row.parent[3:35] {
			t.Errorf("%+v: not of the caller's trace", row)
		}
		switch {
		case row.recorded && joins && (len(carried) != 1 || carried["traceparent"] != own.traceparent()):
			t.Errorf("%+v: %v is sent on, want %s alone", row, carried, own.traceparent())
		case (!row.recorded || !joins) && len(carried) > 0:
			t.Errorf("%+v: %v is sent on", row, carried)
		}
		f.flush(t)
		if got := strings.Count(f.out.String(), "\n"); (got == 2) != row.recorded || got == 1 {
			t.Errorf("%+v: %d spans recorded:\n%s", row, got, f.out.String())
		}
	}
}

func TestRatioTakesItsShare(t *testing.T) {
	t.Parallel()
	f := start(t, map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"})
	recorded := 0
	for range 10_000 {
		_, s := f.tracer.begin(context.Background(), f.events["token"].span, f.started, nil)
		if s != nil {
			recorded++
		}
	}
	if recorded < 2200 || recorded > 2800 {
		t.Errorf("%d of 10,000 are recorded, want about a quarter", recorded)
	}
}
