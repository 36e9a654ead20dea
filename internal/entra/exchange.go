package entra

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// maxBody bounds what the authority may answer, in bytes.
const maxBody = 1 << 20

var (
	errTooLarge    = errors.New("the answer is too large")
	errForeignHost = errors.New("the request would leave for another host")
)

// exchange is the HTTP client that MSAL is handed for one request for a token.
// It keeps the last answer, because MSAL's errors print bodies. MSAL calls it
// from one goroutine.
type exchange struct {
	*client
	hidden []secret.Text // what no message may show
	pace   *pace         // of polls for a device code; nil for other requests
	last   *answer
}

// answer is what became of one HTTP request.
type answer struct {
	host      string
	toToken   bool // a request for the token itself, not for the authority's metadata
	requestID string
	status    int
	header    http.Header
	body      []byte
	err       error // of the transport; nil where there is a whole answer
}

// Do sends a request of MSAL's and reads the whole answer.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	said := &answer{host: hostOf(req.URL), toToken: req.Method == http.MethodPost, requestID: req.Header.Get("client-request-id")}
	x.last = said
	// The token endpoint comes from the authority's metadata: the secret must
	// not go wherever that says.
	if !x.cloud.has(req.URL) {
		said.err = errForeignHost
		x.documents.clear() // one of them named the host
		return nil, said.err
	}
	if !said.toToken && x.documents != nil {
		return x.read(req)
	}
	x.hideAssertion(req)
	if x.pace != nil {
		if said.err = x.pace.before(req.Context(), x.client); said.err != nil {
			return nil, said.err
		}
		defer x.pace.after(said)
	}
	return x.send(req)
}

// send sends a request, reads the whole answer into x.last, and logs that.
func (x *exchange) send(req *http.Request) (*http.Response, error) {
	said, start := x.last, time.Now()
	ctx, end := x.observe(req.Context())
	defer func() { end(said) }()
	resp, err := x.http.Do(req.WithContext(ctx))
	if err == nil {
		said.status, said.header = resp.StatusCode, resp.Header
		said.body, err = readAll(resp.Body)
	}
	said.err = err
	x.record(ctx, said, time.Since(start))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(said.body))
	return resp, nil
}

// CloseIdleConnections closes the connections that are not in use.
func (x *exchange) CloseIdleConnections() { x.http.CloseIdleConnections() }

// record logs one line per request, and never a body.
func (x *exchange) record(ctx context.Context, said *answer, took time.Duration) {
	level, what := slog.LevelDebug, "metadata request"
	if said.toToken {
		level, what = slog.LevelInfo, "token request"
	}
	x.log.Log(ctx, level, what, "host", said.host, "status", said.status,
		"took_ms", took.Milliseconds(), "client_request_id", said.requestID)
}

func readAll(body io.ReadCloser) ([]byte, error) {
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err == nil && len(data) > maxBody {
		return nil, errTooLarge
	}
	return data, err
}

func hostOf(u *url.URL) string { return strings.ToLower(u.Host) }

// sameHost compares two hosts, with or without https's port.
func sameHost(a, b string) bool {
	return strings.TrimSuffix(a, ":443") == strings.TrimSuffix(b, ":443")
}
