package secret

import (
	"context"
	"errors"
	"time"
)

// probeTime bounds the deleting of what Writable has stored, which nobody's
// leaving interrupts.
const probeTime = 10 * time.Second

// Writable finds out whether v takes the secret called key, by a small item
// beside it that it stores and deletes: that a vault can be read does not say
// that it can be written.
func Writable(ctx context.Context, v Vault, key string) error {
	beside := key + "#probe"
	err := v.Put(ctx, beside, NewText("probe"))
	if err == nil || ctx.Err() != nil { // then it may be stored all the same
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
		defer cancel()
		if deleted := v.Delete(last, beside); err == nil {
			err = deleted
		}
	}
	if errors.Is(err, ErrNotFound) { // another process, which asked the same, has deleted it
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		own := *e
		own.Op = "storing " + key
		return &own
	}
	return err
}
