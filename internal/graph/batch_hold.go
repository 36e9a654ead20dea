package graph

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Pauser is a [Caller] that knows for how long a service asks not to be sent requests such as r.
type Pauser interface {
	Pause(r *Request) time.Duration
}

// Pause tells for how long the workload of r is closed still.
func (c *Client) Pause(r *Request) time.Duration { return c.gate.pauseOf(workloadOf(r)) }

// hold keeps back the steps whose workload is closed, with what needs them, and tells for how long: the others need
// not wait with them. Those whose pause is too long to be waited for fail, as single calls do.
func (b *batch) hold(ctx context.Context, steps []*step) (now, held []*step, pause time.Duration) {
	closed := make(map[*step]time.Duration, len(steps))
	var left []*step
	for _, s := range steps {
		if p, ok := b.caller.(Pauser); ok {
			closed[s] = p.Pause(s.request)
		}
		if still := closed[s]; still > 0 && (still > maxDelay || s.waited+still > maxWaiting || !fits(ctx, still)) {
			s.giveUp(still)
			continue
		}
		left = append(left, s)
	}
	for _, s := range sendable(left) {
		if closed[s] > 0 || slices.ContainsFunc(s.needs, func(need *step) bool { return slices.Contains(held, need) }) {
			held, pause = append(held, s), max(pause, closed[s])
		} else {
			now = append(now, s)
		}
	}
	if spread := rand.N(min(pause/4, 2*time.Second) + 1); fits(ctx, pause+spread) { // so that batches do not come all at once
		pause += spread
	}
	return now, held, pause
}

// giveUp ends the waiting of a step that the service asks to wait ahead more for.
func (s *step) giveUp(ahead time.Duration) {
	s.err = &WaitError{Method: s.request.Method(), Path: s.request.Path(), Workload: workloadOf(s.request).String(), Mailbox: workloadOf(s.request).of != "",
		Waited: s.waited, Tries: s.tries, Ahead: ahead, At: time.Now(), Err: s.err}
}

// tellWaits adds to the refusal of a step that stayed throttled what was waited for it.
func (s *step) tellWaits() {
	var told *WaitError
	if s.response != nil && s.response.Status == http.StatusTooManyRequests && !errors.As(s.err, &told) {
		s.giveUp(s.response.retryAfter)
	}
}
