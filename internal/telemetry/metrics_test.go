package telemetry

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrape fetches the metrics as Prometheus does.
func scrape(t testing.TB, f *Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	f.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("HTTP %d, %v", w.Code, w.Header())
	}
	return w.Body.String()
}

// parse reads them with Prometheus' own parser.
func parse(t testing.TB, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("the metrics cannot be parsed: %v\n%s", err, text)
	}
	return families
}

// samples returns a counter's samples by their labels.
func samples(f *dto.MetricFamily) map[string]float64 {
	got := map[string]float64{}
	for _, m := range f.GetMetric() {
		var labels []string
		for _, l := range m.Label {
			labels = append(labels, l.GetName()+"="+l.GetValue())
		}
		got[strings.Join(labels, " ")] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return got
}

func TestMetricsCountWhatHappens(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	o := f.Observer()
	call := func(outcome string) {
		_, end := o.Begin(t.Context(), "tool call", slog.String("tool", "microsoft_graph"))
		end(outcome, slog.String("profile", "contoso"))
	}
	call("ok")
	call("ok")
	call("refused")
	_, stillRuns := o.Begin(t.Context(), "tool call", slog.String("tool", "microsoft_graph"))
	for _, status := range []string{"200", "429", "418", "cancelled", "599", "99", "42a"} {
		_, end := o.Begin(t.Context(), "graph request", slog.String("method", "GET"), slog.String("workload", "outlook"))
		end(status)
	}
	_, end := o.Begin(t.Context(), "token", slog.String("kind", "app"))
	end("ok")
	o.Count(t.Context(), "throttled", slog.String("workload", "outlook"))
	o.Count(t.Context(), "sign-in", slog.String("outcome", "ok"))
	o.Count(t.Context(), "refused", slog.String("reason", "key"))
	o.Count(t.Context(), "nothing known")
	got := parse(t, scrape(t, f.Telemetry))
	for name, want := range map[string]map[string]float64{
		"mcp_tool_calls_total":      {"tool=microsoft_graph profile=contoso outcome=ok": 2, "tool=microsoft_graph profile=contoso outcome=refused": 1},
		"mcp_tool_calls_in_flight":  {"": 1},
		"mcp_graph_requests_total":  {"workload=outlook method=GET status=200": 1, "workload=outlook method=GET status=429": 1, "workload=outlook method=GET status=4xx": 1, "workload=outlook method=GET status=cancelled": 1, "workload=outlook method=GET status=5xx": 1, "workload=outlook method=GET status=other": 2},
		"mcp_tokens_total":          {"kind=app outcome=ok": 1},
		"mcp_graph_throttled_total": {"workload=outlook": 1},
		"mcp_signins_total":         {"outcome=ok": 1},
		"mcp_refused_total":         {"reason=key": 1},
	} {
		if diff := cmp.Diff(want, samples(got[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	timed := got["mcp_tool_call_duration_seconds"].GetMetric()[0]
	if n := timed.GetHistogram().GetSampleCount(); n != 3 || timed.Label[0].GetValue() != "microsoft_graph" {
		t.Errorf("%d calls are timed: %v", n, timed)
	}
	stillRuns("ok")
	if got := samples(parse(t, scrape(t, f.Telemetry))["mcp_tool_calls_in_flight"]); got[""] != 0 {
		t.Errorf("calls in flight after the last: %v", got)
	}
}

func TestHistogramsAreCumulative(t *testing.T) {
	t.Parallel()
	r := newRegistry()
	h := r.histograms("some_seconds", "Some.")
	for _, v := range []float64{0.005, 0.006, 0.3, 1000, -1, math.NaN()} {
		h.update(seriesKey{}, v)
	}
	got := parse(t, string(r.text()))["mcp_some_seconds"].GetMetric()[0].GetHistogram()
	want := map[float64]uint64{.005: 3, .01: 4, .25: 4, .5: 5, 300: 5, math.Inf(1): 6}
	for _, b := range got.Bucket {
		if n, ok := want[b.GetUpperBound()]; ok && b.GetCumulativeCount() != n {
			t.Errorf("up to %v: %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), n)
		}
	}
	if got.GetSampleCount() != 6 || math.Abs(got.GetSampleSum()-1000.311) > 1e-9 || len(got.Bucket) != len(buckets())+1 {
		t.Errorf("count %d, sum %v, %d buckets", got.GetSampleCount(), got.GetSampleSum(), len(got.Bucket))
	}
}

func TestWhoCallsCannotMakeMetricsGrow(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	o := f.Observer()
	var attackers sync.WaitGroup
	for a := range 4 {
		attackers.Go(func() {
			for i := range 300 {
				made := fmt.Sprint(a, "-", i)
				_, end := o.Begin(t.Context(), "tool call", slog.String("tool", made), slog.String("profile", "p"+made))
				end(made)
				_, end = o.Begin(t.Context(), "graph request", slog.String("method", made), slog.String("workload", made))
				end(made)
				o.Count(t.Context(), "refused", slog.String("reason", made))
			}
		})
	}
	attackers.Wait()
	text := scrape(t, f.Telemetry)
	families := parse(t, text)
	for name, most := range map[string]int{"mcp_tool_calls_total": mostSeries + 1, "mcp_tool_call_duration_seconds": mostValues + 1,
		"mcp_graph_requests_total": 1, "mcp_refused_total": 1} {
		if n := len(families[name].GetMetric()); n == 0 || n > most {
			t.Errorf("%s has %d series, want at most %d", name, n, most)
		}
	}
	var all float64
	for _, n := range samples(families["mcp_tool_calls_total"]) {
		all += n
	}
	if all != 1200 {
		t.Errorf("%v calls are counted, want 1200", all)
	}
}

func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	r := newRegistry()
	c := r.counters("made_total", "Made.", &label{name: "a", from: "a"}, &label{name: "b", from: "b"})
	const tries = 70
	for i := range tries {
		for j := range tries {
			c.add(c.key([]slog.Attr{slog.Int("a", i), slog.Int("b", j)}), 1)
		}
	}
	got := samples(parse(t, string(r.text()))["mcp_made_total"])
	if len(got) != mostSeries+1 || got["a=other b=other"] != tries*tries-mostSeries {
		t.Errorf("%d series, the other one counts %v", len(got), got["a=other b=other"])
	}
}

func TestLabelsAreEscaped(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	wicked := "a\"} 1\nmcp_faked{x=\"\\"
	_, end := f.Observer().Begin(t.Context(), "tool call", slog.String("tool", wicked))
	end("ok", slog.String("profile", "not UTF-8: \xff"))
	_, end = f.Observer().Begin(t.Context(), "tool call", slog.String("tool", strings.Repeat("x", 65)))
	end("ok")
	got := parse(t, scrape(t, f.Telemetry))
	want := map[string]float64{"tool=" + wicked + " profile=other outcome=ok": 1, "tool=other profile= outcome=ok": 1}
	if diff := cmp.Diff(want, samples(got["mcp_tool_calls_total"])); diff != "" || got["mcp_faked"] != nil {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

func TestGaugesAreAskedAtEachScrape(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.Gauge("mcp_sessions", `Sessions that are open: "all".`+"\n", func() float64 { return 7 })
	f.Gauge("mcp_http_requests_in_flight", "Another one.", func() float64 { return 9 })
	value := 3.5
	f.Gauge("mcp_sessions", "Sessions that are open.\nAll \\ of them.", func() float64 { return value })
	for _, want := range []float64{3.5, math.Inf(1)} {
		value = want
		got := parse(t, scrape(t, f.Telemetry))
		if samples(got["mcp_sessions"])[""] != want || got["mcp_sessions"].GetHelp() != "Sessions that are open.\nAll \\ of them." {
			t.Errorf("the gauge reads %v, want %v", got["mcp_sessions"], want)
		}
	}
	got := parse(t, scrape(t, f.Telemetry))
	for _, name := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "go_memstats_sys_bytes", "process_start_time_seconds"} {
		if samples(got[name])[""] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	if info := got["mcp_build_info"].GetMetric()[0]; info.Label[0].GetValue() != "1.2.3" || info.GetGauge().GetValue() != 1 {
		t.Errorf("build info: %v", info)
	}
	if got["mcp_http_requests_in_flight"] == nil || samples(got["mcp_http_requests_in_flight"])[""] != 0 {
		t.Error("a gauge is missing until something happens")
	}
}

func TestMetricsAreFetchedWithGet(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	start(t, nil).Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/metrics", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST is answered with HTTP %d, %v", w.Code, w.Header())
	}
}
