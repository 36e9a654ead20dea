package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"

	"github.com/mark3labs/mcp-go/server"
)

// The library's bounds on standard input: calls that run at once, and calls that wait.
const (
	stdioWorkers = 32
	stdioQueue   = 10_000
)

// ServeStdio serves one client until in ends or ctx does. At the end of in, running calls are still answered;
// when ctx ends they are cancelled. out gets JSON-RPC messages, one a line, and nothing else.
func ServeStdio(ctx context.Context, c Config, in io.Reader, out io.Writer) error {
	c = c.withDefaults()
	d := newDelivery()
	ctx = withDelivery(ctx, d)
	f := newFrames(in, out)
	s := server.NewStdioServer(newServer(c, c.Profiles, newConfirmations()))
	for _, option := range []server.StdioOption{
		server.WithErrorLogger(log.New(logWriter{c.Log}, "", 0)),
		server.WithWorkerPoolSize(stdioWorkers),
		server.WithQueueSize(stdioQueue),
	} {
		option(s)
	}
	err := s.Listen(ctx, f.reader(ctx), countingLines{Writer: f, delivery: d})
	if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("serving standard input: %w", err)
	}
	return nil
}

// logWriter takes the library's own lines into the log.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.Warn("mcp-go", "message", string(b))
	return len(b), nil
}
