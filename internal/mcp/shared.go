package mcp

import (
	"context"
	"errors"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// Shared is what the replicas of a server have in common: a store of small values, each with an end of its life, and
// messages from one to all. An error of it means that it cannot be reached, and has Unavailable() bool: what depends on
// it is answered with 503, never guessed.
type Shared interface {
	door.Store // Get, Spend and Alone
	Put(ctx context.Context, key string, value []byte, life time.Duration) error
	// Create puts a value where there is none, in one step.
	Create(ctx context.Context, key string, value []byte, life time.Duration) (created bool, err error)
	// Take returns a value and removes it, in one step: of several who take it, one gets it.
	Take(ctx context.Context, key string) (value []byte, found bool, err error)
	Delete(ctx context.Context, key string) error
	// Publish sends a message to all replicas, this one included.
	Publish(ctx context.Context, channel string, message []byte) error
	// Subscribe hands the messages of a channel to take until ctx ends, one after the other. What is sent while the store
	// cannot be reached is lost.
	Subscribe(ctx context.Context, channel string, take func(message []byte)) error
	// Epoch names the time since which the store may not have forgotten anything; "" where it cannot tell.
	Epoch(ctx context.Context) (string, error)
}

// Sealer keeps values from being read or changed by whoever holds the store. All replicas have the same.
type Sealer interface {
	// Seal encrypts and authenticates plain. What is sealed for one purpose and binding opens for no other.
	Seal(purpose string, plain, binding []byte) []byte
	Open(purpose string, sealed, binding []byte) ([]byte, error)
	// Key derives a key of its own for a purpose.
	Key(purpose string) [32]byte
}

// releaseTime bounds what is given back to the store after a request, which may be gone.
const releaseTime = 2 * time.Second

// isUnavailable tells whether an error means that what the replicas share cannot be reached.
func isUnavailable(err error) bool {
	var e interface{ Unavailable() bool }
	return errors.As(err, &e) && e.Unavailable()
}
