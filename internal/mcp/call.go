package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// handler carries out the calls of one tool for one set of profiles.
type handler struct {
	tool          tools.Tool
	parameters    []tools.Parameter
	profiles      []*tools.Profile
	several       bool // the caller names the profile
	timeout       time.Duration
	log           *slog.Logger
	observer      door.Observer
	server        *server.MCPServer
	confirmations *confirmations
	signIns       *signIns
	links         *links          // nil but over HTTP
	ending        context.Context // of the server's life: once it is over, calls that run are to say so; nil: their own is enough
}

// handle answers one tools/call. Whatever goes wrong becomes a result that the model can read (SEP-1303); the
// returned error is always nil.
func (h *handler) handle(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, _ error) {
	start := time.Now()
	timeout := max(h.timeout, h.tool.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, &overdueError{"the call took longer than", timeout})
	defer cancel()
	if h.ending != nil {
		defer context.AfterFunc(h.ending, cancel)()
	}
	ctx, end := h.observe(ctx, request)
	outcome, code := "invalid", "" // until it is known to be fit for a try
	var profile *tools.Profile
	var as tools.Identity
	defer func() {
		if r := recover(); r != nil {
			h.log.ErrorContext(ctx, "panic in a tool", "tool", h.tool.Name, "fault", door.DescribePanic(r), "stack", string(debug.Stack()))
			outcome = "error"
			result = failure(errors.New("an internal fault; it was logged. What the call was to change may have been changed: look before repeating it"))
		}
		label(result, profile, as)
		end(outcome, profile)
		h.logCall(ctx, profile, start, slog.String("outcome", outcome), slog.String("code", code))
	}()
	arguments, err := tools.Arguments(h.parameters, rawArguments(request))
	if err != nil {
		return failure(err), nil
	}
	served, err := h.choose(arguments)
	if err != nil {
		return failure(err), nil
	}
	profile = served // which the answer is labelled with, whatever comes of it
	if profile, err = profileFor(ctx, door.PrincipalOf(ctx).Person, served); err != nil {
		profile, outcome, code = served, tools.Outcome(err), tools.Code(err)
		return failure(err), nil
	}
	e := &errand{handler: h, request: request, arguments: arguments, profile: profile, reading: door.PrincipalOf(ctx).MayOnlyRead(served.Name), progress: newProgress(h.server, request)}
	e.outcome = "asked"
	result = e.run(ctx)
	outcome, code = e.outcome, e.code
	if as = e.as; as.Account == "" { // it was not known before the call
		as = profile.Identity()
	}
	e.progress.settle(ctx)
	return result, nil
}

// overdueError says what was not done in which time. It is made for each call, and written out for hardly any.
type overdueError struct {
	what string
	time time.Duration
}

func (e *overdueError) Error() string {
	return fmt.Sprintf("%s %s: %v", e.what, e.time, context.DeadlineExceeded)
}
func (e *overdueError) Unwrap() error { return context.DeadlineExceeded }

func rawArguments(request mcp.CallToolRequest) json.RawMessage {
	if len(request.Params.RawArguments) > 0 {
		return request.Params.RawArguments
	}
	if request.Params.Arguments == nil {
		return nil
	}
	raw, err := json.Marshal(request.Params.Arguments)
	if err != nil {
		return json.RawMessage("[]") // refused as not an object
	}
	return raw
}

// choose returns the profile that the call names, or the only one.
func (h *handler) choose(arguments json.RawMessage) (*tools.Profile, error) {
	if !h.several {
		return h.profiles[0], nil
	}
	var named struct {
		Profile string `json:"profile"`
	}
	if err := json.Unmarshal(arguments, &named); err != nil {
		return nil, fmt.Errorf("reading the arguments: %w", err)
	}
	for _, p := range h.profiles {
		if p.Name == named.Profile {
			return p, nil
		}
	}
	return nil, fmt.Errorf("profile %q is not served here", named.Profile) // the enum was checked before
}

// profileFor returns a profile as the person of a call, where it is one for people.
func profileFor(ctx context.Context, person *tools.Person, p *tools.Profile) (*tools.Profile, error) {
	switch {
	case p.For == nil:
		return p, nil
	case person == nil:
		return nil, fmt.Errorf("profile %q is for people who sign in themselves, and this call is no person's", p.Name)
	}
	return p.For(ctx, *person)
}

// endedEarly stands for the words that Go has for it. Who gets to read them has not taken the call back: the server ends.
const endedEarly = "the call was ended before it was answered: the server was asked to end"

// failure renders an error for a model: what is wrong and, on its own line, what to do next.
func failure(err error) *mcp.CallToolResult {
	text, hint := err.Error(), ""
	if errors.Is(err, context.Canceled) {
		text, hint = strings.ReplaceAll(text, context.Canceled.Error(), endedEarly), "make the call again once the server is there again"
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		hint = cmp.Or(hinted.Hint(), hint)
	}
	if hint != "" {
		text += "\nWhat to do: " + hint
	}
	return mcp.NewToolResultError(text)
}

// label says in a result's _meta whose answer it is. Somebody may have signed in as another since the call began.
func label(result *mcp.CallToolResult, p *tools.Profile, id tools.Identity) {
	if result == nil || p == nil {
		return
	}
	if result.Meta == nil {
		result.Meta = &mcp.Meta{}
	}
	if result.Meta.AdditionalFields == nil {
		result.Meta.AdditionalFields = make(map[string]any, 3)
	}
	result.Meta.AdditionalFields["profile"] = p.Name
	result.Meta.AdditionalFields["tenant"] = id.TenantID
	result.Meta.AdditionalFields["account"] = id.Account
}

// logCall writes one line per call: who, what, what came of it, how long. Never arguments or answers.
func (h *handler) logCall(ctx context.Context, p *tools.Profile, start time.Time, outcome, code slog.Attr) {
	name := ""
	if p != nil {
		name = p.Name
	}
	attrs := append(make([]slog.Attr, 0, 6), slog.String("tool", h.tool.Name), slog.String("profile", name), slog.String("principal", door.PrincipalOf(ctx).Name), outcome)
	if code.Value.String() != "" {
		attrs = append(attrs, code)
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "tool call", append(attrs, slog.Int64("took_ms", time.Since(start).Milliseconds()))...)
}
