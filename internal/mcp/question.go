package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// questions are those that a server has put to people over HTTP in the older era, and that have no answer yet. Each goes
// out in the stream of the call that asks; its answer is a request of its own.
type questions struct {
	mu   sync.Mutex
	last int64               // guarded by mu
	open map[int64]*question // guarded by mu; by their numbers
}

// question waits for its answer.
type question struct {
	session string // in which it was asked, and has to be answered
	answer  chan message
}

// ask takes a question in, under a number of its own; done forgets it.
func (q *questions) ask(session string) (number int64, answer <-chan message, done func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open == nil {
		q.open = map[int64]*question{}
	}
	q.last = (q.last + 1) & (1<<numberBits - 1)
	number, asked := q.last, &question{session, make(chan message, 1)}
	q.open[number] = asked
	return number, asked.answer, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.open[number] == asked {
			delete(q.open, number)
		}
	}
}

// answer hands an answer to whoever waits for it. It tells whether there is somebody: nobody is answered twice, nor from
// another session.
func (q *questions) answer(session string, number int64, m message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked := q.open[number]
	if asked == nil || asked.session != session {
		return false
	}
	delete(q.open, number)
	asked.answer <- m // there is room for one
	return true
}

// RequestElicitation puts a question to the client's person, and waits for the answer.
func (s *callSession) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	number, answer, done := s.protocol.questions.ask(s.id)
	defer done()
	text, err := json.Marshal(mcp.JSONRPCRequest{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(s.protocol.marked(number)),
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: request.Params})
	if err != nil {
		return nil, err
	}
	if err := s.stream.send(text, mostEvents+roomToAsk); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.protocol.patience, &overdueError{"there was no answer within", s.protocol.patience})
	defer cancel()
	select {
	case m := <-answer:
		return elicited(m)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// elicited reads an answer.
func elicited(m message) (*mcp.ElicitationResult, error) {
	if m.Error != nil {
		var failed struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal(m.Error, &failed); err != nil {
			return nil, fmt.Errorf("failed to parse error: %v", err)
		}
		return nil, fmt.Errorf("%s error %d: %s", mcp.MethodElicitationCreate, failed.Code, failed.Message)
	}
	var result mcp.ElicitationResult
	if err := json.Unmarshal(m.Result, &result); err != nil {
		return nil, fmt.Errorf("failed to unmarshal elicitation response: %v", err)
	}
	return &result, nil
}
