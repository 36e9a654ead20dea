package entra

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
)

// Observer hears of requests for tokens, for metrics and traces. Its method returns at once and may be called from many
// goroutines.
type Observer interface {
	// Begin notes that something begins. The context that it returns carries the trace on; end is called once, with
	// what came of it.
	Begin(ctx context.Context, name string, attrs ...slog.Attr) (_ context.Context, end func(outcome string, attrs ...slog.Attr))
}

// The kinds of identity, to an Observer.
const (
	kindApp    = "app"
	kindUser   = "user"
	kindBehalf = "behalf"
	kindWeb    = "web"
)

// observe notes that a request for a token begins. Others are not observed, nor are polls for a device code, which
// fail until the person has typed it.
func (x *exchange) observe(ctx context.Context) (_ context.Context, end func(*answer)) {
	if x.config.Observer == nil || !x.last.toToken || x.pace != nil {
		return ctx, func(*answer) {}
	}
	ctx, done := x.config.Observer.Begin(ctx, "token", slog.String("kind", x.kind))
	return ctx, func(said *answer) { done(said.outcome()) }
}

// outcome is what came of a request, in a word.
func (a *answer) outcome() string {
	switch {
	case a.err != nil:
		return "fault"
	case a.status == http.StatusOK && bytes.Contains(a.body, []byte(`"access_token"`)):
		return "ok"
	case a.status == http.StatusTooManyRequests:
		return "throttled"
	case a.status >= 400 && a.status < 500:
		return "refused"
	}
	return "fault"
}
