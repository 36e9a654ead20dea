package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/time/rate"
)

// door is what a request passes on its way to the protocol, in this order: Host and Origin, the body's size,
// who asks, how often.
type door struct {
	hosts   hosts
	keys    keyring
	maxBody int64
	running chan struct{} // one place per request at once
	perMin  int
	log     *slog.Logger

	mu       sync.Mutex
	limiters map[string]*rate.Limiter // guarded by mu; by principal, of which there are as many as keys
}

func newDoor(c HTTPConfig) *door {
	return &door{hosts: newHosts(c), keys: keyring{keys: c.Keys, query: c.QueryKey}, maxBody: c.MaxBody, perMin: c.RateLimit,
		running: make(chan struct{}, max(1, c.MaxConcurrent)), log: c.Log, limiters: map[string]*rate.Limiter{}}
}

func (d *door) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if what, ok := d.hosts.allows(r); !ok {
			d.log.Warn("refused by name", "header", what, "remote", r.RemoteAddr)
			writeError(w, http.StatusForbidden, fmt.Sprintf("this %s is not allowed; allowed_hosts and allowed_origins in the configuration's [http] say which are", what))
			return
		}
		if r.ContentLength > d.maxBody {
			d.refuseBody(w)
			return
		}
		p, ok := d.keys.authenticate(r)
		if !ok {
			d.log.Warn("refused: no valid API key", "remote", r.RemoteAddr)
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+Name+`"`)
			writeError(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		note(r.Context(), p)
		if wait, ok := d.admit(p); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
			writeError(w, http.StatusTooManyRequests, "too many requests: wait and try again")
			return
		}
		defer func() { <-d.running }()
		// The body is read after authentication: nobody else gets memory for it.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, d.maxBody))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			d.refuseBody(w)
			return
		case err != nil:
			writeError(w, http.StatusBadRequest, "the request's body did not arrive whole")
			return
		}
		r = r.WithContext(withPrincipal(r.Context(), p))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func (d *door) refuseBody(w http.ResponseWriter) {
	w.Header().Set("Connection", "close") // the rest of the body is not worth reading
	writeError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is larger than %d bytes (max_body in the configuration's [http])", d.maxBody))
}

// admit takes a place for one request, unless the principal asks too often or the server is full.
func (d *door) admit(p principal) (wait time.Duration, ok bool) {
	if d.perMin > 0 {
		d.mu.Lock()
		limiter, known := d.limiters[p.name]
		if !known {
			limiter = rate.NewLimiter(rate.Limit(float64(d.perMin)/60), d.perMin)
			d.limiters[p.name] = limiter
		}
		d.mu.Unlock()
		reservation := limiter.Reserve()
		if delay := reservation.Delay(); delay > 0 {
			reservation.Cancel()
			return delay, false
		}
	}
	select {
	case d.running <- struct{}{}:
		return 0, true
	default:
		return time.Second, false
	}
}

// foreignCancel tells whether a request is a cancellation that must not reach the library: it looks calls up
// by session and request id, and clients without sessions all share the empty one, so that one client's
// cancellation would end another's call. Those clients cancel by closing their request.
func foreignCancel(r *http.Request) (bool, error) {
	if r.Method != http.MethodPost {
		return false, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var message struct {
		Method string `json:"method"`
		Params struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &message) != nil || message.Method != "notifications/cancelled" {
		return false, nil
	}
	// A version in the body makes the library forget the session, whatever the headers say.
	_, versioned := message.Params.Meta[mcp.MetaKeyProtocolVersion]
	return versioned || r.Header.Get(server.HeaderKeySessionID) == "" || isModern(r), nil
}

// isModern tells whether a request says that it is of a protocol version without sessions.
func isModern(r *http.Request) bool {
	return mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion))
}

// recovered turns a panic into an answer.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler {
					panic(fault)
				}
				log.Error("panic", "fault", fmt.Sprint(fault), "path", r.URL.Path, "stack", string(debug.Stack()))
				writeError(w, http.StatusInternalServerError, "an internal fault; it was logged")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// logged writes one line per request: never its query, which can hold a key.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		entry := &accessEntry{}
		status := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(status, r.WithContext(context.WithValue(r.Context(), accessKey{}, entry)))
		log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", status.status), slog.Int64("bytes", status.bytes), slog.String("principal", entry.principal),
			slog.String("remote", r.RemoteAddr), slog.Duration("took", time.Since(start)))
	})
}

// accessEntry is what the door adds to a request's line in the log.
type accessEntry struct{ principal string }

type accessKey struct{}

func note(ctx context.Context, p principal) {
	if entry, ok := ctx.Value(accessKey{}).(*accessEntry); ok {
		entry.principal = p.name
	}
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Flush and Unwrap pass streaming through.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
