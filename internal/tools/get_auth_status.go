package tools

import (
	"context"
	"time"
)

func getAuthStatus() Tool {
	return Tool{
		Name:        "get_auth_status",
		Title:       "Sign-in status",
		Description: "Who this server is to Microsoft: profile, account or app, tenant, granted permissions, token expiry, and what is wrong where it cannot sign in.",
		Effect:      Effect{ReadOnly: true, Idempotent: true, OpenWorld: true},
		Call:        callGetAuthStatus,
	}
}

func callGetAuthStatus(ctx context.Context, c Call) (Result, error) {
	p := c.Profile
	access := "read-write"
	if p.ReadOnly {
		access = "read-only"
	}
	out := orderedObject{{"profile", p.Name}}
	status, err := p.Status(ctx)
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	out = append(out, member{"authenticated", err == nil}, member{"mode", p.Mode})
	known := p.Identity()
	account, tenant := known.Account, known.TenantID
	if status.Account != "" {
		account = status.Account
	}
	if status.TenantID != "" {
		tenant = status.TenantID
	}
	as := &Identity{TenantID: known.TenantID, Account: account}
	out = append(out, member{"account", account}, member{"tenant", tenant}, member{"cloud", p.Cloud}, member{"access", access})
	if err != nil {
		out = append(out, member{"message", err.Error()})
		if remedy := remedyOf(p, err); remedy != "" {
			out = append(out, member{"remedy", remedy})
		}
		return Result{Text: string(out.encode()), As: as}, nil
	}
	message := "signed in"
	if account != "" {
		message += " as " + account
	}
	out = append(out, member{"message", message}, member{"permissions", status.Permissions}, member{"expiresAt", status.ExpiresAt.UTC().Format(time.RFC3339)})
	return Result{Text: string(out.encode()), As: as}, nil
}

// remedyOf says what to do about an identity that has no token.
func remedyOf(p *Profile, err error) string {
	hint := hintOf(err)
	if p.SignIn == nil || !NeedsSignIn(err) {
		return hint
	}
	const start = "calling another tool starts the sign-in"
	if hint == "" {
		return start
	}
	return start + "; or: " + hint
}
