package tools

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Effect is what a tool can do to the world: the four annotations of MCP's tool definition.
type Effect struct {
	ReadOnly    bool // changes nothing
	Destructive bool // may change or delete what is there, rather than only add
	Idempotent  bool // a second call with the same arguments changes nothing more
	OpenWorld   bool // reaches a service outside of this server
}

// Tool is one thing that a model may ask for.
type Tool struct {
	Name        string
	Title       string
	Description string
	Parameters  []Parameter
	Effect      Effect
	Call        func(context.Context, Call) (Result, error)
}

// Call is one invocation of a tool.
type Call struct {
	Arguments json.RawMessage // an object that fits the tool's parameters
	Profile   *Profile
	Graph     graph.Caller                          // guarded for this call
	Progress  func(done, total int, message string) // never nil; total 0 where unknown
}

// Result is what a tool answers with. Refusals are errors, not results.
type Result struct {
	Text string
	As   *Identity // whose answer it is, where the tool knows better than the profile did before; nil: it does not
}

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
	Guarded      func(confirmed bool) graph.Caller
	Status       func(context.Context) (Status, error) // never starts a sign-in
	// SignIn starts a person's sign-in, or joins the one that is under way: calls that come while it is get the
	// same. Its context bounds the start, not the sign-in. It is nil where none can be started from here: for an
	// app, and for a server over HTTP.
	SignIn func(context.Context) (*SignIn, error)
	Who    func() Identity // what is known of the signed-in account without asking anybody; nil: nothing
}

// Status is what is known of a profile's identity once it has a token.
type Status struct {
	Permissions []string // granted scopes or app roles, sorted
	ExpiresAt   time.Time
	Account     string // of the token, where it says so
	TenantID    string // of the token, resolved
}

// May tells whether the profile may use a tool.
func (p *Profile) May(tool string) bool {
	return p.Tools == nil || slices.Contains(p.Tools, tool)
}

// All returns every tool there is, in the order in which they are listed.
func All() []Tool {
	return []Tool{microsoftGraph(), getAuthStatus()}
}

// Names returns the names of all tools.
func Names() []string {
	var names []string
	for _, tool := range All() {
		names = append(names, tool.Name)
	}
	return names
}
