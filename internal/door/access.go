package door

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// accessEntry is what is known of a request beside its own words, from the door to its line in the log.
type accessEntry struct {
	id        string
	remote    netip.Addr // whom it comes from; a proxy that is trusted is looked through
	secure    bool       // it came by TLS, here or at a trusted proxy
	host      string     // the Host header as it was received, whatever a proxy says
	principal string
	trace     atomic.Pointer[context.Context] // of what the request came to do, for its line in the log; nil: of nothing
}

type accessKey struct{}

func entryOf(ctx context.Context) *accessEntry {
	e, _ := ctx.Value(accessKey{}).(*accessEntry)
	return e
}

// RequestID returns the ID of the HTTP request that a context belongs to: a UUID, or what a trusted proxy has called it. It
// is "" where there is none.
func RequestID(ctx context.Context) string {
	if e := entryOf(ctx); e != nil {
		return e.id
	}
	return ""
}

// remoteOf returns whom a request comes from.
func remoteOf(ctx context.Context) netip.Addr {
	if e := entryOf(ctx); e != nil {
		return e.remote
	}
	return netip.Addr{}
}

func principalName(ctx context.Context) string {
	if e := entryOf(ctx); e != nil {
		return e.principal
	}
	return ""
}

func note(ctx context.Context, p Principal) {
	if e := entryOf(ctx); e != nil {
		e.principal = p.Name
	}
}

// Follow has the line of ctx's request name the trace that ctx belongs to.
func Follow(ctx context.Context) {
	if e := entryOf(ctx); e != nil {
		e.trace.Store(&ctx)
	}
}

// lineOf returns the context that the line of a request is written with.
func lineOf(ctx context.Context) context.Context {
	if e := entryOf(ctx); e != nil {
		if traced := e.trace.Load(); traced != nil {
			return *traced
		}
	}
	return ctx
}

// receive begins with a request: whom it comes from, and what it is called.
func (d *Door) receive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &accessEntry{remote: addressOf(r.RemoteAddr), secure: r.TLS != nil, host: r.Host}
		r = r.WithContext(context.WithValue(r.Context(), accessKey{}, e))
		if d.proxies.trusts(e.remote) {
			d.proxies.readmit(r, e)
		}
		if e.id == "" {
			e.id = uuid.NewString()
		}
		header := w.Header()
		header.Set("X-Request-Id", e.id)
		// Beside chunks there may have been a length, of which net/http says nothing, and by which a proxy has read: what
		// comes next may be a request that it has not seen (RFC 9112, section 6.1).
		if len(r.TransferEncoding) > 0 {
			header.Set("Connection", "close")
		}
		if r.TLS != nil && !isLoopbackName(hostname(r.Host)) { // by its name, other servers of this machine would be meant, too
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// isRequestID tells whether a text is fit to be written down as a request's ID.
func isRequestID(text string) bool {
	return len(text) >= 8 && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == ""
}

// Wrap puts around all that is served what each request meets, also one that nobody has to be let in for: its name, its line in
// the log, its observer, the end of its panics, and what pages of other origins may read.
func (d *Door) Wrap(next http.Handler) http.Handler {
	return d.receive(logged(d.house.Log, observed(d.house.Observer, recovered(d.house.Log, d.share(next)))))
}

// recovered turns a panic into an answer.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler {
					panic(fault)
				}
				log.ErrorContext(r.Context(), "panic", "fault", DescribePanic(fault), "path", shownPath(r.URL.Path), "stack", string(debug.Stack()))
				if status, ok := w.(*statusWriter); !ok || status.status == 0 {
					WriteError(w, http.StatusInternalServerError, "an internal fault; it was logged")
				}
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// DescribePanic says what a panic is about without repeating a value, which may be anything.
func DescribePanic(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", fault)
}

// logged writes one line per request, also for one that is broken off: never its query, which can hold a key.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		status := &statusWriter{ResponseWriter: w}
		whole := false
		defer func() {
			attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", shownPath(r.URL.Path)),
				slog.Int("status", status.status), slog.Int64("bytes", status.bytes), slog.String("principal", principalName(r.Context())),
				slog.String("remote", r.RemoteAddr), slog.Int64("took_ms", time.Since(start).Milliseconds())}
			if !whole {
				attrs = append(attrs, slog.Bool("broken_off", true)) // its status may read as if all were well
			}
			log.LogAttrs(lineOf(r.Context()), slog.LevelInfo, "request", attrs...)
		}()
		next.ServeHTTP(status, r)
		whole = true
	})
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

// shownPath is a path as it may be logged: without the ticket in it.
func shownPath(path string) string {
	const before = "/transfer/"
	for i := range len(path) - len(before) + 1 { // not in a lower-case copy, in which letters may be longer
		if end := i + len(before); strings.EqualFold(path[i:end], before) {
			return path[:end] + "…"
		}
	}
	return path
}
