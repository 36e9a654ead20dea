package aisearch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Error is a search that the service refused, or that could not be made.
type Error struct {
	Status     int // HTTP status; 0 where it did not come to one
	Index      string
	Code       string
	Problem    string // the service's message, or ours
	RequestID  string // for Microsoft's support
	RetryAfter time.Duration
	Remedy     string // where it is known without the status
}

// Error says what the service said.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "searching the index %s", e.Index)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Code != "" {
		b.WriteString(", " + e.Code)
	}
	if e.Problem != "" {
		b.WriteString(": " + e.Problem)
	}
	if e.RequestID != "" {
		b.WriteString(" (request-id " + e.RequestID + ")")
	}
	return b.String()
}

// Hint says what to do next. https://learn.microsoft.com/rest/api/searchservice/http-status-codes
func (e *Error) Hint() string {
	if e.Remedy != "" {
		return e.Remedy
	}
	switch e.Status {
	case http.StatusBadRequest:
		return "correct the parameter that the message names: fields must exist in the index and be searchable, filterable, sortable or retrievable, as their use asks"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the service refuses the key: store the current query key (Azure portal, the search service, Keys) where azure_ai_search.api_key of the profile leads, and check that the service accepts API keys and this machine's address"
	case http.StatusNotFound:
		return "check azure_ai_search.index and endpoint in the profile: the service has no index of this name"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if e.RetryAfter > 0 {
			return fmt.Sprintf("the service asks to wait %.0f s before the next try", e.RetryAfter.Seconds())
		}
		return "the service is busy: wait a little before the next try, and ask for less at once"
	}
	switch {
	case e.Status >= 500:
		return "a fault on the service's side: try again in a moment; if it stays, quote the request-id to Microsoft's support"
	case e.Status >= 300 && e.Status < 400:
		return "the endpoint answers with a redirect, which is not followed, so that the key stays with its host: write the address it leads to into azure_ai_search.endpoint, if that is the search service"
	}
	return ""
}

// wireError is the body of a refusal.
type wireError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Details []struct {
			Message string `json:"message"`
		} `json:"details"`
	} `json:"error"`
}

// maxErrorText bounds what an error repeats of an answer.
const maxErrorText = 1024

// refusal makes the Error of an answer.
func (c *Client) refusal(a *answer, key string) error {
	e := &Error{Status: a.status, Index: c.config.Index, RequestID: a.header.Get("request-id"), RetryAfter: a.retryAfter}
	var wire wireError
	switch {
	case json.Unmarshal(a.body, &wire) == nil && wire.Error.Code+wire.Error.Message != "":
		e.Code, e.Problem = wire.Error.Code, wire.Error.Message
		for _, d := range wire.Error.Details {
			if d.Message != "" && !strings.Contains(e.Problem, d.Message) {
				e.Problem += " [" + d.Message + "]"
			}
		}
	case len(a.body) > 0 && utf8.Valid(a.body):
		e.Problem = "the answer is not one of the service's errors: " + string(a.body)
	}
	for _, text := range []*string{&e.Code, &e.Problem, &e.RequestID} {
		*text = clip(strings.Join(strings.Fields(strings.ReplaceAll(*text, key, hidden)), " "), maxErrorText)
	}
	return e
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
