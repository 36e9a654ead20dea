package oauth_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// store is the memory of one process, which can be out of reach.
type store struct {
	*state.Memory
	gone  atomic.Bool
	free  bool     // whether attempts cost nothing
	seen  sync.Map // every value that was ever stored
	sizes sync.Map // of what is there, by key
}

var errGone = errors.New("connection refused")

func (s *store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if s.gone.Load() {
		return nil, false, errGone
	}
	return s.Memory.Get(ctx, key)
}

func (s *store) Put(ctx context.Context, key string, value []byte, life time.Duration) error {
	if s.gone.Load() {
		return errGone
	}
	s.seen.Store(key+"\n"+string(value), true)
	s.sizes.Store(key, len(value))
	return s.Memory.Put(ctx, key, value, life)
}

func (s *store) Create(ctx context.Context, key string, value []byte, life time.Duration) (bool, error) {
	if s.gone.Load() {
		return false, errGone
	}
	s.seen.Store(key+"\n"+string(value), true)
	created, err := s.Memory.Create(ctx, key, value, life)
	if created {
		s.sizes.Store(key, len(value))
	}
	return created, err
}

func (s *store) Take(ctx context.Context, key string) ([]byte, bool, error) {
	if s.gone.Load() {
		return nil, false, errGone
	}
	s.sizes.Delete(key)
	return s.Memory.Take(ctx, key)
}

func (s *store) Delete(ctx context.Context, key string) error {
	if s.gone.Load() {
		return errGone
	}
	s.sizes.Delete(key)
	return s.Memory.Delete(ctx, key)
}

// held returns how many bytes are kept.
func (s *store) held() (total int) {
	s.sizes.Range(func(_, size any) bool { total += size.(int); return true })
	return total
}

func (s *store) Spend(ctx context.Context, key string, perMinute, burst int) (time.Duration, error) {
	if s.gone.Load() {
		return 0, errGone
	}
	if s.free {
		return 0, nil
	}
	return s.Memory.Spend(ctx, key, perMinute, burst)
}

// entra plays the sign-in: a code is the name of who has signed in.
type entra struct {
	mu      sync.Mutex
	flows   map[string]oauth.UpstreamSignIn // guarded by mu; by nonce
	broken  error                           // guarded by mu; of Redeem
	redeems int                             // guarded by mu
	renew   func() error                    // guarded by mu; nil: whoever has signed in may go on
	renewed []oauth.UpstreamPerson          // guarded by mu
	login   string                          // where people sign in
}

// secrets of the upstream that nobody but the server may ever see.
const upstreamRefresh = "0.AXoA-upstream-refresh-token-of-"

func (e *entra) AuthorizeURL(_ context.Context, s oauth.UpstreamSignIn) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flows[s.Nonce] = s
	return e.login + "/authorize?" + url.Values{"state": {s.State}, "redirect_uri": {s.RedirectURI}, "prompt": {s.Prompt}, "login_hint": {s.LoginHint}}.Encode(), nil
}

func (e *entra) Redeem(_ context.Context, c oauth.UpstreamCode) (oauth.UpstreamGrant, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.redeems++
	f, ok := e.flows[c.Nonce]
	if !ok || f.RedirectURI != c.RedirectURI || s256(c.Verifier) != f.Challenge {
		return oauth.UpstreamGrant{}, errors.New("the code fits to no sign-in")
	}
	if e.broken != nil {
		return oauth.UpstreamGrant{}, e.broken
	}
	return oauth.UpstreamGrant{TenantID: "tenant", ObjectID: "object-" + c.Code, Account: c.Code + "@contoso.com", Refresh: secret.NewText(upstreamRefresh + c.Code)}, nil
}

func (e *entra) Denied(answer url.Values) error {
	return denied(answer.Get("error_description"))
}

// denied is a refusal in the upstream's own words.
type denied string

func (d denied) Error() string { return "as Entra says: " + string(d) }
func (denied) Hint() string    { return "have an administrator assign the account" }
func (denied) ForPerson() bool { return true }

func (e *entra) Renew(_ context.Context, p oauth.UpstreamPerson) error {
	e.mu.Lock()
	e.renewed = append(e.renewed, p)
	do := e.renew
	e.mu.Unlock()
	if do == nil {
		return nil
	}
	return do()
}

// answers has every renewal end with err from now on.
func (e *entra) answers(err error) { e.does(func() error { return err }) }

func (e *entra) does(do func() error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.renew = do
}

func (e *entra) renewals() []oauth.UpstreamPerson {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.renewed)
}
