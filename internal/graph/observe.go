package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
)

// Observer hears of exchanges with the services, for metrics and traces. Its methods return at once and may be
// called from many goroutines. It is told a method, a workload and a status: never a path, an ID or a person.
type Observer interface {
	// Begin notes that an exchange begins; end is called once, with the status or the kind of failure.
	Begin(ctx context.Context, name string, attrs ...slog.Attr) (_ context.Context, end func(outcome string, attrs ...slog.Attr))
	// Count notes that something has happened.
	Count(ctx context.Context, name string, attrs ...slog.Attr)
	// Carry sets the headers by which the trace that ctx is in can be followed at the service.
	Carry(ctx context.Context, set func(name, value string))
}

// begin tells the observer, where there is one, of an exchange.
func (c *Client) begin(ctx context.Context, method, workload string) (context.Context, func(*Response, error)) {
	if c.observer == nil {
		return ctx, unobserved
	}
	observed, end := c.observer.Begin(ctx, "graph request", slog.String("method", method), slog.String("workload", workload))
	return observed, func(resp *Response, err error) { end(outcome(resp, err)) }
}

func unobserved(*Response, error) {}

// outcome says what came of an exchange: the status, or in a word why there is none.
func outcome(resp *Response, err error) string {
	switch {
	case resp != nil:
		return strconv.Itoa(resp.Status)
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errStalled):
		return "timeout"
	}
	return "error"
}

// carry lets a service's host know of the trace.
func (c *Client) carry(ctx context.Context, h http.Header) {
	if c.observer != nil {
		c.observer.Carry(ctx, h.Set)
	}
}
