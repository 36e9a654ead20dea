package graph

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// The bounds on calls in flight, of one client. Microsoft Graph limits rates; a mailbox limits concurrency, too:
// https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
const (
	defaultMaxInFlight = 64
	mailboxInFlight    = 4
)

// maxClosed bounds how long one answer can close a workload, whatever it asks for: after that a call tries again.
const maxClosed = 10 * time.Minute

// maxIdleLanes is how many lanes are kept, at least, before those without a call in them are forgotten.
const maxIdleLanes = 256

// gate is what all calls of one client pass through. Each workload has a lane of its own: when the service asks
// one call to wait, everyone in its lane does, and the other lanes go on.
//
// A call holds a place while its request is with the service: for a [Request.Streamed] one until its header has
// come. Whoever reads a stream slowly, or makes another call while reading, would otherwise hold up the others or
// wait for itself. A call that waits out a pause, or for a token, holds none.
type gate struct {
	now func() time.Time

	mu      sync.Mutex // guards all below
	all     places
	lanes   map[workload]*lane
	sweepAt int // lanes before the next sweep; 0: maxIdleLanes
}

// lane is one workload's part of the gate. It is kept at least while a call is in it or it is closed.
type lane struct {
	places
	closedUntil time.Time // zero: it was not closed
	sitting     int       // calls that sit out the time until then
}

func (l *lane) idle() bool { return l.taken == 0 && len(l.queue) == 0 && l.sitting == 0 }

// pause is for how long a lane is closed still, and what a call waits beyond that: the first one to wait nothing,
// the others differently, so that they do not come all at once.
type pause struct{ still, spread time.Duration }

func newGate(maxInFlight int) *gate {
	if maxInFlight <= 0 {
		maxInFlight = defaultMaxInFlight
	}
	return &gate{now: time.Now, all: places{limit: maxInFlight}, lanes: map[workload]*lane{}}
}

// turns are the places that a call waits for; nil where it has them.
type turns struct {
	lane *lane
	own  chan struct{} // in the lane
	all  chan struct{} // in the gate; asked for once there is one in the lane
}

// ask takes a place in the lane of w and one in the gate. Where the lane is closed, it takes nothing, and the
// caller sits the pause out: [gate.rise] ends that.
func (g *gate) ask(w workload) (turns, pause) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lane(w)
	if still := g.closedFor(l); still > 0 {
		p := pause{still: still}
		if l.sitting++; l.sitting > 1 {
			p.spread = rand.N(min(still/4, 2*time.Second) + 1)
		}
		return turns{}, p
	}
	t := turns{lane: l, own: l.take()}
	if t.own == nil {
		t.all = g.all.take()
	}
	return t, pause{}
}

// rise ends the sitting out of a pause.
func (g *gate) rise(w workload) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lanes[w].sitting--
}

func (g *gate) closedFor(l *lane) time.Duration {
	if l.closedUntil.IsZero() {
		return 0
	}
	return l.closedUntil.Sub(g.now())
}

// await waits for both places. Without an error the caller has them, unless the lane was closed meanwhile: then
// it has none, and again is true.
func (g *gate) await(ctx context.Context, t turns) (again bool, err error) {
	if t.own != nil {
		select {
		case <-t.own:
		case <-ctx.Done():
			g.mu.Lock()
			defer g.mu.Unlock()
			t.lane.abandon(t.own)
			return false, context.Cause(ctx)
		}
		g.mu.Lock()
		t.all = g.all.take()
		g.mu.Unlock()
	}
	if t.all != nil {
		select {
		case <-t.all:
		case <-ctx.Done():
			g.mu.Lock()
			defer g.mu.Unlock()
			g.all.abandon(t.all)
			t.lane.give()
			return false, context.Cause(ctx)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closedFor(t.lane) <= 0 {
		return false, nil
	}
	g.all.give()
	t.lane.give()
	return true, nil

}

// leave gives the places of a call back.
func (g *gate) leave(w workload) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all.give()
	g.lanes[w].give()
}

// close closes a lane for as long as the service asks.
func (g *gate) close(w workload, pause time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lane(w)
	if until := g.now().Add(min(pause, maxClosed)); until.After(l.closedUntil) {
		l.closedUntil = until
	}
}

// pauseOf returns for how long a lane is closed still.
func (g *gate) pauseOf(w workload) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l := g.lanes[w]; l != nil {
		return max(0, g.closedFor(l))
	}
	return 0
}

// lane returns the lane of w. It must be called with mu held.
func (g *gate) lane(w workload) *lane {
	if l := g.lanes[w]; l != nil {
		return l
	}
	if len(g.lanes) >= max(g.sweepAt, maxIdleLanes) {
		g.sweep()
	}
	l := &lane{}
	if w.of != "" {
		l.limit = mailboxInFlight
	}
	g.lanes[w] = l
	return l
}

// sweep forgets the lanes that nothing is known of. Where most have to stay, the next sweep comes when there are
// twice as many: each costs as much as there are lanes. It must be called with mu held.
func (g *gate) sweep() {
	for other, l := range g.lanes {
		if l.idle() && g.closedFor(l) <= 0 {
			delete(g.lanes, other)
		}
	}
	g.sweepAt = 2 * len(g.lanes)
}

// places is a bounded number of places, handed over in the order in which they were asked for. Whoever uses it
// holds the gate's lock.
type places struct {
	limit int // 0: none
	taken int
	queue []chan struct{}
}

// take takes a place and returns nil, or returns what is closed when one has been handed over.
func (p *places) take() chan struct{} {
	if p.limit <= 0 || p.taken < p.limit {
		p.taken++
		return nil
	}
	turn := make(chan struct{})
	p.queue = append(p.queue, turn)
	return turn
}

// give gives a place back, to the next in the queue.
func (p *places) give() {
	if len(p.queue) == 0 {
		p.taken--
		return
	}
	close(p.queue[0])
	p.queue = slices.Delete(p.queue, 0, 1)
}

// abandon leaves the queue. A place that was handed over meanwhile goes on to the next.
func (p *places) abandon(turn chan struct{}) {
	if i := slices.Index(p.queue, turn); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
		return
	}
	p.give()
}
