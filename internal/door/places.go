package door

import (
	"context"
	"slices"
	"sync"
	"time"
)

// places bounds the requests that are worked on at once: in all, and of one principal, so that nobody can take them all;
// and some are kept for principals that have none, so that a few who are busy, or slow, do not keep the others out. Where
// none is free, some wait for a moment. Places that become free go round among the principals that wait.
type places struct {
	mu      sync.Mutex
	bounds  bounds               // guarded by mu
	taken   int                  // guarded by mu
	takenBy map[string]int       // guarded by mu
	waiting int                  // guarded by mu
	lines   map[string][]*waiter // guarded by mu; of each principal that waits, who came first stands first
	turns   []string             // guarded by mu; the principals that wait, whose turn is next first
}

// bounds of places.
type bounds struct {
	most  int           // in all
	share int           // of one principal
	kept  int           // of most, for principals that have none
	wait  time.Duration // for a place
}

// waiter is a request without a place.
type waiter struct {
	called chan struct{} // closed once it has one
	has    bool          // guarded by places.mu
}

const (
	waitingRoom = 4    // how many may wait for each place that there is, beside the first of each principal
	mostLines   = 4096 // principals that wait at once; all of them were let in, so no stranger fills this
)

// callBounds are the bounds of the calls that a configuration lets through at once.
func (c Rules) callBounds() bounds { return c.boundsOf(c.MaxConcurrent) }

// mostTransfers is how many there may be at once: an upload holds a slice of some megabytes in memory.
const mostTransfers = 32

// transferBounds are those of the transfers.
func (c Rules) transferBounds() bounds { return c.boundsOf(min(c.MaxConcurrent, mostTransfers)) }

func (c Rules) boundsOf(most int) bounds {
	b := bounds{most: max(1, most), wait: c.MaxWait}
	if b.wait == 0 {
		b.wait = 5 * time.Second
	}
	switch {
	case c.MaxPerCaller > 0:
		b.share = min(c.MaxPerCaller, b.most)
	case len(c.Keys) < 2 && len(c.Bearers) == 0: // there is one principal
		b.share = b.most
	default:
		b.share = (b.most + 1) / 2
	}
	// With two of them, one is enough for whoever comes third; and they are no more than those who may come.
	b.kept = min(max(2, b.most/4), b.most-1)
	if len(c.Bearers) == 0 {
		b.kept = min(b.kept, max(0, len(c.Keys)-1))
	}
	return b
}

func newPlaces(b bounds) *places {
	return &places{bounds: b, takenBy: map[string]int{}, lines: map[string][]*waiter{}}
}

// resize changes the bounds. Whoever has a place keeps it.
func (p *places) resize(b bounds) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bounds = b
	p.callNext()
}

// take takes a place, at once or after a wait. It tells whether there was one; then the caller leaves it.
func (p *places) take(ctx context.Context, who Principal) bool {
	p.mu.Lock()
	if p.fits(who.Name) { // nobody waits for it: free places are given away at once
		p.seat(who.Name)
		p.mu.Unlock()
		return true
	}
	w, wait := p.line(who.Name), p.bounds.wait
	p.mu.Unlock()
	if w == nil {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-w.called:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return !p.giveUp(who.Name, w)
}

func (p *places) leave(who Principal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.takenBy[who.Name]--; p.takenBy[who.Name] == 0 {
		delete(p.takenBy, who.Name)
	}
	p.callNext()
}

// The caller of these holds mu.

func (p *places) fits(name string) bool {
	has := p.takenBy[name]
	if has == 0 {
		return p.taken < p.bounds.most
	}
	return p.taken < p.bounds.most-p.bounds.kept && has < p.bounds.share
}

func (p *places) seat(name string) {
	p.taken++
	p.takenBy[name]++
}

// line lets a principal's request wait. It returns nil where too many do already; the first of a principal waits however
// many of others do.
func (p *places) line(name string) *waiter {
	mine, further := len(p.lines[name]), p.waiting-len(p.lines)
	switch {
	case p.bounds.wait < 0,
		mine == 0 && len(p.lines) >= mostLines,
		mine > 0 && (further >= waitingRoom*p.bounds.most || mine >= waitingRoom*p.bounds.share):
		return nil
	}
	w := &waiter{called: make(chan struct{})}
	if len(p.lines[name]) == 0 {
		p.turns = append(p.turns, name)
	}
	p.lines[name] = append(p.lines[name], w)
	p.waiting++
	return w
}

// callNext gives free places to those who wait, one to each principal in turn.
func (p *places) callNext() {
	for p.waiting > 0 && p.taken < p.bounds.most {
		next := slices.IndexFunc(p.turns, p.fits)
		if next < 0 {
			return
		}
		name := p.turns[next]
		w := p.lines[name][0]
		p.turns = append(slices.Delete(p.turns, next, next+1), name)
		p.remove(name, w)
		p.seat(name)
		w.has = true
		close(w.called)
	}
}

// remove takes a waiter out of its line.
func (p *places) remove(name string, w *waiter) {
	rest := slices.DeleteFunc(p.lines[name], func(other *waiter) bool { return other == w })
	p.waiting--
	if len(rest) > 0 {
		p.lines[name] = rest
		return
	}
	delete(p.lines, name)
	p.turns = slices.DeleteFunc(p.turns, func(other string) bool { return other == name })
}

// giveUp ends a wait. It returns false where the waiter was called in the same moment.
func (p *places) giveUp(name string, w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.has {
		return false
	}
	p.remove(name, w)
	return true
}

func (p *places) count() (taken, waiting int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken, p.waiting
}
