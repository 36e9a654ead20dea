package secret

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxRecord is the size in bytes of the largest secret a [Chunked] Vault takes.
const MaxRecord = 64 << 10

const (
	recordVersion = 1
	// maxChunks is how many chunks the largest record has, where each is short
	// of MaxStored by the beginning of a character.
	maxChunks = MaxRecord/(MaxStored-utf8.UTFMax+1) + 1
	// maxStill is how often a record that is not whole is seen unchanged before it
	// is said to be damaged: for half a second, since a writer may be at it. One
	// that sees it after its own write repairs it before, at repairStill.
	maxStill    = 10
	repairStill = 6
	// maxReads is how often one is read that keeps changing (over a second), and
	// maxWrites how often one is written that others spoil.
	maxReads  = 100
	maxWrites = 8
)

// Chunked returns a Vault that keeps secrets of up to [MaxRecord] bytes in v,
// whose items hold [MaxStored]. It reads nothing that was stored in v without it.
//
// The item KEY is a header, and the items KEY#SLOT.INDEX are the chunks of two
// slots, a and b. A writer fills the slot that the header does not name, and
// replaces the header last; a reader trusts the chunks only where their hash is
// the header's. So a writer that is killed leaves the old record or the new one,
// and two slots that are filled in turns leave nothing to collect.
//
// Processes that write one record at the same time, without a [Lock], never
// make a reader see a mixture, and the last of them to end sees to it that the
// record is whole. One that is killed just then may leave it damaged. That is
// ErrNotFound, with words of its own.
func Chunked(v Vault) Vault { return &chunked{inner: v, turn: make(chan struct{}, 1)} }

type chunked struct {
	inner Vault
	turn  chan struct{} // held by the one writer in this process
}

// header is the item that says where the chunks are.
type header struct {
	Version int    `json:"v"`
	Slot    string `json:"slot"`
	Chunks  int    `json:"n"`
	Other   int    `json:"other"` // chunks in the other slot, at least
	SHA256  string `json:"sha256"`
}

// other returns the slot that h does not name.
func (h header) other() string {
	if h.Slot == "a" {
		return "b"
	}
	return "a"
}

var errDamaged = errors.New("it is damaged, parts of it are missing")

// Get implements [Vault].
func (c *chunked) Get(ctx context.Context, key string) (Text, error) {
	r, err := c.open(ctx, "reading", key)
	if err != nil {
		return Text{}, err
	}
	return r.read(ctx, maxStill)
}

// Put implements [Vault].
func (c *chunked) Put(ctx context.Context, key string, t Text) error {
	r, err := c.open(ctx, "storing", key)
	if err != nil {
		return err
	}
	if err := checkText(r.op, key, t, MaxRecord); err != nil {
		return err
	}
	leave, err := c.enter(ctx, r.op)
	if err != nil {
		return err
	}
	defer leave()
	for range maxWrites {
		if err := r.write(ctx, t.Reveal()); err != nil {
			return err
		}
		// Another process may have filled the same slot meanwhile. Whoever ends
		// last looks last, and so finds the mixture that the two have made.
		_, err = r.read(ctx, repairStill)
		switch {
		case errors.Is(err, errDamaged):
			continue
		case errors.Is(err, ErrNotFound): // another process deleted it, and may have missed chunks of ours
			return r.sweep(ctx, header{})
		}
		return err
	}
	return r.contended()
}

// Delete implements [Vault]. The header goes last, so that a Delete which was
// killed can be repeated.
func (c *chunked) Delete(ctx context.Context, key string) error {
	r, err := c.open(ctx, "deleting", key)
	if err != nil {
		return err
	}
	leave, err := c.enter(ctx, r.op)
	if err != nil {
		return err
	}
	defer leave()
	h, err := r.header(ctx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	left := err == nil || errors.Is(err, errDamaged)
	if !left { // but a writer that was killed may have left chunks
		if left, err = r.some(ctx); err != nil {
			return err
		}
	}
	if left {
		if err := r.sweep(ctx, h); err != nil {
			return err
		}
	}
	return r.vault.Delete(ctx, key)
}

// enter waits for the turn of the one writer.
func (c *chunked) enter(ctx context.Context, op string) (leave func(), err error) {
	select {
	case c.turn <- struct{}{}:
		return func() { <-c.turn }, nil
	case <-ctx.Done():
		return nil, &Error{Op: op, Err: ctx.Err()}
	}
}

func (c *chunked) open(ctx context.Context, verb, key string) (record, error) {
	r := record{vault: c.inner, key: key, op: fmt.Sprintf("%s the record %s", verb, key)}
	if err := checkKey(key); err != nil {
		return record{}, err
	}
	if err := ctx.Err(); err != nil {
		return record{}, &Error{Op: r.op, Err: err}
	}
	// A Vault of ours can do once for the record what it does at every call.
	if v, ok := c.inner.(interface{ session() Vault }); ok {
		r.vault = v.session()
	}
	return r, nil
}
