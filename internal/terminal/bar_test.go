package terminal

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBar(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	bar := newBar(&b, Screen{Live: true, Redraw: true, Width: 60}, func() time.Time { return clock })
	bar.Show(1, 4, "too early")
	clock = clock.Add(barPatience)
	bar.Show(2, 4, "half\x1b[2J")
	bar.Show(3, 4, "too soon after")
	clock = clock.Add(barPause)
	bar.Show(3, 0, "nobody knows of how many")
	bar.Close()
	bar.Close()
	clock = clock.Add(time.Minute)
	bar.Show(4, 4, "too late")
	const back = "\r\x1b[K"
	want := back + strings.Repeat("█", 12) + strings.Repeat("░", 12) + "  50 %  half\\u001b[2J" + back + "nobody knows of how many" + back
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// No line reaches the last column, whatever is reported.
func TestBarFits(t *testing.T) {
	t.Parallel()
	for width := range 100 {
		bar := NewBar(io.Discard, Screen{Redraw: true, Width: width})
		for _, far := range [][2]float64{{0, 1}, {1, 1}, {2, 1}, {-1, 1}, {math.NaN(), 1}, {1, math.NaN()}, {1, math.Inf(1)}, {math.Inf(1), math.Inf(1)}, {5, 0}} {
			if line := bar.line(far[0], far[1], strings.Repeat("渡辺 ", 50)); Width(line) > max(width-1, 1) {
				t.Errorf("%d columns, %v: %q", width, far, line)
			}
		}
	}
}

func TestBarThatCannotBeTakenBackIsNotShown(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	clock := time.Now()
	bar := newBar(&b, Screen{Live: true, Width: 80}, func() time.Time { return clock })
	clock = clock.Add(time.Minute)
	bar.Show(1, 2, "x")
	if bar.Close(); b.Len() > 0 {
		t.Errorf("got %q", b.String())
	}
}
