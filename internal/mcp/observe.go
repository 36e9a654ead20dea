package mcp

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
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

// observed tells the observer of each request over HTTP. It stands behind logged, whose writer knows the status.
func observed(o Observer, next http.Handler) http.Handler {
	if _, nobody := o.(unobserved); nobody {
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

// observe tells the observer of a call that begins, as a part of its caller's trace: of what stands in the call
// itself (SEP-414), or else in the headers that the door has read.
func (h *handler) observe(ctx context.Context, request mcp.CallToolRequest) (_ context.Context, end func(outcome string, p *tools.Profile)) {
	if _, nobody := h.observer.(unobserved); nobody {
		return ctx, unheard
	}
	transport := "pipe"
	if h.links != nil {
		transport = "tcp"
	}
	if traced(request, "traceparent") != "" {
		ctx = h.observer.Join(ctx, func(name string) string { return traced(request, name) })
	}
	ctx, ended := h.observer.Begin(ctx, "tool call", slog.String("tool", h.tool.Name), slog.String("transport", transport))
	follow(ctx)
	return ctx, func(outcome string, p *tools.Profile) {
		name := ""
		if p != nil {
			name = p.Name
		}
		ended(outcome, slog.String("profile", name))
	}
}

func unheard(string, *tools.Profile) {}

// traced returns what a call's _meta says by a name of W3C Trace Context.
func traced(request mcp.CallToolRequest, name string) string {
	if request.Params.Meta == nil {
		return ""
	}
	value, _ := request.Params.Meta.AdditionalFields[name].(string)
	return value
}
