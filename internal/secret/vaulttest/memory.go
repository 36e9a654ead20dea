package vaulttest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// State is how a [Memory] answers.
type State int

const (
	Open        State = iota // it works
	Locked                   // every call is secret.ErrLocked
	Unavailable              // every call is secret.ErrUnavailable
	Hanging                  // every call waits until its ctx ends, and fails with ctx.Err()
)

// Memory is a secret.Vault in memory. The zero value is empty and open. It is
// safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	state   State             // guarded by mu, as the map
	secrets map[string]string // by key
}

// Switch changes how the calls that start from now on are answered. A call that
// hangs already goes on hanging.
func (m *Memory) Switch(s State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = s
}

// Keys returns the keys under which there is a secret now, sorted.
func (m *Memory) Keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.secrets))
}

// Get implements secret.Vault.
func (m *Memory) Get(ctx context.Context, key string) (secret.Text, error) {
	var got secret.Text
	err := m.do(ctx, "reading", key, func() error {
		s, ok := m.secrets[key]
		if !ok {
			return secret.ErrNotFound
		}
		got = secret.NewText(s)
		return nil
	})
	return got, err
}

// Put implements secret.Vault.
func (m *Memory) Put(ctx context.Context, key string, t secret.Text) error {
	return m.do(ctx, "storing", key, func() error {
		switch {
		case t.IsZero():
			return errors.New("the secret is empty")
		case len(t.Reveal()) > secret.MaxStored:
			return secret.ErrTooLarge
		}
		if m.secrets == nil {
			m.secrets = make(map[string]string)
		}
		m.secrets[key] = t.Reveal()
		return nil
	})
}

// Delete implements secret.Vault.
func (m *Memory) Delete(ctx context.Context, key string) error {
	return m.do(ctx, "deleting", key, func() error {
		if _, ok := m.secrets[key]; !ok {
			return secret.ErrNotFound
		}
		delete(m.secrets, key)
		return nil
	})
}

// do runs act under the lock, unless the state forbids.
func (m *Memory) do(ctx context.Context, verb, key string, act func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := ctx.Err()
	switch {
	case err != nil:
	case !plain(key):
		err = errors.New("the key is not plain text")
	case m.state == Locked:
		err = secret.ErrLocked
	case m.state == Unavailable:
		err = secret.ErrUnavailable
	case m.state == Hanging:
		m.mu.Unlock()
		<-ctx.Done()
		m.mu.Lock()
		err = ctx.Err()
	default:
		err = act()
	}
	if err == nil {
		return nil
	}
	return &secret.Error{
		Op:   fmt.Sprintf("%s %q in memory", verb, key),
		Kind: err,
		Next: "this keyring is a test's: change what the test prepared",
	}
}

func plain(key string) bool {
	for _, r := range key {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || strings.ContainsRune(`'"\`, r) {
			return false
		}
	}
	return key != ""
}
