package entra

import (
	"context"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

// maxPeople bounds how many people's identities a server keeps at once. A person who has to leave comes back by
// themselves: it costs one request for a token.
const maxPeople = 10_000

// crowd keeps an identity for each of many people. It is safe for concurrent use. Whoever was asked for longest ago
// leaves first; those who hold their identity go on with it.
type crowd[P any] struct {
	// spent reports whether somebody who was asked for last at used is not worth keeping. It asks for no lock of the crowd's.
	spent func(p P, used, now time.Time) bool

	mu    sync.Mutex
	seats *recent.Map[string, *seat[P]] // guarded by mu
}

// seat is a person's place in a crowd.
type seat[P any] struct {
	person P
	used   time.Time
}

func newCrowd[P any](spent func(p P, used, now time.Time) bool) *crowd[P] {
	return &crowd[P]{spent: spent, seats: recent.New[string, *seat[P]](maxPeople)}
}

// find returns whoever is at key, whom enter makes where nobody is.
func (c *crowd[P]) find(key string, now time.Time, enter func() P) P {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, found := c.seats.Find(key)
	if !found {
		s = &seat[P]{person: enter()}
		c.seats.Keep(key, s)
	}
	s.used = now
	for last, old, _ := c.seats.Oldest(); old != s && c.spent(old.person, old.used, now); last, old, _ = c.seats.Oldest() {
		c.seats.Drop(last)
	}
	return s.person
}

// drop lets whoever is at key go.
func (c *crowd[P]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seats.Drop(key)
}

// gate lets requests through until it is shut, and knows when the last one has left.
type gate struct {
	closing chan struct{} // closed by shut

	mu      sync.Mutex // guards what follows
	closed  bool
	running sync.WaitGroup // grows only under mu while not closed
}

func newGate() *gate { return &gate{closing: make(chan struct{})} }

// enter lets a request through, or reports false where the gate is shut. The request's context ends when it is.
func (g *gate) enter(ctx context.Context) (inside context.Context, leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, nil, false
	}
	inside, cancel := context.WithCancel(ctx)
	g.running.Go(func() {
		defer cancel()
		select {
		case <-g.closing:
		case <-inside.Done():
		}
	})
	g.running.Add(1)
	return inside, func() { cancel(); g.running.Done() }, true
}

// shut lets no more through, ends the contexts of those inside and waits for them, as long as ctx allows.
func (g *gate) shut(ctx context.Context) error {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		close(g.closing)
	}
	g.mu.Unlock()
	return finished(ctx, g.running.Wait, "a request for a token")
}
