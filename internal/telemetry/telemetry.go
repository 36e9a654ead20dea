package telemetry

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Options make a [Telemetry].
type Options struct {
	Getenv    func(string) string          // of the OTEL_* variables; nil: none are set
	Version   string                       // of the server
	Log       *slog.Logger                 // where spans that are lost are complained of; nil: nowhere
	Out       io.Writer                    // of OTEL_TRACES_EXPORTER=console; nil: nowhere
	RequestID func(context.Context) string // for [Telemetry.Handler]; "" where there is none; nil: there never is
}

// Telemetry keeps metrics and sends traces. It may be used by many goroutines at once.
type Telemetry struct {
	requestID func(context.Context) string
	metrics   *registry
	events    map[string]*event
	tracer    *tracer // nil: nobody wants traces
	started   time.Time
}

// New reads what the environment says of traces. A [*SettingError] is for a variable that says what cannot be done.
// It opens nothing and starts nothing: the first span does.
func New(o Options) (*Telemetry, error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.RequestID == nil {
		o.RequestID = func(context.Context) string { return "" }
	}
	t := &Telemetry{requestID: o.RequestID, metrics: newRegistry(), started: time.Now()}
	t.events = newEvents(t.metrics)
	s, err := readSettings(environ{o.Getenv}, o.Version)
	if err != nil {
		return nil, err
	}
	if s.exporter != "" {
		t.tracer = newTracer(s, o)
		t.metrics.own(lostSpans, kindCounter, "Spans that could not be sent.", func() float64 { return float64(t.tracer.queue.lost.Load()) })
	}
	t.describeProcess(o.Version)
	return t, nil
}

// Tracing tells whether traces are made. Where they are not and nobody fetches metrics, an observer is not needed.
func (t *Telemetry) Tracing() bool { return t.tracer != nil }

// Observer returns who hears of what happens.
func (t *Telemetry) Observer() *Observer { return &Observer{t} }

// Gauge adds a metric whose value is asked for at each scrape, from any goroutine. The name is a whole one, such as
// mcp_sessions; adding it again replaces its value, as after a reload. A name
// that is counted here already stays as it is.
func (t *Telemetry) Gauge(name, help string, value func() float64) {
	t.metrics.own(name, kindGauge, help, value)
}

// Shutdown sends the spans that wait, as long as ctx allows, and ends the sending. Later spans are dropped.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if t.tracer == nil {
		return nil
	}
	return t.tracer.queue.close(ctx)
}
