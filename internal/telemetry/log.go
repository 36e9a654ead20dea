package telemetry

import (
	"context"
	"encoding/hex"
	"log/slog"
)

// Handler returns a handler that adds to each line which request it belongs to: request_id, and trace_id and span_id
// where there is a trace. It takes them from the context that the line is written with.
func (t *Telemetry) Handler(next slog.Handler) slog.Handler {
	return &handler{next: next, root: next, requestID: t.requestID}
}

// handler adds to the lines of another one. What it adds stands outside of all groups, so root is kept beside next
// once there are any: opened says how to come from the one to the other.
type handler struct {
	next, root slog.Handler
	opened     []func(slog.Handler) slog.Handler
	grouped    bool
	requestID  func(context.Context) string
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	var attrs []slog.Attr
	if id := h.requestID(ctx); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	if c, ok := traceFrom(ctx); ok {
		attrs = append(attrs, slog.String("trace_id", hex.EncodeToString(c.traceID[:])), slog.String("span_id", hex.EncodeToString(c.spanID[:])))
	}
	switch {
	case len(attrs) == 0:
		return h.next.Handle(ctx, r)
	case !h.grouped:
		r = r.Clone() // its attributes may be shared
		r.AddAttrs(attrs...)
		return h.next.Handle(ctx, r)
	}
	to := h.root.WithAttrs(attrs)
	for _, open := range h.opened {
		to = open(to)
	}
	return to.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if !h.grouped { // they stand outside of all groups, as what is added does
		next := h.next.WithAttrs(attrs)
		return &handler{next: next, root: next, requestID: h.requestID}
	}
	return h.open(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) })
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.open(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

func (h *handler) open(how func(slog.Handler) slog.Handler) *handler {
	opened := append(h.opened[:len(h.opened):len(h.opened)], how)
	return &handler{next: how(h.next), root: h.root, opened: opened, grouped: true, requestID: h.requestID}
}
