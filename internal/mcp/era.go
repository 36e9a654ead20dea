package mcp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"
)

// A store may lose what it knew, such as which agreements were used: one in memory does with each crash. Agreements are
// therefore bound to its era, a random word in it, and those of another era count no more: a person is asked once more,
// and nothing is done twice.
const (
	eraKey   = "era"
	eraLife  = 30 * 24 * time.Hour // agreements that are out at its end are asked for anew
	eraTries = 3
)

// era returns the store's. It is "" of one that this process has alone, and which ends with it.
func (c *confirmations) era(ctx context.Context) (string, error) {
	if c.shared.Alone() {
		return "", nil
	}
	epoch, err := c.shared.Epoch(ctx) // an older state that came back has the same word
	if err != nil {
		return "", err
	}
	for range eraTries { // another replica may begin one in between
		value, found, err := c.shared.Get(ctx, eraKey)
		if found || err != nil {
			return string(value) + epoch, err
		}
		begun := rand.Text()
		if created, err := c.shared.Create(ctx, eraKey, []byte(begun), eraLife); created || err != nil {
			return begun + epoch, err
		}
	}
	return "", errors.New("the store forgets at once what it is given")
}

// bound is a binding to the store's era, too.
func (c *confirmations) bound(ctx context.Context, way, profile string) (string, error) {
	era, err := c.era(ctx)
	return binding(ctx, way, profile) + "\x00" + era, err
}

// redeemBound accepts a token once, where call is among those that it is for. It returns them. The error is the store's.
func (c *confirmations) redeemBound(ctx context.Context, text, way, profile string, call [sha256.Size]byte) ([][sha256.Size]byte, bool, error) {
	bound, err := c.bound(ctx, way, profile)
	if err != nil {
		return nil, false, &unredeemed{err}
	}
	given, ok, err := c.redeemFor(ctx, text, bound, call)
	if !ok || err != nil {
		return nil, false, err
	}
	again, err := c.bound(ctx, way, profile) // what is noted now may be all that the store knows
	if err != nil {
		return nil, false, &unredeemed{err}
	}
	return given, again == bound, nil
}

// unasked is a call that nobody can be asked about at the moment.
type unasked struct{ cause error }

func (*unasked) Error() string {
	return "not sent: a person has to agree, who cannot be asked because the state that this server's replicas share cannot be reached"
}

func (e *unasked) Unwrap() error { return e.cause }

// Hint says what to do.
func (*unasked) Hint() string { return "wait some seconds and repeat the call" }
