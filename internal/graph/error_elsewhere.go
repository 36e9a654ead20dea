package graph

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"sync"
)

// The hosts that keep files, where downloads are redirected to and upload sessions live, are addressed by a secret.
// What such a host writes may show its address, whole or in pieces and in any spelling, so that nothing of it can be
// quoted. What is taken over has a shape that no address has: the status, codes, a request's GUID, a common
// media type, a range.
var (
	plainCode = late(`^[A-Za-z0-9_.]{1,64}$`)
	plainGUID = late(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	plainType = late(`^(text/(html|plain|xml)|application/(json|xml|octet-stream))$`)
	plainSpan = late(`^([a-z]{1,8} )?[0-9*/ -]{0,60}$`)
)

// late compiles a pattern when it is first needed: counted repetitions take long, and most servers never do.
func late(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// elsewhereError is newError for such a host's answer.
func elsewhereError(r *Request, resp *Response) *Error {
	e := &Error{Status: resp.Status, Method: r.Method(), Path: r.Path(), RetryAfter: resp.retryAfter, elsewhere: true,
		Message: elsewhereMessage(resp.Status), RequestID: resp.Header.Get("request-id"), ClientRequestID: resp.Header.Get("client-request-id")}
	if e.RequestID == "" {
		e.RequestID = resp.Header.Get("x-ms-request-id")
	}
	var wire wireError
	if err := json.Unmarshal(resp.Body, &wire); err != nil || wire.Error.Code == "" && wire.Error.Message == "" {
		e.Message += "; " + describeSize(resp)
	} else {
		said := Error{RequestID: e.RequestID, ClientRequestID: e.ClientRequestID}
		said.take(&wire.Error)
		e.takePlain(&said)
	}
	e.RequestID, e.ClientRequestID = only(plainGUID(), e.RequestID), only(plainGUID(), e.ClientRequestID)
	return e
}

// takePlain takes over what a host said, as far as it cannot be an address.
func (e *Error) takePlain(said *Error) {
	e.Code, e.RequestID, e.ClientRequestID = only(plainCode(), said.Code), said.RequestID, said.ClientRequestID
	for _, code := range said.InnerCodes[:min(len(said.InnerCodes), 4)] {
		if plainCode().MatchString(code) {
			e.InnerCodes = append(e.InnerCodes, code)
		}
	}
}

func only(shape *regexp.Regexp, s string) string {
	if shape.MatchString(s) {
		return s
	}
	return ""
}

// describeSize tells what came instead of Graph's JSON, without a word of it.
func describeSize(resp *Response) string {
	if len(resp.Body) == 0 {
		return "the answer has no body"
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind = only(plainType(), kind); kind == "" {
		kind = "of no common type"
	}
	return fmt.Sprintf("the answer (%s, %d bytes) is not one of the service's errors", kind, len(resp.Body))
}

// elsewhereMessage says in our words what a status means at a host that keeps files.
func elsewhereMessage(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "the host that keeps the file does not take the request as it is"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the host that keeps the file does not take the address that the service gave out for it: it has expired, or access is not allowed"
	case http.StatusNotFound, http.StatusGone:
		return "the host that keeps the file knows nothing, or nothing any more, under the address that the service gave out for it"
	case http.StatusConflict:
		return "something is there under this name already, or was changed meanwhile"
	case http.StatusPreconditionFailed:
		return "the file was changed meanwhile"
	case http.StatusRequestEntityTooLarge:
		return "it is too large for the host that keeps the file"
	case http.StatusRequestedRangeNotSatisfiable:
		return "the host that keeps the file does not have, or does not want, this part of it"
	case http.StatusLocked:
		return "the file is locked: it is being edited or is checked out"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "the host that keeps the file is busy"
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return "a fault at the host that keeps the file"
	case http.StatusInsufficientStorage:
		return "there is no room left for the file"
	}
	return "the host that keeps the file refuses it, in words that are not repeated as they may show the address that the service gave out for it"
}

// elsewhereHint is what helps where that is not the same as at the service itself; "" where it is.
func elsewhereHint(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return "transfer it again, which asks the service for a new address; if it stays, see whether the file is still there and may be read or written: " +
			"sharing rules and an administrator's access policies (network location, unmanaged devices) hold at that host, too"
	case http.StatusLocked:
		return "wait until it is closed or checked in, or ask who has it open"
	}
	return ""
}
