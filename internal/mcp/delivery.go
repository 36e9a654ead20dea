package mcp

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// progress reports how far a call is, where the client asked for it.
type progress struct {
	server *server.MCPServer
	token  mcp.ProgressToken
	sent   bool
	last   int // reported
	before int // reported by what ran before; what is reported now comes on top, since progress must grow
}

func newProgress(s *server.MCPServer, request mcp.CallToolRequest) *progress {
	p := &progress{server: s}
	if request.Params.Meta != nil {
		p.token = request.Params.Meta.ProgressToken
	}
	return p
}

// report sends one notification. A client that does not take them in time loses them, never the call.
func (p *progress) report(ctx context.Context, done, total int, message string) {
	if p.token == nil {
		return
	}
	p.last = max(p.last, p.before+done)
	params := map[string]any{"progressToken": p.token, "progress": p.before + done, "message": message}
	if total > 0 {
		params["total"] = p.before + total
	}
	if s, ok := server.ClientSessionFromContext(ctx).(*callSession); ok {
		_ = s.notify("notifications/progress", params)
		return
	}
	d := deliveryFrom(ctx)
	d.expect(1)
	if err := p.server.SendNotificationToClient(ctx, "notifications/progress", params); err != nil {
		d.expect(-1)
		return
	}
	p.sent = true
}

// again says that something else begins to count from nothing.
func (p *progress) again() { p.before = p.last }

// deliveryLimit bounds the wait for notifications that never come through: the client is gone, or the library
// took them for another request of the session, and dropped them when that ended.
const deliveryLimit = 250 * time.Millisecond

// settle waits until what was reported has been written. The library writes notifications from a goroutine of
// its own and ends that with the handler, so the last ones would be lost now and then.
func (p *progress) settle(ctx context.Context) {
	if p.sent {
		deliveryFrom(ctx).wait(ctx)
	}
}

// delivery counts the notifications that the library has under way to one client: those of a request over HTTP, or all
// over stdio. A nil delivery counts nothing.
type delivery struct {
	mu       sync.Mutex
	expected int           // guarded by mu
	written  int           // guarded by mu
	changed  chan struct{} // guarded by mu; closed and replaced with each change
}

func newDelivery() *delivery { return &delivery{changed: make(chan struct{})} }

func (d *delivery) expect(n int) { d.count(n, 0) }
func (d *delivery) wrote(n int)  { d.count(0, n) }

func (d *delivery) count(expected, written int) {
	if d == nil || expected == 0 && written == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expected += expected
	d.written += written
	close(d.changed)
	d.changed = make(chan struct{})
}

// wait returns once all that is expected now was written, or with ctx, or after deliveryLimit.
func (d *delivery) wait(ctx context.Context) {
	if d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, deliveryLimit)
	defer cancel()
	d.mu.Lock()
	target := d.expected
	d.mu.Unlock()
	for {
		d.mu.Lock()
		written, changed := d.written, d.changed
		target = min(target, d.expected)
		d.mu.Unlock()
		if written >= target {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			d.mu.Lock() // what did not come by now will not; it must not make later calls wait
			d.written = max(d.written, target)
			d.mu.Unlock()
			return
		}
	}
}

// newHooks returns hooks that keep the one notification of subscriptions/listen from being lost, too, and bound URIs.
func newHooks() *server.Hooks {
	hooks := &server.Hooks{}
	hooks.AddOnRequestInitialization(boundURI)
	hooks.AddBeforeSubscriptionsListen(func(ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest) { deliveryFrom(ctx).expect(1) })
	hooks.AddAfterSubscriptionsListen(func(ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest, _ *mcp.SubscriptionsListenResult) {
		deliveryFrom(ctx).wait(ctx)
	})
	return hooks
}

type deliveryKey struct{}

func withDelivery(ctx context.Context, d *delivery) context.Context {
	return context.WithValue(ctx, deliveryKey{}, d)
}

func deliveryFrom(ctx context.Context) *delivery {
	d, _ := ctx.Value(deliveryKey{}).(*delivery)
	return d
}

// countedMarks are in the notifications that are counted, and in no answer: there, quotes are escaped.
var countedMarks = [][]byte{[]byte(`"notifications/progress"`), []byte(`"notifications/subscriptions/acknowledged"`)}

func countMarks(b []byte) (n int) {
	for _, mark := range countedMarks {
		n += bytes.Count(b, mark)
	}
	return n
}

// socketBuffer is what the system takes from us whether the client reads or not.
const socketBuffer = 4 << 10

// countingWriter counts the notifications in what the library writes, one message a Write, and does not wait
// for clients that do not read.
type countingWriter struct {
	http.ResponseWriter
	delivery *delivery
	limited  bool // a deadline is set
}

// done takes the deadline off, which would hold for the connection's next answer, too.
func (w *countingWriter) done() {
	if w.limited {
		_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Time{})
		w.limited = false
	}
}

// limit gives the client some time from now on.
func (w *countingWriter) limit() {
	w.limited = true
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(door.WriteLimit)) // not every writer can
}

func (w *countingWriter) Write(b []byte) (int, error) {
	if w.limited || len(b) > socketBuffer {
		w.limit()
	}
	n, err := w.ResponseWriter.Write(b)
	w.delivery.wrote(countMarks(b[:min(len(b), 256)]))
	return n, err
}

// Flush is needed by the library: without it no notification is sent at all.
func (w *countingWriter) Flush() {
	w.limit()                                                // over HTTP/2 even a few bytes may find no room
	_ = http.NewResponseController(w.ResponseWriter).Flush() // a writer that cannot flush has nothing to hold back
	w.done()                                                 // HTTP/2 ends a stream at its deadline, even one that is quiet
}

// Unwrap serves http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// countingLines does the same for standard output.
type countingLines struct {
	io.Writer
	delivery *delivery
}

func (w countingLines) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	w.delivery.wrote(countMarks(b[:min(len(b), 256)]))
	return n, err
}
