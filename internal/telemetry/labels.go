package telemetry

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// other stands for every value that is not told.
const other = "other"

// The bounds of what may be remembered: different values of one label, their length, and series of one metric.
const (
	mostValues = 128
	mostLength = 64
	mostSeries = 4096
)

// label is a label of a metric and the values that it takes: those of a list, or, where there is none, the first
// ones that come.
type label struct {
	name string
	from string   // the attribute that holds it; outcomeAttr: what came of it
	list []string // nil: any, up to mostValues

	mu   sync.RWMutex
	seen map[string]bool // guarded by mu
}

// outcomeAttr is where the labels of what has ended take what came of it from.
const outcomeAttr = "outcome"

// bounded returns value where it may be told, and "other" where not. An empty one stays: it says that there was none.
func (l *label) bounded(value string) string {
	if value == "" {
		return ""
	}
	if l.list != nil {
		if slices.Contains(l.list, value) {
			return value
		}
		return fallback(value)
	}
	l.mu.RLock()
	known := l.seen[value]
	l.mu.RUnlock()
	if known {
		return value
	}
	if len(value) > mostLength || !utf8.ValidString(value) {
		return other
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seen) >= mostValues && !l.seen[value] {
		return other
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[strings.Clone(value)] = true // or it keeps alive what it was cut from
	return value
}

// fallback is what a value becomes that is on no list: a status keeps its class.
func fallback(value string) string {
	if len(value) == 3 && value[0] >= '1' && value[0] <= '5' && isDigit(value[1]) && isDigit(value[2]) {
		return value[:1] + "xx"
	}
	return other
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
