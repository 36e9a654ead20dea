package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// The reads. The upstream answers each with the same bytes every time.
const (
	smallRead  = "/users/6ea91a8d-e32e-41a1-b7bd-000000000007"
	usersRead  = "/users?$top=100"
	mailsRead  = "/users/6ea91a8d-e32e-41a1-b7bd-000000000007/messages?$top=10"
	milli      = float64(time.Millisecond)
	mebi       = float64(1 << 20)
	startLimit = 15 * time.Second
)

func appendSizes(rows []row, floor, product contender) ([]row, error) {
	r := row{Measure: "binary", Unit: "MiB"}
	for _, c := range []contender{floor, product} {
		info, err := os.Stat(c.binary)
		if err != nil {
			return nil, err
		}
		r.set(c.name, float64(info.Size())/mebi)
	}
	return append(rows, r.ratio(r.Product/r.Floor)), nil
}

// appendStarts measures from exec to the answer of tools/list, and what an idle process then holds.
func appendStarts(ctx context.Context, rows []row, p plan, floor, product contender) ([]row, error) {
	var took, spent, held pairs
	for range p.starts {
		for _, c := range []contender{floor, product} {
			s, err := startOnce(ctx, c)
			if err != nil {
				return nil, fmt.Errorf("starting %s: %w", c.name, err)
			}
			took.add(c.name, float64(s.took)/milli)
			spent.add(c.name, float64(s.cpu)/milli)
			held.add(c.name, s.resident/mebi)
		}
	}
	return append(rows,
		took.row("exec to tools/list, stdio", "ms").atMost(1.5),
		spent.row("exec to exit, processor time", "ms"),
		held.row("idle memory after tools/list", "MiB").productAtMost(20)), nil
}

type startSample struct {
	took, cpu time.Duration
	resident  float64
}

func startOnce(ctx context.Context, c contender) (startSample, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	began := time.Now()
	p, err := start(ctx, c, c.stdio, "")
	if err != nil {
		return startSample{}, err
	}
	defer os.Remove(p.log.Name())
	if err := p.listTools(); err != nil {
		p.kill()
		return startSample{}, p.explain(err)
	}
	s := startSample{took: time.Since(began)}
	if s.resident, err = p.resident(); err != nil {
		p.kill()
		return startSample{}, err
	}
	err = p.end()
	s.cpu = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	return s, err
}

// listTools makes the handshake and waits for the answer of tools/list.
func (p *process) listTools() error {
	message := slices.Concat(initializeFrame(1), frame(0, "notifications/initialized", nil), frame(2, "tools/list", nil))
	if _, err := p.stdin.Write(message); err != nil {
		return err
	}
	for id := int64(0); id != 2; {
		line, err := p.stdout.ReadBytes('\n')
		if err != nil {
			return err
		}
		if id, err = idOf(line); err != nil {
			return err
		}
	}
	return nil
}

// appendCalls measures calls over one transport: direct, floor and product in turns.
func appendCalls(ctx context.Context, rows []row, p plan, transport string, up *upstream, contenders ...contender) ([]row, error) {
	lanes := []lane{{name: "direct", caller: newDirectCaller(up)}}
	for _, c := range contenders {
		l, err := openLane(ctx, c, transport, up.scratch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		defer l.close()
		lanes = append(lanes, l)
	}
	for _, path := range []string{smallRead, usersRead, mailsRead} {
		for _, l := range lanes {
			if _, err := l.burst(path, p.warm, 1); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", l.name, path, err)
			}
		}
	}
	kinds := []load{
		{name: "small read", path: smallRead, calls: p.single, callers: 1, latency: 1.15, cpu: 1.25},
		{name: fmt.Sprintf("small read, %d callers", p.callers), path: smallRead, calls: p.many, callers: p.callers, throughput: 0.85, cpu: 1.25},
		{name: "100 users", path: usersRead, calls: p.large, callers: 1, latency: 1, cpu: 1},
		{name: "10 mails", path: mailsRead, calls: p.large, callers: 1, latency: 1, cpu: 1},
	}
	for _, kind := range kinds {
		kind.name = transport + ", " + kind.name
		added, err := kind.measure(ctx, p.rounds, lanes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		rows = append(rows, added...)
	}
	return appendSoak(rows, p, transport, lanes[1:])
}

func appendSoak(rows []row, p plan, transport string, lanes []lane) ([]row, error) {
	r := row{Measure: fmt.Sprintf("%s, memory after %d more calls", transport, p.soak), Unit: "MiB"}
	for _, l := range lanes {
		if _, err := l.burst(smallRead, p.soak, 1); err != nil {
			return nil, err
		}
		held, err := l.process.resident()
		if err != nil {
			return nil, err
		}
		r.set(l.name, held/mebi)
	}
	return append(rows, r.ratio(r.Product/r.Floor)), nil
}

// A lane is one contender, running and connected.
type lane struct {
	name    string
	caller  caller
	process *process      // nil for direct
	read    chan struct{} // closed when nobody reads the process's output any more; nil when nobody ever did
}

func openLane(ctx context.Context, c contender, transport, scratch string) (lane, error) {
	args := c.stdio
	if transport == "http" {
		args = c.http
	}
	p, err := start(ctx, c, args, scratch)
	if err != nil {
		return lane{}, err
	}
	l := lane{name: c.name, process: p}
	if transport == "http" {
		var url string
		if url, err = p.url(ctx); err == nil {
			l.caller, err = newHTTPCaller(ctx, url, c.key)
		}
	} else {
		over := newStdioCaller(p)
		l.caller, l.read = over, over.done
		err = over.handshake()
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

// burst makes n calls by so many callers at once and returns each call's duration, in no order.
func (l lane) burst(path string, n, callers int) ([]time.Duration, error) {
	var (
		mu    sync.Mutex // guards all and first
		all   = make([]time.Duration, 0, n)
		first error
		wg    sync.WaitGroup
	)
	for range callers {
		wg.Go(func() {
			took := make([]time.Duration, 0, n/callers)
			var err error
			for range n / callers {
				began := time.Now()
				if err = l.caller.call(path); err != nil {
					break
				}
				took = append(took, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	return all, first
}
