package telemetry

import (
	"context"
	"log/slog"
	"strconv"
	"time"
)

// Observer hears what happens in other rooms. It satisfies what they declare as an observer.
type Observer struct{ t *Telemetry }

// Begin notes that something begins. The context that it returns carries the trace on; end is to be called once,
// with what came of it: "ok", a status of HTTP, or the kind of failure. What has no entry in the table of events is
// not told.
func (o *Observer) Begin(ctx context.Context, name string, attrs ...slog.Attr) (_ context.Context, end func(outcome string, attrs ...slog.Attr)) {
	e := o.t.events[name]
	if e == nil {
		return ctx, func(string, ...slog.Attr) {}
	}
	h := &happened{event: e, start: time.Now()}
	if e.total != nil {
		h.total = e.total.key(attrs)
	}
	if e.took != nil {
		h.took = e.took.key(attrs)
	}
	if e.running != nil {
		e.running.add(seriesKey{}, 1)
	}
	if e.span != nil && o.t.tracer != nil {
		ctx, h.span = o.t.tracer.begin(ctx, e.span, h.start, attrs)
	}
	return ctx, func(outcome string, attrs ...slog.Attr) { o.end(h, outcome, attrs) }
}

func (o *Observer) end(h *happened, outcome string, attrs []slog.Attr) {
	now := time.Now()
	e := h.event
	if e.total != nil {
		e.total.add(e.total.ended(h.total, outcome, attrs), 1)
	}
	if e.took != nil {
		e.took.update(h.took, now.Sub(h.start).Seconds())
	}
	if e.running != nil {
		e.running.add(seriesKey{}, -1)
	}
	if h.span != nil {
		o.t.tracer.end(h.span, now, outcome, attrs)
	}
}

// Count notes that something has happened.
func (o *Observer) Count(_ context.Context, name string, attrs ...slog.Attr) {
	if e := o.t.events[name]; e != nil && e.total != nil {
		e.total.add(e.total.key(attrs), 1)
	}
}

// Join makes ctx a part of the caller's trace. get returns what the caller sent by a name of W3C Trace Context, or
// "". What cannot be read is as if nothing had been sent.
func (o *Observer) Join(ctx context.Context, get func(name string) string) context.Context {
	t := o.t.tracer
	if t == nil || !t.settings.propagates {
		return ctx
	}
	caller, ok := parseTraceparent(get("traceparent"))
	if !ok {
		return ctx
	}
	caller.state = checkTracestate(get("tracestate"))
	return withTrace(ctx, caller)
}

// Carry says what to send along with a request, so that its trace can be followed at the other end: a traceparent,
// where the trace is recorded. What the caller sent in tracestate and baggage stays here: it is not for the eyes of
// whoever is asked next.
func (o *Observer) Carry(ctx context.Context, set func(name, value string)) {
	t := o.t.tracer
	if t == nil || !t.settings.propagates {
		return
	}
	if c, ok := traceFrom(ctx); ok && c.sampled && !c.remote {
		set("traceparent", c.traceparent())
	}
}

// statusOf reads an outcome that is a status of HTTP.
func statusOf(outcome string) (int, bool) {
	n, err := strconv.Atoi(outcome)
	return n, err == nil && n >= 100 && n <= 599
}
