package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// lines are what a crew has written.
type lines struct {
	mu  sync.Mutex
	all []string // guarded by mu
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(b))
	return len(b), nil
}

func newCrew(t *testing.T, log *slog.Logger, handle server.ToolHandlerFunc) (*crew, *lines) {
	t.Helper()
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("work"), handle)
	out := &lines{}
	c := &crew{calls: newDispatch(s), out: out, log: log}
	c.begin(t.Context())
	return c, out
}

func workCall(id int) json.RawMessage {
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"work"}}`, id)
}

func TestCrewCarriesOutAllCallsAFewAtATime(t *testing.T) {
	t.Parallel()
	const calls = 3 * stdioWorkers
	begun, proceed := make(chan struct{}, calls), make(chan struct{})
	c, out := newCrew(t, slog.New(slog.DiscardHandler), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		begun <- struct{}{}
		<-proceed
		return mcp.NewToolResultText("done"), nil
	})
	for id := range calls {
		c.take(workCall(id))
	}
	for range stdioWorkers {
		<-begun
	}
	c.mu.Lock()
	workers, waiting := c.workers, len(c.waiting)
	c.mu.Unlock()
	if workers != stdioWorkers || waiting != calls-stdioWorkers {
		t.Errorf("%d work and %d wait", workers, waiting)
	}
	close(proceed)
	for range calls - stdioWorkers {
		<-begun
	}
	c.end()
	if len(out.all) != calls {
		t.Errorf("%d answers to %d calls", len(out.all), calls)
	}
	for id := range calls {
		if want := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"done"}]}}`+"\n", id); !strings.Contains(strings.Join(out.all, ""), want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestCrewEndsTheCallsThatRun(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	c, _ := newCrew(t, slog.New(slog.DiscardHandler), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	c.take(workCall(1))
	<-begun
	c.end()
	c.take(workCall(2))
	if c.workers != 1 {
		t.Errorf("%d workers after the end", c.workers)
	}
	(&crew{}).end() // which has not begun
	idle, _ := newCrew(t, slog.New(slog.DiscardHandler), nil)
	idle.end()
	if idle.take(workCall(3)); idle.workers != 0 || len(idle.waiting) != 0 {
		t.Errorf("%d workers and %d calls that wait after an end without any", idle.workers, len(idle.waiting))
	}
}

func TestCrewAnswersACallThatBreaksTheLibrary(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c, out := newCrew(t, slog.New(slog.NewTextHandler(&log, nil)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		panic("secret")
	})
	c.carryOut(workCall(4))
	if got, want := strings.Join(out.all, ""), `{"error":{"code":-32603,"message":"an internal fault; it was logged"},"id":4,"jsonrpc":"2.0"}`+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.Contains(log.String(), "panic in a call") {
		t.Errorf("the log says %s", log.String())
	}
}
