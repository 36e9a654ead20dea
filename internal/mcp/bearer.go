package mcp

import (
	"context"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Authenticator lets callers in by bearer tokens (RFC 6750) of one kind.
type Authenticator interface {
	// Takes tells by a token's look whether it is of this kind.
	Takes(token string) bool
	// Authenticate returns whom a token speaks for. An error that has Challenge() (code, description, scope string) is a
	// refusal, with a code of RFC 6750, section 3.1; scope may be empty. One that has Unavailable() bool means that nobody
	// can tell at the moment. No error repeats the token.
	Authenticate(ctx context.Context, token string) (Caller, error)
}

// Caller is whom a bearer token speaks for, and what they may do.
type Caller struct {
	Name     string        // of whom the sessions, limits and log lines are; unique among all callers
	Profiles []string      // that may be used
	ReadOnly []string      // those of them that may only be read with
	Person   *tools.Person // who acts as themselves; nil for an app
	Expires  time.Time     // of the token
}
