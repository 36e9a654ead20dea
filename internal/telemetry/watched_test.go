package telemetry

import (
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestWatchedMetricsExist holds that the dashboard and the alerts in configs/ ask for nothing that is not told.
func TestWatchedMetricsExist(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("some are of Linux alone")
	}
	f := start(t, nil)
	o := f.Observer()
	for _, name := range []string{"tool call", "graph request", "token", "http request"} {
		_, end := o.Begin(t.Context(), name)
		end("ok")
	}
	for _, name := range []string{"refused", "throttled", "sign-in"} {
		o.Count(t.Context(), name, slog.String("reason", "key"))
	}
	told := parse(t, scrape(t, f.Telemetry))
	elsewhere := map[string]bool{"mcp_trace_spans_lost_total": true}                                                    // where traces are on
	for _, gauge := range []string{"mcp_sessions", "mcp_calls_running", "mcp_calls_waiting", "mcp_transfers_running"} { // of a server
		elsewhere[gauge] = true
	}
	asked := regexp.MustCompile(`\b(mcp|go|process)_[a-z_]+`)
	for _, file := range []string{"../../configs/grafana-dashboard.json", "../../configs/prometheus-alerts.yml", "../../docs/server.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names := asked.FindAllString(string(text), -1)
		if len(names) < 5 {
			t.Errorf("%s names %d metrics: the test looks for the wrong words", file, len(names))
		}
		for _, name := range names {
			family := strings.TrimSuffix(name, "_bucket")
			if told[family] == nil && !elsewhere[family] {
				t.Errorf("%s asks for %s, which is not told", file, name)
			}
		}
	}
}
