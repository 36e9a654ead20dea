package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// allowedHeaders are the request headers that a caller may set. All others are ours or could change what a call
// means to the service without the policy seeing it (X-HTTP-Method and its like).
var allowedHeaders = []string{
	"Accept", "Accept-Language", "ConsistencyLevel", "Content-Language", "Content-Type", "If-Match",
	"If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "Prefer", "Range", "X-Anchormailbox",
	"X-Ms-Throttle-Priority",
}

// AllowedHeaders returns the names of the request headers that a caller may set.
func AllowedHeaders() []string { return slices.Clone(allowedHeaders) }

// HeaderOf makes a header of names and values. It refuses a name that is given twice in different cases: which of its
// values counts would be left to chance.
func HeaderOf(given map[string]string) (http.Header, error) {
	h := make(http.Header, len(given))
	for name, value := range given {
		if len(h.Values(name)) > 0 {
			return nil, &RequestError{Part: "headers", Problem: fmt.Sprintf("%q is given twice", http.CanonicalHeaderKey(clip(name))), Remedy: "give it once: capitals make no difference in its name"}
		}
		h.Set(name, value)
	}
	return h, nil
}

func checkHeader(h http.Header) error {
	for name, values := range h {
		if !slices.ContainsFunc(allowedHeaders, func(allowed string) bool { return strings.EqualFold(allowed, name) }) {
			return &RequestError{Part: "headers", Problem: fmt.Sprintf("%q may not be set", clip(name)),
				Remedy: "allowed are " + strings.Join(allowedHeaders, ", ")}
		}
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(value) > 2048 {
				return &RequestError{Part: "headers", Problem: fmt.Sprintf("the value of %q holds a control character or is too long", name)}
			}
		}
	}
	return nil
}
