package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// exchange sends one request to the session's host: without the token, which is not that host's business, and not
// through the gate, as the host is none of the service's. A refusal is an [*Error].
func (s *session) exchange(ctx context.Context, method string, slice []byte, contentRange string) (*Response, error) {
	start := time.Now()
	limit := s.patience.stall
	if slice != nil && s.sent == s.size { // a large file takes its time to be stored
		limit *= 5
	}
	ctx, end := s.client.begin(ctx, method, "upload session")
	w, ctx := newWatch(ctx, limit)
	defer w.close()
	req, err := http.NewRequestWithContext(ctx, method, string(s.address), nil)
	if err != nil { // it would show the address
		end(nil, err)
		return nil, &obstacle{text: "the service's address for the upload cannot be used"}
	}
	req.Header.Set("User-Agent", s.client.userAgent)
	if slice != nil {
		body := &sliceBody{rest: slice, watch: w}
		defer body.detach()
		req.Body, req.ContentLength = body, int64(len(slice))
		req.Header.Set("Content-Range", contentRange)
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	w.started()
	resp, err := s.receive(req, w)
	end(resp, err)
	status := 0
	if resp != nil {
		status = resp.Status
	}
	s.client.log.LogAttrs(ctx, slog.LevelDebug, "upload session", slog.String("method", method), slog.String("host", s.host),
		slog.Int("bytes", len(slice)), slog.Int("status", status), slog.Int64("took_ms", time.Since(start).Milliseconds()))
	if err == nil && status >= http.StatusMultipleChoices {
		refused := newError(s.request, resp)
		refused.Method = method
		return nil, refused
	}
	return resp, err
}

func (s *session) receive(req *http.Request, w *watch) (*Response, error) {
	resp, err := s.client.transport.RoundTrip(req)
	if err != nil {
		return nil, s.interrupted(req, w, err)
	}
	defer resp.Body.Close()
	if isRedirect(resp.StatusCode) {
		return nil, &obstacle{text: fmt.Sprintf("%s answers an upload with a redirect, which is not followed", s.host), hint: "try again later; if it stays, ask the tenant's administrator"}
	}
	answer := &Response{Status: resp.StatusCode, Header: resp.Header, from: s.client, elsewhere: true,
		retryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	w.started()
	if answer.Body, err = s.client.read(resp); err != nil {
		return nil, s.interrupted(req, w, err)
	}
	return answer, nil
}

// interrupted is err as what ended the exchange, without its address.
func (s *session) interrupted(req *http.Request, w *watch, err error) error {
	if cause := w.cause(); errors.Is(cause, errStalled) {
		return &TransportError{Host: s.host, Err: cause}
	}
	return transportError(req, err)
}

// sliceBody gives a slice to the transport, which may go on reading after it has answered: the slice's memory is
// the next one's then.
type sliceBody struct {
	watch *watch

	mu   sync.Mutex // guards all below
	rest []byte
	gone bool // rest is not ours any more
}

func (b *sliceBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.gone:
		return 0, io.ErrUnexpectedEOF
	case len(b.rest) == 0:
		return 0, io.EOF
	}
	b.watch.started()
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close is for the transport; what it was given is ours still.
func (b *sliceBody) Close() error { return nil }

func (b *sliceBody) detach() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone, b.rest = len(b.rest) > 0, nil
}
