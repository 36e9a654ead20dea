package main

import (
	"context"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

func littlePlan() plan {
	return plan{warm: 1, starts: 2, rounds: 2, single: 10, many: 128, large: 4, soak: 16}
}

// The floor measured against itself: every row is there, in both eras over both transports.
func measureEquals(t *testing.T, up *upstream, floor contender) {
	twin := floor
	twin.name = "product"
	s := &stands{plan: littlePlan(), up: up, floor: floor, product: twin}
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]row, error)
		rows    int
	}{
		{"sizes", s.sizes, 1},
		{"starts", s.starts, 5},
		{"calls", s.calls, 4*(4+1+2+1+2*2+3) + 2*(4+2)},
	} {
		rows, err := part.measure(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", part.name, err)
		}
		if len(rows) != part.rows {
			t.Errorf("%s: got %d rows, want %d", part.name, len(rows), part.rows)
		}
		for _, r := range rows {
			if r.Floor == 0 || r.Product == 0 || r.ToFloor == 0 {
				t.Errorf("%s: nothing measured: %+v", r.Measure, r)
			}
		}
		if part.name == "sizes" && rows[0].ToFloor != 1 {
			t.Errorf("a program is %v times its own size", rows[0].ToFloor)
		}
	}
}

// Every piece of work and every count, with the product: what the upstream serves and what is asked of it agree.
func TestWork(t *testing.T) {
	up, floor := startFloor(t)
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin+"/", "../../cmd/microsoft-mcp-server").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	s := &stands{plan: plan{jobs: 1, transfers: 1, megabytes: 16, searches: 1}, up: up, floor: floor, product: productOf(bin, up)}
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]row, error)
		rows    int
	}{
		{"work", s.work, 2 + 6 + 1 + 2 + 1 + 3},
		{"tokens", s.tokens, 1 + 5},
	} {
		rows, err := part.measure(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", part.name, err)
		}
		if len(rows) != part.rows {
			t.Errorf("%s: got %d rows, want %d", part.name, len(rows), part.rows)
		}
		for _, r := range rows {
			if r.Product == 0 || r.Unit == "tokens" && (!r.Met || r.Floor == 0) {
				t.Errorf("%s: nothing measured, or too much: %+v", r.Measure, r)
			}
		}
	}
}

// A contender that fails must not look fast, however it is spoken to.
func measureFailure(t *testing.T, up *upstream, floor contender) {
	twin := floor
	twin.name, twin.env = "product", append(slices.Clone(floor.env), "FLOOR_TOKEN=wrong")
	s := &stands{plan: littlePlan(), up: up, floor: floor, product: twin}
	for _, r := range []route{{"stdio", legacy()}, {"stdio", modern()}, {"http", legacy()}, {"http", modern()}} {
		if _, err := s.callsOver(t.Context(), r.transport, r.era); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s %s: a contender without the token gives error %v, want one with 401", r.transport, r.era.name, err)
		}
	}
}

func TestRowOfPairs(t *testing.T) {
	t.Parallel()
	var p pairs
	// The second round was slow for all: medians of each side would say 20/10, the rounds say 1.1.
	for _, round := range [][3]float64{{5, 10, 11}, {50, 100, 120}, {5, 10, 11}, {10, 20, 21}} {
		p.add("direct", round[0])
		p.add("floor", round[1])
		p.add("product", round[2])
	}
	got := p.row("latency", "ms").atMost(1.15)
	want := row{Measure: "latency", Unit: "ms", Direct: 7.5, Floor: 15, Product: 16, ToDirect: 2.2, ToFloor: 1.1, Low: 1.0875, High: 1.125, Rounds: 4,
		Budget: "<= 1.15 x floor", Met: true}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	for _, tt := range []struct {
		row     row
		verdict string
	}{
		{got, "met"},
		{got.atMost(1.09), "MISSED, within the spread"},
		{got.atMost(1.11), "met, within the spread"},
		{got.atMost(1.05), "MISSED"},
		{got.atLeast(1.2), "MISSED"},
		{got.atLeast(1.0), "met"},
		{got.productAtMost(15), "MISSED"},
		{p.row("latency", "ms"), ""},
	} {
		if verdict := tt.row.verdict(); verdict != tt.verdict {
			t.Errorf("%s of %.2f gives %q, want %q", tt.row.Budget, tt.row.ToFloor, verdict, tt.verdict)
		}
	}
	var onlyDirect pairs
	onlyDirect.add("direct", 10)
	onlyDirect.add("product", 9)
	if r := onlyDirect.row("rate", "MB/s").atLeast(0.85); r.Budget != ">= 0.85 x direct" || !r.Met || r.Low != 0.9 || r.ToFloor != 0 {
		t.Errorf("without a floor: got %+v", r)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ era, want string }{
		{"legacy", `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"arguments":{"path":"/me"},"name":"microsoft_graph"}}`},
		{"modern", `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"0"},"io.modelcontextprotocol/protocolVersion":"2026-07-28"},"arguments":{"path":"/me"},"name":"microsoft_graph"}}`},
	} {
		e := map[string]era{"legacy": legacy(), "modern": modern()}[tt.era]
		if got := string(e.read("/me").frame(7)); got != tt.want+"\n" {
			t.Errorf("%s: got  %s\nwant %s", tt.era, got, tt.want)
		}
	}
}

func TestIDOf(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int64{
		`{"jsonrpc":"2.0","id":42,"result":{"id":7}}`:                    42,
		`{"jsonrpc":"2.0","result":{"id":7,"x":1},"id":43}`:              43,
		`{"jsonrpc":"2.0","method":"notifications/x","params":{"id":7}}`: 0,
		`{"jsonrpc":"2.0","id":44}`:                                      44,
	} {
		if got, err := idOf([]byte(line)); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", line, got, err, want)
		}
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
