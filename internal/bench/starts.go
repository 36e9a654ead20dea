package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// startLimit bounds one start.
const startLimit = 15 * time.Second

// starts measures from exec to the first answer and to that of tools/list, and what an idle process then holds.
func (s *stands) starts(ctx context.Context) ([]row, error) {
	var first, took, alone, spent, held pairs
	for range s.plan.starts {
		for _, c := range []contender{s.floor, s.product} {
			with, err := startOnce(ctx, c, legacy())
			if err != nil {
				return nil, fmt.Errorf("starting %s: %w", c.name, err)
			}
			without, err := startOnce(ctx, c, modern())
			if err != nil {
				return nil, fmt.Errorf("starting %s without a handshake: %w", c.name, err)
			}
			first.add(c.name, float64(with.first)/milli)
			took.add(c.name, float64(with.took)/milli)
			alone.add(c.name, float64(without.took)/milli)
			spent.add(c.name, float64(with.cpu)/milli)
			held.add(c.name, with.resident/mebi)
		}
	}
	return []row{
		first.row("exec to the first answer, stdio legacy", "ms"),
		took.row("exec to tools/list, stdio legacy", "ms").atMost(1.5),
		alone.row("exec to tools/list, stdio modern", "ms").atMost(1.5),
		spent.row("exec to exit, processor time", "ms"),
		held.row("idle memory after tools/list", "MiB").productAtMost(20),
	}, nil
}

type startSample struct {
	first, took, cpu time.Duration
	resident         float64
}

func startOnce(ctx context.Context, c contender, e era) (startSample, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	began := time.Now()
	p, err := start(ctx, c, c.stdio, "")
	if err != nil {
		return startSample{}, err
	}
	defer os.Remove(p.log.Name())
	var s startSample
	_, err = p.listTools(e, func() { s.first = time.Since(began) })
	if err != nil {
		p.kill()
		return startSample{}, p.explain(err)
	}
	s.took = time.Since(began)
	if s.resident, err = p.resident(); err != nil {
		p.kill()
		return startSample{}, err
	}
	err = p.end()
	s.cpu = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	return s, err
}

// listTools makes the handshake, where there is one, and returns the answer of tools/list. first is called at the
// first answer.
func (p *process) listTools(e era, first func()) ([]byte, error) {
	message := e.request("tools/list", nil).frame(2)
	if !e.alone {
		message = slices.Concat(e.hello().frame(1), ready(), message)
	}
	if _, err := p.stdin.Write(message); err != nil {
		return nil, err
	}
	for answers := 0; ; answers++ {
		line, err := p.stdout.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if answers == 0 {
			first()
		}
		switch id, err := idOf(line); {
		case err != nil:
			return nil, err
		case id == 2:
			return line, nil
		}
	}
}
