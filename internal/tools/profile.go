package tools

import (
	"context"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Profile is one identity that tools act as.
type Profile struct {
	Name         string
	TenantID     string
	Account      string // the user principal name, or the client ID of an app
	Mode         string // interactive or clientCredentials
	Cloud        string
	ReadOnly     bool
	Tools        []string // names of the tools it may use; nil: all
	Instructions string   // what the server's owner wants the model to know
	Endpoints    graph.Endpoints
	Guarded      func(Asker) graph.Caller
	// Check judges a request as Guarded would, and sends nothing. nil: nothing is judged ahead.
	Check func(a Asker, r *graph.Request, instead ...*graph.Request) error
	// Declined keeps in mind that a person did not agree to what an error of Guarded asks for. nil: nobody does.
	Declined func(Asker, error)
	// Invalid keeps in mind that a call was refused before anybody could judge it, where an error says so: for what
	// it asked for, or for a file outside of the folders. nil: nobody does.
	Invalid func(Asker, error)
	// Could tells whether the policy lets any call of this method through whose path may be path; "" stands for
	// any path. It decides what is listed, never what is allowed. nil: everything could.
	Could func(method, path string) bool
	// Verdict tells what the policy says of a request, without noting that it was asked: whether it lets it through, and
	// whether a person has to agree to it first. nil: nobody knows.
	Verdict func(*graph.Request) (allowed, asks bool)
	// Remote: the callers come over HTTP, and get one-time links instead of this machine's files.
	Remote bool
	// Folders of this machine to read files from and write them to; nil where there are none.
	Folders    Folders
	Catalog    *catalog.Catalog                      // what is known of Graph's operations; nil: nothing is
	Schema     Schemas                               // what Graph says of itself; nil: it is not asked
	SharePoint SharePoint                            // what sharepoint_search looks through
	Index      *SearchIndex                          // what azure_ai_search looks through; nil where none is configured
	Status     func(context.Context) (Status, error) // never starts a sign-in
	Grants     *Grants                               // of Status, for all calls; nil: each call asks anew
	// SignIn starts a person's sign-in, or joins the one that is under way: calls that come while it is get the
	// same. Its context bounds the start, not the sign-in. It is nil where none can be started from here: for an
	// app, and for a server over HTTP.
	SignIn func(context.Context) (*SignIn, error)
	Who    func() Identity // what is known of the signed-in account without asking anybody; nil: nothing
	// For returns the profile as one person's, who acts as themselves. nil: all callers act as the profile's own identity.
	// A profile that has it is of no use without a person.
	For func(context.Context, Person) (*Profile, error)
	// Reading is the same profile for callers who may only read. nil: there are none, or it is read-only anyway.
	Reading *Profile
}

// Status is what is known of a profile's identity once it has a token.
type Status struct {
	Permissions []string // granted scopes or app roles, sorted
	ExpiresAt   time.Time
	Account     string // of the token, where it says so
	TenantID    string // of the token, resolved
}

// NoteDeclined tells Declined, where there is one.
func (p *Profile) NoteDeclined(a Asker, err error) {
	if p.Declined != nil {
		p.Declined(a, err)
	}
}

// MayCall tells whether the profile's policy lets any call through whose path may be path. It decides what is offered, never
// what is allowed.
func (p *Profile) MayCall(method, path string) bool { return p.could(method, path) }

// could tells whether any call of a method to a path is ever let through; "" stands for any path.
func (p *Profile) could(method, path string) bool { return p.Could == nil || p.Could(method, path) }

// NoteInvalid tells Invalid, where there is one.
func (p *Profile) NoteInvalid(a Asker, err error) {
	if p.Invalid != nil {
		p.Invalid(a, err)
	}
}

// May tells whether the profile may use a tool.
func (p *Profile) May(tool string) bool {
	return p.Tools == nil || slices.Contains(p.Tools, tool)
}

// Judge returns what judges an asker's requests before they are sent; nil where nothing does.
func (p *Profile) Judge(a Asker) Judge {
	if p.Check == nil {
		return nil
	}
	return func(r *graph.Request, instead ...*graph.Request) error { return p.Check(a, r, instead...) }
}
