package tools

import (
	"context"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
)

// grants are the permissions of the profile's token.
type grants struct {
	known bool
	names []string
}

// timeForGrants bounds the wait for a token that only says what would be allowed.
const timeForGrants = 5 * time.Second

// granted asks for the token's permissions once in a call.
func (f *finding) granted() *grants {
	if f.grants == nil {
		ctx, cancel := context.WithTimeout(f.ctx, timeForGrants)
		defer cancel()
		status, err := f.profile.Status(ctx)
		f.grants = &grants{known: err == nil, names: status.Permissions}
	}
	return f.grants
}

// allowed says whether the profile may make a call: by its policy, and by the permissions that its token has.
func (f *finding) allowed(o catalog.Operation) string {
	needed := o.Delegated
	if f.profile.Mode == clientCredentials {
		needed = o.Application
		if ofMe(f.ownPath(o)) || needed == "-" {
			return "no: only a signed-in person can"
		}
	} else if needed == "-" {
		return "no: only an app can, with application permissions"
	}
	if !f.profile.could(o.Method, catalog.Pattern(f.ownPath(o))) {
		if f.profile.ReadOnly && o.Method != "GET" {
			return "no: this profile may only read"
		}
		return "no: the policy of this profile refuses it"
	}
	granted := f.granted()
	switch {
	case needed == "":
		return "as far as the policy goes; the permission it needs is not known here"
	case !granted.known:
		return "unknown: there is no token yet to tell its permissions"
	case !catalog.Covers(granted.names, needed):
		return "probably not: the token has neither " + needed + " nor one that is known to include it"
	}
	return "yes"
}
