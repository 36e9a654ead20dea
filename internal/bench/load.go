package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A load is one kind of call, measured in turns. The limits are those of product to floor; 0 is none.
type load struct {
	name    string
	path    string
	calls   int
	callers int
	tails   bool // rows for the slow calls, too

	latency, cpu float64 // at most
	throughput   float64 // at least
}

// A sample is what one turn shows.
type sample struct {
	p50, p90, p99 float64 // ms
	rate          float64 // calls per second
	cpu           float64 // ms a call
}

// measure gives a row per quantity. Latency means something at one caller and throughput at many: with more
// callers than processors latency only counts the queue.
func (k load) measure(ctx context.Context, rounds int, e era, lanes []lane) ([]row, error) {
	read := e.read(k.path)
	var p50, p90, p99, rate, cpu pairs
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i := range lanes {
			l := lanes[(i+round)%len(lanes)] // each lane goes first, in the middle and last
			s, err := k.turn(l, read)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.name, err)
			}
			p50.add(l.name, s.p50)
			p90.add(l.name, s.p90)
			p99.add(l.name, s.p99)
			rate.add(l.name, s.rate)
			if l.process != nil {
				cpu.add(l.name, s.cpu)
			}
		}
	}
	used := cpu.row(k.name+", processor time a call", "ms").atMost(k.cpu)
	if k.callers > 1 {
		rows := []row{rate.row(k.name+", throughput", "calls/s").atLeast(k.throughput)}
		if k.cpu != 0 {
			rows = append(rows, used)
		}
		return rows, nil
	}
	rows := []row{p50.row(k.name+", p50", "ms").atMost(k.latency)}
	if k.tails {
		rows = append(rows, p90.row(k.name+", p90", "ms"), p99.row(k.name+", p99", "ms"))
	}
	return append(rows, used), nil
}

// turn runs the load once on one lane.
func (k load) turn(l lane, read request) (sample, error) {
	before, err := l.used()
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	took, err := l.burst(read, k.calls, k.callers)
	elapsed := time.Since(began)
	if err != nil {
		return sample{}, err
	}
	after, err := l.used()
	if err != nil {
		return sample{}, err
	}
	slices.Sort(took)
	at := func(percent int) float64 { return float64(took[(len(took)-1)*percent/100]) / milli }
	return sample{p50: at(50), p90: at(90), p99: at(99), rate: float64(len(took)) / elapsed.Seconds(),
		cpu: float64(after-before) / milli / float64(len(took))}, nil
}

func (l lane) used() (time.Duration, error) {
	if l.process == nil {
		return 0, nil
	}
	return l.process.cpu()
}

// burst makes n calls by so many callers at once and returns each call's duration, in no order.
func (l lane) burst(r request, n, callers int) ([]time.Duration, error) {
	var (
		mu    sync.Mutex // guards all and first
		all   = make([]time.Duration, 0, n)
		first error
		wg    sync.WaitGroup
	)
	each := max(1, n/callers)
	for range callers {
		wg.Go(func() {
			took := make([]time.Duration, 0, each)
			var err error
			for range each {
				began := time.Now()
				if _, err = l.caller.do(r); err != nil {
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
