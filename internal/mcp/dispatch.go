package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// dispatch hands tool calls of the older era to their tools, as the library does, which reads each message five times on
// the way. What is not such a call beyond doubt is the library's, and so is what is wrong with it.
type dispatch struct {
	library  *server.MCPServer
	handlers map[string]server.ToolHandlerFunc // by the tools' names
	tookBack func(id string) bool              // tells of a call that was taken back before it began; nil: none is

	mu      sync.Mutex
	running map[running]*cancelling // guarded by mu
}

// running names a call: clients number theirs from the same beginning.
type running struct{ session, id string }

type cancelling struct{ cancel context.CancelFunc }

func newDispatch(s *server.MCPServer) *dispatch {
	d := &dispatch{library: s, handlers: map[string]server.ToolHandlerFunc{}, running: map[running]*cancelling{}}
	for name, tool := range s.ListTools() {
		d.handlers[name] = tool.Handler
	}
	return d
}

// takes tells whether a message is for a tool here.
func (d *dispatch) takes(m message) bool {
	return m.Version == mcp.JSONRPC_VERSION && m.Method == string(mcp.MethodToolsCall) && normalID(m.ID) != "" && m.Result == nil &&
		!mcp.IsModernProtocol(m.Params.Meta.ProtocolVersion()) && m.Params.Task == nil && d.handlers[m.name()] != nil
}

// answer carries out a message in a session. What it returns is nil where no answer is owed.
func (d *dispatch) answer(ctx context.Context, session string, m message, raw json.RawMessage) mcp.JSONRPCMessage {
	if !d.takes(m) {
		return d.library.HandleMessage(ctx, raw)
	}
	ctx, done := d.begin(ctx, running{session, normalID(m.ID)})
	defer done()
	var id any
	_ = json.Unmarshal(m.ID, &id) // which it was read from
	request := mcp.CallToolRequest{Request: mcp.Request{Method: m.Method}}
	request.Params = mcp.CallToolParams{Name: m.name(), RawArguments: m.Params.Arguments, Meta: m.Params.Meta, MultiRoundTripParams: m.Params.MultiRoundTripParams}
	result, err := d.carryOut(ctx, request)
	if err != nil {
		return mcp.NewJSONRPCError(mcp.NewRequestId(id), mcp.INTERNAL_ERROR, err.Error(), nil)
	}
	return mcp.NewJSONRPCResultResponse(mcp.NewRequestId(id), result)
}

// begin notes that a call runs, and lets it be cancelled.
func (d *dispatch) begin(ctx context.Context, r running) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancel(ctx)
	c := &cancelling{cancel}
	d.mu.Lock()
	d.running[r] = c
	d.mu.Unlock()
	if d.tookBack != nil && d.tookBack(r.id) {
		cancel()
	}
	return ctx, func() {
		cancel()
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.running[r] == c { // and not another one of the same name
			delete(d.running, r)
		}
	}
}

// cancel cancels the call that a notification takes back.
func (d *dispatch) cancel(session string, notification json.RawMessage) {
	id := takenBack(notification)
	d.mu.Lock()
	c := d.running[running{session, id}]
	d.mu.Unlock()
	if c != nil {
		c.cancel()
	}
}

// takenBack returns the id of the request that a notification takes back, "" for none.
func takenBack(notification json.RawMessage) string {
	var taken struct {
		Params struct {
			RequestID json.RawMessage `json:"requestId"`
		} `json:"params"`
	}
	if json.Unmarshal(notification, &taken) != nil {
		return ""
	}
	return normalID(taken.Params.RequestID)
}

// mostRounds is how often one call's client is asked something, as in the library.
const mostRounds = 10

// carryOut calls a tool, and asks the client what it wants to know first: in this era with requests of the server.
func (d *dispatch) carryOut(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	handle := d.handlers[request.Params.Name]
	for rounds := 0; ; rounds++ {
		result, err := handle(ctx, request)
		switch {
		case err != nil:
			return nil, err
		case result == nil:
			return nil, fmt.Errorf("tool '%s' handler returned no result", request.Params.Name)
		case !result.NeedsInput():
			return result, nil
		case rounds == mostRounds:
			return nil, fmt.Errorf("multi round-trip: handler asked for input more than %d times", mostRounds)
		}
		responses := mcp.InputResponses{}
		for name, input := range result.InputRequests { // in any order: a tool asks one question at a time
			answer, err := d.ask(ctx, input)
			if err != nil {
				return nil, fmt.Errorf("multi round-trip: fulfilling input request %q: %w", name, err)
			}
			responses[name] = mcp.NewElicitationInputResponse(*answer)
		}
		request.Params.MultiRoundTripParams = mcp.MultiRoundTripParams{InputResponses: responses, RequestState: result.RequestState}
	}
}

func (d *dispatch) ask(ctx context.Context, input mcp.InputRequest) (*mcp.ElicitationResult, error) {
	if input.Elicitation == nil {
		return nil, fmt.Errorf("unsupported input request method %q", input.Method)
	}
	return d.library.RequestElicitation(ctx, mcp.ElicitationRequest{Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: *input.Elicitation})
}
