package telemetry

import (
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// kind is what Prometheus calls the type of a metric.
type kind string

const (
	kindCounter   kind = "counter"
	kindGauge     kind = "gauge"
	kindHistogram kind = "histogram"
)

// mostLabels is how many labels a metric may have.
const mostLabels = 3

// seriesKey is the values of a metric's labels, in their order.
type seriesKey [mostLabels]string

// family is what all metrics of one name have in common.
type family struct {
	name, help string
	kind       kind
	labels     []*label
}

// key takes the values of the labels from attributes.
func (f *family) key(attrs []slog.Attr) seriesKey {
	var key seriesKey
	for i, l := range f.labels {
		key[i] = l.bounded(valueOf(attrs, l.from))
	}
	return key
}

// ended adds to a key what came of it, and what was not known before its end.
func (f *family) ended(key seriesKey, outcome string, attrs []slog.Attr) seriesKey {
	for i, l := range f.labels {
		switch {
		case l.from == outcomeAttr:
			key[i] = l.bounded(outcome)
		case key[i] == "":
			key[i] = l.bounded(valueOf(attrs, l.from))
		}
	}
	return key
}

// overflow is the series of all that there is no place for.
func (f *family) overflow() seriesKey {
	var key seriesKey
	for i := range f.labels {
		key[i] = other
	}
	return key
}

// table holds the series of a family, each made when it is first needed.
type table[T any] struct {
	family
	fresh func() *T

	mu     sync.RWMutex
	series map[seriesKey]*T // guarded by mu
}

func (t *table[T]) at(key seriesKey) *T {
	t.mu.RLock()
	one := t.series[key]
	t.mu.RUnlock()
	if one != nil {
		return one
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.series[key] == nil && len(t.series) >= mostSeries {
		key = t.overflow()
	}
	if one = t.series[key]; one == nil {
		one = t.fresh()
		t.series[key] = one
	}
	return one
}

// counters is a family of whole numbers, which also rise and fall where it is one of gauges.
type counters struct{ table[atomic.Int64] }

func (c *counters) add(key seriesKey, n int64) { c.at(key).Add(n) }

// histograms is a family of durations.
type histograms struct {
	table[histogram]
	bounds []float64
}

// histogram counts the values up to each bound, and all of them.
type histogram struct {
	mu     sync.Mutex // guards all below
	counts []uint64   // one for each bound, and one for what is beyond
	sum    float64
}

func (h *histograms) update(key seriesKey, value float64) {
	if math.IsNaN(value) || value < 0 { // a clock that was set back
		value = 0
	}
	i := 0
	for i < len(h.bounds) && value > h.bounds[i] {
		i++
	}
	one := h.at(key)
	one.mu.Lock()
	one.counts[i]++
	one.sum += value
	one.mu.Unlock()
}

// asked is a metric without labels whose value is asked for at each scrape.
type asked struct {
	family
	fixed string // labels that never change, as written
	value func() float64
}

// registry is all metrics.
type registry struct {
	mu           sync.Mutex // guards all below
	counted      []*counters
	histogrammed []*histograms
	asked        map[string]asked
}

func newRegistry() *registry { return &registry{asked: map[string]asked{}} }

func (r *registry) counters(name, help string, labels ...*label) *counters {
	return r.add(family{name: prefix + name, help: help, kind: kindCounter, labels: labels})
}

func (r *registry) gauges(name, help string) *counters {
	return r.add(family{name: prefix + name, help: help, kind: kindGauge})
}

func (r *registry) add(f family) *counters {
	c := &counters{table[atomic.Int64]{family: f, fresh: func() *atomic.Int64 { return &atomic.Int64{} }, series: map[seriesKey]*atomic.Int64{}}}
	if len(f.labels) == 0 {
		c.at(seriesKey{}) // it is there from the beginning, at 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counted = append(r.counted, c)
	return c
}

func (r *registry) histograms(name, help string, labels ...*label) *histograms {
	h := &histograms{bounds: buckets()}
	h.table = table[histogram]{family: family{name: prefix + name, help: help, kind: kindHistogram, labels: labels},
		fresh:  func() *histogram { return &histogram{counts: make([]uint64, len(h.bounds)+1)} },
		series: map[seriesKey]*histogram{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.histogrammed = append(r.histogrammed, h)
	return h
}

// own adds a metric that is asked for at each scrape, or replaces it.
func (r *registry) own(name string, k kind, help string, value func() float64) {
	r.ask(asked{family: family{name: name, help: help, kind: k}, value: value})
}

// ask adds one, unless its name is taken by a metric that is counted: a name that comes twice makes Prometheus
// refuse all.
func (r *registry) ask(a asked) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(r.counted, func(c *counters) bool { return c.name == a.name }) ||
		slices.ContainsFunc(r.histogrammed, func(h *histograms) bool { return h.name == a.name }) {
		return
	}
	r.asked[a.name] = a
}
