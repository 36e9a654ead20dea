package catalog

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Evaluation says how well requests are answered whose right answers are known.
type Evaluation struct {
	Requests  int
	At1       float64 // the share of them that have a right answer first
	At3       float64 // among the first three
	At10      float64
	Languages map[string]float64 // At3 by language
	Misses    []Miss             // those that have none among the first three
	Slowest   time.Duration
	Mean      time.Duration
	P99       time.Duration // what all but one of a hundred take at most
}

// Miss is a request that was not answered well.
type Miss struct {
	Request, Language string
	Want              []string // the right answers, "METHOD /template"
	Got               []string // the first three
	Rank              int      // of the first right answer; 0 where it is not among the first ten
}

// Evaluate asks the catalog requests with known answers: a line each, the request, its language and the right answers,
// separated by tabs, the answers by " ; ".
func (c *Catalog) Evaluate(requests io.Reader) (Evaluation, error) {
	e := Evaluation{Languages: map[string]float64{}}
	asked := map[string]int{}
	hits := [11]int{}
	var spent time.Duration
	var times []time.Duration
	for lines := bufio.NewScanner(requests); lines.Scan(); {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, "\t")
		if len(parts) != 3 {
			return e, fmt.Errorf("evaluation: %q has %d columns; there should be 3", line, len(parts))
		}
		began := time.Now()
		found := c.Find(Query{Text: parts[0], Limit: 10})
		took := time.Since(began)
		spent, times, e.Slowest = spent+took, append(times, took), max(e.Slowest, took)
		m := Miss{Request: parts[0], Language: parts[1], Want: strings.Split(parts[2], " ; ")}
		m.judge(found)
		e.Requests++
		asked[m.Language]++
		hits[m.Rank]++
		if m.Rank == 0 || m.Rank > 3 {
			e.Misses = append(e.Misses, m)
		} else {
			e.Languages[m.Language]++
		}
	}
	if e.Requests == 0 {
		return e, fmt.Errorf("evaluation: there are no requests")
	}
	slices.Sort(times)
	e.P99 = times[len(times)*99/100]
	share := func(n int) float64 { return float64(n) / float64(e.Requests) }
	e.At1, e.At3 = share(hits[1]), share(hits[1]+hits[2]+hits[3])
	e.At10, e.Mean = share(e.Requests-hits[0]), spent/time.Duration(e.Requests)
	for language, n := range asked {
		e.Languages[language] /= float64(n)
	}
	return e, nil
}

// judge notes where the first right answer stands.
func (m *Miss) judge(found []Hit) {
	for i, hit := range found {
		if i < 3 {
			m.Got = append(m.Got, hit.Operation.Method+" "+hit.Operation.Path)
		}
		if m.Rank == 0 && m.right(hit.Operation) {
			m.Rank = i + 1
		}
	}
}

func (m *Miss) right(o Operation) bool {
	for _, want := range m.Want {
		method, path, _ := strings.Cut(strings.TrimSpace(want), " ")
		if method != o.Method {
			continue
		}
		for _, own := range append([]string{o.Path}, o.Also...) {
			if shape(own) == shape(path) {
				return true
			}
		}
	}
	return false
}

// shape returns a path without its values, so that one with placeholders is the same as one with examples:
// getTeamsUserActivityCounts(period='{period}') and getTeamsUserActivityCounts(period='D30').
func shape(path string) string {
	return argument.ReplaceAllString(strings.Join(segments(path), "/"), "=")
}

// argument is the value of a function's parameter.
var argument = regexp.MustCompile(`=(?:'[^']*'|[^,)]*)`)
