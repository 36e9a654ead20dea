package telemetry

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// contentType is the text format of Prometheus:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// Metrics serves the metrics to Prometheus. Who may fetch them is for whoever mounts it to decide.
func (t *Telemetry) Metrics() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(t.metrics.text()) // a scraper that is gone needs no answer
	})
}

// text writes all metrics, in the order of their names.
func (r *registry) text() []byte {
	r.mu.Lock()
	counted, timed, own := slices.Clone(r.counted), slices.Clone(r.histogrammed), slices.Collect(maps.Values(r.asked))
	r.mu.Unlock()
	type part struct {
		name  string
		write func(*bytes.Buffer)
	}
	var parts []part
	for _, c := range counted {
		parts = append(parts, part{c.name, c.write})
	}
	for _, h := range timed {
		parts = append(parts, part{h.name, h.write})
	}
	for _, a := range own {
		parts = append(parts, part{a.name, a.write})
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	var b bytes.Buffer
	for _, p := range parts {
		p.write(&b)
	}
	return b.Bytes()
}

func (f *family) head(b *bytes.Buffer) {
	b.WriteString("# HELP " + f.name + " " + oneLine(f.help) + "\n")
	b.WriteString("# TYPE " + f.name + " " + string(f.kind) + "\n")
}

// line writes one sample.
func line(b *bytes.Buffer, name, labels string, value float64) {
	b.WriteString(name)
	if labels != "" {
		b.WriteString("{" + labels + "}")
	}
	b.WriteString(" " + number(value) + "\n")
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) } // Inf and NaN as the format wants them

// written returns the labels of a series as they are written.
func (f *family) written(key seriesKey) string {
	pairs := make([]string, len(f.labels))
	for i, l := range f.labels {
		pairs[i] = pair(l.name, key[i])
	}
	return strings.Join(pairs, ",")
}

func pair(name, value string) string {
	return name + `="` + strings.ReplaceAll(oneLine(value), `"`, `\"`) + `"`
}

// sorted returns the series there are, by their labels.
func (t *table[T]) sorted() []seriesKey {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.SortedFunc(maps.Keys(t.series), func(a, b seriesKey) int { return slices.Compare(a[:], b[:]) })
}

func (c *counters) write(b *bytes.Buffer) {
	c.head(b)
	for _, key := range c.sorted() {
		line(b, c.name, c.written(key), float64(c.at(key).Load()))
	}
}

func (h *histograms) write(b *bytes.Buffer) {
	h.head(b)
	for _, key := range h.sorted() {
		one := h.at(key)
		one.mu.Lock()
		counts, sum := slices.Clone(one.counts), one.sum
		one.mu.Unlock()
		labels := h.written(key)
		before := labels
		if before != "" {
			before += ","
		}
		var all uint64
		for i, n := range counts {
			all += n
			bound := "+Inf"
			if i < len(h.bounds) {
				bound = number(h.bounds[i])
			}
			line(b, h.name+"_bucket", before+pair("le", bound), float64(all))
		}
		line(b, h.name+"_sum", labels, sum)
		line(b, h.name+"_count", labels, float64(all))
	}
}

func (a asked) write(b *bytes.Buffer) {
	a.head(b)
	line(b, a.name, a.fixed, a.value())
}

// oneLine escapes what would end a line. A replacer would be built anew for each.
func oneLine(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "\n", `\n`)
}
