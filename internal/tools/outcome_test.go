package tools

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	for want, errs := range map[string][]error{
		"ok":        {nil},
		"refused":   {&policy.RefusedError{}, &judgedError{&policy.RefusedError{}}},
		"invalid":   {&ArgumentError{}, &graph.RequestError{}},
		"timeout":   {&graph.TransportError{Err: context.DeadlineExceeded}},
		"cancelled": {&graph.TransportError{Err: context.Canceled}},
		"error":     {&graph.Error{Status: 404}, errors.New("anything")},
	} {
		for _, err := range errs {
			if err != nil {
				err = fmt.Errorf("wrapped: %w", err)
			}
			if got := Outcome(err); got != want {
				t.Errorf("%T: %s, want %s", err, got, want)
			}
		}
	}
}
