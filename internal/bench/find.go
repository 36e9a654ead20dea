package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
)

// runFind measures how well and how fast the catalog answers plain requests: those that it was tuned on, and those that
// were kept apart. folder has the sets.
func runFind(w io.Writer, folder string) error {
	before := heap()
	began := time.Now()
	c := catalog.New()
	c.Find(catalog.Query{Text: "mail"})
	built := time.Since(began)
	size := heap() - before
	sets, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil {
		return err
	}
	if len(sets) == 0 {
		return fmt.Errorf("there are no sets in %s: call this from the root of the repository", folder)
	}
	slices.Sort(sets)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "set\trequests\trecall at 1\tat 3\tat 10\tmean time\tp99\tslowest\t")
	for _, set := range sets {
		f, err := os.Open(set)
		if err != nil {
			return err
		}
		e, err := c.Evaluate(f)
		f.Close()
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%d\t%.3f\t%.3f\t%.3f\t%s\t%s\t%s\t\n", strings.TrimSuffix(filepath.Base(set), ".tsv"), e.Requests, e.At1, e.At3, e.At10,
			e.Mean.Round(time.Microsecond), e.P99.Round(time.Microsecond), e.Slowest.Round(time.Microsecond))
	}
	t.Flush()
	fmt.Fprintf(w, "\n%d operations in %d areas; index built in %s, %.1f MB in memory; %.1f MB of text in the program\n",
		c.Size().Operations, len(c.Areas()), built.Round(time.Millisecond), float64(size)/1e6, float64(c.Size().Text)/1e6)
	return nil
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
