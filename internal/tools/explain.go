package tools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// explain adds to a refusal for want of a permission which one the call needs, where that is known, and which the
// token has.
func explain(ctx context.Context, p *Profile, err error) error {
	var refusal *graph.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return explainNeed(ctx, p, err, p.need(refusal.Method, refusal.Path))
}

// explainNeed does so for a call that is known to need a permission; "" for one of which it is not known.
func explainNeed(ctx context.Context, p *Profile, err error, needed string) error {
	var refusal *graph.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden || isOwnCure(refusal) {
		return err
	}
	status, statusErr := p.Status(ctx)
	if statusErr != nil {
		status.Permissions = nil
	}
	if needed == "" && len(status.Permissions) == 0 {
		return err
	}
	return &remedyError{error: err, hint: permissionHint(needed, status.Permissions, p.Mode)}
}

// isOwnCure tells whether a refusal with status 403 is about something else than a permission, and says so itself.
func isOwnCure(refusal *graph.Error) bool {
	plain := graph.Error{Status: refusal.Status}
	return refusal.Hint() != plain.Hint()
}

// remedyError is a refusal with a better word on what to do than the service's own.
type remedyError struct {
	error
	hint string
}

func (e *remedyError) Unwrap() error { return e.error }

// Hint says what to do next.
func (e *remedyError) Hint() string { return e.hint }

// most permissions that a message lists.
const mostPermissions = 40

func permissionHint(needed string, granted []string, mode string) string {
	has := "none is known"
	if n := len(granted); n > mostPermissions {
		has = fmt.Sprintf("%s and %d more", strings.Join(granted[:mostPermissions], ", "), n-mostPermissions)
	} else if n > 0 {
		has = strings.Join(granted, ", ")
	}
	grant := "An administrator grants it in the app registration (API permissions, then admin consent)"
	if mode == interactive {
		grant = `Add it to the profile's "scopes" and sign in again; an administrator may have to consent`
	}
	switch {
	case needed == "":
		return "a permission is missing; this profile's token has " + has + ". An administrator grants others in the app registration (API permissions, then admin consent)"
	case catalog.Covers(granted, needed):
		return "the token has what this call needs (" + needed + " or more), so the refusal is about this very resource: " +
			"the account's own rights or role, or a policy that limits the app. The token has " + has
	}
	return fmt.Sprintf("this call needs the permission %s, or one that includes it; this profile's token has %s. %s", needed, has, grant)
}
