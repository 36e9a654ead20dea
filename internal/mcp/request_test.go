package mcp_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

func TestRequestIDIsInEveryLine(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	c := bothWays(t)
	c.Log = slog.New(withID{slog.NewTextHandler(&log, nil)})
	s := startServer(t, c)
	call := callGraph(1, `{"path":"/x","profile":"contoso"}`)
	call.host = "mcp.example.com"
	for _, e := range []exchange{call.with("X-API-Key", "right-key"), call, call.with("Origin", "https://evil.example"), {method: "GET", path: "/ready"},
		{method: "PUT", path: "/upload?path=/me/drive/root:/x:/content&profile=contoso", host: "mcp.example.com", body: "x", header: map[string]string{"X-API-Key": "right-key"}}} {
		e.do(t, t.Context(), s)
	}
	s.Close()
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for _, line := range lines {
		if !strings.Contains(line, "request_id=") || strings.Contains(line, "request_id=\"\"") {
			t.Errorf("without an ID: %s", line)
		}
	}
	if len(lines) < 6 {
		t.Errorf("only %d lines", len(lines))
	}
}

type withID struct{ slog.Handler }

func (h withID) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(slog.String("request_id", door.RequestID(ctx)))
	return h.Handler.Handle(ctx, r)
}
