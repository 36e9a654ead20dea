package graph

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// WaitError is a call that was given up after waiting, or because it would have had to wait for too long.
type WaitError struct {
	Method, Path string
	Workload     string        // what Microsoft throttles together: outlook, files, directory…
	Mailbox      bool          // of that, the calls to one mailbox alone
	Waited       time.Duration // in all
	Tries        int           // how often the request was sent; 0: never
	Ahead        time.Duration // that the service asks to wait still, from At; 0 where it did not say
	At           time.Time     // when the call was given up
	Err          error         // the last refusal or fault, or what ended the call; nil where a pause was too long to begin with
}

// giveUp makes the error of a call that waits no longer.
func (p *passage) giveUp(ahead time.Duration, err error) error {
	if errors.Is(err, context.Canceled) {
		return err // nobody is there to read more
	}
	return &WaitError{Method: p.request.Method(), Path: p.request.Path(), Workload: p.lane.String(), Mailbox: p.lane.of != "",
		Waited: p.waited, Tries: p.sent, Ahead: ahead, At: time.Now(), Err: err}
}

// Error says what was waited for, how long and how often, and what for it would have to be waited still.
func (e *WaitError) Error() string {
	call := e.Method + " " + e.Path + ": "
	var b strings.Builder
	b.WriteString(call)
	switch {
	case e.Tries == 0 && e.Ahead > 0 && e.Waited == 0:
		b.WriteString("not sent")
	case e.Tries == 0 && e.Ahead > 0:
		fmt.Fprintf(&b, "not sent, after waiting %s", seconds(e.Waited))
	case e.Tries == 0:
		fmt.Fprintf(&b, "not sent: waited %s for a place among the calls to %s", seconds(e.Waited), e.limited())
	case e.Waited == 0:
		b.WriteString("not repeated")
	default:
		fmt.Fprintf(&b, "gave up after waiting %s in all (%s)", seconds(e.Waited), count(e.Tries, "try", "tries"))
	}
	if e.Ahead > 0 {
		fmt.Fprintf(&b, "; the service throttles %s and asks to wait %s more", e.limited(), seconds(e.Ahead))
	}
	if e.Err != nil {
		b.WriteString(": " + strings.TrimPrefix(e.Err.Error(), call))
	}
	return b.String()
}

// limited names what the limit is one of.
func (e *WaitError) limited() string {
	if e.Mailbox {
		return "this mailbox"
	}
	return "the " + e.Workload + " workload"
}

// Unwrap returns the last refusal or fault.
func (e *WaitError) Unwrap() error { return e.Err }

// Hint says when to try again.
func (e *WaitError) Hint() string {
	if e.Ahead > 0 {
		return fmt.Sprintf("try again in %s, not before %s; until then calls to %s wait, others are not affected",
			seconds(e.Ahead), e.At.Add(e.Ahead).UTC().Format("15:04:05 UTC"), e.limited())
	}
	return hintOf(e.Err, "too many calls are under way at once: try again with fewer, or ask for less in each")
}

// seconds writes a duration for a reader who thinks in seconds; a piece of one counts as whole where it is to be waited.
func seconds(d time.Duration) string {
	if d > 0 && d < time.Second {
		return "less than 1 s"
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
