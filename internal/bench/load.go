package main

import (
	"context"
	"slices"
	"time"
)

// A load is one kind of call, measured in turns. The limits are those of product to floor; 0 is none.
type load struct {
	name    string
	path    string
	calls   int
	callers int

	latency, cpu float64 // at most
	throughput   float64 // at least
}

// measure gives a row per quantity. Latency means something at one caller and throughput at many: with more
// callers than processors latency only counts the queue.
func (k load) measure(ctx context.Context, rounds int, lanes []lane) ([]row, error) {
	var speed pairs
	spent := map[string]time.Duration{}
	calls := 0
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		calls += k.calls / k.callers * k.callers
		for i := range lanes {
			l := lanes[(i+round)%len(lanes)] // each lane goes first, in the middle and last
			used, value, err := k.turn(l)
			if err != nil {
				return nil, err
			}
			spent[l.name] += used
			speed.add(l.name, value)
		}
	}
	cpu := row{Measure: k.name + ", processor time a call", Unit: "ms"}
	for _, l := range lanes[1:] {
		cpu.set(l.name, float64(spent[l.name])/milli/float64(calls))
	}
	cpu = cpu.ratio(cpu.Product / cpu.Floor).atMost(k.cpu)
	if k.callers > 1 {
		return []row{speed.row(k.name+", throughput", "calls/s").atLeast(k.throughput), cpu}, nil
	}
	return []row{speed.row(k.name+", median latency", "ms").atMost(k.latency), cpu}, nil
}

// turn runs the load once on one lane. value is the median latency in milliseconds at one caller, calls per
// second at many.
func (k load) turn(l lane) (used time.Duration, value float64, err error) {
	before, err := l.used()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	took, err := l.burst(k.path, k.calls, k.callers)
	elapsed := time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	after, err := l.used()
	if err != nil {
		return 0, 0, err
	}
	if k.callers > 1 {
		return after - before, float64(len(took)) / elapsed.Seconds(), nil
	}
	slices.Sort(took)
	return after - before, float64(took[len(took)/2]) / milli, nil
}

func (l lane) used() (time.Duration, error) {
	if l.process == nil {
		return 0, nil
	}
	return l.process.cpu()
}
