package entra

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// requestTimeout ends a request for a token, with the retries in it.
const requestTimeout = 30 * time.Second

// Request says what a token is for.
type Request struct {
	Audience string // the https origin of the API, such as https://graph.microsoft.com
	Claims   string // the decoded claims challenge of a 401 (JSON), "" normally
	Rejected string // the access token that the API has just refused, "" normally
}

// Config says who an app is. What it points to must stay usable as long as the
// App is, from many goroutines at once.
type Config struct {
	Profile            string           // its name, for messages and hints
	Authority          string           // https origin, such as https://login.microsoftonline.com
	TenantID, ClientID string           // TenantID: a GUID or a domain
	Scopes             []string         // app scopes; an audience that has none here gets AUDIENCE/.default
	Known              bool             // one of Microsoft's clouds: instance discovery on
	HTTP               *http.Client     // carries proxy, CA and time-outs; never nil
	Secret             SecretSource     // read again for every request, so that a new secret is found; never nil
	Now                func() time.Time // nil: time.Now
	Log                *slog.Logger     // nil: nothing is logged
}

// App is the identity of an app itself: the client credentials grant (RFC 6749,
// section 4.4). It is safe for concurrent use.
type App struct {
	config Config
	cloud  cloud
	cred   credential
	http   *http.Client
	log    *slog.Logger
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error

	mu      sync.Mutex // guards what follows
	holders map[string]*holder
	closed  bool
	running sync.WaitGroup // one for each flight; grows only under mu while not closed
}

// NewApp checks c and returns the identity. It makes no connection and reads no
// secret. Its errors are *Error.
func NewApp(c Config) (*App, error) {
	cl, err := c.check()
	if err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	client := *c.HTTP
	// A redirect would carry the request, and the secret in it, to another host.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	return &App{
		config: c, cloud: cl, cred: clientSecret{c.Secret}, http: &client,
		log: c.Log.With("profile", c.Profile), now: c.Now, sleep: sleep,
		holders: map[string]*holder{},
	}, nil
}

// Token returns an access token for r.Audience, from memory where a good one is
// there. It fails with an *Error, or with ctx's error where ctx ended first; the
// request that ctx's caller waited for goes on for the others.
func (a *App) Token(ctx context.Context, r Request) (string, error) {
	t, err := a.hold(ctx, r)
	if err != nil {
		return "", err
	}
	return t.value.Reveal(), nil
}

// hold returns a token that answers r.
func (a *App) hold(ctx context.Context, r Request) (*token, error) {
	now := a.now()
	a.mu.Lock()
	h := a.holders[r.Audience]
	if h != nil && h.token.answers(r, now) && now.Before(h.token.renew) {
		t := h.token
		a.mu.Unlock()
		return t, nil
	}
	t, f, err := a.seek(ctx, h, r, now)
	a.mu.Unlock()
	if f == nil {
		return t, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil && t.valid(r, a.now()) {
		return t, nil // the failure was logged when it happened
	}
	return f.token, f.err
}

// seek decides what becomes of a request that memory did not answer at once: a
// token, an error, or a flight to wait for, with the token to fall back on. The
// caller holds mu.
func (a *App) seek(ctx context.Context, h *holder, r Request, now time.Time) (*token, *flight, error) {
	if h == nil {
		scope, err := a.scope(r.Audience)
		if err != nil {
			return nil, nil, err
		}
		h = &holder{scope: scope, flights: map[string]*flight{}}
		a.holders[r.Audience] = h
	}
	if h.token.answers(r, now) {
		if !a.closed && h.failure.at(now, "") == nil {
			a.fly(h, "") // ahead of time: nobody waits
		}
		return h.token, nil, nil
	}
	err := a.obstacle(ctx, h, r, now)
	if err == nil && h.token.fresh(now) && h.flights[r.Claims] == nil && !h.force(now) {
		return h.token, nil, nil
	}
	if h.token.refused(r) {
		h.token = nil
	}
	var old *token
	if h.token.valid(r, now) {
		old = h.token
	}
	switch {
	case err == nil:
		return old, a.fly(h, r.Claims), nil
	case old != nil:
		return old, nil, nil
	}
	return nil, nil, err
}

// obstacle returns why no flight may start for r, or nil. The caller holds mu.
func (a *App) obstacle(ctx context.Context, h *holder, r Request, now time.Time) error {
	if a.closed {
		return a.config.newError("the identity is closed", "")
	}
	if err := h.failure.at(now, r.Claims); err != nil {
		return err
	}
	if r.Claims != "" && !isObject(r.Claims) {
		return a.config.newError("the claims challenge of the API is not a JSON object", "")
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
// caller holds mu and has seen that a is not closed.
func (a *App) fly(h *holder, claims string) *flight {
	if f := h.flights[claims]; f != nil {
		return f
	}
	// Of no caller's context: the one that happened to come first may leave.
	ctx, cancel := context.WithCancel(context.Background())
	f := &flight{done: make(chan struct{}), cancel: cancel}
	h.flights[claims] = f
	a.running.Go(func() {
		defer cancel()
		t, err := a.acquire(ctx, h.scope, claims)
		a.land(h, claims, f, t, err)
	})
	return f
}

// land puts what a flight brought into h and lets those who wait go on.
func (a *App) land(h *holder, claims string, f *flight, t *token, err error) {
	now := a.now().Round(0)
	a.mu.Lock()
	delete(h.flights, claims)
	held := h.token
	switch {
	case err == nil:
		h.token, h.failure = t, nil
	case !a.closed:
		h.failure = newFailure(err, claims, now, held.valid(Request{}, now))
	}
	f.token, f.err = t, err
	a.mu.Unlock()
	close(f.done)
	if err != nil && held.valid(Request{}, now) && !errors.Is(err, context.Canceled) {
		a.log.Warn("renewing the token: the held one is used on", "error", err, "expires", held.expires)
	}
}

// Close ends what runs in the background and waits for it, as long as ctx
// allows. Tokens in memory are answered until they expire; no more are fetched.
func (a *App) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	for _, h := range a.holders {
		for _, f := range h.flights {
			f.cancel()
		}
	}
	a.mu.Unlock()
	idle := make(chan struct{})
	go func() { a.running.Wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("a request for a token is still running"), ctx.Err())
	}
}

// Format writes the profile's name, whatever the verb: what an App holds is not
// for printing, and changes meanwhile.
func (a *App) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "app of profile %s", a.config.Profile)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
