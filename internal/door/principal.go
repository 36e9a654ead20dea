package door

import (
	"context"
	"slices"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Principal is who asks.
type Principal struct {
	Name     string        // of the API key, or of whom a token speaks for; "" on stdio and where no key is asked for
	Profiles []string      // it may use; nil: all that are served
	ReadOnly []string      // those of them that it may only read with
	Person   *tools.Person // who acts as themselves; nil: nobody
	ByToken  bool          // it has shown a token, and no key
	By       []string      // what of the token opens the profiles
}

// MayOnlyRead tells whether the principal may not change anything with a profile.
func (p Principal) MayOnlyRead(profile string) bool { return slices.Contains(p.ReadOnly, profile) }

type principalKey struct{}

// WithPrincipal returns a context in which p asks.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalOf returns who asks; the zero Principal on stdio and where nobody had to be let in.
func PrincipalOf(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Outsider tells whether a call comes by a token, from somebody who does not run the server. Who has a key does, or is
// told as if they did.
func Outsider(ctx context.Context) bool { return PrincipalOf(ctx).ByToken }
