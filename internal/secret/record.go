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

// record is one record during one call.
type record struct {
	vault Vault
	key   string
	op    string
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
