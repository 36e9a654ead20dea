package secret

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// indexKey is the item that holds the list. No profile's key looks like it.
	indexKey = "index/sign_ins"
	// indexWait bounds the wait for other processes that change the list, which
	// takes a moment.
	indexWait = 10 * time.Second
)

// Index is a [Vault] that keeps a list of its own keys in one item more, because
// keyrings cannot be asked what they hold. Each process has its own; those of one
// vault agree by the lock.
//
// A key is listed before its secret is stored, and struck out after that is
// deleted: a process that is killed in between leaves at worst a key in the list
// under which there is nothing. The list goes with its last key.
type Index struct {
	inner Vault
	lock  *Lock

	mu     sync.Mutex // guards what follows
	listed map[string]bool
}

// Indexed returns the Index of v, which takes large secrets ([Chunked]). The lock
// is that of all processes for this one vault.
func Indexed(v Vault, lock *Lock) *Index {
	return &Index{inner: v, lock: lock, listed: map[string]bool{}}
}

// Get implements [Vault].
func (x *Index) Get(ctx context.Context, key string) (Text, error) {
	text, err := x.inner.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		// Another process has deleted it, and struck it out of the list.
		x.remember(key, false)
	}
	return text, err
}

// Put implements [Vault]. A key that this process has found in the list, and has
// not missed since, costs nothing more.
func (x *Index) Put(ctx context.Context, key string, t Text) error {
	if !x.knows(key) {
		err := x.change(ctx, func(keys []string) []string { return append(keys, key) })
		if err != nil {
			return err
		}
		x.remember(key, true)
	}
	return x.inner.Put(ctx, key, t)
}

// Delete implements [Vault].
func (x *Index) Delete(ctx context.Context, key string) error {
	deleted := x.inner.Delete(ctx, key)
	if deleted != nil && !errors.Is(deleted, ErrNotFound) {
		return deleted
	}
	x.remember(key, false)
	err := x.change(ctx, func(keys []string) []string {
		return slices.DeleteFunc(keys, func(k string) bool { return k == key })
	})
	if err != nil {
		return err
	}
	return deleted
}

// Keys returns the keys in the list, sorted.
func (x *Index) Keys(ctx context.Context) ([]string, error) {
	text, err := x.inner.Get(ctx, indexKey)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys []string
	if json.Unmarshal([]byte(text.Reveal()), &keys) != nil {
		return nil, nil // not ours; the next change replaces it
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// change replaces the list by what act makes of it, while no other process does.
func (x *Index) change(ctx context.Context, act func([]string) []string) error {
	bounded, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	if release, err := x.lock.Acquire(bounded); err == nil { // else without: see Lock
		defer release()
	}
	before, err := x.Keys(ctx)
	if err != nil {
		return err
	}
	after := act(slices.Clone(before))
	slices.Sort(after)
	after = slices.Compact(after)
	switch {
	case slices.Equal(before, after):
		return nil
	case len(after) == 0:
		if err := x.inner.Delete(ctx, indexKey); !errors.Is(err, ErrNotFound) {
			return err
		}
		return nil
	}
	raw, err := json.Marshal(after)
	if err != nil {
		return &Error{Op: "listing what is stored", Err: err, Next: "report this, it is a mistake in the server"}
	}
	return x.inner.Put(ctx, indexKey, NewText(string(raw)))
}

func (x *Index) knows(key string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.listed[key]
}

func (x *Index) remember(key string, listed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.listed[key] = listed
}
