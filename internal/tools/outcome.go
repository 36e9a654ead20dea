package tools

import (
	"context"
	"errors"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Outcome says in one word what came of a call, for those who count calls: "ok", "refused" by the policy, "invalid"
// where the model has to ask otherwise, "timeout", "cancelled", and "error" for all else.
func Outcome(err error) string {
	var refused interface{ Refused() bool }
	var argument *ArgumentError
	var request *graph.RequestError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused) && refused.Refused():
		return "refused"
	case errors.As(err, &argument), errors.As(err, &request):
		return "invalid"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return "error"
}

// Code says by which code a call failed, for logs: that of the service, or of whoever was asked for a token. It is "" where
// there is none. No other part of an error is for a log, which more people read than may see what the call was about.
func Code(err error) string {
	var refused *graph.Error
	var classed interface{ Class() string }
	code := ""
	switch {
	case errors.As(err, &refused):
		code = refused.Code
	case errors.As(err, &classed):
		code = classed.Class()
	}
	return code[:min(len(code), 100)]
}
