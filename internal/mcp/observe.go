package mcp

import (
	"context"
	"log/slog"
)

// Observer hears what happens, for metrics and traces. Its methods return at once and may be called from many
// goroutines. Names and the values of attributes are of few kinds: never a path, an ID or a person.
type Observer interface {
	// Begin notes that something begins. The context that it returns carries the trace on; end is called once, with
	// what came of it: "ok", or the kind of failure.
	Begin(ctx context.Context, name string, attrs ...slog.Attr) (_ context.Context, end func(outcome string, attrs ...slog.Attr))
	// Count notes that something has happened.
	Count(ctx context.Context, name string, attrs ...slog.Attr)
	// Join makes ctx a part of the caller's trace; get returns what the caller sent by a name of W3C Trace Context.
	Join(ctx context.Context, get func(name string) string) context.Context
}

// unobserved is nobody.
type unobserved struct{}

func (unobserved) Begin(ctx context.Context, _ string, _ ...slog.Attr) (context.Context, func(string, ...slog.Attr)) {
	return ctx, func(string, ...slog.Attr) {}
}
func (unobserved) Count(context.Context, string, ...slog.Attr)                     {}
func (unobserved) Join(ctx context.Context, _ func(string) string) context.Context { return ctx }
