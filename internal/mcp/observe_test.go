package mcp

import (
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// It counts allocations, so it does not run beside others.
func TestNobodyObservingCostsNothing(t *testing.T) {
	h := &handler{observer: Config{}.withDefaults().Observer}
	ctx := t.Context()
	request := mcp.CallToolRequest{}
	if n := testing.AllocsPerRun(100, func() {
		_, end := h.observe(ctx, request)
		end("ok", nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
