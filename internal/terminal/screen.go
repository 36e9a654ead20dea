package terminal

import (
	"cmp"
	"io"
	"os"
	"runtime"

	"golang.org/x/term"
)

// Screen is what is known of where output goes. The zero Screen is no terminal: everything is plain and of any width.
type Screen struct {
	Live   bool // a terminal: somebody is looking
	Width  int  // columns; 0: as many as are needed
	Colour bool // may be coloured
	Redraw bool // what was written can be taken back
}

// When says when there are colours.
type When string

// Auto is as the conventions have it: on a terminal, but not where NO_COLOR is set, or TERM is dumb.
const (
	Auto   When = "auto"
	Always When = "always"
	Never  When = "never"
)

// usualWidth is taken for a terminal that does not say how wide it is.
const usualWidth = 80

// Of looks at where output goes.
func Of(w io.Writer, getenv func(string) string, colours When) Screen {
	s := Screen{Colour: colours == Always}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return s
	}
	s.Live = true
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 0
	}
	s.Width = cmp.Or(max(width, 0), usualWidth)
	kind := getenv("TERM")
	able := kind != "dumb" && (kind != "" || runtime.GOOS == "windows") && understands(file)
	s.Redraw = able
	if colours == Auto {
		s.Colour = able && getenv("NO_COLOR") == ""
	}
	return s
}

// Ink is how text looks, in the terms of the terminal's own sixteen colours: people have chosen them to be readable.
type Ink string

// The inks there are.
const (
	Plain  Ink = ""
	Strong Ink = "1"
	Dim    Ink = "2"
	Bad    Ink = "31"
	Good   Ink = "32"
	Warn   Ink = "33"
	Name   Ink = "1;34" // a member of an object, a column
	Number Ink = "36"
	Word   Ink = "35" // true, false and null
)

// Paint returns text in an ink, where there are colours. The text has to be safe.
func (s Screen) Paint(ink Ink, text string) string {
	if !s.Colour || ink == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(ink) + "m" + text + "\x1b[0m"
}
