package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// asker is a session whose client answers each question, and remembers how often it was asked.
type asker struct {
	*callSession
	mu    sync.Mutex
	asked int // guarded by mu
	fails bool
}

func (a *asker) RequestElicitation(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked++; a.fails {
		return nil, errors.New("elicitation/create error -1: no")
	}
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept}}, nil
}

// askingServer has tools that ask so many questions, and others that a good tool is not.
func askingServer() *server.MCPServer {
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	for _, questions := range []int{0, 1, 2, mostRounds, mostRounds + 1} {
		s.AddTool(mcp.NewTool(fmt.Sprint("asks", questions)), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			round := len(r.Params.RequestState)
			if answer := server.ElicitationResponse(r.Params.InputResponses, "q"); round > 0 && (answer == nil || answer.Action != mcp.ElicitationResponseActionAccept) {
				return nil, errors.New("it was not answered")
			}
			if round < questions {
				params := mcp.ElicitationParams{Message: "?", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}}}
				return server.NewInputRequestBuilder(r.Params.RequestState+"x").Elicit("q", params).ToolResult(), nil
			}
			return mcp.NewToolResultText(fmt.Sprintf("%s %s", r.Params.RequestState, r.Params.RawArguments)), nil
		})
	}
	s.AddTool(mcp.NewTool("fails"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, errors.New("broken <")
	})
	s.AddTool(mcp.NewTool("says nothing"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil })
	s.AddTool(mcp.NewTool("samples"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return server.NewInputRequestBuilder("").Sample("q", mcp.CreateMessageParams{}).ToolResult(), nil
	})
	return s
}

// A call that asks gets the same answers as by the library, and its client the same questions.
func TestDispatchAsksAsTheLibraryWould(t *testing.T) {
	t.Parallel()
	s := askingServer()
	d := newDispatch(s)
	for _, fails := range []bool{false, true} {
		for _, tool := range []string{"asks0", "asks1", "asks2", fmt.Sprint("asks", mostRounds), fmt.Sprint("asks", mostRounds+1), "fails", "says nothing"} {
			raw := json.RawMessage(`{"jsonrpc":"2.0","id":"<1>","method":"tools/call","params":{"name":"` + tool + `","arguments":{"a":[1, 2]}}}`)
			if !d.takes(readMessage(raw)) {
				t.Fatalf("%s is left to the library", tool)
			}
			ours, libraries := &asker{callSession: &callSession{session: &session{}}, fails: fails}, &asker{callSession: &callSession{session: &session{}}, fails: fails}
			got, err := encode(d.answer(s.WithContext(t.Context(), ours), "", readMessage(raw), raw))
			want, wantErr := json.Marshal(s.HandleMessage(s.WithContext(t.Context(), libraries), raw))
			if err != nil || wantErr != nil || string(got) != string(want) || ours.asked != libraries.asked {
				t.Errorf("%s, fails %t: got %s %v after %d questions, want %s %v after %d", tool, fails, got, err, ours.asked, want, wantErr, libraries.asked)
			}
		}
	}
	raw := json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"samples"}}`)
	if _, failed := d.answer(t.Context(), "", readMessage(raw), raw).(mcp.JSONRPCError); !failed {
		t.Error("a client was asked to sample")
	}
}

// A client takes back its own calls, each by its number, and no others.
func TestDispatchCancels(t *testing.T) {
	t.Parallel()
	d := newDispatch(askingServer())
	cancel := func(session, id string) { d.cancel(session, json.RawMessage(`{"params":{"requestId":`+id+`}}`)) }
	for _, tt := range []struct {
		session, id string
		want        bool
	}{{"a", `7`, true}, {"b", `7`, false}, {"a", `"7"`, false}, {"a", `8`, false}, {"", `7`, false}, {"a", `null`, false}, {"a", `[`, false}} {
		ctx, done := d.begin(t.Context(), running{"a", "7"})
		if cancel(tt.session, tt.id); (ctx.Err() != nil) != tt.want {
			t.Errorf("%+v: %v", tt, ctx.Err())
		}
		done()
	}
	_, first := d.begin(t.Context(), running{"a", "7"})
	second, end := d.begin(t.Context(), running{"a", "7"})
	if first(); second.Err() != nil {
		t.Error("one call ended another of the same number")
	}
	if cancel("a", "7"); second.Err() == nil {
		t.Error("a call whose number was another's, too, cannot be taken back")
	}
	if end(); len(d.running) != 0 {
		t.Errorf("%d calls are left", len(d.running))
	}
	d.tookBack = func(id string) bool { return id == "7" }
	if ctx, done := d.begin(t.Context(), running{"a", "7"}); ctx.Err() == nil {
		t.Error("a call that was taken back before it began runs")
	} else {
		done()
	}
}
