package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// advised is an error with a remedy of its own.
type advised struct{ error }

func (advised) Hint() string { return "look before sending it again" }

func (a advised) Unwrap() error { return a.error }

// Who is answered "context canceled" learns nothing.
func TestCallsThatTheEndOfTheServerCutsOff(t *testing.T) {
	t.Parallel()
	cut := fmt.Errorf("graph.microsoft.com: %w", context.Canceled)
	for _, row := range []struct {
		err  error
		want string
	}{
		{context.Canceled, endedEarly + "\nWhat to do: make the call again once the server is there again"},
		{advised{cut}, "graph.microsoft.com: " + endedEarly + "\nWhat to do: look before sending it again"},
		{errors.New("the disk is full"), "the disk is full"},
	} {
		if got := failure(row.err).Content[0].(mcp.TextContent).Text; got != row.want || strings.Contains(got, "context") {
			t.Errorf("got  %q\nwant %q", got, row.want)
		}
	}
}
