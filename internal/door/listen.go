package door

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// WriteLimit is how long a client may take to read what it is sent before its connection is closed.
const WriteLimit = 30 * time.Second

// Surface is all that is served over HTTP, behind its door.
type Surface interface {
	http.Handler
	// Door is the one by the configuration that holds now.
	Door() *Door
	// EndCalls ends the calls that run, so that they are answered while there are connections.
	EndCalls()
	// Close ends what runs in the background, after the last request.
	Close(ctx context.Context)
}

// lastWords is how much of the grace is kept for the answers of calls that did not finish within the rest: who has asked
// for a change has to hear that it may have been made.
const lastWords = 2 * time.Second

// Serve answers on a listener until ctx ends; then it lets running calls finish for at most grace, at whose end they are
// cut off and answered so.
func Serve(ctx context.Context, l net.Listener, h Surface, grace time.Duration) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s, serve, err := newHTTPServer(running, l, h)
	if err != nil {
		_ = l.Close()
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	over, stop := context.WithTimeout(running, grace)
	defer stop()
	words := time.AfterFunc(grace-min(lastWords, grace/4), h.EndCalls)
	defer words.Stop()
	err = s.Shutdown(over)
	if err != nil {
		cancel() // what still runs, a transfer or a call that does not heed its context, sees its connection go
		_ = s.Close()
	}
	<-ended
	h.Close(over)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shutting down: %w", err)
	}
	return nil
}

// newHTTPServer makes the server with a limit on everything that a client can keep it busy with: how many connections,
// how long for headers and bodies, and how long it may leave what it is sent unread.
func newHTTPServer(running context.Context, l net.Listener, h Surface) (_ *http.Server, serve func() error, err error) {
	d := h.Door()
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second, // of a whole request but an upload, which has its pace; answers may take longer
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 100, WriteByteTimeout: WriteLimit, SendPingTimeout: time.Minute, PingTimeout: 15 * time.Second},
		BaseContext:       func(net.Listener) context.Context { return running },
		ErrorLog:          slog.NewLogLogger(d.house.Log.Handler(), slog.LevelDebug),
	}
	held := newHeld(l, d, func(from netip.Addr) bool { return h.Door().proxies.trusts(from) })
	if d.rules.TLSCertificate == "" {
		return s, func() error { return s.Serve(held) }, nil
	}
	pair, err := newCertificate(d.rules.TLSCertificate, d.rules.TLSKey, d.house.Log)
	if err != nil {
		return nil, nil, err
	}
	s.TLSConfig = pair.config()
	return s, func() error { return s.ServeTLS(held, "", "") }, nil
}

// defaultConnections is how many connections there may be where the configuration does not say.
const defaultConnections = 4096

// held is a listener that holds so many connections at most, and of one address a quarter of them: one machine cannot
// take them all. A trusted proxy may, since all come through it, and so may this machine itself.
type held struct {
	net.Listener
	most   int
	trusts func(netip.Addr) bool // a proxy, by the configuration that holds now
	log    *slog.Logger

	mu      sync.Mutex
	open    int                  // guarded by mu
	openBy  map[netip.Prefix]int // guarded by mu
	refused time.Time            // guarded by mu; when that was last logged
}

func newHeld(l net.Listener, d *Door, trusts func(netip.Addr) bool) *held {
	most := d.rules.MaxConnections
	if most <= 0 {
		most = defaultConnections
	}
	return &held{Listener: l, most: most, trusts: trusts, log: d.house.Log, openBy: map[netip.Prefix]int{}}
}

// Accept returns the next connection that may be held, and closes those that may not.
func (l *held) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addressOf(conn.RemoteAddr().String())
		if l.take(from) {
			return &heldConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		_ = conn.Close() // it has said nothing yet that could be answered
	}
}

func (l *held) take(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	where := neighbourhood(from)
	free := !from.IsValid() || from.IsLoopback() || l.trusts(from)
	if l.open >= l.most || !free && l.openBy[where] >= max(1, l.most/4) {
		if now := time.Now(); now.Sub(l.refused) >= time.Minute { // not once for each: they may be many
			l.refused = now
			l.log.Warn("refused: too many connections", "open", l.open, "remote", from.String())
		}
		return false
	}
	l.open++
	l.openBy[where]++
	return true
}

func (l *held) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	where := neighbourhood(from)
	if l.openBy[where]--; l.openBy[where] <= 0 {
		delete(l.openBy, where)
	}
}

// heldConn is a connection that gives its place back, and that breaks when the client does not take what it is sent:
// whoever sends many requests and reads no answer would keep a goroutine each time.
type heldConn struct {
	net.Conn
	leave func()

	mu    sync.Mutex
	set   bool      // guarded by mu; somebody has set a deadline of their own
	until time.Time // guarded by mu; our own deadline
}

// Write moves our deadline on before it is near, which is seldom, so it costs nothing.
func (c *heldConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if now := time.Now(); !c.set && c.until.Sub(now) < WriteLimit {
		c.until = now.Add(2 * WriteLimit)
		_ = c.Conn.SetWriteDeadline(c.until)
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// SetWriteDeadline takes the place of our own deadline until it is taken off.
func (c *heldConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set, c.until = !t.IsZero(), time.Time{}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline serves net.Conn.
func (c *heldConn) SetDeadline(t time.Time) error {
	if err := c.SetWriteDeadline(t); err != nil {
		return err
	}
	return c.SetReadDeadline(t)
}

// Close gives the place back.
func (c *heldConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
