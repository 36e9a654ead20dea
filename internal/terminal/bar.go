package terminal

import (
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bar shows on one line how far something is, and takes the line back in the end. It can be used from several goroutines.
type Bar struct {
	w      io.Writer
	screen Screen
	now    func() time.Time

	mu     sync.Mutex
	from   time.Time // when something may be shown first; guarded by mu
	drawn  bool      // guarded by mu
	closed bool      // guarded by mu
}

const (
	barWidth    = 24
	barPatience = 300 * time.Millisecond // what is done by then needs no bar
	barPause    = 80 * time.Millisecond  // between two drawings
)

// NewBar returns a bar that nothing is shown of yet. Where the screen cannot take back what was written, nothing ever is.
func NewBar(w io.Writer, s Screen) *Bar { return newBar(w, s, time.Now) }

func newBar(w io.Writer, s Screen, now func() time.Time) *Bar {
	return &Bar{w: w, screen: s, now: now, from: now().Add(barPatience)}
}

// Show draws how far it is. total is 0 where nobody knows.
func (b *Bar) Show(done, total float64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if !b.screen.Redraw || b.closed || now.Before(b.from) {
		return
	}
	b.from, b.drawn = now.Add(barPause), true
	_, _ = io.WriteString(b.w, "\r\x1b[K"+b.line(done, total, text)) // a bar that cannot be shown is no reason to fail
}

// Close takes the bar away. What is told afterwards is not shown.
func (b *Bar) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn && !b.closed {
		_, _ = io.WriteString(b.w, "\r\x1b[K")
	}
	b.closed = true
}

// line returns what is drawn: one column less than the screen has, since some begin a new line after the last.
func (b *Bar) line(done, total float64, text string) string {
	room := max(b.screen.Width-1, 1)
	text = oneLine(text)
	if !(total > 0) || room < 2*barWidth {
		return cut(text, room)
	}
	part := done / total
	if !(part >= 0 && part <= 1) {
		return cut(text, room)
	}
	full := int(part * barWidth)
	bar := b.screen.Paint(Good, strings.Repeat("█", full)) + b.screen.Paint(Dim, strings.Repeat("░", barWidth-full))
	return bar + " " + cut(percent(part)+"  "+text, room-barWidth-1)
}

func percent(part float64) string {
	digits := strconv.Itoa(int(part * 100))
	return strings.Repeat(" ", 3-len(digits)) + digits + " %"
}
