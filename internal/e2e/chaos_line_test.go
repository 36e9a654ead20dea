package e2e

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
)

// A chaosLine is the way of bytes to a host: it can be closed, break off, and change what it carries.
type chaosLine struct {
	address string // where it listens
	to      string // where it leads; set before anything comes

	mu    sync.Mutex
	l     net.Listener            // guarded by mu; nil while it is closed
	open  map[net.Conn]bool       // guarded by mu
	spoil func(piece []byte) bool // guarded by mu; changes what a host answers, or says that the line is to break; nil: neither
	lines sync.WaitGroup          // the accept loops, and both ways of each connection
}

// newChaosLine opens a line, which ends with the test.
func newChaosLine(t *testing.T) *chaosLine {
	t.Helper()
	c := &chaosLine{address: "127.0.0.1:0", open: map[net.Conn]bool{}}
	if err := c.listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.close()
		c.lines.Wait()
	})
	return c
}

// lead lets it lead to a host of the tenant's.
func (c *chaosLine) lead(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to = strings.TrimPrefix(host, "https://")
}

func (c *chaosLine) url() string { return "https://" + c.address }

// listen opens the line, at the same address each time.
func (c *chaosLine) listen() error {
	l, err := net.Listen("tcp", c.address)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.l, c.address = l, l.Addr().String()
	c.lines.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.lines.Go(func() { c.carry(conn) })
		}
	})
	return nil
}

// close closes the line: connections are refused, and those that there are break off.
func (c *chaosLine) close() {
	c.mu.Lock()
	if c.l != nil {
		c.l.Close()
	}
	c.l = nil
	c.mu.Unlock()
	c.cut()
}

// cut resets all connections.
func (c *chaosLine) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, and no orderly end
		}
		conn.Close()
	}
}

func (c *chaosLine) hold(conns ...net.Conn) (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		c.open[conn] = true
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, conn := range conns {
			delete(c.open, conn)
			conn.Close()
		}
	}
}

// carry carries a connection both ways.
func (c *chaosLine) carry(client net.Conn) {
	c.mu.Lock()
	to := c.to
	c.mu.Unlock()
	host, err := net.Dial("tcp", to)
	if err != nil {
		client.Close()
		return
	}
	defer c.hold(client, host)()
	c.lines.Go(func() {
		_, _ = io.Copy(host, client)
		host.Close()
	})
	piece := make([]byte, 32<<10)
	for {
		n, err := host.Read(piece)
		c.mu.Lock()
		spoil := c.spoil
		c.mu.Unlock()
		if err != nil || spoil != nil && spoil(piece[:n]) {
			return
		}
		if _, err := client.Write(piece[:n]); err != nil {
			return
		}
	}
}

func (c *chaosLine) set(spoil func(piece []byte) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoil = spoil
}

// lineWeather is what goes wrong on the lines to the authority and to Graph, below TLS.
func lineWeather() []weather {
	var all []weather
	for i, to := range []string{"the authority", "Graph"} {
		row := func(name string, strike func(l *chaosLine, dice *rand.Rand), mend func(l *chaosLine) error) {
			all = append(all, weather{name: "the line to " + to + " " + name, strike: func(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
				l := c.lines[i]
				strike(l, dice)
				return func() error { return mend(l) }, nil
			}})
		}
		quiet := func(l *chaosLine) error { l.set(nil); return nil }
		row("is closed", func(l *chaosLine, _ *rand.Rand) { l.close() }, func(l *chaosLine) error { return l.listen() })
		row("is reset", func(l *chaosLine, _ *rand.Rand) { l.cut() }, quiet)
		row("breaks off now and then", func(l *chaosLine, dice *rand.Rand) { l.set(nowAndThen(dice, func([]byte) bool { return true })) }, quiet)
		row("changes bytes", func(l *chaosLine, dice *rand.Rand) {
			l.set(nowAndThen(dice, func(piece []byte) bool {
				piece[len(piece)/2] ^= 1
				return false
			}))
		}, quiet)
	}
	return all
}

// nowAndThen spoils one piece of eight.
func nowAndThen(dice *rand.Rand, spoil func(piece []byte) bool) func(piece []byte) bool {
	var mu sync.Mutex // guards mine
	mine := rand.New(rand.NewPCG(dice.Uint64(), 0))
	return func(piece []byte) bool {
		mu.Lock()
		hit := mine.IntN(8) == 0
		mu.Unlock()
		return hit && len(piece) > 0 && spoil(piece)
	}
}
