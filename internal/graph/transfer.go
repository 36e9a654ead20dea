package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

// TransferError is a download or an upload that had begun and could not be brought to its end.
type TransferError struct {
	Act    string // "downloading" or "uploading", and what, by its path
	Done   int64  // bytes that had arrived
	Size   int64  // of how many; -1 where that is not known
	Reason error
}

// Error says what was transferred, how far it got and why it stopped.
func (e *TransferError) Error() string {
	of := ""
	if e.Size >= 0 {
		of = fmt.Sprintf(" of %d", e.Size)
	}
	return fmt.Sprintf("%s stopped after %d%s bytes: %v", e.Act, e.Done, of, e.Reason)
}

// Unwrap returns the reason.
func (e *TransferError) Unwrap() error { return e.Reason }

// Hint says what to do next.
func (e *TransferError) Hint() string {
	var hinted interface{ Hint() string }
	switch {
	case errors.As(e.Reason, &hinted):
		return hinted.Hint()
	case errors.Is(e.Reason, context.DeadlineExceeded):
		return "the call ran out of time: transfer it again with more time"
	}
	return ""
}

// obstacle is why a transfer cannot go on, in our words.
type obstacle struct {
	text, hint string
	cause      error // nil where the text is all
}

func (o *obstacle) Error() string {
	if o.cause != nil {
		return o.text + ": " + o.cause.Error()
	}
	return o.text
}

func (o *obstacle) Unwrap() error { return o.cause }

func (o *obstacle) Hint() string { return o.hint }

const networkHint = "check the network and the proxy settings (HTTPS_PROXY) of the machine this server runs on, then try again"

// patience is how much a transfer puts up with.
type patience struct {
	tries int           // in a row that bring nothing
	stall time.Duration // without a byte moving
	slice int64         // of an upload, at once; 0: what the service likes
	wait  func(context.Context, time.Duration) error
}

// maxPause is the longest Retry-After that is waited out in the middle of a transfer. It is longer than that of a
// single request: more is lost by giving up.
const maxPause = 2 * time.Minute

func (p patience) or(client *Client) patience {
	if p.tries == 0 {
		p.tries = 5
	}
	if p.stall == 0 {
		p.stall = time.Minute
	}
	if p.wait == nil && client != nil {
		p.wait = client.wait
	}
	if p.wait == nil {
		p.wait = sleep
	}
	return p
}

// pause waits before try number try (from 0) after cause, or returns why there is none: cause does not pass by
// itself, ctx has ended or leaves no time, or there were enough tries.
func (p patience) pause(ctx context.Context, try int, cause error) error {
	asked, passing := passes(cause)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !passing || asked > maxPause:
		return cause
	case try >= p.tries:
		return &obstacle{text: fmt.Sprintf("given up after %d tries that brought nothing", try), cause: cause, hint: hintOf(cause, networkHint)}
	}
	delay := asked
	if delay == 0 {
		delay = time.Duration(float64(time.Second<<try) * (0.25 + rand.Float64()/4))
	}
	if !fits(ctx, delay) {
		return &obstacle{text: fmt.Sprintf("the call's time is over before the next try in %.1f s", delay.Seconds()), cause: cause,
			hint: hintOf(cause, "transfer it again with more time")}
	}
	return p.wait(ctx, delay)
}

func hintOf(err error, otherwise string) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return hinted.Hint()
	}
	return otherwise
}

// errInterrupted is a body that ended before its end, errStalled an exchange in which nothing moves.
var (
	errInterrupted = errors.New("the connection broke off")
	errStalled     = errors.New("nothing arrived for too long")
)

// passes tells whether what went wrong may pass by itself, and how long the service asks to wait.
func passes(err error) (time.Duration, bool) {
	var waited *WaitError
	if errors.As(err, &waited) && waited.Ahead > 0 {
		return waited.Ahead, true
	}
	var refused *Error
	if errors.As(err, &refused) {
		switch refused.Status {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return refused.RetryAfter, true
		}
		return 0, false
	}
	if errors.Is(err, errInterrupted) || errors.Is(err, errStalled) || errors.Is(err, errNotStored) {
		return 0, true
	}
	var broken *TransportError
	var tooLarge *TooLargeError
	return 0, errors.As(err, &broken) && !errors.As(err, &tooLarge) && !isCertificateError(err) &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// watch ends an exchange in which nothing moves for too long. It looks from time to time instead of setting a timer
// for each read, of which a large file has a hundred thousand.
type watch struct {
	limit time.Duration
	timer *time.Timer
	end   func()
	cause func() error // why the exchange ended; nil while it has not

	born  time.Time
	since atomic.Int64 // nanoseconds from born to when the wait that is going on began; 0: none is
}

// newWatch returns a context for the exchange. Only between started and stopped can it last too long.
func newWatch(ctx context.Context, limit time.Duration) (*watch, context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{limit: limit, born: time.Now(), end: func() { cancel(context.Canceled) }, cause: func() error { return context.Cause(ctx) }}
	w.timer = time.AfterFunc(time.Hour, func() {
		if since := w.since.Load(); since > 0 && time.Since(w.born)-time.Duration(since) >= w.limit {
			cancel(errStalled)
		} else if ctx.Err() == nil {
			w.timer.Reset(w.limit / 2)
		}
	})
	w.timer.Reset(limit) // only now: it uses itself
	return w, ctx
}

func (w *watch) started() { w.since.Store(max(1, int64(time.Since(w.born)))) }

func (w *watch) stopped() { w.since.Store(0) }

// close ends the exchange.
func (w *watch) close() {
	w.end()
	w.timer.Stop()
}

// watched is a body that is read under a watch.
type watched struct {
	io.ReadCloser
	watch *watch
}

func (b *watched) Read(p []byte) (int, error) {
	b.watch.started()
	n, err := b.ReadCloser.Read(p)
	b.watch.stopped()
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", errInterrupted, err)
		if cause := b.watch.cause(); cause != nil {
			err = cause
		}
	}
	return n, err
}

func (b *watched) Close() error {
	err := b.ReadCloser.Close()
	b.watch.close()
	return err
}

func isStatus(err error, status int) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == status
}
