package mcp

import (
	"context"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// principal is who asks.
type principal struct {
	name     string        // of the API key, or of whom a token speaks for; "" on stdio and where no key is asked for
	profiles []string      // it may use; nil: all that are served
	readOnly []string      // those of them that it may only read with
	person   *tools.Person // who acts as themselves; nil: nobody
	expires  time.Time     // of the token; zero: there is none
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
