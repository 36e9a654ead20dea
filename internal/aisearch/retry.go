package aisearch

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxAttempts = 3                // further tries of one search
	maxDelay    = 30 * time.Second // a longer wait is the caller's to decide
)

// retryDelay says whether a search that failed is worth another try, and after how long.
func retryDelay(a *answer, err error, attempt int) (time.Duration, bool) {
	if attempt >= maxAttempts {
		return 0, false
	}
	backoff := time.Duration(float64(time.Second<<attempt) * (0.5 + rand.Float64()/2))
	if err != nil {
		var broken *TransportError
		return backoff / 2, errors.As(err, &broken) && !broken.hopeless()
	}
	switch a.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	if a.retryAfter > 0 {
		return a.retryAfter, a.retryAfter <= maxDelay
	}
	return backoff, true
}

// fits tells whether a wait leaves time for the request after it. It, sleep, parseRetryAfter and isCertificateError
// are as in graph (internal/twins_test.go).
func fits(ctx context.Context, delay time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > delay
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// maxRetryAfter is the longest that we take a service to ask for.
const maxRetryAfter = 30 * 24 * time.Hour

// parseRetryAfter reads seconds or an HTTP date (RFC 9110 section 10.2.3); 0 where there is neither.
func parseRetryAfter(s string, now time.Time) time.Duration {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(s, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && seconds >= 0 {
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(s); err == nil && at.After(now) {
		return min(at.Sub(now), maxRetryAfter)
	}
	return 0
}

// TransportError is a search that did not come to an answer.
type TransportError struct {
	Host string
	Err  error
}

// Error names the host and the cause.
func (e *TransportError) Error() string { return "talking to " + e.Host + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Hint says what is usually behind it.
func (e *TransportError) Hint() string {
	switch {
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "the call ran out of time: ask for less at once, or try again"
	case errors.Is(e.Err, context.Canceled):
		return ""
	case isCertificateError(e.Err):
		return "the host's certificate is not trusted here: behind a proxy that inspects TLS, set the profile's ca_file to its CA certificate"
	}
	return "check azure_ai_search.endpoint in the profile, and the network and proxy settings (HTTPS_PROXY) of the machine this server runs on"
}

// hopeless tells whether another try would end the same.
func (e *TransportError) hopeless() bool {
	return isCertificateError(e.Err) || errors.Is(e.Err, context.Canceled) || errors.Is(e.Err, context.DeadlineExceeded)
}

func isCertificateError(err error) bool {
	var failed *tls.CertificateVerificationError
	return errors.As(err, &failed)
}

// transportError takes the URL off the standard library's error, and what a malformed answer said.
func (c *Client) transportError(req *http.Request, err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch text := err.Error(); {
	case req.Context().Err() != nil:
		err = context.Cause(req.Context())
	case strings.Contains(text, "malformed"), strings.Contains(text, "invalid header"):
		err = errors.New("the answer is not HTTP as it should be")
	}
	return &TransportError{Host: c.host, Err: err}
}
