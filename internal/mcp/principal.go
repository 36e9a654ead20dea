package mcp

import "context"

// principal is who asks.
type principal struct {
	name     string   // of the API key; "" on stdio and where no key is asked for
	profiles []string // it may use; nil: all that are served
}

type principalKey struct{}

func withPrincipal(ctx context.Context, p principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

func principalFrom(ctx context.Context) principal {
	p, _ := ctx.Value(principalKey{}).(principal)
	return p
}
