package mcp

import (
	"strconv"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// Progress is how far a call is.
type Progress struct {
	Done, Total float64 // Total is 0 where nobody knows
	Text        string
}

// reports hands what a server tells of its calls to those who made them.
type reports struct {
	mu    sync.Mutex
	last  int                       // guarded by mu
	calls map[string]func(Progress) // by token; guarded by mu
}

// begin returns the token of a call.
func (r *reports) begin(progress func(Progress)) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]func(Progress){}
	}
	r.last++
	token := strconv.Itoa(r.last)
	r.calls[token] = progress
	return token
}

func (r *reports) end(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, token)
}

// take takes one notification. It calls under the lock, so that nobody is called after the end.
func (r *reports) take(n mcp.JSONRPCNotification) {
	if n.Method != "notifications/progress" {
		return
	}
	fields := n.Params.AdditionalFields
	token, _ := fields["progressToken"].(string)
	r.mu.Lock()
	defer r.mu.Unlock()
	if call := r.calls[token]; call != nil {
		text, _ := fields["message"].(string)
		call(Progress{Done: number(fields["progress"]), Total: number(fields["total"]), Text: text})
	}
}

// number returns what is a number in JSON, or was about to become one inside this process.
func number(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case int:
		return float64(n)
	}
	return 0
}
