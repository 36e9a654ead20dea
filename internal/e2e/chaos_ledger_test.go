package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// told is what a caller learns of a call.
type told int

const (
	toldDone    told = iota
	toldRefused      // it was not done, with a reason
	toldDoubt        // nobody knows, and the caller is told so
	toldNothing      // the caller went away, or the server was asked to end
)

func (w told) String() string { return [...]string{"done", "refused", "in doubt", "nothing"}[w] }

// chaosLedger compares what was written with what callers were told.
type chaosLedger struct {
	mu    sync.Mutex
	lines map[string]*ledgerLine // guarded by mu; by mark
}

// ledgerLine is about one change.
type ledgerLine struct {
	method   string
	came     int // how often it was sent
	did      int // how often it was done
	doubtful bool
	told     told
	asked    bool // somebody waited for the answer
	said     string
}

func newChaosLedger() *chaosLedger { return &chaosLedger{lines: map[string]*ledgerLine{}} }

// line returns the line of a change. It must be called with mu held.
func (l *chaosLedger) line(mark string) *ledgerLine {
	if l.lines[mark] == nil {
		l.lines[mark] = &ledgerLine{}
	}
	return l.lines[mark]
}

// repeatable tells whether a change does no harm when it happens twice.
func repeatable(method string) bool { return method == http.MethodPut || method == http.MethodDelete }

// came notes that a change was sent.
func (l *chaosLedger) came(c *chaos, mark, method string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.line(mark)
	line.method = method
	line.came++
	if line.doubtful && !repeatable(method) && !inBatch(mark) {
		c.violated("%s of %s was sent again (%d times by now), though it may have been done before", method, mark, line.came)
	}
}

// did notes how the tenant answered a change.
func (l *chaosLedger) did(mark string, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status < 300 {
		l.line(mark).did++
	}
}

// inBatch tells whether a change is an item of a batch.
func inBatch(mark string) bool { return strings.Contains(mark, "-") }

// doubt notes that whoever sent changes cannot know if they were made.
func (l *chaosLedger) doubt(marks []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, mark := range marks {
		l.line(mark).doubtful = true
	}
}

// cameInBatch notes that the items of a batch were sent.
func (l *chaosLedger) cameInBatch(c *chaos, marks []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, mark := range marks {
		if inBatch(mark) && l.line(mark).doubtful {
			c.violated("%s was sent again in a batch, though it may have been done before", mark)
		}
	}
}

// note notes what a caller was told of a change.
func (l *chaosLedger) note(mark string, what told, said string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.line(mark)
	line.told, line.asked, line.said = what, true, said
}

// check reports what was written twice, or not as its caller was told. It returns how many changes were done.
func (l *chaosLedger) check(c *chaos) (done int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, mark := range slices.Sorted(maps.Keys(l.lines)) {
		line := l.lines[mark]
		done += min(1, line.did)
		switch {
		case line.did > 1 && !repeatable(line.method):
			c.violated("%s of %s was done %d times (its caller was told: %s)", line.method, mark, line.did, line.told)
		case !line.asked:
		case line.told == toldDone && line.did == 0:
			c.violated("%s of %s was not done, and its caller was told that it was: %.300s", line.method, mark, line.said)
		case line.told == toldRefused && line.did > 0 && !repeatable(line.method):
			c.violated("%s of %s was done, and its caller was told that it was not: %.300s", line.method, mark, line.said)
		}
	}
	return done
}
