package telemetry

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"time"
)

// spanKind is on which side of an exchange a span is, by its number on the wire.
type spanKind byte

const (
	server spanKind = 2
	client spanKind = 3
)

// attribute says something of a span or of the server. Its value is a string or an int.
type attribute struct {
	name  string
	value any
}

// span is a recorded span.
type span struct {
	shape      *spanShape
	own        trace
	parent     [8]byte // zero: none
	fromCaller bool    // the parent is the caller's
	name       string
	start, end time.Time
	attributes []attribute
	failed     bool
}

// tracer makes spans. What is not recorded still has its place in the trace, so that logs can name it.
type tracer struct {
	settings settings
	queue    *queue
}

func newTracer(s settings, o Options) *tracer {
	var to exporter = &console{out: o.Out}
	if s.exporter == exporterOTLP {
		to = newOTLP(s)
	}
	return &tracer{settings: s, queue: newQueue(s, to, o.Log)}
}

// begin starts a span below the one that ctx is in. The span is nil where it is not recorded.
func (t *tracer) begin(ctx context.Context, shape *spanShape, start time.Time, attrs []slog.Attr) (context.Context, *span) {
	parent, inside := traceFrom(ctx)
	own := trace{traceID: parent.traceID, state: parent.state}
	for own.traceID == [16]byte{} {
		binary.BigEndian.PutUint64(own.traceID[:8], rand.Uint64())
		binary.BigEndian.PutUint64(own.traceID[8:], rand.Uint64())
	}
	for own.spanID == [8]byte{} {
		binary.BigEndian.PutUint64(own.spanID[:], rand.Uint64())
	}
	own.sampled = t.settings.sampler.sampled(parent, inside, own.traceID)
	ctx = withTrace(ctx, own)
	if !own.sampled {
		return ctx, nil
	}
	s := &span{shape: shape, own: own, parent: parent.spanID, fromCaller: parent.remote, start: start, name: shape.name}
	s.attributes = append(make([]attribute, 0, len(shape.fixed)+len(attrs)+1), shape.fixed...)
	s.describe(attrs)
	if named := clip(valueOf(attrs, shape.named)); named != "" {
		s.name += " " + named
		if shape.name == "" {
			s.name = named
		}
	}
	return ctx, s
}

// describe takes the attributes that the span's shape knows.
func (s *span) describe(attrs []slog.Attr) {
	for _, a := range attrs {
		if name := s.shape.renamed[a.Key]; name != "" {
			if value := clip(a.Value.String()); value != "" {
				s.attributes = append(s.attributes, attribute{name, value})
			}
		}
	}
}

// end hands a span to the sender. attrs may say more than was known at its beginning.
func (t *tracer) end(s *span, at time.Time, outcome string, attrs []slog.Attr) {
	s.describe(attrs)
	s.end = at
	status, isStatus := statusOf(outcome)
	switch {
	case s.shape.status && isStatus:
		s.attributes = append(s.attributes, attribute{"http.response.status_code", status})
		s.failed = status >= 400
	default:
		s.failed = outcome != "ok" && outcome != "asked"
	}
	if s.failed {
		s.attributes = append(s.attributes, attribute{"error.type", clip(outcome)})
	}
	t.queue.put(s)
}
