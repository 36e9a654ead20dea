package graph

import (
	"errors"
	"fmt"
	"net"
	"net/http"
)

// DoubtError is the failure of a change that may have been carried out nevertheless, and that would do harm if it
// happened twice.
type DoubtError struct {
	Err  error
	hint string
}

// Error gives the failure.
func (e *DoubtError) Error() string { return e.Err.Error() }

// Unwrap returns the failure.
func (e *DoubtError) Unwrap() error { return e.Err }

// Hint says what to do before the change is made again.
func (e *DoubtError) Hint() string {
	var waited *WaitError
	if errors.As(e.Err, &waited) && waited.Ahead > 0 {
		return fmt.Sprintf("%s, not before %s", e.hint, waited.At.Add(waited.Ahead).UTC().Format("15:04:05 UTC"))
	}
	return e.hint
}

const (
	doubtHint = "it may have been carried out: look before sending it again"
	goneHint  = "nothing is there now: an earlier try of this call met a fault and may have deleted it, or the path and ID were wrong to begin with"
)

// inDoubt marks the failure of r where nobody knows whether it was carried out. faulted tells whether an earlier
// try of it met a fault.
func inDoubt(r *Request, err error, faulted bool) error {
	var refusal *Error
	switch {
	case r.lanes != nil: // of a batch, each item is in doubt for itself
		return err
	case faulted && r.Method() == http.MethodDelete && errors.As(err, &refusal) && refusal.Status == http.StatusNotFound:
		return &DoubtError{Err: err, hint: goneHint}
	case isRepeatable(r) || !mayHaveArrived(err):
		return err
	}
	return &DoubtError{Err: err, hint: doubtHint}
}

// mayHaveArrived tells whether a request that ended so may have been carried out.
func mayHaveArrived(err error) bool {
	var refusal *Error
	var broken *TransportError
	switch {
	case errors.Is(err, errNoAnswers):
		return true
	case errors.As(err, &refusal):
		fault := isFault(refusal.Status) || refusal.Status == http.StatusInternalServerError
		return fault && refusal.Hint() == refusal.statusHint() // with a cause that we know, it was refused
	case errors.As(err, &broken):
		var dial *net.OpError
		return !isCertificateError(err) && !(errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect"))
	}
	return false
}
