package tools

import (
	"context"
	"errors"
)

// SignIn is a person's sign-in under way. All who wait for it share it, and it goes on when they stop waiting.
type SignIn struct {
	// URL is what the person opens: https, at the authority. It is shown to people and models, so it holds no
	// token and nothing that opens anything by itself.
	URL string
	// UserCode is what they type there; "" where there is nothing to type.
	UserCode string
	// Open opens URL in a browser of this machine and returns without waiting for the browser to end. However
	// often and from however many calls it is called, one browser opens. It is nil where there is none.
	Open func() error
	// Wait returns when the sign-in has ended, now or earlier; nil: signed in. The end of its context ends the
	// wait alone.
	Wait func(context.Context) error
	// Command does the same from a shell, such as "microsoft-mcp-server login contoso".
	Command string
}

// Identity is whom a profile acts as. "" stands for what is not known.
type Identity struct{ TenantID, Account string }

// Identity returns whom the profile acts as: what its configuration says and, where that leaves it open, who
// has signed in.
func (p *Profile) Identity() Identity {
	id := Identity{TenantID: p.TenantID, Account: p.Account}
	if p.Who == nil || id.Account != "" && !openTenant(id.TenantID) {
		return id
	}
	who := p.Who()
	if id.Account == "" {
		id.Account = who.Account
	}
	if openTenant(id.TenantID) && who.TenantID != "" {
		id.TenantID = who.TenantID
	}
	return id
}

// String says it in words; "" where nothing is known.
func (id Identity) String() string {
	switch {
	case openTenant(id.TenantID):
		return id.Account
	case id.Account == "":
		return "tenant " + id.TenantID
	}
	return id.Account + ", tenant " + id.TenantID
}

// openTenant tells whether a tenant ID leaves open which tenant it will be.
func openTenant(id string) bool {
	return id == "" || id == "common" || id == "organizations" || id == "consumers"
}

// NeedsSignIn tells whether a call failed because a person has to sign in first.
func NeedsSignIn(err error) bool {
	var needing interface {
		error
		SignInNeeded() bool
	}
	return errors.As(err, &needing) && needing.SignInNeeded()
}
