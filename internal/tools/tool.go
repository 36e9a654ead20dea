package tools

import (
	"context"
	"encoding/json"
	"fmt"
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
	// Usable tells whether a profile could ever use the tool: one that it cannot is not listed. nil: always.
	Usable func(*Profile) bool
	// Timeout is how long a call may take where that is more than usual. 0: the usual.
	Timeout time.Duration
	Call    func(context.Context, Call) (Result, error)
}

// Call is one invocation of a tool.
type Call struct {
	Arguments json.RawMessage // an object that fits the tool's parameters
	Profile   *Profile
	Graph     graph.Caller                          // guarded for this call
	Progress  func(done, total int, message string) // never nil; total 0 where unknown
	Transfers Transfers                             // one-time links; nil where the client runs on this machine (stdio)
	// Check asks the policy about a request that is not sent yet, and about those that may be sent instead. nil: it is
	// asked when the request is sent alone.
	Check Judge
}

// read brings the arguments into the form that a tool has for them.
func (c Call) read(into any) error {
	if err := json.Unmarshal(c.Arguments, into); err != nil {
		return fmt.Errorf("reading the arguments: %w", err)
	}
	return nil
}

// Result is what a tool answers with. Refusals are errors, not results.
type Result struct {
	Text  string
	Media []Media   // shown beside the text
	As    *Identity // whose answer it is, where the tool knows better than the profile did before; nil: it does not
}

// Media is an image that a client shows, or hands to its model.
type Media struct {
	Data     []byte
	MIMEType string // image/…
}

// Judge says whether a request may be sent, and asks with the same question for what may be sent instead of it. Of
// that, what is refused does not count.
type Judge func(r *graph.Request, instead ...*graph.Request) error

// All returns every tool there is, in the order in which they are listed.
func All() []Tool {
	return []Tool{microsoftGraph(), findGraphAPI(), microsoftGraphBatch(), getAuthStatus(), downloadFile(), uploadFile(), getUploadConfig(),
		sharePointSearch(), readDocument(), azureAISearch()}
}

// Names returns the names of all tools.
func Names() []string {
	var names []string
	for _, tool := range All() {
		names = append(names, tool.Name)
	}
	return names
}
