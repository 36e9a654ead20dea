package graph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRedirects bounds the hops to a pre-authenticated download.
const maxRedirects = 5

// follow follows redirects, as a file's content answers with one. The token stays behind at the first hop:
// the address is authenticated by itself, and wherever it leads is not ours to trust.
// https://learn.microsoft.com/graph/api/driveitem-get-content
func (c *Client) follow(first *http.Request, resp *http.Response) (*http.Response, error) {
	resp.Request = first // over HTTP/2 it may be a copy
	for hop := 0; isRedirect(resp.StatusCode) && first.Method == http.MethodGet; hop++ {
		resp.Body.Close()
		next, err := resp.Location()
		switch {
		case err != nil:
			return nil, errors.New("the service redirects to an address that cannot be read")
		case hop == maxRedirects:
			return nil, fmt.Errorf("more than %d redirects", maxRedirects)
		case next.Scheme != "https" || next.User != nil:
			return nil, fmt.Errorf("the service redirects to %s://%s, which is not plain https", next.Scheme, next.Host)
		}
		req, err := http.NewRequestWithContext(first.Context(), http.MethodGet, next.String(), nil)
		if err != nil {
			return nil, fmt.Errorf("the service redirects to %s, which cannot be asked", next.Host)
		}
		req.Header.Set("User-Agent", c.userAgent)
		for _, name := range []string{"Range", "If-Range", "Accept-Encoding"} {
			if value := first.Header.Get(name); value != "" {
				req.Header.Set(name, value)
			}
		}
		if resp, err = c.transport.RoundTrip(req); err != nil {
			return nil, err
		}
		resp.Request = req
	}
	return resp, nil
}

func isRedirect(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

// transportError takes the URL off the standard library's error.
func transportError(req *http.Request, err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case req.Context().Err() != nil:
		err = context.Cause(req.Context())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the connection ended before the answer was complete: %w", err)
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "invalid header"):
		err = errors.New("the answer is not HTTP as it should be") // the error would repeat a piece of it
	}
	return &TransportError{Host: req.URL.Host, Err: err}
}

func isCertificateError(err error) bool {
	var failed *tls.CertificateVerificationError
	return errors.As(err, &failed)
}

// isExpired tells whether a certificate is not valid now, by the clock of this machine.
func isExpired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

const (
	maxAttempts = 3                // further tries of one request
	maxDelay    = 30 * time.Second // a longer wait is the caller's to decide
)

// retryDelay says whether a request that failed may be sent again, and after how long. Throttled requests were
// not carried out, so any method may be repeated (https://learn.microsoft.com/graph/throttling); after a fault
// only those that do no harm when they happen twice.
func retryDelay(r *Request, resp *Response, err error, attempt int) (time.Duration, bool) {
	if attempt >= maxAttempts {
		return 0, false
	}
	repeatable := isRepeatable(r)
	if err != nil {
		var tooLarge *TooLargeError
		hopeless := errors.As(err, &tooLarge) || isCertificateError(err) ||
			errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
		return backoff(attempt) / 2, repeatable && !hopeless
	}
	if resp.Status != http.StatusTooManyRequests && !(isFault(resp.Status) && repeatable) {
		return 0, false
	}
	if resp.retryAfter > 0 {
		return resp.retryAfter, resp.retryAfter <= maxDelay
	}
	return backoff(attempt), true
}

// backoff is what to wait where the service does not say: about 1, 2, 4 s, never the same for two calls.
func backoff(attempt int) time.Duration {
	return time.Duration(float64(time.Second<<attempt) * (0.5 + rand.Float64()/2))
}

// isFault tells whether a status says that the service could not, this time.
func isFault(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// isRepeatable tells whether a request that may have been carried out can be sent again. A change is not where its
// first time changes what the second one means: under a new name, or on a condition.
func isRepeatable(r *Request) bool {
	switch r.Method() {
	case http.MethodGet:
		return true
	case http.MethodPut, http.MethodDelete:
		return !isConditional(r.header) && !choosesName(r.query)
	}
	return false
}

// isConditional tells whether the state of what a request changes decides if it is carried out
// (RFC 9110 section 13.1).
func isConditional(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(http.CanonicalHeaderKey(name), "If-") {
			return true
		}
	}
	return false
}

// choosesName tells whether a file may come under another name because its own is taken, or not at all. The
// service knows the option under more than one name: @microsoft.graph.conflictBehavior, @name.conflictBehavior.
func choosesName(query url.Values) bool {
	for name := range query {
		if strings.HasSuffix(strings.ToLower(strings.TrimSpace(name)), "conflictbehavior") {
			return true
		}
	}
	return false
}

// fits tells whether a wait leaves time for the request after it.
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
