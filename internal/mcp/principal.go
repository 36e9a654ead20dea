package mcp

import (
	"context"
	"slices"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// principal is who asks.
type principal struct {
	name     string        // of the API key, or of whom a token speaks for; "" on stdio and where no key is asked for
	profiles []string      // it may use; nil: all that are served
	readOnly []string      // those of them that it may only read with
	person   *tools.Person // who acts as themselves; nil: nobody
	byToken  bool          // it has shown a token, and no key
	by       []string      // what of the token opens the profiles
}

// mayOnlyRead tells whether the principal may not change anything with a profile.
func (p principal) mayOnlyRead(profile string) bool { return slices.Contains(p.readOnly, profile) }

type principalKey struct{}

func withPrincipal(ctx context.Context, p principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

func principalFrom(ctx context.Context) principal {
	p, _ := ctx.Value(principalKey{}).(principal)
	return p
}

// Outsider tells whether a call comes by a token, from somebody who does not run the server. Who has a key does, or is
// told as if they did.
func Outsider(ctx context.Context) bool { return principalFrom(ctx).byToken }
