package door

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
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

// Unobserved is nobody: an [Observer] that hears nothing.
type Unobserved struct{}

// Begin does nothing.
func (Unobserved) Begin(ctx context.Context, _ string, _ ...slog.Attr) (context.Context, func(string, ...slog.Attr)) {
	return ctx, func(string, ...slog.Attr) {}
}

// Count does nothing.
func (Unobserved) Count(context.Context, string, ...slog.Attr) {}

// Join returns ctx.
func (Unobserved) Join(ctx context.Context, _ func(string) string) context.Context { return ctx }

// observed tells the observer of each request over HTTP. It stands behind logged, whose writer knows the status.
func observed(o Observer, next http.Handler) http.Handler {
	if _, nobody := o.(Unobserved); nobody {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, end := o.Begin(r.Context(), "http request", slog.String("method", r.Method))
		outcome := "error" // where a panic goes through here
		defer func() { end(outcome) }()
		next.ServeHTTP(w, r)
		if status, ok := w.(*statusWriter); ok {
			outcome = strconv.Itoa(cmp.Or(status.status, http.StatusOK))
		}
	})
}
