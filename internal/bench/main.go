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
	"runtime"
	"time"
)

// plan says how much is measured. More rounds give steadier medians.
type plan struct {
	warm      int // calls of each kind before anything is measured
	starts    int // processes started per contender and era
	rounds    int // turns per measurement
	single    int // small reads per turn at one caller
	many      int // small reads per turn at all callers
	large     int // large reads per turn
	soak      int // calls between two looks at the memory
	jobs      int // turns of lists, batches and documents
	transfers int // turns of a transfer
	megabytes int // MiB of a transfer
	searches  int // questions
}

func fullPlan() plan {
	return plan{warm: 100, starts: 40, rounds: 9, single: 600, many: 2048, large: 100, soak: 20_000, jobs: 15, transfers: 3, megabytes: 1024, searches: 700}
}

func quickPlan() plan {
	return plan{warm: 50, starts: 10, rounds: 5, single: 200, many: 768, large: 30, soak: 2000, jobs: 5, transfers: 3, megabytes: 128, searches: 140}
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
	quick := flags.Bool("quick", false, "fewer rounds: about a minute instead of five, less steady")
	sessions := flags.Int("crowd", 0, "let `n` sessions with 50 calls each loose on the server at once, and nothing else")
	soak := flags.Duration("soak", 0, "keep the server busy for that long and watch its memory, and nothing else")
	find := flags.Bool("find", false, "measure how plain requests are answered by the catalog, and nothing else")
	calls := flags.Int("calls", 0, "look at the memory after `n` calls over each transport and in each era, in place of the plan's number")
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
	if *calls > 0 {
		p.soak = *calls
	}
	started := time.Now()
	rows, err := measureAll(ctx, *bin, p)
	if err != nil {
		return err
	}
	printTable(os.Stdout, rows)
	took := time.Since(started).Round(time.Second)
	fmt.Printf("\n%d rounds in %s. Ratios are medians of the rounds' ratios, quartiles those to the floor, or to direct where there is none.\n", p.rounds, took)
	if *file == "" {
		return nil
	}
	encoded, err := json.MarshalIndent(report{Machine: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Rounds: p.rounds, Seconds: took.Seconds(), Rows: rows}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*file, append(encoded, '\n'), 0o644)
}

// report is what a machine reads.
type report struct {
	Machine string  `json:"machine"`
	CPUs    int     `json:"cpus"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"`
	Rows    []row   `json:"rows"`
}

// measureAll starts the upstream, measures everything and stops what it has started.
func measureAll(ctx context.Context, bin string, p plan) (rows []row, err error) {
	err = withUpstream(ctx, bin, func(up *upstream) (err error) {
		s := &stands{plan: p, up: up, floor: floorOf(bin, up), product: productOf(bin, up)}
		rows, err = s.measure(ctx)
		return err
	})
	return rows, err
}
