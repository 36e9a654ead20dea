package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Error is a refusal by Microsoft Graph or Azure Resource Manager, kept whole.
// Its shape: https://learn.microsoft.com/graph/errors
type Error struct {
	Status          int           // HTTP status
	Code            string        // the service's code, the deepest one: Request_ResourceNotFound, ErrorItemNotFound…
	Message         string        // the service's message; for an answer that is not JSON, its beginning; for one of a host that keeps files, our words
	InnerCodes      []string      // codes of the inner errors, outermost first
	Target          string        // what the error is about, where the service says so
	RequestID       string        // for Microsoft's support
	ClientRequestID string        // ours, in the services' logs
	RetryAfter      time.Duration // how long to wait; 0 where not said
	Method, Path    string        // of the request that was refused
	Restart         string        // where a delta query starts over, where the service says so; on its own host
	challenge       string        // decoded claims of a 401
	elsewhere       bool          // it comes from a host that keeps files: see elsewhereError
}

// Error gives everything that helps a caller to understand the refusal, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: HTTP %d", e.Method, e.Path, e.Status)
	if text := http.StatusText(e.Status); text != "" {
		b.WriteString(" " + text)
	}
	if e.Code != "" {
		b.WriteString(", " + e.Code)
	}
	for _, code := range e.InnerCodes {
		b.WriteString(" > " + code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	var notes []string
	if e.Target != "" {
		notes = append(notes, "target "+e.Target)
	}
	if e.RetryAfter > 0 {
		notes = append(notes, fmt.Sprintf("retry after %.0f s", e.RetryAfter.Seconds()))
	}
	if e.RequestID != "" {
		notes = append(notes, "request-id "+e.RequestID)
	}
	if e.ClientRequestID != "" && e.ClientRequestID != e.RequestID {
		notes = append(notes, "client-request-id "+e.ClientRequestID)
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// AskedToWait returns how long the service asked to wait; 0 where it did not.
func (e *Error) AskedToWait() time.Duration { return e.RetryAfter }

// wireError is the body of a refusal. Services disagree on the spelling of innerError, and encoding/json
// matches it in any case.
type wireError struct {
	Error wireErrorBody `json:"error"`
}

type wireErrorBody struct {
	Code            string         `json:"code"`
	Message         string         `json:"message"`
	Target          string         `json:"target"`
	RequestID       string         `json:"request-id"`
	ClientRequestID string         `json:"client-request-id"`
	Details         []wireDetail   `json:"details"`
	InnerError      *wireErrorBody `json:"innerError"`
}

type wireDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

const (
	maxErrorText  = 512 // bytes that an error repeats of a body that is not Graph's JSON
	maxErrorName  = 128 // bytes of a code, a target or an ID; the service's own are below 70
	maxInnerCodes = 8
)

// newError makes the Error of a refused request.
func newError(r *Request, resp *Response) *Error {
	if resp.elsewhere {
		return elsewhereError(r, resp)
	}
	e := &Error{
		Status: resp.Status, Method: r.Method(), Path: r.Path(),
		RequestID:       clipTo(resp.Header.Get("request-id"), maxErrorName),
		ClientRequestID: clipTo(resp.Header.Get("client-request-id"), maxErrorName),
		RetryAfter:      resp.retryAfter,
	}
	if e.RequestID == "" {
		e.RequestID = clipTo(resp.Header.Get("x-ms-request-id"), maxErrorName) // Azure Resource Manager's name for it
	}
	if link := resp.Header.Get("Location"); resp.Status == http.StatusGone && strings.HasPrefix(strings.ToLower(link), r.Audience()+"/") {
		e.Restart = link
	}
	if resp.Status == http.StatusUnauthorized {
		e.challenge = claimsChallenge(resp.Header.Values("WWW-Authenticate"))
	}
	var wire wireError
	if err := json.Unmarshal(resp.Body, &wire); err != nil || wire.Error.Code == "" && wire.Error.Message == "" {
		e.Message = describeForeignBody(resp)
		return e
	}
	e.take(&wire.Error)
	return e
}

func (e *Error) take(w *wireErrorBody) {
	e.Code, e.Message, e.Target = clipTo(w.Code, maxErrorName), w.Message, clipTo(w.Target, maxErrorName)
	for _, d := range w.Details {
		e.Message += fmt.Sprintf(" [%s", strings.TrimSpace(d.Code+" "+d.Target))
		if d.Message != "" && d.Message != w.Message {
			e.Message += ": " + d.Message
		}
		e.Message += "]"
	}
	for inner := w.InnerError; inner != nil; inner = inner.InnerError {
		if inner.Code != "" && inner.Code != e.Code && len(e.InnerCodes) < maxInnerCodes {
			e.InnerCodes = append(e.InnerCodes, clipTo(inner.Code, maxErrorName))
		}
		if inner.Message != "" && inner.Message != w.Message {
			e.Message += " (" + inner.Message + ")"
		}
		if e.RequestID == "" {
			e.RequestID = clipTo(inner.RequestID, maxErrorName)
		}
		if e.ClientRequestID == "" {
			e.ClientRequestID = clipTo(inner.ClientRequestID, maxErrorName)
		}
	}
	e.Message = clipTo(e.Message, 4*maxErrorText)
}

// describeForeignBody tells what came instead of Graph's JSON: a proxy's or a gateway's page, or nothing.
func describeForeignBody(resp *Response) string {
	if len(resp.Body) == 0 {
		return "the answer has no body"
	}
	kind := resp.Header.Get("Content-Type")
	if kind == "" {
		kind = "no content type"
	}
	if !utf8.Valid(resp.Body) {
		return fmt.Sprintf("the answer (%s, %d bytes) is not one of the service's errors", kind, len(resp.Body))
	}
	return fmt.Sprintf("the answer (%s) is not one of the service's errors: %s", kind,
		clipTo(strings.Join(strings.Fields(string(resp.Body)), " "), maxErrorText))
}

func clipTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
