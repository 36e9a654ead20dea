package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/telemetry"
)

// grace is how long running calls may take once the server is asked to end.
const grace = 30 * time.Second

func newStdio(o *options) *cobra.Command {
	return &cobra.Command{Use: "stdio", Short: "Serve one MCP client on standard input and output", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.load()
			if err != nil {
				return err
			}
			return o.runStdio(cmd.Context(), c)
		}}
}

func (o *options) runStdio(ctx context.Context, c *profile.Config) error {
	log, err := o.log(serverLevel)
	if err != nil {
		return err
	}
	t, err := telemetry.New(telemetry.Options{Getenv: o.env.Getenv, Version: version(), Log: log, Out: o.env.Stderr})
	if err != nil { // the variables may be of the program that starts us
		log.Warn("no traces are sent", "error", err, "hint", hintOf(err))
		if t, err = telemetry.New(telemetry.Options{}); err != nil {
			return err
		}
	}
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	around := surroundings{log: log, lost: lost}
	if t.Tracing() { // nobody fetches metrics from here
		around.log, around.observer = slog.New(t.Handler(log.Handler())), t.Observer()
	}
	a, err := o.assembleWith(c, overStdio, around)
	if err != nil {
		return err
	}
	defer a.close()
	serving, served := context.WithCancel(ctx)
	var quiet sync.WaitGroup
	quiet.Go(func() { giveBack(serving) }) // a first search for a call needs tens of megabytes for a moment
	err = mcp.ServeStdio(ctx, alone(a.config), o.env.Stdin, o.env.Stdout)
	served()
	quiet.Wait()
	over, stop := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer stop()
	if err := t.Shutdown(over); err != nil {
		log.Warn("the last traces were not sent", "error", err)
	}
	if cause := context.Cause(ctx); isFatal(cause) {
		return cause
	}
	return err
}

func newHTTP(o *options) *cobra.Command {
	var listen string
	cmd := &cobra.Command{Use: "http", Short: "Serve MCP over streamable HTTP", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.load()
			if err != nil {
				return err
			}
			return o.runHTTP(cmd.Context(), c, listen)
		}}
	cmd.Flags().StringVar(&listen, "listen", "", "address to listen on (default 127.0.0.1:8080)")
	return cmd
}

// wsaeAddrInUse is Windows's number for an address in use (WSAEADDRINUSE).
const wsaeAddrInUse syscall.Errno = 10048

// listenOn opens the address, and says what to do where it cannot.
func listenOn(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno) && (errno == syscall.EADDRINUSE || errno == wsaeAddrInUse):
		return nil, fmt.Errorf("port %s is in use by another program: choose another with --listen, listen in [http], or PORT", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listening on %s is not permitted: choose a port above 1023", address)
	case err != nil:
		return nil, fmt.Errorf("listening: %w", err)
	}
	return l, nil
}
