package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"testing"
)

// Frames as a client writes them, one a line.
const (
	initializeFrame = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + legacyRevision +
		`","capabilities":{},"clientInfo":{"name":"e2e","version":"1.0.0"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"
	listFrame = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}` + "\n"
)

func callFrame(t *testing.T, id int, path string) string {
	t.Helper()
	params, err := json.Marshal(graphCall(path))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`+"\n", id, params)
}

// A response is one line that a server wrote.
type response struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code    int
		Message string
	} `json:"error"`
}

// send writes frames to the process.
func (p *process) send(t *testing.T, frames ...string) {
	t.Helper()
	for _, frame := range frames {
		if _, err := io.WriteString(p.stdin, frame); err != nil {
			t.Fatal(err)
		}
	}
}

// answer waits for the response to a request.
func (p *process) answer(t *testing.T, id int) response {
	t.Helper()
	var r response
	p.stdout.wait(t, fmt.Sprintf("answer to request %d", id), func(line string) bool {
		r = response{}
		return json.Unmarshal([]byte(line), &r) == nil && string(r.ID) == fmt.Sprint(id)
	})
	return r
}

// tool waits for the response to a tool call.
func (p *process) tool(t *testing.T, id int) (got toolResult) {
	t.Helper()
	r := p.answer(t, id)
	if err := json.Unmarshal(r.Result, &got); err != nil {
		t.Fatalf("answer %d is no tool result: %v %v", id, err, r.Error)
	}
	return got
}

// checkPure fails if the process wrote anything to standard output but JSON-RPC messages, one a line.
func (p *process) checkPure(t *testing.T) {
	t.Helper()
	for i, line := range p.stdout.all() {
		var r response
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.JSONRPC != "2.0" {
			t.Errorf("line %d of standard output is no JSON-RPC: %.200q", i+1, line)
		}
	}
}
