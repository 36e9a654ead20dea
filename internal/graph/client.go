package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// Config makes a [Client].
type Config struct {
	Auth      Authorizer
	Transport http.RoundTripper // carries proxy, CA and time-outs of the connection
	UserAgent string
	MaxBody   int64        // bytes of an answer that are read; 0: 16 MiB
	InFlight  int          // calls that are with the services at once; 0: 64
	Log       *slog.Logger // one line per request, never with a query or a body; nil: none
	Observer  Observer     // nil: nobody
}

// Client sends requests to the services. It may be used by many goroutines at once.
type Client struct {
	auth      Authorizer
	transport http.RoundTripper
	userAgent string
	maxBody   int64
	log       *slog.Logger
	observer  Observer // nil: nobody
	gate      *gate
	wait      func(context.Context, time.Duration) error
}

// Response is a service's answer that is not a refusal.
type Response struct {
	Status     int
	Header     http.Header
	Body       []byte
	Stream     io.ReadCloser // the body instead of Body, where the request was [Request.Streamed]; the caller closes it
	Size       int64         // of Stream, in bytes; -1 where it is not known
	retryAfter time.Duration
	from       *Client // which received it; nil where none did
	elsewhere  bool    // it came from where the service redirected to

	// Ended is called once by [Upload] with what came of the upload session that this answer has opened. Whoever
	// hands the answer on may set it; nil: nobody wants to know.
	Ended func(*Response, error)
}

// Caller sends a request. A [Client] is one; so is a guard in front of it.
type Caller interface {
	Do(ctx context.Context, r *Request) (*Response, error)
}

const defaultMaxBody = 16 << 20

// NewClient makes a client. It opens nothing.
func NewClient(c Config) *Client {
	// Not an http.Client: that follows redirects with the token to sub-domains, and repeats addresses in errors.
	client := &Client{auth: c.Auth, transport: c.Transport, userAgent: c.UserAgent, maxBody: c.MaxBody, log: c.Log, observer: c.Observer, gate: newGate(c.InFlight), wait: sleep}
	if client.transport == nil {
		client.transport = http.DefaultTransport
	}
	if client.maxBody <= 0 {
		client.maxBody = defaultMaxBody
	}
	if client.log == nil {
		client.log = slog.New(slog.DiscardHandler)
	}
	return client
}

// Do sends r and returns the answer, or an [*Error] where the service refused. A refused token is renewed once;
// throttling and faults are waited out as [retryDelay] allows, within ctx: a [*WaitError] tells what for. The other
// calls of a throttled workload wait, too. A [*DoubtError] is for a change that may have been carried out. Cancelling
// ctx ends the request at the service's side.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	request := TokenRequest{Audience: r.Audience()}
	id := uuid.NewString()
	renewed := false
	for p := (passage{request: r, lane: workloadOf(r)}); ; {
		token, err := c.auth.Token(ctx, request)
		if err != nil {
			return nil, err
		}
		resp, err := c.pass(ctx, &p, token, id)
		if err == nil && (resp.Status < http.StatusMultipleChoices || resp.Status == http.StatusNotModified) {
			return resp, nil
		}
		if err == nil && resp.Status == http.StatusUnauthorized && !resp.elsewhere && !renewed {
			renewed = true
			request.Rejected = token
			request.Claims = claimsChallenge(resp.Header.Values("WWW-Authenticate"))
			continue
		}
		request.Rejected = ""
		if err := c.again(ctx, &p, resp, err); err != nil {
			return nil, inDoubt(r, err, p.faulted)
		}
	}
}

// send makes one HTTP exchange, redirects included, and reads the answer whole.
func (c *Client) send(ctx context.Context, r *Request, token, id string) (*Response, error) {
	start := time.Now()
	ctx, end := c.begin(ctx, r.Method(), workloadOf(r).name)
	var body io.Reader // nil where there is none: HTTP/2 would begin a goroutine to close it
	if len(r.Body()) > 0 {
		body = bytes.NewReader(r.Body())
	}
	req, err := http.NewRequestWithContext(ctx, r.Method(), r.URL(), body)
	if err != nil {
		end(nil, err)
		return nil, fmt.Errorf("making the request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	if r.streamed { // or the transport asks for it packed, and neither its size nor a part's place is known
		req.Header.Set("Accept-Encoding", "identity")
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("client-request-id", id)
	c.carry(ctx, req.Header)
	resp, err := c.exchange(req, r.streamed)
	end(resp, err)
	status := 0
	if resp != nil {
		status = resp.Status
	}
	if c.log.Enabled(ctx, slog.LevelDebug) { // to write out the path costs something
		c.log.LogAttrs(ctx, slog.LevelDebug, "graph request", slog.String("method", r.Method()), slog.String("host", r.origin.Host),
			slog.String("path", r.Path()), slog.Int("status", status), slog.String("client_request_id", id),
			slog.Int64("took_ms", time.Since(start).Milliseconds()))
	}
	return resp, err
}

func (c *Client) exchange(req *http.Request, streamed bool) (*Response, error) {
	resp, err := c.transport.RoundTrip(req)
	if err == nil {
		resp, err = c.follow(req, resp)
	}
	if err != nil {
		return nil, transportError(req, err)
	}
	answer := &Response{Status: resp.StatusCode, Header: resp.Header, from: c, elsewhere: resp.Request != req,
		retryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	if streamed && resp.StatusCode < http.StatusMultipleChoices {
		answer.Stream, answer.Size = resp.Body, resp.ContentLength
		return answer, nil
	}
	defer resp.Body.Close()
	if answer.Body, err = c.read(resp); err != nil {
		return nil, transportError(req, err)
	}
	return answer, nil
}

func (c *Client) read(resp *http.Response) ([]byte, error) {
	var buf bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= c.maxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, c.maxBody+1))
	if n > c.maxBody {
		return nil, &TooLargeError{Limit: c.maxBody}
	}
	return buf.Bytes(), err
}

// TooLargeError says that an answer was larger than may be read.
type TooLargeError struct{ Limit int64 }

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d MiB", e.Limit>>20)
}

// Hint says how to get a smaller answer.
func (e *TooLargeError) Hint() string {
	return "ask for less: fewer properties with $select, fewer items with $top, or one item at a time"
}

// TransportError is an exchange that did not come to an answer.
type TransportError struct {
	Host string
	Err  error
}

// Error names the host and the cause, without the URL: a query can hold personal data.
func (e *TransportError) Error() string { return fmt.Sprintf("talking to %s: %v", e.Host, e.Err) }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Hint says what is usually behind it.
func (e *TransportError) Hint() string {
	var hinted interface{ Hint() string }
	switch {
	case errors.As(e.Err, &hinted):
		return hinted.Hint()
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "the call ran out of time: ask for less at once, or try again"
	case errors.Is(e.Err, context.Canceled):
		return ""
	case errors.Is(e.Err, syscall.EMFILE), errors.Is(e.Err, syscall.ENFILE):
		return "the server has too many files and connections open: try again in a moment; where it stays so, raise its limit of open files (ulimit -n; LimitNOFILE= in a systemd unit)"
	case isExpired(e.Err):
		return "the host's certificate is not valid at the time that this machine has: check its clock first; behind a proxy that inspects TLS, the proxy's certificate may have expired"
	case isCertificateError(e.Err):
		return "the host's certificate is not trusted here: behind a proxy that inspects TLS, set the profile's ca_file to its CA certificate"
	}
	return networkHint
}
