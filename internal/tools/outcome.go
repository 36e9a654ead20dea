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
