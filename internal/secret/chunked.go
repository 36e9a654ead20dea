package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
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

// record is one record during one call.
type record struct {
	vault Vault
	key   string
	op    string
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

func (r record) chunk(slot string, i int) string { return fmt.Sprintf("%s#%s.%d", r.key, slot, i) }

// inChunk words what went wrong with a chunk as the record's: nobody stored, or
// can look for, what a chunk is called.
func (r record) inChunk(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	own := *e
	own.Op = r.op
	return &own
}

// header returns the record's header. One that is none is errDamaged, and so
// ErrNotFound as an absent one is: both are replaced by the next Put.
func (r record) header(ctx context.Context) (header, error) {
	text, err := r.vault.Get(ctx, r.key)
	if err != nil {
		return header{}, err
	}
	var h header
	err = json.Unmarshal([]byte(text.Reveal()), &h)
	if err != nil || h.Version != recordVersion || h.Slot != "a" && h.Slot != "b" ||
		h.Chunks < 1 || h.Chunks > maxChunks || h.Other < 0 || h.Other > maxChunks {
		return header{}, r.damaged()
	}
	return h, nil
}

func (r record) damaged() error {
	return &Error{Op: r.op, Kind: ErrNotFound, Err: errDamaged, Next: storeHint(r.key)}
}

// read reads the record, again and again while it meets a writer in the middle,
// until it has seen limit times that nothing changes.
func (r record) read(ctx context.Context, limit int) (Text, error) {
	seen, still := "", 0
	for range maxReads {
		if err := pause(ctx, still); err != nil {
			return Text{}, &Error{Op: r.op, Err: err}
		}
		found, h, err := r.readOnce(ctx)
		if err != nil {
			return Text{}, err
		}
		sum := hash(found)
		if sum == h.SHA256 {
			return NewText(found), nil
		}
		if now := fmt.Sprint(h, sum); now != seen {
			seen, still = now, min(still, quickReads)
		}
		if still++; still >= limit {
			return Text{}, r.damaged()
		}
	}
	return Text{}, r.contended()
}

// readOnce returns the header, and what there is of what it names.
func (r record) readOnce(ctx context.Context) (string, header, error) {
	h, err := r.header(ctx)
	if err != nil {
		return "", header{}, err
	}
	var found strings.Builder
	for i := range h.Chunks {
		part, err := r.vault.Get(ctx, r.chunk(h.Slot, i))
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return "", header{}, r.inChunk(err)
		}
		found.WriteString(part.Reveal())
	}
	return found.String(), h, nil
}

func (r record) contended() error {
	return &Error{Op: r.op, Kind: ErrUnavailable, Err: errors.New("other processes keep writing it"), Next: "try again"}
}

// write fills the slot that the header does not name, and then names it.
func (r record) write(ctx context.Context, s string) error {
	old, err := r.header(ctx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	parts := split(s)
	h := header{Version: recordVersion, Slot: old.other(), Chunks: len(parts), Other: old.Chunks, SHA256: hash(s)}
	for i, part := range parts {
		if err := r.vault.Put(ctx, r.chunk(h.Slot, i), NewText(part)); err != nil {
			return r.inChunk(err)
		}
	}
	if err := r.trim(ctx, h, old.Other); err != nil {
		return err
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return &Error{Op: r.op, Err: err, Next: "report this, it is a mistake in the server"}
	}
	return r.vault.Put(ctx, r.key, NewText(string(raw)))
}

// trim removes the chunks of h's slot beyond h's: known ones, and those that a
// killed writer left. Chunks are written upwards and removed downwards, so that
// the first one missing is the end.
func (r record) trim(ctx context.Context, h header, known int) error {
	end := max(h.Chunks, known)
	for ; end < maxChunks; end++ {
		_, err := r.vault.Get(ctx, r.chunk(h.Slot, end))
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return r.inChunk(err)
		}
	}
	return r.remove(ctx, h.Slot, h.Chunks, end)
}

// sweep removes every chunk of both slots, those that h names last. It tries all
// that there can be: writers without a lock may have left holes, so that the
// first one missing need not be the end.
func (r record) sweep(ctx context.Context, h header) error {
	first := h.other()
	if err := r.remove(ctx, first, 0, maxChunks); err != nil {
		return err
	}
	return r.remove(ctx, header{Slot: first}.other(), 0, maxChunks)
}

// some reports whether a slot has its first chunk.
func (r record) some(ctx context.Context) (bool, error) {
	for _, slot := range []string{"a", "b"} {
		_, err := r.vault.Get(ctx, r.chunk(slot, 0))
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return false, r.inChunk(err)
		}
	}
	return false, nil
}

// remove deletes a slot's chunks from the last one before end down to from.
func (r record) remove(ctx context.Context, slot string, from, end int) error {
	for i := end - 1; i >= from; i-- {
		if err := r.vault.Delete(ctx, r.chunk(slot, i)); err != nil && !errors.Is(err, ErrNotFound) {
			return r.inChunk(err)
		}
	}
	return nil
}

// split cuts s into pieces that fit an item each, between characters where it
// has any: not every keyring takes half of one.
func split(s string) []string {
	var parts []string
	for len(s) > MaxStored {
		cut := MaxStored
		for cut > MaxStored-utf8.UTFMax+1 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		if !utf8.RuneStart(s[cut]) {
			cut = MaxStored
		}
		parts, s = append(parts, s[:cut]), s[cut:]
	}
	return append(parts, s)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// quickReads is how often a record is read without waiting: a writer that is
// alone has long ended when the header is read again.
const quickReads = 3

// pause waits before a record is read that was read and not whole times before.
func pause(ctx context.Context, times int) error {
	if times <= quickReads {
		return ctx.Err()
	}
	wait := min(5*time.Millisecond<<(times-quickReads), 160*time.Millisecond)
	timer := time.NewTimer(wait/2 + rand.N(wait))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
