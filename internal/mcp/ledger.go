package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
)

// ledger keeps account of a stdio session's requests: the client's that have no answer yet, ours to the client,
// and the client's that it took back before they began.
type ledger struct {
	mu        sync.Mutex
	open      map[string]int  // guarded by mu; the client's requests without an answer, by id
	asked     map[string]int  // guarded by mu; ours without an answer
	cancelled map[string]bool // guarded by mu; open ones that the client took back
	changed   chan struct{}   // guarded by mu; closed with the next change, where somebody waits for it
}

func newLedger() *ledger {
	return &ledger{open: map[string]int{}, asked: map[string]int{}, cancelled: map[string]bool{}}
}

func (l *ledger) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// opened notes a request of the client's.
func (l *ledger) opened(id string) {
	l.change(func() {
		l.open[id]++
		delete(l.cancelled, id)
	})
}

// answered notes our answer to one.
func (l *ledger) answered(id string) { l.change(func() { l.settle(id) }) }

// cancel notes that the client took a request back: no answer to it is owed any more.
func (l *ledger) cancel(id string) {
	l.change(func() {
		if l.open[id] > 0 {
			l.settle(id)
			if len(l.cancelled) < maxCancelled {
				l.cancelled[id] = true
			}
		}
	})
}

// settle takes one open request off. The caller holds mu.
func (l *ledger) settle(id string) {
	if l.open[id]--; l.open[id] <= 0 {
		delete(l.open, id)
	}
}

// maxCancelled bounds what is remembered of calls that never begin.
const maxCancelled = 10_000

// tookAny reports whether there is a request that the client took back.
func (l *ledger) tookAny() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.cancelled) > 0
}

// tookBack reports, once, whether the client took a request back.
func (l *ledger) tookBack(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := l.cancelled[id]
	delete(l.cancelled, id)
	return took
}

// ask notes a request of ours to the client.
func (l *ledger) ask(id string) { l.change(func() { l.asked[id]++ }) }

// replied notes the client's answer to one. It reports whether there was such a request.
func (l *ledger) replied(id string) (known bool) {
	l.change(func() {
		if known = l.asked[id] > 0; known {
			if l.asked[id]--; l.asked[id] == 0 {
				delete(l.asked, id)
			}
		}
	})
	return known
}

// wait returns the id of a request of ours that is open, or "" once every request of the client's has its
// answer or ctx has ended.
func (l *ledger) wait(ctx context.Context) (asked string) {
	for {
		l.mu.Lock()
		for id := range l.asked {
			l.mu.Unlock()
			return id
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		done, changed := len(l.open) == 0, l.changed
		l.mu.Unlock()
		if done {
			return ""
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ""
		}
	}
}

// normalID writes an id as the library will: it decodes and encodes them. "" is none.
func normalID(raw json.RawMessage) string {
	if isSmallNumber(raw) {
		return string(raw)
	}
	var id any
	if json.Unmarshal(raw, &id) != nil || id == nil {
		return ""
	}
	normal, err := json.Marshal(id)
	if err != nil {
		return ""
	}
	return string(normal)
}

// isSmallNumber tells whether an id is a whole number that is written as it is read.
func isSmallNumber(raw []byte) bool {
	if len(raw) == 0 || len(raw) > 15 || raw[0] == '0' && len(raw) > 1 {
		return false
	}
	for _, c := range raw {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

const lossyID = "the id is a number that loses digits: use a string, or a whole number below 2^53"

// survives tells whether a number comes back as it was sent: the library reads numbers as floating point, and a
// client would wait for ever for an answer under a rounded id.
func survives(raw json.RawMessage) bool {
	return len(raw) == 0 || raw[0] == '"' || isSmallNumber(raw) || normalID(raw) == string(bytes.TrimSpace(raw))
}
