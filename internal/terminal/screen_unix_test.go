//go:build unix

package terminal

import (
	"os"
	"testing"

	"github.com/creack/pty"
)

// A real terminal says what it is; what people have set decides about colours.
func TestScreenOfATerminal(t *testing.T) {
	t.Parallel()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 30, Cols: 101}); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		env  map[string]string
		when When
		want Screen
	}{
		"usual":                 {map[string]string{"TERM": "xterm-256color"}, Auto, Screen{Live: true, Width: 101, Colour: true, Redraw: true}},
		"NO_COLOR":              {map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, Auto, Screen{Live: true, Width: 101, Redraw: true}},
		"NO_COLOR, but empty":   {map[string]string{"TERM": "xterm", "NO_COLOR": ""}, Auto, Screen{Live: true, Width: 101, Colour: true, Redraw: true}},
		"NO_COLOR, but wanted":  {map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, Always, Screen{Live: true, Width: 101, Colour: true, Redraw: true}},
		"dumb":                  {map[string]string{"TERM": "dumb"}, Auto, Screen{Live: true, Width: 101}},
		"of no kind":            {nil, Auto, Screen{Live: true, Width: 101}},
		"colours are unwelcome": {map[string]string{"TERM": "xterm"}, Never, Screen{Live: true, Width: 101, Redraw: true}},
	} {
		if got := Of(theirs, func(name string) string { return row.env[name] }, row.when); got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
	if err := pty.Setsize(ours, &pty.Winsize{}); err != nil {
		t.Fatal(err)
	}
	if got := Of(theirs, os.Getenv, Never); got.Width != usualWidth {
		t.Errorf("a terminal of unknown size is taken to have %d columns", got.Width)
	}
}

func TestScreenOfAFile(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	term := func(string) string { return "xterm" }
	if got := Of(file, term, Auto); got != (Screen{}) {
		t.Errorf("got %+v", got)
	}
	if got := Of(file, term, Always); got != (Screen{Colour: true}) {
		t.Errorf("got %+v", got)
	}
}
