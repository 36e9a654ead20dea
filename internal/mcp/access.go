package mcp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"
)

// recovered turns a panic into an answer.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler {
					panic(fault)
				}
				log.Error("panic", "fault", describePanic(fault), "path", shownPath(r.URL.Path), "stack", string(debug.Stack()))
				if status, ok := w.(*statusWriter); !ok || status.status == 0 {
					writeError(w, http.StatusInternalServerError, "an internal fault; it was logged")
				}
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// describePanic says what a panic is about without repeating a value, which may be anything.
func describePanic(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", fault)
}

// logged writes one line per request, also for one that is broken off: never its query, which can hold a key.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		entry := &accessEntry{}
		status := &statusWriter{ResponseWriter: w}
		whole := false
		defer func() {
			attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", shownPath(r.URL.Path)),
				slog.Int("status", status.status), slog.Int64("bytes", status.bytes), slog.String("principal", entry.principal),
				slog.String("remote", r.RemoteAddr), slog.Duration("took", time.Since(start))}
			if !whole {
				attrs = append(attrs, slog.Bool("broken_off", true)) // its status may read as if all were well
			}
			log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
		}()
		next.ServeHTTP(status, r.WithContext(context.WithValue(r.Context(), accessKey{}, entry)))
		whole = true
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

// quiet keeps the library's chatter, session IDs in it, out of the log.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }
