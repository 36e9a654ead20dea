package secret

import (
	"context"
	"sync/atomic"
)

// Ring is a keyring as go-keyring offers it, for the external tests.
type Ring = ring

// KeyringOver returns the Vault of a keyring that is always ready, and how often
// it was probed.
func KeyringOver(r Ring) (vault *OSKeyring, probes *atomic.Int32) {
	k := Keyring()
	k.ring, probes = r, new(atomic.Int32)
	k.probe = func(context.Context) readiness { probes.Add(1); return readiness{} }
	return k, probes
}

// LockPath returns where the lock's file is while it is held.
func (l *Lock) LockPath() string { return l.path }
