package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Bounds of the calls on standard input: those that run at once, a call whose person is being asked among them, and
// those that wait.
const (
	stdioWorkers = 100
	stdioQueue   = 10_000
)

// stdioGrace is how long calls have to notice that ctx has ended. A client that does not read cannot hold the
// process longer.
const stdioGrace = 2 * time.Second

// ServeStdio serves one client until in ends or ctx does. At the end of in, running calls are still answered;
// when ctx ends they are cancelled. out gets JSON-RPC messages, one a line, and nothing else.
func ServeStdio(ctx context.Context, c Config, in io.Reader, out io.Writer) error {
	c = c.withDefaults()
	d := newDelivery()
	ctx = withDelivery(ctx, d)
	f := newFrames(in, out)
	hooks := newHooks()
	protocol := newServer(c, c.Profiles, newConfirmations(c.Shared, c.Sealer), hooks)
	hooks.AddBeforeCallTool(cancelEarly(protocol, f.ledger))
	s := server.NewStdioServer(protocol)
	lines := countingLines{Writer: f, delivery: d}
	calls := &crew{calls: newDispatch(protocol), out: lines, log: c.Log}
	calls.calls.tookBack = f.ledger.tookBack
	f.calls, f.cancelled = calls.take, func(notification json.RawMessage) { calls.calls.cancel("", notification) }
	for _, option := range []server.StdioOption{
		server.WithErrorLogger(log.New(logWriter{c.Log}, "", 0)),
		server.WithStdioContextFunc(calls.begin),
		server.WithWorkerPoolSize(1), // for what has no business with calls, such as one that asks for no answer
	} {
		option(s)
	}
	served := make(chan error, 1)
	go func() {
		err := s.Listen(ctx, f.reader(ctx), lines)
		calls.end()
		served <- err
	}()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		select {
		case err = <-served:
		case <-time.After(stdioGrace):
		}
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("serving standard input: %w", err)
	}
	return nil
}

// cancelEarly cancels a call that the client took back before a worker began with it: until then the library
// does not know the call, and the cancellation found nothing.
func cancelEarly(s *server.MCPServer, l *ledger) server.OnBeforeCallToolFunc {
	return func(ctx context.Context, id any, _ *mcp.CallToolRequest) {
		if !l.tookAny() {
			return // mostly
		}
		raw, err := json.Marshal(id)
		if err != nil || !l.tookBack(normalID(raw)) {
			return
		}
		s.HandleMessage(ctx, json.RawMessage(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+string(raw)+`}}`))
	}
}

// logWriter takes the library's own lines into the log.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.Warn("mcp-go", "message", string(b))
	return len(b), nil
}
