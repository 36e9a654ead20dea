package oauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// records keeps values of the store sealed, each for its own place.
type records struct {
	store  Store
	sealer Sealer
}

// fingerprint is what stands in a key for something secret or long.
func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// seal returns v as it is stored under a key. Only values that can be encoded are passed.
func (r records) seal(kind, key string, v any) ([]byte, error) {
	plain, err := encode(v)
	if err != nil {
		return nil, fmt.Errorf("encoding a %s: %w", kind, err)
	}
	return r.sealer.Seal(kind, plain, []byte(key)), nil
}

// encode writes v as JSON that stands in no page: what pages escape, of which clients may send any amount, stays as short
// as it is.
func encode(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(text.Bytes(), "\n"), err
}

// open reads what seal made. What does not open is as good as absent: it was sealed with a key that is gone, or by
// somebody who has none.
func (r records) open(kind, key string, sealed []byte, v any) bool {
	plain, err := r.sealer.Open(kind, sealed, []byte(key))
	return err == nil && json.Unmarshal(plain, v) == nil
}

func (r records) get(ctx context.Context, kind, id string, v any) (bool, error) {
	key := kind + "/" + id
	sealed, found, err := r.store.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("reading a %s: %w", kind, err)
	}
	return found && r.open(kind, key, sealed, v), nil
}

func (r records) take(ctx context.Context, kind, id string, v any) (bool, error) {
	key := kind + "/" + id
	sealed, found, err := r.store.Take(ctx, key)
	if err != nil {
		return false, fmt.Errorf("taking a %s: %w", kind, err)
	}
	return found && r.open(kind, key, sealed, v), nil
}

func (r records) put(ctx context.Context, kind, id string, v any, life time.Duration) error {
	key := kind + "/" + id
	sealed, err := r.seal(kind, key, v)
	if err != nil {
		return err
	}
	if err := r.store.Put(ctx, key, sealed, life); err != nil {
		return fmt.Errorf("keeping a %s: %w", kind, err)
	}
	return nil
}

// create keeps v where there is nothing; created tells whether there was not.
func (r records) create(ctx context.Context, kind, id string, v any, life time.Duration) (created bool, err error) {
	key := kind + "/" + id
	sealed, err := r.seal(kind, key, v)
	if err != nil {
		return false, err
	}
	if created, err = r.store.Create(ctx, key, sealed, life); err != nil {
		return false, fmt.Errorf("keeping a %s: %w", kind, err)
	}
	return created, nil
}

func (r records) drop(ctx context.Context, kind, id string) error {
	if err := r.store.Delete(ctx, kind+"/"+id); err != nil {
		return fmt.Errorf("removing a %s: %w", kind, err)
	}
	return nil
}

// handOut seals v into a text that its holder brings back; what it is bound to must be the same then.
func (r records) handOut(purpose string, v any, binding string) (string, error) {
	sealed, err := r.seal(purpose, binding, v)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// handIn reads what handOut made, in the one spelling that it has: the decoder would skip ends of lines.
func (r records) handIn(purpose, text, binding string, v any) bool {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && isLine(text) && r.open(purpose, binding, sealed, v)
}
