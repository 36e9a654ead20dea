package mcp

import (
	"context"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// observe tells the observer of a call that begins, as a part of its caller's trace: of what stands in the call
// itself (SEP-414), or else in the headers that the door has read.
func (h *handler) observe(ctx context.Context, request mcp.CallToolRequest) (_ context.Context, end func(outcome string, p *tools.Profile)) {
	if _, nobody := h.observer.(door.Unobserved); nobody {
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
	door.Follow(ctx)
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
