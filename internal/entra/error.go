package entra

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// class says how a failure is treated. The zero value is not retried.
type class int

const (
	permanent class = iota // somebody must change something first
	transient              // may pass by itself
	unread                 // the secret could not be read
	unsigned               // a person has to sign in
)

// Error is how an identity fails. It holds no secret and no token. It is
// immutable.
type Error struct {
	Code          string        // Entra's code, such as AADSTS7000215, or ""
	OAuth         string        // the error of RFC 6749, section 5.2, such as invalid_client, or ""
	Message       string        // what is wrong, for a person
	TraceID       string        // of Entra's answer, for Microsoft's support
	CorrelationID string        // the same, for our request
	Status        int           // of the HTTP answer; 0 where there was none
	RetryAfter    time.Duration // as the authority asked; 0 where it did not

	doing  string
	hint   string
	claims string // what the next sign-in has to bring (JSON), or ""
	gone   bool   // the grant that the request stood on has ended
	person bool   // the authority, or the profile, refuses the person
	cause  error
	class  class
	next   time.Duration // the time to the next attempt, where this error is a remembered one
}

// Error returns what was done, Entra's codes and message, and the numbers that
// Microsoft's support asks for. The remedy is not part of it: whoever shows the
// error to a person adds [Error.Hint].
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	if e.doing != "" {
		parts = append(parts, e.doing)
	}
	switch {
	case e.Code != "" && e.OAuth != "":
		parts = append(parts, e.Code+" ("+e.OAuth+")")
	case e.Code+e.OAuth != "":
		parts = append(parts, e.Code+e.OAuth)
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	text := strings.Join(parts, ": ")
	switch {
	case e.TraceID != "":
		text += fmt.Sprintf(" (trace ID %s, correlation ID %s)", e.TraceID, e.CorrelationID)
	case e.CorrelationID != "":
		text += fmt.Sprintf(" (correlation ID %s)", e.CorrelationID)
	}
	if e.next > 0 {
		text += fmt.Sprintf("; not asked again yet: the next attempt is possible in %s", seconds(e.next))
	}
	return text
}

// hintToWait says how long the authority wants us to wait, where it did.
func (e *Error) hintToWait() {
	if e.class == transient && e.RetryAfter > 0 {
		e.hint = "wait " + seconds(e.RetryAfter) + " and try again; if it stays, look at Microsoft's service health"
	}
}

// Hint returns what to do next, with the profile's own values filled in.
func (e *Error) Hint() string { return e.hint }

// SignInNeeded reports whether the call would go through once a person has signed in.
func (e *Error) SignInNeeded() bool { return e.class == unsigned }

// ForPerson reports whether the error is about the person who signs in, and for them to see. Any other is about the app,
// its credential or the way to the authority, of which strangers should learn nothing.
func (e *Error) ForPerson() bool { return e.class == unsigned || e.person }

// forPerson returns e as one that is about the person.
func (e *Error) forPerson() *Error {
	personal := *e
	personal.person = true
	return &personal
}

// Gone reports whether what a person has granted has ended for good, so that it need not be kept.
func (e *Error) Gone() bool { return e.gone }

// Class says in a word or code why there is no token, for logs: Entra's code, else OAuth's, else what kind of failure it is.
func (e *Error) Class() string {
	return cmp.Or(e.Code, e.OAuth, [...]string{permanent: "fault", transient: "unreachable", unread: "unread", unsigned: "sign-in needed"}[e.class])
}

// OfCredential reports whether what the app proves itself with is what fails: it could not be read, or is not taken. Of
// those who sign in to somebody else's server nobody can mend that, nor has to see what is wrong with it.
func (e *Error) OfCredential() bool { return e.class == unread || e.OAuth == "invalid_client" }

// Unwrap returns the cause: an error of the connection or of the secret's
// source, nil where the authority itself refused.
func (e *Error) Unwrap() error { return e.cause }

// hinter is an error that knows the remedy.
type hinter interface {
	error
	Hint() string
}

// newError returns a failure that does not pass by itself; hint is a template.
func (c Config) newError(message, hint string) *Error {
	return &Error{Message: message, hint: c.fill(hint)}
}

// closedError returns the failure of an identity that is no longer used.
func (c Config) closedError() *Error {
	return c.newError("the identity is closed", "the server is stopping, or its configuration was read anew: try again in a moment")
}

// unreadError returns the failure to read a credential. Its source knows the
// remedy.
func (c Config) unreadError(err error) *Error {
	e := &Error{Message: err.Error(), cause: err, class: unread}
	if source, ok := errors.AsType[hinter](err); ok {
		e.hint = source.Hint()
	} else {
		e.hint = c.fill("check the credential of profile {profile}")
	}
	return e
}

// seconds writes d for a person, at least one second.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%d s", max(1, int64((d+time.Second-1)/time.Second)))
}
