package oauth

import (
	"context"
	"crypto/rsa"
	"sync"
	"time"
)

const (
	keysFresh   = time.Hour        // after which keys are fetched anew
	keysUsable  = 24 * time.Hour   // as long as they cannot be fetched anew
	newKeyPause = 5 * time.Minute  // between fetches for the sake of a key that nobody knows
	stalePause  = time.Minute      // between fetches while old keys still do
	failPause   = 10 * time.Second // after a fetch that failed, without keys that would do
	fetchLimit  = 10 * time.Second
)

// KeysError means that the keys by which tokens are signed could not be fetched: nobody can tell whether a token is good.
type KeysError struct {
	tenant, message, host string
}

// Error returns what could not be fetched, and why.
func (e *KeysError) Error() string {
	return "fetching the signing keys of tenant " + e.tenant + ": " + e.message
}

// Hint returns what to do next.
func (e *KeysError) Hint() string {
	return "try again in a moment; where it stays so, check that this server can reach " + e.host
}

// Unavailable is true.
func (e *KeysError) Unavailable() bool { return true }

// keySet is the signing keys of a tenant, fetched when they are needed: by one caller, while the others wait or go on
// with those that they know. However many tokens name whatever keys, nothing is fetched more often than the pauses say.
type keySet struct {
	tenant string
	fetch  func(ctx context.Context, tenant string) (map[string]*rsa.PublicKey, error)
	now    func() time.Time

	mu      sync.Mutex // guards what follows
	keys    map[string]*rsa.PublicKey
	fetched time.Time     // when keys were, successfully
	tried   time.Time     // when the last fetch ended
	failure error         // of the last fetch
	running chan struct{} // closed when the fetch that runs has ended; nil where none does
}

// key returns the key that id names. It is a [Refused] where the tenant has none of that name, as far as is known, and a
// [KeysError] where nobody can tell.
func (s *keySet) key(ctx context.Context, id string) (*rsa.PublicKey, error) {
	for {
		s.mu.Lock()
		key, due := s.look(id)
		running := s.running
		switch {
		case key != nil && (!due || running != nil):
			s.mu.Unlock()
			return key, nil
		case running != nil:
			s.mu.Unlock()
			select {
			case <-running:
			case <-ctx.Done():
				return nil, s.failed(ctx.Err())
			}
		case due:
			s.running = make(chan struct{})
			s.mu.Unlock()
			s.refresh(ctx)
		default:
			defer s.mu.Unlock()
			return nil, s.missing()
		}
	}
}

// look returns the key that id names, if it is known and may be used, and whether it is time to fetch.
func (s *keySet) look(id string) (key *rsa.PublicKey, due bool) {
	now := s.now()
	age, since := now.Sub(s.fetched), now.Sub(s.tried)
	if s.keys == nil || age >= keysUsable {
		s.keys = nil
		return nil, s.failure == nil || since >= failPause
	}
	key = s.keys[id]
	switch {
	case key == nil && s.failure != nil:
		return nil, since >= failPause
	case key == nil:
		return nil, since >= newKeyPause
	}
	return key, age >= keysFresh && since >= stalePause
}

// missing says why there is no key.
func (s *keySet) missing() error {
	if s.failure != nil {
		return s.failure
	}
	return refuse("the access token is signed by a key that its tenant does not have", "get a new token from Microsoft Entra")
}

// refresh fetches the keys. It does not end with the caller, for whose sake alone it is not: others may wait for it.
func (s *keySet) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchLimit)
	defer cancel()
	keys, err := s.fetch(ctx, s.tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried, s.failure = s.now(), nil
	if err != nil {
		s.failure = err
	} else {
		s.keys, s.fetched = keys, s.tried
	}
	close(s.running)
	s.running = nil
}

func (s *keySet) failed(err error) error {
	return &KeysError{tenant: s.tenant, message: err.Error(), host: "Microsoft Entra"}
}
