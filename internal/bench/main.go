// Command bench measures what the server costs, as ratios within one run: the product against the floor (a
// minimal MCP server, see the folder floor) and against direct (the same requests by a plain HTTP client). All
// of them call fixed bytes (see the folder upstream), in turns, so that a busy machine slows all alike.
//
// It needs the programs that scripts/bench builds: microsoft-mcp-server, floor and upstream, in one folder.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// plan says how much is measured. More rounds give steadier medians.
type plan struct {
	warm    int // calls of each kind before anything is measured
	starts  int // processes started per contender
	rounds  int // turns per measurement
	single  int // small reads per turn at one caller
	many    int // small reads per turn at all callers
	callers int // callers at once in the throughput measurement
	large   int // large reads per turn
	soak    int // calls before memory is read again
}

func fullPlan() plan {
	return plan{warm: 100, starts: 40, rounds: 9, single: 500, many: 4000, callers: 64, large: 100, soak: 2000}
}

func quickPlan() plan {
	return plan{warm: 100, starts: 10, rounds: 3, single: 150, many: 1000, callers: 64, large: 30, soak: 2000}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	bin := flags.String("bin", ".", "`folder` of microsoft-mcp-server, floor and upstream")
	quick := flags.Bool("quick", false, "fewer rounds: half a minute, less steady")
	sessions := flags.Int("crowd", 0, "let `n` sessions with 50 calls each loose on the server at once, and nothing else")
	soak := flags.Duration("soak", 0, "keep the server busy for that long and watch its memory, and nothing else")
	find := flags.Bool("find", false, "measure how plain requests are answered by the catalog, and nothing else")
	file := flags.String("json", "", "also write the figures to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *find:
		return runFind(os.Stdout, filepath.Join("internal", "catalog", "testdata", "eval"))
	case *sessions > 0:
		return runCrowd(ctx, *bin, crowd{sessions: *sessions, calls: 50})
	case *soak > 0:
		return runSoak(ctx, *bin, *soak)
	}
	p := fullPlan()
	if *quick {
		p = quickPlan()
	}
	started := time.Now()
	rows, err := measureAll(ctx, *bin, p)
	if err != nil {
		return err
	}
	printTable(os.Stdout, rows)
	fmt.Printf("\n%d rounds in %s; product / floor is the median of the rounds' ratios.\n",
		p.rounds, time.Since(started).Round(time.Second))
	if *file == "" {
		return nil
	}
	encoded, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*file, append(encoded, '\n'), 0o644)
}

// measureAll starts the upstream, measures everything and stops what it has started.
func measureAll(ctx context.Context, bin string, p plan) ([]row, error) {
	scratch, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	up, err := startUpstream(ctx, bin, scratch)
	if err != nil {
		return nil, fmt.Errorf("starting upstream: %w", err)
	}
	defer up.stop()
	product := productOf(bin, up)
	rows, err := measure(ctx, p, up, floorOf(bin, up), product)
	if err != nil {
		return nil, err
	}
	return appendTransfers(ctx, rows, up, product)
}

func measure(ctx context.Context, p plan, up *upstream, floor, product contender) (rows []row, err error) {
	if rows, err = appendSizes(rows, floor, product); err != nil {
		return nil, err
	}
	if rows, err = appendStarts(ctx, rows, p, floor, product); err != nil {
		return nil, err
	}
	for _, transport := range []string{"stdio", "http"} {
		if rows, err = appendCalls(ctx, rows, p, transport, up, floor, product); err != nil {
			return nil, fmt.Errorf("measuring calls over %s: %w", transport, err)
		}
	}
	return rows, nil
}
