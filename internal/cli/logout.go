package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func newLogout(o *options) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "logout [PROFILE]", Short: "Sign out of a profile and forget the sign-in",
		Long: `Sign out of a profile: its refresh token and access tokens are deleted from where they rest. Servers that run notice
within a minute in which they are called. The browser may still be signed in to Microsoft; it is left alone.`,
		Args: atMostOneProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return usagef("name a profile or give --all, not both")
			}
			return o.runLogout(cmd.Context(), args, all, asJSON)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "sign out of every profile, and of those that are not in this configuration (any more): renamed, edited, removed, of another file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// signedOut is what logout prints of one profile.
type signedOut struct {
	Profile   string `json:"profile"`
	SignedOut bool   `json:"signedOut"` // false: nobody was signed in, or it failed
	Leftover  bool   `json:"leftover"`  // it was found in a vault; no profile of this configuration has it
	Problem   string `json:"problem,omitempty"`
}

func (o *options) runLogout(ctx context.Context, args []string, all, asJSON bool) error {
	c, profiles, err := o.toSignOut(args, all)
	if err != nil {
		return err
	}
	outcomes := []signedOut{}
	var failures []error
	for _, p := range profiles {
		was, err := o.signOut(ctx, c, p)
		outcome := signedOut{Profile: p.Name, SignedOut: was}
		if err != nil {
			outcome.Problem = err.Error()
			failures = append(failures, fmt.Errorf("signing out of %s: %w", p.Name, err))
		}
		outcomes = append(outcomes, outcome)
	}
	if all {
		more, err := o.dropLeftovers(ctx, c)
		outcomes = append(outcomes, more...)
		failures = append(failures, err)
	}
	return errors.Join(o.printSignedOut(outcomes, asJSON), errors.Join(failures...))
}

func (o *options) printSignedOut(outcomes []signedOut, asJSON bool) error {
	if asJSON {
		return o.printJSON(outcomes)
	}
	leftovers := 0
	for _, outcome := range outcomes {
		switch {
		case outcome.Problem != "":
		case outcome.Leftover:
			leftovers++
		case outcome.SignedOut:
			fmt.Fprintf(o.env.Stdout, "signed out of %s; nothing of the sign-in is kept\n", outcome.Profile)
		default:
			fmt.Fprintf(o.env.Stdout, "nobody was signed in to %s\n", outcome.Profile)
		}
	}
	switch {
	case leftovers > 0:
		fmt.Fprintf(o.env.Stdout, "deleted %d more, of profiles that are not in this configuration (any more)\n", leftovers)
	case len(outcomes) == 0:
		fmt.Fprintln(o.env.Stdout, "nobody was signed in anywhere")
	}
	return nil
}

// toSignOut returns the profiles that people sign in to, of those asked for.
func (o *options) toSignOut(args []string, all bool) (*profile.Config, []profile.Profile, error) {
	if !all {
		p, c, err := o.one(args)
		if err == nil && p.AuthMode != profile.Interactive {
			err = usagef("profile %s signs in as an app, so there is nobody to sign out. To delete its secret: %s", p.Name, o.command(c, "secret delete", p.Name))
		}
		return c, []profile.Profile{p}, err
	}
	c, err := o.load()
	if err != nil {
		return nil, nil, err
	}
	var people []profile.Profile
	for _, p := range c.Profiles {
		if p.AuthMode == profile.Interactive {
			people = append(people, p)
		}
	}
	return c, people, nil
}

// signOut forgets the sign-in of one profile, and reports whether there was one.
func (o *options) signOut(ctx context.Context, c *profile.Config, p profile.Profile) (bool, error) {
	u, err := o.userOf(c, p)
	if err != nil {
		return false, err
	}
	defer o.closeIdentity(u)
	return u.SignOut(ctx)
}
