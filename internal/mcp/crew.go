package mcp

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// crew carries out the tool calls of standard input. The library would, too, but reads each line five times on its way
// over three goroutines, and has its workers take turns, so that each begins with a cold stack. Here whoever has ended
// last goes on first. As in the library, calls run out of order and share one session.
type crew struct {
	calls *dispatch
	out   io.Writer // takes one message at a time
	log   *slog.Logger

	session context.Context // set once, by begin
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	idle    []chan json.RawMessage // guarded by mu; of workers without a call, who has ended last stands last
	waiting []json.RawMessage      // guarded by mu; calls without a worker
	workers int                    // guarded by mu
	ended   bool                   // guarded by mu
}

// begin lets calls in, in the session that the library has made.
func (c *crew) begin(ctx context.Context) context.Context {
	c.session, c.cancel = context.WithCancel(ctx)
	return ctx
}

// end cancels the calls that still run, and waits for them.
func (c *crew) end() {
	if c.cancel == nil {
		return // the library did not come as far as the session
	}
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.cancel()
	c.running.Wait()
}

// take has a tool call carried out by somebody, soon. A line that comes after the end is nobody's any more.
func (c *crew) take(call json.RawMessage) {
	c.mu.Lock()
	switch n := len(c.idle); {
	case c.ended:
		c.mu.Unlock()
	case n > 0:
		worker := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		worker <- call // there is room for one
	case c.workers < stdioWorkers:
		c.workers++
		c.running.Go(func() { c.work(call) })
		c.mu.Unlock()
	case len(c.waiting) < stdioQueue:
		c.waiting = append(c.waiting, call)
		c.mu.Unlock()
	default: // whoever sends that many has to wait
		c.mu.Unlock()
		c.carryOut(call)
	}
}

// work carries out calls until the session ends.
func (c *crew) work(call json.RawMessage) {
	next := make(chan json.RawMessage, 1)
	for {
		c.carryOut(call)
		var ok bool
		if call, ok = c.nextWaiting(next); ok {
			continue
		}
		select {
		case call = <-next:
		case <-c.session.Done():
			return
		}
	}
}

// nextWaiting returns the call that has waited longest, or notes that a worker has nothing to do.
func (c *crew) nextWaiting(worker chan json.RawMessage) (json.RawMessage, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 || c.session.Err() != nil {
		c.idle = append(c.idle, worker)
		return nil, false
	}
	call := c.waiting[0]
	c.waiting[0] = nil
	if c.waiting = c.waiting[1:]; len(c.waiting) == 0 {
		c.waiting = nil // with the room that it took
	}
	return call, true
}

// carryOut makes one call and writes its answer.
func (c *crew) carryOut(call json.RawMessage) {
	answer, err := c.answer(call)
	if err == nil && answer != nil {
		_, err = c.out.Write(append(answer, '\n'))
	}
	if err != nil {
		c.log.Warn("answering a tool call", "error", err)
	}
}

// answer has the library answer a call. A fault of the library's own becomes an answer, too: somebody waits for one.
func (c *crew) answer(call json.RawMessage) (answer []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("panic in a call", "fault", door.DescribePanic(r), "stack", string(debug.Stack()))
			answer, err = refusalOf(call)
		}
	}()
	response := c.calls.answer(c.session, "", readMessage(call), call)
	if response == nil {
		return nil, nil
	}
	return encode(response)
}

// refusalOf answers a call that met a fault (JSON-RPC 2.0 section 5.1).
func refusalOf(call json.RawMessage) ([]byte, error) {
	var message struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(call, &message); err != nil {
		return nil, err
	}
	const internalError = -32603
	return json.Marshal(map[string]any{"jsonrpc": "2.0", "id": message.ID, "error": map[string]any{"code": internalError, "message": "an internal fault; it was logged"}})
}
