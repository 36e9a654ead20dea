package oauth

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// The codes of RFC 6749, 7591 and 8707 and OpenID Connect that are sent.
const (
	codeInvalidRequest      = string(oidc.InvalidRequest)
	codeInvalidClient       = string(oidc.InvalidClient)
	codeInvalidGrant        = string(oidc.InvalidGrant)
	codeInvalidTarget       = string(oidc.InvalidTarget)
	codeUnsupportedGrant    = string(oidc.UnsupportedGrantType)
	codeAccessDenied        = string(oidc.AccessDenied)
	codeLoginRequired       = string(oidc.LoginRequired)
	codeRequestNotSupported = string(oidc.RequestNotSupported)
	codeServerError         = string(oidc.ServerError)
	codeUnsupportedResponse = "unsupported_response_type"
	codeUnavailable         = "temporarily_unavailable"
	codeInvalidMetadata     = "invalid_client_metadata"
	codeInvalidRedirect     = "invalid_redirect_uri"
)

// failure is an error of the protocol, which a client is told.
type failure struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func (f *failure) Error() string { return f.Code + ": " + f.Description }

func fail(code, description string) *failure { return &failure{Code: code, Description: description} }

// outageError is what cannot be done at the moment for a reason that is not the store's.
type outageError struct {
	said  string // to the client
	cause error
}

func (e *outageError) Error() string { return e.cause.Error() }

func (e *outageError) Unwrap() error { return e.cause }

const outagePause = 5 // seconds after which to ask again, when the store cannot be reached

// answerFailure tells a client of an error: a failure as it is, anything else as an outage, of which there is nothing to
// be told.
func (s *Server) answerFailure(w http.ResponseWriter, r *http.Request, err error) {
	f, known := errors.AsType[*failure](err)
	if !known {
		s.config.Log.ErrorContext(r.Context(), "authorization server", "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", strconv.Itoa(outagePause))
		said := "what the server keeps cannot be reached at the moment: try again"
		if outage, ok := errors.AsType[*outageError](err); ok {
			said = outage.said
		}
		writeFailure(w, http.StatusServiceUnavailable, failure{codeUnavailable, said})
		return
	}
	s.config.Log.InfoContext(r.Context(), "authorization server refused", "path", r.URL.Path, "error", f.Code, "reason", f.Description)
	status := http.StatusBadRequest
	if f.Code == codeInvalidClient {
		status = http.StatusUnauthorized
	}
	writeFailure(w, status, *f)
}

// answerWait tells a client that it asks too often.
func answerWait(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	writeFailure(w, http.StatusTooManyRequests, failure{codeUnavailable, "too many requests: wait and try again"})
}

func writeFailure(w http.ResponseWriter, status int, f failure) {
	f.Description = ascii(f.Description)
	writeAnswer(w, status, f)
}

func writeAnswer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that is gone needs no answer
}

// answerURL is where the browser goes with an answer to a client: to its redirect URI, with state and iss
// (RFC 9207), which tells the client whose answer it is.
func (s *Server) answerURL(a asked, answer url.Values) string {
	if a.State != "" {
		answer.Set("state", a.State)
	}
	answer.Set("iss", s.config.Issuer)
	separator := "?"
	if strings.Contains(a.Redirect, "?") {
		separator = "&"
	}
	return a.Redirect + separator + answer.Encode()
}

// failureURL is where the browser goes with an error.
func (s *Server) failureURL(a asked, f *failure) string {
	return s.answerURL(a, url.Values{"error": {f.Code}, "error_description": {ascii(f.Description)}})
}

// redirect sends the browser on. See Other, so that a form's content is never sent on (RFC 9700, section 4.12).
func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}

// ascii keeps of s what an error description may consist of (RFC 6749, section 4.1.2.1).
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < ' ' || r > '~' || r == '\\':
			return '?'
		}
		return r
	}, s)
}

// printable returns the first of s for a page or a log: no more than most runes, none of which changes how the rest is
// shown.
func printable(s string, most int) string {
	var b strings.Builder
	kept := 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			r = ' '
		}
		if !unicode.IsPrint(r) { // neither control characters nor those that turn the direction of writing
			continue
		}
		if kept == most {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		kept++
	}
	return strings.TrimSpace(b.String())
}
