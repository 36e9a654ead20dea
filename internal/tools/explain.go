package tools

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// explain adds to a refusal for want of a permission which permissions the token has.
func explain(ctx context.Context, p *Profile, err error) error {
	var refusal *graph.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden {
		return err
	}
	status, statusErr := p.Status(ctx)
	if statusErr != nil || len(status.Permissions) == 0 {
		return err
	}
	return &permissionError{error: err, granted: status.Permissions}
}

type permissionError struct {
	error
	granted []string
}

func (e *permissionError) Unwrap() error { return e.error }

// Hint names the permissions that there are, so that the missing one can be told.
func (e *permissionError) Hint() string {
	return "a permission is missing; this profile's token has " + strings.Join(e.granted, ", ") +
		". An administrator grants others in the app registration (API permissions, then admin consent)"
}
