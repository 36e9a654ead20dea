package state

import (
	"context"
	"fmt"
	"time"
)

const (
	maxKey   = 512     // bytes of a key or of a channel's name
	maxValue = 1 << 20 // bytes of a value or of a message
)

// Error is how a store fails. It holds no password and nothing of what is stored.
type Error struct {
	doing   string // what was done, never to which key: that may be worth hiding, too
	message string
	hint    string
	cause   error // nil, or why the caller gave up
	misuse  bool
}

// Error returns what was done and what is wrong.
func (e *Error) Error() string { return e.doing + ": " + e.message }

// Hint returns what to do next.
func (e *Error) Hint() string { return e.hint }

// Unavailable reports whether the store cannot do now what was asked. It is false for what no store would do.
func (e *Error) Unavailable() bool { return !e.misuse }

// Unwrap returns the context's error where the caller gave up.
func (e *Error) Unwrap() error { return e.cause }

// checkKey refuses a key that could not be told from another or would fill the store.
func checkKey(doing, key string) error {
	if key == "" || len(key) > maxKey {
		return &Error{doing: doing, message: fmt.Sprintf("a name of %d bytes: it has to have 1 to %d", len(key), maxKey), misuse: true}
	}
	return nil
}

// checkValue refuses what is too large, and what would live for ever: in Redis, a life of zero is one without end.
func checkValue(doing, key string, value []byte, life time.Duration) error {
	if err := checkKey(doing, key); err != nil {
		return err
	}
	if len(value) > maxValue {
		return &Error{doing: doing, message: fmt.Sprintf("%d bytes: at most %d are stored", len(value), maxValue), misuse: true}
	}
	if life < time.Millisecond {
		return &Error{doing: doing, message: fmt.Sprintf("a life of %v: it has to be at least a millisecond", life), misuse: true}
	}
	return nil
}

// gaveUp returns the error of a caller whose context has ended, or nil.
func gaveUp(ctx context.Context, doing string) error {
	if err := ctx.Err(); err != nil {
		return &Error{doing: doing, message: err.Error(), hint: "try again", cause: err}
	}
	return nil
}

// stopping is the error of a store that was closed.
func stopping(doing string) error {
	return &Error{doing: doing, message: "the server is stopping", hint: "try again"}
}

// checkMessage refuses what is too large, and a channel without a name.
func checkMessage(doing, channel string, message []byte) error {
	if err := checkKey(doing, channel); err != nil {
		return err
	}
	if len(message) > maxValue {
		return &Error{doing: doing, message: fmt.Sprintf("%d bytes: at most %d are sent", len(message), maxValue), misuse: true}
	}
	return nil
}
