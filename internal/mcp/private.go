package mcp

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math"
	"sync"
	"time"
)

// private is Shared of a process that shares nothing.
type private struct {
	now func() time.Time

	mu     sync.Mutex
	values map[string]privateValue // guarded by mu
	limit  int                     // guarded by mu; how many there may be before those that ended are looked for
	spent  map[string]allowance    // guarded by mu
}

type privateValue struct {
	value []byte
	end   time.Time
}

// allowance is what is left of one, and since when.
type allowance struct {
	left float64
	at   time.Time
}

// fewValues need no looking after.
const fewValues = 256

func newPrivate() *private {
	return &private{now: time.Now, values: map[string]privateValue{}, limit: fewValues, spent: map[string]allowance{}}
}

// get needs mu.
func (p *private) get(key string) ([]byte, bool) {
	v, ok := p.values[key]
	return v.value, ok && !p.now().After(v.end)
}

// put needs mu.
func (p *private) put(key string, value []byte, life time.Duration) {
	if len(p.values) >= p.limit {
		for key, v := range p.values {
			if p.now().After(v.end) {
				delete(p.values, key)
			}
		}
		p.limit = max(fewValues, 2*len(p.values))
	}
	p.values[key] = privateValue{value, p.now().Add(life)}
}

// Get implements [Shared].
func (p *private) Get(_ context.Context, key string) ([]byte, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	value, ok := p.get(key)
	return value, ok, nil
}

// Put implements [Shared].
func (p *private) Put(_ context.Context, key string, value []byte, life time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(key, value, life)
	return nil
}

// Create implements [Shared].
func (p *private) Create(_ context.Context, key string, value []byte, life time.Duration) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, there := p.get(key); there {
		return false, nil
	}
	p.put(key, value, life)
	return true, nil
}

// Take implements [Shared].
func (p *private) Take(_ context.Context, key string) ([]byte, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	value, ok := p.get(key)
	delete(p.values, key)
	return value, ok, nil
}

// Delete implements [Shared].
func (p *private) Delete(_ context.Context, key string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.values, key)
	return nil
}

// Spend implements [Shared].
func (p *private) Spend(_ context.Context, key string, perMinute, burst int) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, most, perSecond := p.now(), float64(max(1, burst)), float64(max(1, perMinute))/60
	if len(p.spent) >= fewValues { // what has filled up again says nothing
		for key, a := range p.spent {
			if a.left+now.Sub(a.at).Seconds()*perSecond >= most {
				delete(p.spent, key)
			}
		}
	}
	a, known := p.spent[key]
	if !known {
		a = allowance{most, now}
	}
	a.left, a.at = math.Min(most, a.left+now.Sub(a.at).Seconds()*perSecond), now
	if a.left < 1 {
		p.spent[key] = a
		return time.Duration((1 - a.left) / perSecond * float64(time.Second)), nil
	}
	a.left--
	p.spent[key] = a
	return 0, nil
}

// Publish implements [Shared]: there is nobody else.
func (*private) Publish(context.Context, string, []byte) error { return nil }

// Subscribe implements [Shared].
func (*private) Subscribe(ctx context.Context, _ string, _ func([]byte)) error {
	<-ctx.Done()
	return nil
}

// Alone implements [Shared].
func (*private) Alone() bool { return true }

// ownSealer is a Sealer whose key dies with the process.
type ownSealer struct{ key [sha256.Size]byte }

func newOwnSealer() *ownSealer {
	s := &ownSealer{}
	rand.Read(s.key[:]) // never fails (crypto/rand)
	return s
}

// Key implements [Sealer].
func (s *ownSealer) Key(purpose string) [32]byte {
	m := hmac.New(sha256.New, s.key[:])
	m.Write([]byte(purpose))
	return [32]byte(m.Sum(nil))
}

// cipher returns what seals for a purpose.
func (s *ownSealer) cipher(purpose string) cipher.AEAD {
	key := s.Key("seal\x00" + purpose)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("mcp: a key of 32 bytes is none for AES") // cannot be
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("mcp: AES has no GCM") // cannot be
	}
	return aead
}

// Seal implements [Sealer].
func (s *ownSealer) Seal(purpose string, plain, binding []byte) []byte {
	return s.cipher(purpose).Seal(nil, nil, plain, binding)
}

// Open implements [Sealer].
func (s *ownSealer) Open(purpose string, sealed, binding []byte) ([]byte, error) {
	plain, err := s.cipher(purpose).Open(nil, nil, sealed, binding)
	if err != nil {
		return nil, errors.New("what is sealed was not sealed here, or was changed")
	}
	return plain, nil
}

// Epoch is always the same.
func (*private) Epoch(context.Context) (string, error) { return "", nil }
