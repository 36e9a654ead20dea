package main

import (
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// startFloor builds and starts what a measurement needs, without the product.
func startFloor(t *testing.T) (*upstream, contender) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("processor time and memory are read from /proc")
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin+"/", "./floor", "./upstream").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	up, err := startUpstream(t.Context(), bin, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(up.stop)
	return up, floorOf(bin, up)
}

func TestMeasure(t *testing.T) {
	up, floor := startFloor(t)
	t.Run("equals", func(t *testing.T) { measureEquals(t, up, floor) })
	t.Run("a failure", func(t *testing.T) { measureFailure(t, up, floor) })
}

// The floor measured against itself: every row is there.
func measureEquals(t *testing.T, up *upstream, floor contender) {
	twin := floor
	twin.name = "product"
	p := plan{warm: 1, starts: 2, rounds: 2, single: 10, many: 128, callers: 64, large: 4, soak: 10}
	rows, err := measure(t.Context(), p, up, floor, twin)
	if err != nil {
		t.Fatal(err)
	}
	// 1 of size, 3 of the start, and for each transport 4 loads of 2 rows and 1 of memory.
	if got, want := len(rows), 1+3+2*(4*2+1); got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
	for _, r := range rows {
		// So few calls may take less processor time than a clock tick.
		if (r.Floor == 0 || r.Product == 0) && !strings.Contains(r.Measure, "processor time") {
			t.Errorf("%s: nothing measured: %+v", r.Measure, r)
		}
	}
	if rows[0].Ratio != 1 {
		t.Errorf("a program is %v times its own size", rows[0].Ratio)
	}
}

// A contender that fails must not look fast.
func measureFailure(t *testing.T, up *upstream, floor contender) {
	twin := floor
	twin.name, twin.env = "product", append(slices.Clone(floor.env), "FLOOR_TOKEN=wrong")
	p := plan{warm: 1, starts: 1, rounds: 1, single: 1, many: 64, callers: 64, large: 1, soak: 1}
	if _, err := measure(t.Context(), p, up, floor, twin); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a contender without the token gives error %v, want one with 401", err)
	}
}

func TestRowOfPairs(t *testing.T) {
	t.Parallel()
	var p pairs
	// The second round was slow for both: medians of each side would say 20/10, the rounds say 1.1.
	for _, round := range [][2]float64{{10, 11}, {100, 110}, {10, 11}, {20, 22}} {
		p.add("floor", round[0])
		p.add("product", round[1])
	}
	got := p.row("latency", "ms").atMost(1.15)
	if got.Floor != 15 || got.Product != 16.5 || got.Ratio < 1.099 || got.Ratio > 1.101 || !got.Met {
		t.Errorf("got %+v; want floor 15, product 16.5, ratio 1.1, met", got)
	}
	if missed := got.atMost(1.05); missed.Met || missed.Budget != "<= 1.05 x" {
		t.Errorf("got %+v; want the budget of 1.05 missed", missed)
	}
	if missed := got.atLeast(1.2); missed.Met {
		t.Errorf("got %+v; want the least of 1.2 missed", missed)
	}
	if direct := got.Direct; direct != 0 {
		t.Errorf("got %v of a contender that was not measured", direct)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"error\":{\"code\":1}}"}]}}`
	if err := check([]byte(good)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		"",
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}`,
		`{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}`,
	} {
		if check([]byte(bad)) == nil {
			t.Errorf("%q passes for an answer", bad)
		}
	}
}
