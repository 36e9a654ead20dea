package mcp

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// readiness knows whether the profiles can get their tokens, without asking each time that somebody wants to know.
type readiness struct {
	ask func(context.Context) health
	now func() time.Time

	mu     sync.Mutex
	last   health        // guarded by mu
	until  time.Time     // guarded by mu; as long as last holds
	asking chan struct{} // guarded by mu; closed when whoever asks has an answer; nil: nobody asks
}

// health is what came of asking.
type health struct {
	failed map[string]error // by the name of the profile
	store  error            // what replicas share cannot be reached
}

const (
	readyLife   = 10 * time.Second // of good news
	unreadyLife = 5 * time.Second
	readyTime   = 10 * time.Second // for an answer
)

// newReadiness asks what a configuration has to ask.
func newReadiness(c HTTPConfig) *readiness {
	return &readiness{now: time.Now, ask: func(ctx context.Context) (h health) {
		if c.Ready != nil {
			h.failed = c.Ready(ctx)
		}
		if !c.Shared.Alone() {
			_, _, h.store = c.Shared.Get(ctx, "ready/probe")
		}
		return h
	}}
}

// get returns what is known. One request asks where that is too old; those that come meanwhile wait for its answer, which
// it gets for them even if its own client goes away.
func (r *readiness) get(ctx context.Context) (health, error) {
	for {
		r.mu.Lock()
		if r.now().Before(r.until) {
			defer r.mu.Unlock()
			return r.last, nil
		}
		wait := r.asking
		if wait == nil {
			r.asking = make(chan struct{})
		}
		r.mu.Unlock()
		if wait == nil {
			return r.renew(ctx), nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return health{}, ctx.Err()
		}
	}
}

func (r *readiness) renew(ctx context.Context) (h health) {
	defer func() { // also of a panic, after which others ask for themselves
		r.mu.Lock()
		defer r.mu.Unlock()
		close(r.asking)
		r.asking = nil
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTime)
	defer cancel()
	h = r.ask(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.until = h, r.now().Add(readyLife)
	if len(h.failed) > 0 || h.store != nil {
		r.until = r.now().Add(unreadyLife)
	}
	return h
}

// serveReady tells whether every profile can get a token, and to those who may use them, which cannot and why. A profile
// that fails fails alone: the server is of use as long as one works.
func (g *generation) serveReady(w http.ResponseWriter, r *http.Request) {
	who, known, ok := g.door.Look(w, r)
	if !ok {
		return
	}
	found, err := g.readiness.get(r.Context())
	if err != nil {
		return // the client is gone
	}
	status, word := http.StatusOK, "ready"
	switch failed := len(found.failed); {
	case found.store != nil:
		status, word = http.StatusServiceUnavailable, "the store cannot be reached"
	case failed >= len(g.config.Profiles) && failed > 0:
		status, word = http.StatusServiceUnavailable, "not ready"
	case failed > 0:
		word = "degraded"
	}
	answer := map[string]any{"ready": word == "ready", "status": word, "total": len(g.config.Profiles)}
	if known {
		profiles := map[string]profileHealth{}
		for _, p := range g.config.Profiles {
			err := found.failed[p.Name]
			if who.ByToken {
				err = tools.Withhold(err, p.Name, door.RequestID(r.Context()))
			}
			// Also those that act for callers, which no key opens: whoever watches the server wants to know of them.
			if who.Profiles == nil || slices.Contains(who.Profiles, p.Name) {
				profiles[p.Name] = healthOf(err)
			}
		}
		answer["profiles"] = profiles
	}
	if word != "ready" {
		g.config.Log.WarnContext(r.Context(), "not ready", "status", word, "error", errors.Join(append(slices.Collect(maps.Values(found.failed)), found.store)...))
	}
	if status != http.StatusOK {
		door.RetryAfter(w, unreadyLife)
	}
	door.WriteJSON(w, status, answer)
}

// profileHealth is how a profile is, for those who may use it.
type profileHealth struct {
	Ready bool   `json:"ready"`
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

func healthOf(err error) profileHealth {
	if err == nil {
		return profileHealth{Ready: true}
	}
	p := profileHealth{Error: err.Error()}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		p.Hint = hinted.Hint()
	}
	return p
}
