package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/ui"
)

// uiIdle is how long the dashboard waits for a person who does not come back.
const uiIdle = time.Hour

func newUI(o *options) *cobra.Command {
	var noBrowser bool
	cmd := &cobra.Command{
		Use: "ui", Short: "Show profiles, calls and policy in a browser of this machine",
		Long: `Show a dashboard in a browser of this machine: how the profiles are, with signing in and out; the calls that the audit
log has; what a policy says of a call; and the clients that can start this server.

It listens on loopback alone, at any free port. The address that is printed opens it once, for one browser. It ends with
Ctrl-C, or after an hour without use.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.runUI(cmd.Context(), noBrowser) },
	}
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "print the address and open nothing")
	return cmd
}

func (o *options) runUI(ctx context.Context, noBrowser bool) error {
	c, err := o.load()
	if err != nil {
		return err
	}
	d := desk{o}
	s := ui.New(ui.Config{Profiles: d, Calls: d, Policy: d, Clients: d, Version: version(),
		File: cmp.Or(c.File, "the environment's variables"), Idle: uiIdle, Now: time.Now})
	listeners, err := entra.ListenLoopback()
	if err != nil {
		return fmt.Errorf("listening on loopback: %w", err)
	}
	address := s.Address(listeners[0].Addr().(*net.TCPAddr).Port)
	fmt.Fprintf(o.env.Stdout, "The dashboard, for one browser of this machine, until you press Ctrl-C:\n\n%s\n\n", address)
	if o.env.OpenURL != nil && !noBrowser {
		if err := o.env.OpenURL(address); err != nil {
			fmt.Fprintf(o.env.Stderr, "No browser could be opened (%v): open the address yourself.\n", err)
		}
	}
	err = s.Serve(ctx, listeners...)
	switch {
	case errors.Is(err, ui.ErrIdle):
		fmt.Fprintln(o.env.Stderr, "Nobody has used the dashboard for an hour, so it has ended.")
		return nil
	case err != nil:
		return fmt.Errorf("the dashboard has ended: %w", err)
	}
	return nil
}
