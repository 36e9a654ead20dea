package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// The reads. The upstream answers each with the same bytes every time.
const (
	smallRead = "/users/6ea91a8d-e32e-41a1-b7bd-000000000007"
	usersRead = "/users?$top=100"
	mailsRead = "/users/6ea91a8d-e32e-41a1-b7bd-000000000007/messages?$top=10"
	milli     = float64(time.Millisecond)
	mebi      = float64(1 << 20)
)

// stands is everything that a measurement needs.
type stands struct {
	plan    plan
	up      *upstream
	floor   contender
	product contender
}

// measure does all of it. The order is that of the table.
func (s *stands) measure(ctx context.Context) (rows []row, err error) {
	for _, part := range []func(context.Context) ([]row, error){s.sizes, s.starts, s.calls, s.work, s.tokens} {
		added, err := part(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, added...)
	}
	return rows, nil
}

func (s *stands) sizes(context.Context) ([]row, error) {
	r := row{Measure: "binary", Unit: "MiB"}
	for _, c := range []contender{s.floor, s.product} {
		info, err := os.Stat(c.binary)
		if err != nil {
			return nil, err
		}
		r.set(c.name, float64(info.Size())/mebi)
	}
	return []row{r.single()}, nil
}

// calls measures calls in each era over each transport: direct, floor and product in turns.
func (s *stands) calls(ctx context.Context) ([]row, error) {
	var rows []row
	for _, transport := range []string{"stdio", "http"} {
		for _, e := range []era{legacy(), usual(), modern()} {
			added, err := s.callsOver(ctx, transport, e)
			if err != nil {
				return nil, fmt.Errorf("measuring calls over %s, %s: %w", transport, e.name, err)
			}
			rows = append(rows, added...)
		}
	}
	return rows, nil
}

func (s *stands) callsOver(ctx context.Context, transport string, e era) ([]row, error) {
	lanes := []lane{{name: "direct", caller: newDirectCaller(s.up)}}
	for _, c := range []contender{s.floor, s.product} {
		l, err := openLane(ctx, c, route{transport, e}, s.up.scratch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		defer l.close()
		lanes = append(lanes, l)
	}
	p := s.plan
	for _, path := range []string{smallRead, usersRead, mailsRead} {
		for _, l := range lanes {
			if _, err := l.burst(e.read(path), p.warm, 1); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", l.name, path, err)
			}
		}
	}
	kinds := []load{
		{name: "small read", path: smallRead, calls: p.single, callers: 1, tails: true, latency: 1.15, cpu: 1.25},
		{name: "small read, 8 callers", path: smallRead, calls: p.many, callers: 8},
		{name: "small read, 64 callers", path: smallRead, calls: p.many, callers: 64, throughput: 0.85, cpu: 1.25},
		{name: "small read, 512 callers", path: smallRead, calls: max(p.many, 512), callers: 512},
		{name: "100 users", path: usersRead, calls: p.large, callers: 1, latency: 1, cpu: 1},
		{name: "10 mails", path: mailsRead, calls: p.large, callers: 1, latency: 1, cpu: 1},
	}
	if e.people { // only what a client can change
		kinds = []load{kinds[0], kinds[2]}
	}
	var rows []row
	for _, kind := range kinds {
		kind.name = transport + " " + e.name + ", " + kind.name
		added, err := kind.measure(ctx, p.rounds, e, lanes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		rows = append(rows, added...)
	}
	if e.people {
		return rows, nil
	}
	held, err := s.held(transport, e, lanes[1:])
	return append(rows, held...), err
}

// held shows what the load has left behind, and whether memory grows with the number of calls.
func (s *stands) held(transport string, e era, lanes []lane) ([]row, error) {
	name := transport + " " + e.name
	peak := row{Measure: name + ", most memory so far", Unit: "MiB"}
	after := row{Measure: fmt.Sprintf("%s, memory after %d more calls", name, s.plan.soak), Unit: "MiB"}
	growth := row{Measure: name + ", growth of memory meanwhile", Unit: "x"}
	for _, l := range lanes {
		most, err := l.process.peak()
		if err != nil {
			return nil, err
		}
		before, err := l.process.resident()
		if err != nil {
			return nil, err
		}
		if _, err := l.burst(e.read(smallRead), s.plan.soak, min(16, s.plan.soak)); err != nil {
			return nil, err
		}
		held, err := l.process.resident()
		if err != nil {
			return nil, err
		}
		peak.set(l.name, most/mebi)
		after.set(l.name, held/mebi)
		growth.set(l.name, held/before)
	}
	return []row{peak.single(), after.single(), growth.single().productAtMost(1.10)}, nil
}

// A route is how a contender is spoken to.
type route struct {
	transport string
	era       era
}

// A lane is one contender, running and connected.
type lane struct {
	name    string
	caller  caller
	process *process      // nil for direct
	read    chan struct{} // closed when nobody reads the process's output any more; nil when nobody ever did
}

func openLane(ctx context.Context, c contender, r route, scratch string) (lane, error) {
	args := c.stdio
	if r.transport == "http" {
		args = c.http
	}
	p, err := start(ctx, c, args, scratch)
	if err != nil {
		return lane{}, err
	}
	l := lane{name: c.name, process: p}
	if r.transport == "http" {
		var url string
		if url, err = p.url(ctx); err == nil {
			l.caller, err = newHTTPCaller(ctx, url, c.key, r.era)
		}
	} else {
		over := newStdioCaller(p)
		l.caller, l.read = over, over.done
		err = over.handshake(r.era)
	}
	if err != nil {
		l.close()
		return lane{}, p.explain(err)
	}
	return l, nil
}

// close ends the process and waits for whoever reads its output.
func (l lane) close() {
	l.process.kill()
	if l.read != nil {
		<-l.read
	}
}
