package door

import (
	"context"
	"strings"

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

// Recaller is an [Authenticator] that can tell what somebody whom it has let in before may do now. Links are used without a
// token, and so outlive the grant that they were made by where nobody is asked.
type Recaller interface {
	// Recall returns what caller may do now: the zero Caller where that is nothing, or where it is none of this
	// Authenticator's. Of caller, Name, Person and By are known. An error that has Unavailable() bool means that nobody can
	// tell at the moment.
	Recall(ctx context.Context, caller Caller) (Caller, error)
}

// Caller is whom a bearer token speaks for, and what they may do.
type Caller struct {
	Name     string        // of whom the sessions, limits and log lines are; unique among all callers
	Profiles []string      // that may be used
	ReadOnly []string      // those of them that may only be read with
	Person   *tools.Person // who acts as themselves; nil for an app
	By       []string      // what of the token opens the profiles, in words of the Authenticator's, for [Recaller]
}

// principal is the caller as the door knows them.
func (c Caller) principal() Principal {
	p := Principal{Name: c.Name, Profiles: c.Profiles, ReadOnly: c.ReadOnly, Person: c.Person, ByToken: true, By: c.By}
	if p.Profiles == nil {
		p.Profiles = []string{} // none, and not all, as it would be with a key
	}
	return p
}

// Recall returns what somebody may do now whom this door has let in before: whoever has the key of that name, or whom a token
// spoke for. known is false where that is nobody any more: a key that was revoked since, or a person's grant. Where no
// [Recaller] can be asked, it is the profiles that who has.
func (d *Door) Recall(ctx context.Context, who Caller) (p Principal, known bool, err error) {
	for _, key := range d.rules.Keys {
		if key.Name != who.Name {
			continue
		}
		p, no := d.keys.authenticate(ctx, key.SHA256, d.revoked, d.house.Profiles)
		if no != nil {
			return Principal{}, false, no.err
		}
		return p, true, nil
	}
	if !strings.Contains(who.Name, ":") { // a key that is gone
		return Principal{}, false, nil
	}
	for _, bearer := range d.rules.Bearers {
		now := Caller{Name: who.Name, Profiles: who.Profiles}
		if r, ok := bearer.(Recaller); ok {
			if now, err = r.Recall(ctx, Caller{Name: who.Name, Person: who.Person, By: who.By}); err != nil {
				return Principal{}, false, err
			}
		}
		if now.Name == who.Name {
			return now.principal(), true, nil
		}
	}
	return Principal{}, false, nil
}
