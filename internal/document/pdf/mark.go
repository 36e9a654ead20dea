package pdf

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// pdfMark is raised text at the end of a piece: an exponent, the number of a footnote. It is written with a sign, since
// 10⁶ would read as 106 without.
type pdfMark struct {
	at     int     // where it begins in the piece's text
	x0, y  float64 // where it begins on the sheet
	before float64 // where the text before it ends
	size   float64
}

const (
	pdfMarkSize = 0.92 // of the size of the text beside it, at most
	pdfMarkRise = 0.6  // of that size, at most
	pdfMaxMark  = 24   // bytes; what is longer is a text of its own, such as the first line beside a large initial
)

// closeMark writes the raised text at the end of a piece as such, once it is complete.
func (p *pdfPiece) closeMark() {
	if p.mark == nil {
		return
	}
	at := p.mark.at
	p.mark = nil
	text := string(p.text[at:])
	p.text = append(slices.Clip(p.text[:at]), reading.Superscript(text)...)
}

// splitMark takes the raised text off the piece, as a piece of its own.
func (p *pdfPiece) splitMark() pdfPiece {
	m := p.mark
	split := pdfPiece{angle: p.angle, x0: m.x0, x1: p.x1, ink: p.ink, y: m.y, size: m.size, bold: p.bold}
	split.text = []byte(strings.TrimLeft(string(p.text[m.at:]), " "))
	split.letters = utf8.RuneCount(split.text)
	p.letters = max(p.letters-split.letters, 1)
	p.text, p.x1, p.ink, p.mark = p.text[:m.at], m.before, m.before, nil
	return split
}
