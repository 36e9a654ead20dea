package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// maxRecorded bounds what is kept of each host.
const maxRecorded = 10_000

// Request is what arrived at a host and how it was answered.
type Request struct {
	Method   string
	Path     string // as sent, not decoded
	RawQuery string
	Header   http.Header // Authorization included
	Status   int         // of the answer; 0 while there is none
}

// record keeps the last requests of one host.
type record struct {
	mu      sync.Mutex // guards entries and what they point to
	entries []*Request // oldest first
}

func (rec *record) add(r *http.Request) *Request {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	entry := &Request{Method: r.Method, Path: path, RawQuery: r.URL.RawQuery, Header: r.Header.Clone()}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.entries) >= maxRecorded {
		rec.entries[0] = nil // or the backing array keeps it alive
		rec.entries = rec.entries[1:]
	}
	rec.entries = append(rec.entries, entry)
	return entry
}

func (rec *record) requests() []Request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	all := make([]Request, len(rec.entries))
	for i, entry := range rec.entries {
		all[i] = *entry
		all[i].Header = entry.Header.Clone()
	}
	return all
}

func (rec *record) count(pathContains string) int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	n := 0
	for _, entry := range rec.entries {
		decoded, err := url.PathUnescape(entry.Path)
		if strings.Contains(entry.Path, pathContains) || err == nil && strings.Contains(decoded, pathContains) {
			n++
		}
	}
	return n
}

// recordingWriter notes the status of an answer.
type recordingWriter struct {
	http.ResponseWriter
	record *record
	entry  *Request
}

func (w *recordingWriter) WriteHeader(status int) {
	if status >= 200 { // what comes before is no answer yet
		w.setStatus(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recordingWriter) Write(b []byte) (int, error) {
	w.setStatus(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *recordingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// setStatus sets the status of an answer that has none.
func (w *recordingWriter) setStatus(status int) {
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	if w.entry.Status == 0 {
		w.entry.Status = status
	}
}
