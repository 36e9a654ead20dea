package tools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// explain adds to a refusal of Graph for want of a permission which one the call needs, where that is known, and which
// the token has.
func explain(ctx context.Context, p *Profile, err error) error {
	var refusal *graph.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return explainAs(ctx, p, err, p.need(refusal.Method, refusal.Path))
}

// explainNeed does so for a call that is known to need a permission; "" for one of which it is not known.
func explainNeed(ctx context.Context, p *Profile, err error, needed string) error {
	return explainAs(ctx, p, err, need{permission: needed})
}

func explainAs(ctx context.Context, p *Profile, err error, n need) error {
	if !wantsPermission(err) {
		return err
	}
	status, statusErr := p.Status(ctx)
	if statusErr != nil {
		status.Permissions = nil
	}
	if n.permission == "" && !n.never && len(status.Permissions) == 0 {
		return err
	}
	return &remedyError{error: err, hint: n.hint(status.Permissions, p.Mode)}
}

// explainRole says of a refusal of Azure Resource Manager what helps there: it knows no permissions of Graph.
func explainRole(err error) error {
	if !wantsPermission(err) {
		return err
	}
	return &remedyError{error: err, hint: "Azure goes by roles, not by Graph's permissions: whoever the profile acts as needs a role on this scope or one above it that " +
		"includes the action (Reader to read, Contributor to change); the message names both. An owner assigns it under Access control (IAM) of the subscription, " +
		"resource group or resource"}
}

// wantsPermission tells whether an error is a refusal with status 403 that does not say itself what helps.
func wantsPermission(err error) bool {
	var refusal *graph.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden {
		return false
	}
	plain := graph.Error{Status: refusal.Status}
	return refusal.Hint() == plain.Hint()
}

// most permissions that a message lists.
const mostPermissions = 40

// hint says what a call needs, and what the token has.
func (n need) hint(granted []string, mode string) string {
	has := "none is known"
	if many := len(granted); many > mostPermissions {
		has = fmt.Sprintf("%s and %d more", strings.Join(granted[:mostPermissions], ", "), many-mostPermissions)
	} else if many > 0 {
		has = strings.Join(granted, ", ")
	}
	grant := "An administrator grants it in the app registration (API permissions, then admin consent)"
	if mode == interactive {
		grant = `Add it to the profile's "scopes" and sign in again; an administrator may have to consent`
	}
	switch {
	case n.never:
		return n.neverHint(mode)
	case n.permission == "":
		return "a permission is missing; this profile's token has " + has + ". An administrator grants others in the app registration (API permissions, then admin consent)"
	case n.partOf != "":
		return fmt.Sprintf("which permission this call needs is not known here; probably %s (that of %s), or one that includes it. This profile's token has %s. %s",
			n.permission, compact.Clip(n.partOf, mostOfPath), has, grant)
	case n.known.Allows(granted, n.permission):
		return "the token has what this call needs (" + n.permission + " or more), so the refusal is about this very resource: " +
			"the account's own rights or role, or a policy that limits the app. The token has " + has
	}
	return fmt.Sprintf("this call needs the permission %s, or one that includes it; this profile's token has %s. %s", n.permission, has, grant)
}

// mostOfPath is what a message repeats of a path.
const mostOfPath = 200

// neverHint says who can make a call that the profile cannot, whatever its token has.
func (n need) neverHint(mode string) string {
	const person = "use a profile that a person signs in to"
	switch {
	case n.ofMe:
		return `"/me" is a signed-in person, and this profile acts as an app: use /users/{id or userPrincipalName}, where the call can be made by an app at all; else ` + person
	case mode != clientCredentials:
		return "only an app can make this call, with application permissions, and none of a signed-in person's helps: use a profile with auth_mode clientCredentials"
	case n.partOf != "":
		return "probably no app can make this call, as none can " + compact.Clip(n.partOf, mostOfPath) + ", and no application permission helps: " + person
	}
	return "only a signed-in person can make this call, and no application permission helps: " + person
}
