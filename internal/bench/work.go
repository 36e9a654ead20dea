package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/files"
)

// A job is one larger piece of work, done by the product and by a plain client that does the same. There is no floor
// that could.
type job struct {
	name   string
	unit   string
	amount float64 // in so many units
	ours   request
	has    string // occurs in the answer, so that nothing is fast by being left out
	times  int    // how often
	direct func() error
}

// turnLasts is how long a side of a turn lasts at least: small jobs are repeated until then.
const turnLasts = 50 * time.Millisecond

// work measures lists of many pages, batches, documents, transfers and the search for an operation, over stdio.
func (s *stands) work(ctx context.Context) ([]row, error) {
	rows, err := s.jobs(ctx, "lists and documents", s.plan.jobs, append(s.reads(), s.documents()...))
	if err != nil {
		return nil, err
	}
	// In a process of their own: what documents need is not to hide what these do.
	moved, err := s.jobs(ctx, "transfers", s.plan.transfers, s.transfers())
	if err != nil {
		return nil, err
	}
	searched, err := s.searches(ctx)
	if err != nil {
		return nil, err
	}
	last := len(moved) - 1
	moved[last] = moved[last].productAtMost(100)
	return append(append(rows, moved...), searched...), nil
}

// jobs measures them with one process, and what memory that has held at most.
func (s *stands) jobs(ctx context.Context, name string, rounds int, all []job) ([]row, error) {
	l, err := openLane(ctx, s.product, route{"stdio", legacy()}, s.up.scratch)
	if err != nil {
		return nil, err
	}
	defer l.close()
	var rows []row
	for _, j := range all {
		added, err := j.measure(ctx, l, rounds)
		if err != nil {
			return nil, l.process.explain(fmt.Errorf("%s: %w", j.name, err))
		}
		rows = append(rows, added)
	}
	peak, err := l.process.peak()
	if err != nil {
		return nil, err
	}
	return append(rows, row{Measure: "stdio, most memory of " + name, Unit: "MiB", Product: peak / mebi}.single()), nil
}

// measure gives the rates of both sides, in turns.
func (j job) measure(ctx context.Context, l lane, rounds int) (row, error) {
	sides := []struct {
		name string
		do   func() error
	}{{"direct", j.direct}, {"product", func() error { return j.do(l) }}}
	for _, side := range sides {
		if err := side.do(); err != nil { // to warm up
			return row{}, fmt.Errorf("%s: %w", side.name, err)
		}
	}
	var rates pairs
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return row{}, err
		}
		for i := range sides {
			side := sides[(i+round)%len(sides)]
			times, err := repeat(side.do)
			if err != nil {
				return row{}, fmt.Errorf("%s: %w", side.name, err)
			}
			rates.add(side.name, times*j.amount)
		}
	}
	return rates.row("stdio, "+j.name, j.unit), nil
}

// repeat does something for as long as a side of a turn lasts, and returns how many times a second it was done.
func repeat(do func() error) (float64, error) {
	n, began := 0, time.Now()
	for n == 0 || time.Since(began) < turnLasts {
		if err := do(); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

func (j job) do(l lane) error {
	answer, err := l.caller.do(j.ours)
	if err != nil {
		return err
	}
	if n := strings.Count(string(answer), j.has); n < j.times {
		return fmt.Errorf("%q is %d times in the answer, want %d: %.300s", j.has, n, j.times, answer)
	}
	return nil
}

// reads are a list that is read to its end, and a batch.
func (s *stands) reads() []job {
	direct := newDirectCaller(s.up)
	var items []any
	for i := range batchItems {
		items = append(items, map[string]any{"id": fmt.Sprint(i + 1), "method": "GET", "url": smallRead})
	}
	return []job{
		{name: fmt.Sprintf("a list of %d pages", pages), unit: "pages/s", amount: pages, has: userMark, times: pages * pageSize,
			ours:   legacy().tool("microsoft_graph", map[string]any{"path": "/groups/all/members", "queryParams": map[string]any{"$top": "100"}, "maxItems": pages * pageSize, "maxChars": 400_000}),
			direct: func() error { return direct.list("/groups/all/members?$top=100") }},
		{name: fmt.Sprintf("$batch of %d", batchItems), unit: "items/s", amount: batchItems, has: userMark, times: batchItems,
			ours:   legacy().tool("microsoft_graph_batch", map[string]any{"requests": items}),
			direct: func() error { return direct.batch(items) }},
	}
}

// documents are read by their text; the plain client only fetches them.
func (s *stands) documents() []job {
	direct := newDirectCaller(s.up)
	var jobs []job
	for _, f := range files.All() {
		path := "/drives/bench/items/" + f.Kind()
		j := job{name: "text of " + f.Kind(), unit: "MB/s", amount: float64(f.Plain) / 1e6, ours: legacy().tool("read_document", map[string]any{"path": path}),
			direct: func() error { return direct.download(path+"/content", filepath.Join(s.up.files(), "direct.doc")) }}
		if f.Parts > 0 {
			j.unit, j.amount = f.PartName+"/s", float64(f.Parts)
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// transfers move a large file each way.
func (s *stands) transfers() []job {
	direct := newDirectCaller(s.up)
	local, size := filepath.Join(s.up.files(), "direct.bin"), int64(s.plan.megabytes)<<20
	path := fmt.Sprintf("/drives/bench/items/large-%d/content", s.plan.megabytes)
	target := "/drives/bench/root:/large.bin"
	ours := filepath.Join(s.up.files(), "large.bin")
	return []job{
		{name: fmt.Sprintf("download of %d MiB", s.plan.megabytes), unit: "MiB/s", amount: float64(s.plan.megabytes),
			ours: legacy().tool("download_file", map[string]any{"path": path, "outputDir": s.up.files()}),
			direct: func() error {
				if err := os.RemoveAll(ours); err != nil { // of the round before: both write a new file
					return err
				}
				return direct.download(path, local)
			}},
		{name: fmt.Sprintf("upload of %d MiB", s.plan.megabytes), unit: "MiB/s", amount: float64(s.plan.megabytes),
			ours:   legacy().tool("upload_file", map[string]any{"path": target, "localFile": local}),
			direct: func() error { return direct.upload(target, local, size) }},
	}
}

// searches are questions in plain words, of which the first waits for the index.
func (s *stands) searches(ctx context.Context) ([]row, error) {
	l, err := openLane(ctx, s.product, route{"stdio", legacy()}, s.up.scratch)
	if err != nil {
		return nil, err
	}
	defer l.close()
	questions := []string{
		"unread mail of the last week", "who reports to me", "files shared with me", "reset a user's MFA methods",
		"Wie viele Lizenzen haben wir noch frei?", "cherche les courriels non lus de mon superieur", "calender shring permisions",
	}
	ask := func(i int) (float64, error) {
		began := time.Now()
		_, err := l.caller.do(legacy().tool("find_graph_api", map[string]any{"query": questions[i%len(questions)]}))
		return float64(time.Since(began)) / milli, err
	}
	first, err := ask(0)
	if err != nil {
		return nil, err
	}
	var took []float64
	for i := range s.plan.searches {
		one, err := ask(i)
		if err != nil {
			return nil, err
		}
		took = append(took, one)
	}
	return []row{
		row{Measure: "stdio, find_graph_api, the first", Unit: "ms", Product: first}.single(),
		row{Measure: "stdio, find_graph_api, p50", Unit: "ms", Product: median(took)}.single(),
		row{Measure: "stdio, find_graph_api, p99", Unit: "ms", Product: quantile(took, 0.99)}.single(),
	}, nil
}
