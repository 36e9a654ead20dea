package mcp

import (
	"io"
	"net/http"
	"time"
)

// A transfer has to move on: paceBytes in each paceTime that is spent waiting for the client. How long the whole
// takes is another matter, and so is the time that Microsoft takes.
const (
	paceTime  = time.Minute
	paceBytes = 256 << 10
)

// pace sets a connection's deadline before each piece, so that a client that stalls gives its place up.
type pace struct {
	set   func(time.Time) error // fails on writers without deadlines, such as a test's
	now   func() time.Time
	left  time.Duration
	moved int
	began time.Time
}

func newPace(set func(time.Time) error) *pace {
	return &pace{set: set, now: time.Now, left: paceTime}
}

func (p *pace) begin() {
	p.began = p.now()
	_ = p.set(p.began.Add(p.left))
}

func (p *pace) end(n int) {
	p.left -= p.now().Sub(p.began)
	if p.moved += n; p.moved >= paceBytes {
		p.left, p.moved = paceTime, 0
	}
}

// over takes the deadline away: the connection may serve further requests, and its background read must not end
// this one.
func (p *pace) over() { _ = p.set(time.Time{}) }

// arriving is the body of an upload.
type arriving struct {
	body  io.Reader
	pace  *pace
	begun bool  // something of it was read
	err   error // what ended it, io.EOF included
}

func (a *arriving) Read(b []byte) (int, error) {
	a.begun = true
	a.pace.begin()
	n, err := a.body.Read(b)
	a.pace.end(n)
	if err != nil {
		a.err = err
		a.pace.over()
	}
	return n, err
}

// departing is the body of a download.
type departing struct {
	w    http.ResponseWriter
	pace *pace
}

func (d *departing) Write(b []byte) (int, error) {
	d.pace.begin()
	n, err := d.w.Write(b)
	d.pace.end(n)
	return n, err
}
