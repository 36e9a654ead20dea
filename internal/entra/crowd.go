package entra

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// maxPeople bounds how many people's identities a server keeps at once. A person who has to leave comes back by
// themselves: it costs one request for a token.
const maxPeople = 10_000

// crowd keeps an identity for each of many people. It is safe for concurrent use. Whoever was asked for longest ago
// leaves first; those who hold their identity go on with it.
type crowd[P any] struct {
	limit int
	// spent reports whether somebody who was asked for last at used is not worth keeping. It asks for no lock of the crowd's.
	spent func(p P, used, now time.Time) bool

	mu    sync.Mutex // guards what follows
	seats map[string]*list.Element
	order list.List // of *seat[P], whoever was asked for last at the front
}

// seat is a person's place in a crowd.
type seat[P any] struct {
	key    string
	person P
	used   time.Time
}

func newCrowd[P any](spent func(p P, used, now time.Time) bool) *crowd[P] {
	return &crowd[P]{limit: maxPeople, spent: spent, seats: map[string]*list.Element{}}
}

// find returns whoever is at key, whom enter makes where nobody is.
func (c *crowd[P]) find(key string, now time.Time, enter func() P) P {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.seats[key]
	if at == nil {
		at = c.order.PushFront(&seat[P]{key: key, person: enter()})
		c.seats[key] = at
	}
	c.order.MoveToFront(at)
	s := at.Value.(*seat[P])
	s.used = now
	for last := c.order.Back(); last != at; last = c.order.Back() {
		old := last.Value.(*seat[P])
		if c.order.Len() <= c.limit && !c.spent(old.person, old.used, now) {
			break
		}
		c.remove(last)
	}
	return s.person
}

// drop lets whoever is at key go.
func (c *crowd[P]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.seats[key]; at != nil {
		c.remove(at)
	}
}

// remove takes a seat away. The caller holds mu.
func (c *crowd[P]) remove(at *list.Element) {
	delete(c.seats, at.Value.(*seat[P]).key)
	c.order.Remove(at)
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
	idle := make(chan struct{})
	go func() { g.running.Wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("a request for a token is still running"), ctx.Err())
	}
}
