package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// Fault is what goes wrong at a host. Of several that match a request, the one injected first happens. It delays,
// then drops the connection or answers by Wrap, by Handler, by Status, Header and Body, or, where all of these are zero,
// as the host would.
type Fault struct {
	Host  Host
	Match func(*http.Request) bool // which requests; nil means every one. It must not read the body.
	Times int                      // how often; 0 means until it is removed

	Status  int // 0 with a Header or Body means 200
	Header  http.Header
	Body    string
	Handler http.HandlerFunc
	Wrap    func(host http.Handler) http.Handler // returns what answers, which may have the host do so and then spoil it

	Delay    func(context.Context) // returns when the wait is over, at the latest when the request's context ends
	Drop     bool                  // close the connection without an answer
	HalfBody bool                  // cut the connection after half of the answer's body
}

// faults are those of one host.
type faults struct {
	mu     sync.Mutex // guards active and the counters in it
	active []*activeFault
}

type activeFault struct {
	Fault
	left int // how often it still happens, where Times is not 0
}

func (fs *faults) add(f Fault) (remove func()) {
	f.Header = f.Header.Clone()
	added := &activeFault{Fault: f, left: f.Times}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = append(fs.active, added)
	return func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.active = slices.DeleteFunc(slices.Clone(fs.active), func(f *activeFault) bool { return f == added })
	}
}

// take returns the fault that happens to a request, nil for none. Match is called without the lock: it is the
// test's, and may call the Tenant.
func (fs *faults) take(r *http.Request) *activeFault {
	fs.mu.Lock()
	candidates := slices.Clone(fs.active)
	fs.mu.Unlock()
	for _, f := range candidates {
		if (f.Match == nil || f.Match(r)) && fs.claim(f) {
			return f
		}
	}
	return nil
}

func (fs *faults) claim(f *activeFault) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.Times == 0 {
		return true
	}
	f.left--
	return f.left >= 0
}

func (fs *faults) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := fs.take(r)
		if f == nil {
			next.ServeHTTP(w, r)
			return
		}
		if f.Delay != nil {
			f.wait(r)
		}
		if f.Drop {
			cut(r)
		}
		h := f.answer(next)
		if f.HalfBody {
			serveHalf(w, r, h)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// wait delays a request. Its body is read first, since HTTP/1.1 notices that a client has gone only after that.
func (f *activeFault) wait(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.Delay(r.Context())
	if r.Context().Err() != nil { // nobody is there to answer any more
		panic(http.ErrAbortHandler)
	}
}

// answer returns what answers in place of next.
func (f *activeFault) answer(next http.Handler) http.Handler {
	switch {
	case f.Wrap != nil:
		return f.Wrap(next)
	case f.Handler != nil:
		return f.Handler
	case f.Status == 0 && f.Body == "" && f.Header == nil:
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), f.Header.Clone())
		w.WriteHeader(cmp.Or(f.Status, http.StatusOK))
		_, _ = io.WriteString(w, f.Body)
	})
}

// serveHalf announces the whole of h's answer, sends half of its body and cuts the connection. An answer that says
// how long it will be is not kept for that: it may be a large file.
func serveHalf(w http.ResponseWriter, r *http.Request, h http.Handler) {
	half := &halfWriter{ResponseWriter: w, status: http.StatusOK}
	h.ServeHTTP(half, r)
	half.finish()
}

// halfWriter passes half of an answer on, or keeps it until it knows how much that is.
type halfWriter struct {
	http.ResponseWriter
	status  int
	wrote   bool
	passing bool         // the answer's length is known
	left    int          // to be passed on, where passing
	kept    bytes.Buffer // where not
}

func (w *halfWriter) WriteHeader(status int) {
	if w.wrote || status < 200 {
		return
	}
	w.status, w.wrote = status, true
	if n, err := strconv.Atoi(w.Header().Get("Content-Length")); err == nil {
		w.passing, w.left = true, n/2
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *halfWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !w.passing {
		return w.kept.Write(b)
	}
	if len(b) <= w.left {
		w.left -= len(b)
		return w.ResponseWriter.Write(b)
	}
	_, _ = w.ResponseWriter.Write(b[:w.left])
	w.cut()
	return 0, http.ErrAbortHandler
}

func (w *halfWriter) finish() {
	if !w.passing {
		w.Header().Set("Content-Length", strconv.Itoa(w.kept.Len()))
		w.ResponseWriter.WriteHeader(w.status)
		_, _ = w.ResponseWriter.Write(w.kept.Bytes()[:w.kept.Len()/2])
	}
	w.cut()
}

func (w *halfWriter) cut() {
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler) // ends the connection, or the stream of HTTP/2
}

// Cut ends the connection on which a request came, without another byte and with all else that is under way on it. It
// is for a [Fault]'s Wrap, and does not return.
func Cut(r *http.Request) { cut(r) }
