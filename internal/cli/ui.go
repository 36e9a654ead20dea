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
Ctrl-C, or after an hour without use. A browser that is opened is not given the address, which other users of this
machine could see, but a file in your home folder that leads there and is gone once it did.`,
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
	if o.env.OpenURL == nil || noBrowser || isElsewhere(o.env.Getenv) {
		return o.uiEnded(s.Serve(ctx, listeners...))
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listeners...) }()
	o.openUI(address, s.Opened(), served)
	return o.uiEnded(<-served)
}

// openUI opens a browser at address, and returns when nothing of how is left: the token was used, or the dashboard has
// ended.
func (o *options) openUI(address string, opened <-chan struct{}, served chan error) {
	page, remove, err := o.browserPage(address)
	failed := make(chan error, 1)
	if err != nil {
		failed <- err
	} else {
		defer remove()
		go func() { failed <- o.env.OpenURL(page) }() // it may take seconds, and holds nothing up
	}
	for {
		select {
		case err := <-failed:
			if err != nil {
				fmt.Fprintf(o.env.Stderr, "No browser could be opened (%v): open the address yourself.\n", err)
				return
			}
			failed = nil
		case <-opened:
			return
		case err := <-served:
			served <- err
			return
		}
	}
}

// uiEnded says why the dashboard has ended.
func (o *options) uiEnded(err error) error {
	switch {
	case errors.Is(err, ui.ErrIdle):
		fmt.Fprintln(o.env.Stderr, "Nobody has used the dashboard for an hour, so it has ended.")
		return nil
	case err != nil:
		return fmt.Errorf("the dashboard has ended: %w", err)
	}
	return nil
}
