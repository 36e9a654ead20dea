package mcp

import (
	"encoding/json"
	"testing"
)

// An answer counts once, from the session that was asked, while somebody waits for it.
func TestQuestions(t *testing.T) {
	t.Parallel()
	var q questions
	first, answer, done := q.ask("a")
	second, _, over := q.ask("a")
	yes := message{Result: json.RawMessage(`{"action":"accept"}`)}
	if first == second || q.answer("b", first, yes) || q.answer("", first, yes) || q.answer("a", second+1, yes) {
		t.Error("it was answered by somebody else")
	}
	if !q.answer("a", first, yes) || q.answer("a", first, yes) {
		t.Error("it can be answered, once")
	}
	if result, err := elicited(<-answer); err != nil || result.Action != "accept" {
		t.Errorf("got %+v %v", result, err)
	}
	done()
	if over(); q.answer("a", second, yes) || len(q.open) != 0 {
		t.Error("nobody waits any more")
	}
	q.last = 1<<numberBits - 1
	if number, _, done := q.ask("a"); number != 0 {
		t.Errorf("number %d has no room in a client's", number)
	} else {
		done()
	}
	for _, m := range []message{{Error: json.RawMessage(`{"code":-1,"message":"no"}`)}, {Error: json.RawMessage(`[]`)}, {Result: json.RawMessage(`[]`)}} {
		if result, err := elicited(m); err == nil {
			t.Errorf("%s %s: got %+v", m.Result, m.Error, result)
		}
	}
}
