package tools

import (
	"context"
	"sync"
	"time"
)

// Grants knows the permissions of an identity's token, and keeps nobody waiting for one: they only say what would be allowed.
// It is safe for concurrent use.
type Grants struct {
	status func(context.Context) (Status, error)

	mu     sync.Mutex
	asking *grantsAsked // guarded by mu; nil while nobody asks
	silent time.Time    // guarded by mu; nobody asks again before it
}

// grantsAsked is one question. Its answer can be read once done is closed.
type grantsAsked struct {
	done  chan struct{}
	names []string
	err   error
}

const (
	patienceForGrants = 300 * time.Millisecond // of whoever wants to know; a token that is held comes at once
	timeForGrants     = 5 * time.Second        // for the token itself, which the next one who asks may find
	silenceOfGrants   = time.Minute            // after a failure
)

// NewGrants knows the permissions that status tells, once it has a token.
func NewGrants(status func(context.Context) (Status, error)) *Grants { return &Grants{status: status} }

// now returns the permissions as far as they are known by now.
func (g *Grants) now(ctx context.Context) (names []string, known bool) {
	asked := g.ask(ctx)
	if asked == nil {
		return nil, false
	}
	patience := time.NewTimer(patienceForGrants)
	defer patience.Stop()
	select {
	case <-asked.done:
		return asked.names, asked.err == nil
	case <-patience.C:
	case <-ctx.Done():
	}
	return nil, false
}

// ask puts the question, or joins one that is being asked; nil while there is no use in asking.
func (g *Grants) ask(ctx context.Context) *grantsAsked {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asking == nil {
		if time.Now().Before(g.silent) {
			return nil
		}
		g.asking = &grantsAsked{done: make(chan struct{})}
		go g.answer(context.WithoutCancel(ctx), g.asking) // ends by itself within timeForGrants
	}
	return g.asking
}

func (g *Grants) answer(ctx context.Context, asked *grantsAsked) {
	ctx, cancel := context.WithTimeout(ctx, timeForGrants)
	defer cancel()
	status, err := g.status(ctx)
	asked.names, asked.err = status.Permissions, err
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil && !NeedsSignIn(err) { // that nobody is signed in is known at once, and may change at once
		g.silent = time.Now().Add(silenceOfGrants)
	}
	g.asking = nil
	close(asked.done)
}
