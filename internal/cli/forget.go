package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// keptError is the failure to delete what is stored for a profile that is to be removed.
type keptError struct {
	name string
	err  error
}

func (e *keptError) Error() string {
	return fmt.Sprintf("nothing is changed, since what is stored for %s could not be deleted: %v", e.name, e.err)
}

func (e *keptError) Unwrap() error { return e.err }

// Hint returns what to do next.
func (e *keptError) Hint() string {
	const alone = "or leave it where it is, with --keep-secrets"
	var hinted interface{ Hint() string }
	if errors.As(e.err, &hinted) && hinted.Hint() != "" {
		return hinted.Hint() + "; " + alone
	}
	return "try again, " + alone
}

// forget deletes what is stored for a profile of the file, whether the others load or not: under what the file itself
// says, and under what the environment's variables make of it. It fails with a *keptError.
func (o *options) forget(ctx context.Context, name string) error {
	alone := o.place()
	alone.Profile, alone.Only, alone.File = name, name, profile.Path(alone)
	overlaid := alone
	alone.Getenv = func(variable string) string {
		if variable == "HOME" || variable == "USERPROFILE" { // for paths that begin with ~
			return o.env.Getenv(variable)
		}
		return ""
	}
	var unknown error
	found := false
	for _, from := range []profile.Options{alone, overlaid} {
		c, err := profile.Load(from)
		var p profile.Profile
		if err == nil {
			p, err = c.Find(name)
		}
		if err != nil {
			unknown = err
			continue
		}
		if found && !c.Overlaid(name) {
			continue // it says the same
		}
		if err := o.forgetStored(ctx, c, p); err != nil {
			return &keptError{name, err}
		}
		found = true
	}
	if !found {
		fmt.Fprintf(o.env.Stderr, "what was stored for %s could not be looked up, as it does not load (%s); a sign-in is found by: microsoft-mcp-server logout --all\n", name, printable(unknown.Error()))
	}
	return nil
}

// forgetStored deletes a profile's sign-in or secret, and the key of its search index. An OS keyring that is not there
// holds none.
func (o *options) forgetStored(ctx context.Context, c *profile.Config, p profile.Profile) error {
	if k, none := o.searchKeyOf(p); none == nil && k.unused == "" {
		if err := o.forgotten(ctx, p, k.inKeyring, k.vault.Delete(ctx, k.key)); err != nil {
			return err
		}
	}
	if p.AuthMode == profile.Interactive {
		return o.forgotten(ctx, p, p.Vault.File == "", o.dropSignIn(ctx, p.Vault, signInKey(p)))
	}
	if k, none := o.secretOf(c, p); none == nil && k.unused == "" {
		return o.forgotten(ctx, p, k.inKeyring, k.vault.Delete(ctx, k.key))
	}
	return nil
}

// forgotten judges what came of a deletion.
func (o *options) forgotten(ctx context.Context, p profile.Profile, inKeyring bool, err error) error {
	switch {
	case err == nil || errors.Is(err, secret.ErrNotFound):
		return nil
	case inKeyring && errors.Is(err, secret.ErrUnavailable) && ctx.Err() == nil:
		fmt.Fprintf(o.env.Stderr, "whether anything was stored for %s could not be looked up: %v\n", p.Name, err)
		return nil
	}
	return err
}

// dropLeftovers deletes the sign-ins that are left in the OS keyring, and in the sealed files that profiles name,
// once the profiles' own are gone.
func (o *options) dropLeftovers(ctx context.Context, c *profile.Config) ([]signedOut, error) {
	vaults := []profile.Vault{{}}
	seen := map[string]bool{"": true}
	for _, p := range c.Profiles {
		if !seen[p.Vault.File] {
			seen[p.Vault.File] = true
			vaults = append(vaults, p.Vault)
		}
	}
	var outcomes []signedOut
	var failures []error
	for _, v := range vaults {
		keys, err := o.signIns(v).Keys(ctx)
		switch {
		case err == nil:
		case v.File == "" && errors.Is(err, secret.ErrUnavailable) && ctx.Err() == nil: // one that is not there holds nothing
			fmt.Fprintf(o.env.Stderr, "whether the OS keyring holds more sign-ins could not be looked up: %v\n", err)
		default:
			failures = append(failures, fmt.Errorf("looking for more sign-ins: %w", err))
		}
		for _, key := range keys {
			err := o.dropSignIn(ctx, v, key)
			switch outcome := (signedOut{Profile: secret.ProfileOf(key), SignedOut: err == nil, Leftover: true}); {
			case errors.Is(err, secret.ErrNotFound): // listed by a process that was killed before it stored it
			case err != nil:
				outcome.Problem = err.Error()
				failures = append(failures, err)
				fallthrough
			default:
				outcomes = append(outcomes, outcome)
			}
		}
	}
	return outcomes, errors.Join(failures...)
}
