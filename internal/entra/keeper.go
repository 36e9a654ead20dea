package entra

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Request says what a token is for.
type Request struct {
	Audience string // the https origin of the API, such as https://graph.microsoft.com
	Claims   string // the decoded claims challenge of a 401 (JSON), "" normally
	Rejected string // the access token that the API has just refused, "" normally
}

// keeper keeps the tokens of one identity, whatever kind it is of. It is safe for concurrent use.
type keeper struct {
	*client
	// fetch brings a token, however often it has to ask for it. Its errors are *Error.
	fetch func(context.Context, need) (*token, error)

	mu      sync.Mutex // guards what follows
	holders map[string]*holder
	closed  bool
	running sync.WaitGroup // one for each flight; grows only under mu while not closed
}

// need is what a flight is to bring.
type need struct {
	audience string
	claims   string
	refused  secret.Text // the token that the API refused last; it would not do
}

func newKeeper(c *client, fetch func(context.Context, need) (*token, error)) *keeper {
	return &keeper{client: c, fetch: fetch, holders: map[string]*holder{}}
}

// Token returns an access token for r.Audience, from memory where a good one is
// there. It fails with an *Error, or with ctx's error where ctx ended first; the
// request that ctx's caller waited for goes on for the others.
func (k *keeper) Token(ctx context.Context, r Request) (string, error) {
	t, err := k.hold(ctx, r)
	if err != nil {
		return "", err
	}
	return t.value.Reveal(), nil
}

// hold returns a token that answers r.
func (k *keeper) hold(ctx context.Context, r Request) (*token, error) {
	now := k.now()
	k.mu.Lock()
	h := k.holders[r.Audience]
	if h != nil && h.token.answers(r, now) && now.Before(h.token.renew) {
		t := h.token
		k.mu.Unlock()
		return t, nil
	}
	t, f, err := k.seek(ctx, h, r, now)
	k.mu.Unlock()
	if f == nil {
		return t, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil && t.valid(r, k.now()) {
		return t, nil // the failure was logged when it happened
	}
	return f.token, f.err
}

// seek decides what becomes of a request that memory did not answer at once: a
// token, an error, or a flight to wait for, with the token to fall back on. The
// caller holds mu.
func (k *keeper) seek(ctx context.Context, h *holder, r Request, now time.Time) (*token, *flight, error) {
	if h == nil {
		if err := k.checkAudience(r.Audience); err != nil {
			return nil, nil, err
		}
		h = k.holder(r.Audience)
	}
	if h.token.answers(r, now) {
		if !k.closed && h.failure.at(now, "") == nil {
			k.fly(ctx, h, "") // ahead of time: nobody waits
		}
		return h.token, nil, nil
	}
	err := k.obstacle(ctx, h, r, now)
	if err == nil && h.token.fresh(now) && h.flights[r.Claims] == nil && !h.force(now) {
		return h.token, nil, nil
	}
	if h.token.refused(r) {
		h.token, h.refused = nil, h.token.value
	}
	var old *token
	if h.token.valid(r, now) {
		old = h.token
	}
	switch {
	case err == nil:
		return old, k.fly(ctx, h, r.Claims), nil
	case old != nil:
		return old, nil, nil
	}
	return nil, nil, err
}

// holder returns the one of an audience, which is made when it is first asked for. The caller holds mu.
func (k *keeper) holder(audience string) *holder {
	h := k.holders[audience]
	if h == nil {
		h = &holder{audience: audience, flights: map[string]*flight{}}
		k.holders[audience] = h
	}
	return h
}

// obstacle returns why no flight may start for r, or nil. The caller holds mu.
func (k *keeper) obstacle(ctx context.Context, h *holder, r Request, now time.Time) error {
	if k.closed {
		return k.config.closedError()
	}
	if err := h.failure.at(now, r.Claims); err != nil {
		return err
	}
	if r.Claims != "" && !isObject(r.Claims) {
		return k.config.newError("the claims challenge of the API is not a JSON object", "")
	}
	return ctx.Err()
}

// flight is one request for a token, and those who wait for it.
type flight struct {
	done   chan struct{} // closed when token and err are set
	cancel context.CancelFunc
	token  *token
	err    error
}

// fly returns the flight for claims, and starts it where there is none. The
// caller holds mu and has seen that k is not closed.
func (k *keeper) fly(ctx context.Context, h *holder, claims string) *flight {
	if f := h.flights[claims]; f != nil {
		return f
	}
	// The caller that happened to come first may leave, and the others wait on. Its trace goes with the request.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{done: make(chan struct{}), cancel: cancel}
	h.flights[claims] = f
	n := need{audience: h.audience, claims: claims, refused: h.refused}
	k.running.Go(func() {
		defer cancel()
		f.token, f.err = k.fetch(ctx, n)
		k.land(ctx, h, claims, f)
	})
	return f
}

// land puts what a flight brought into h and lets those who wait go on.
func (k *keeper) land(ctx context.Context, h *holder, claims string, f *flight) {
	now := k.now().Round(0)
	k.mu.Lock()
	delete(h.flights, claims)
	held := h.token
	switch {
	case f.err == nil:
		h.token, h.failure = f.token, nil
	case !k.closed:
		h.failure = newFailure(f.err, claims, now, held)
	}
	k.mu.Unlock()
	defer close(f.done) // after the log: whoever has the refusal finds it there
	switch {
	case f.err == nil || errors.Is(f.err, context.Canceled):
	case held.valid(Request{}, now):
		k.log.WarnContext(ctx, "renewing the token: the held one is used on", "error", f.err, "expires", held.expires)
	default:
		k.tell(ctx, f.err)
	}
}

// tell logs why there is no token, once for all who hear of it. What another has told of, and that nobody has signed in
// yet, is no news.
func (k *keeper) tell(ctx context.Context, err error) {
	failed, ok := errors.AsType[*Error](err)
	if !ok || k.config.Shown || failed.next > 0 || failed.class == unsigned && failed.OAuth == "" {
		return
	}
	k.log.WarnContext(ctx, "no token", "code", failed.Class(), "error", failed, "hint", failed.hint)
}

// Close ends what runs in the background and waits for it, as long as ctx
// allows. Tokens in memory are answered until they expire; no more are fetched.
func (k *keeper) Close(ctx context.Context) error {
	k.mu.Lock()
	k.closed = true
	for _, h := range k.holders {
		for _, f := range h.flights {
			f.cancel()
		}
	}
	k.mu.Unlock()
	return finished(ctx, k.running.Wait, "a request for a token")
}

// finished waits for what wait waits for, as long as ctx allows; what says what would still be running.
func finished(ctx context.Context, wait func(), what string) error {
	idle := make(chan struct{})
	go func() { wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s is still running: %w", what, ctx.Err())
	}
}

// forget drops the tokens in memory and what is remembered of failures, since somebody has signed in or out. What
// still flies lands where nobody looks any more, except for those who wait for it.
func (k *keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holders = map[string]*holder{}
}

// forgive forgets the failures that a sign-in ends, since there was one.
func (k *keeper) forgive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, h := range k.holders {
		if h.failure != nil && h.failure.err.class == unsigned {
			h.failure = nil
		}
	}
}

// Format writes the profile's name, whatever the verb: what an identity holds is not for printing, and changes
// meanwhile.
func (k *keeper) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "identity of profile %s", k.config.Profile)
}
