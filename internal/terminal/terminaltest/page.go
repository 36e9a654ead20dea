// Package terminaltest plays the terminal that a person looks at: it takes what a program writes to one, and draws what
// stands there as an SVG. It knows what our programs use (colours, wrapping, erasing a line, moving in it), and no more.
package terminaltest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// cell is one place on the page. The place behind a wide character has the text "".
type cell struct {
	text  string
	style string // class names of the drawing
}

// Page is a terminal of endless height. The zero value is none; see NewPage.
type Page struct {
	columns     int
	rows        [][]cell
	row, column int
	sgr         []string // what is on, as class names
}

// NewPage returns an empty terminal of so many columns.
func NewPage(columns int) *Page { return &Page{columns: columns, rows: [][]cell{nil}} }

// sequence is what steers a terminal: CSI with parameters and a final letter.
var sequence = regexp.MustCompile(`^\x1b\[([0-9;?]*)([A-Za-z])`)

// Write takes what a program wrote. A sequence must not be cut in two.
func (p *Page) Write(text string) {
	for text != "" {
		if found := sequence.FindStringSubmatch(text); found != nil {
			p.steer(found[1], found[2])
			text = text[len(found[0]):]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		p.put(r, text[:size])
		text = text[size:]
	}
}

func (p *Page) put(r rune, text string) {
	switch r {
	case '\n':
		p.row++
		p.reach()
		return
	case '\r':
		p.column = 0
		return
	case '\b':
		p.column = max(0, p.column-1)
		return
	}
	width := terminal.Width(text)
	if width == 0 {
		return
	}
	if p.column+width > p.columns {
		p.row, p.column = p.row+1, 0
		p.reach()
	}
	for len(p.rows[p.row]) < p.column+width {
		p.rows[p.row] = append(p.rows[p.row], cell{text: " "})
	}
	p.rows[p.row][p.column] = cell{text: text, style: strings.Join(p.sgr, " ")}
	for i := 1; i < width; i++ {
		p.rows[p.row][p.column+i] = cell{style: strings.Join(p.sgr, " ")}
	}
	p.column += width
}

// reach makes rows up to the cursor's.
func (p *Page) reach() {
	for len(p.rows) <= p.row {
		p.rows = append(p.rows, nil)
	}
}

func (p *Page) steer(parameters, final string) {
	n, err := strconv.Atoi(parameters)
	if err != nil || n == 0 {
		n = 1
	}
	switch final {
	case "m":
		p.paint(parameters)
	case "K": // from the cursor to the line's end
		p.rows[p.row] = p.rows[p.row][:min(p.column, len(p.rows[p.row]))]
	case "J": // to the page's end
		p.steer("", "K")
		p.rows = p.rows[:p.row+1]
	case "A":
		p.row = max(0, p.row-n)
	case "C":
		p.column = min(p.columns-1, p.column+n)
	case "D":
		p.column = max(0, p.column-n)
	}
}

// classes are the names that the drawing has for what is on.
var classes = map[string]string{"1": "strong", "2": "faint", "31": "red", "32": "green", "33": "yellow", "34": "blue", "35": "magenta", "36": "cyan"}

func (p *Page) paint(parameters string) {
	for code := range strings.SplitSeq(parameters, ";") {
		switch class := classes[code]; {
		case code == "" || code == "0":
			p.sgr = nil
		case class != "" && !slices.Contains(p.sgr, class):
			p.sgr = append(slices.Clone(p.sgr), class)
		}
	}
}

// Text returns what stands on the page, without blanks at the ends of lines.
func (p *Page) Text() string {
	var b strings.Builder
	for _, row := range p.rows {
		var line strings.Builder
		for _, c := range row {
			line.WriteString(c.text)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// plain returns the text of cells.
func plain(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}
