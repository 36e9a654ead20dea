package pdf

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// pdfSheet collects the glyphs of a page as pieces: runs of text on one line without a wide gap. Coordinates are
// turned so that text reads along x and lines follow each other down y.
type pdfSheet struct {
	pieces   []pdfPiece
	bytes    int
	glyphs   int
	unknown  int  // glyphs whose font does not tell what they mean
	overflow bool // more text than a page can have
	moved    bool // the text was placed anew since the last glyph
}

type pdfPiece struct {
	angle     int // of the text, in degrees
	x0, x1, y float64
	ink       float64 // where its last letter ends; blanks may follow
	size      float64
	text      []byte
	bold      bool
	letters   int
	cuts      []pdfCut
	mark      *pdfMark // raised text at its end
}

// pdfCut is a place within a piece where the text was placed anew, as it is where a cell of a table begins: the gap
// before it, and where the text goes on.
type pdfCut struct {
	at     int
	x0, x1 float64
}

const (
	pdfMaxPageText = 2 << 20
	pdfMaxPieces   = 200_000
	pdfGapSpace    = 0.16 // of the size: from here on a gap is a blank
	pdfGapMoved    = 0.4  // from here on another piece begins, if the text was placed anew: a cell
	pdfGapCut      = 0.1  // from here on another cell may begin, if the text was placed anew
	pdfGapPiece    = 0.9  // from here on another piece begins in any case: a column
	pdfGapCell     = 1.8  // from here on two pieces of a line are cells of a table
	pdfGapColumn   = 3.5  // the same in a narrow column, whose lines are often stretched
)

// glyph adds text at a place. A replacement text is as wide as what it stands for, glyph by glyph.
func (s *pdfSheet) glyph(at pdfMatrix, text string, width float64, font *pdfFont, replaced bool) {
	if s.overflow || !at.finite() {
		return
	}
	if s.glyphs++; text == "" && !replaced {
		s.unknown++
		return
	}
	text = fixed(cleanGlyph(text), replaced)
	angle := math.Atan2(at[1], at[0])
	if font.vertical {
		angle -= math.Pi / 2
		width = -width
	}
	degrees := int(math.Round(angle*180/math.Pi/5)) * 5
	if angle = float64(degrees) * math.Pi / 180; degrees == -180 {
		degrees = 180
	}
	sin, cos := math.Sincos(-angle)
	x, y := at[4]*cos-at[5]*sin, at[4]*sin+at[5]*cos
	size := math.Hypot(at[2], at[3])
	scale := math.Hypot(at[0], at[1])
	if font.vertical {
		size, scale = scale, size
	}
	if size < 0.01 {
		return
	}
	s.add(pdfPiece{angle: degrees, x0: x, x1: x + width*scale, y: y, size: size, bold: font.bold}, text)
}

// add appends text to the last piece where it goes on there, and else begins another.
func (s *pdfSheet) add(g pdfPiece, text string) {
	if s.bytes += len(text) + 8; s.bytes > pdfMaxPageText || len(s.pieces) >= pdfMaxPieces {
		s.overflow = true
		return
	}
	blank := strings.TrimSpace(text) == ""
	moved := s.moved && !blank
	widest := pdfGapPiece
	if moved {
		widest, s.moved = pdfGapMoved, false
	}
	if n := len(s.pieces); n > 0 && s.pieces[n-1].takes(g, widest) {
		last := &s.pieces[n-1]
		if moved && last.mark == nil && g.x0-last.x1 > pdfGapCut*g.size {
			s.bytes += 24
			last.cuts = append(last.cuts, pdfCut{at: len(last.text), x0: last.ink, x1: g.x0})
		}
		if split, ok := last.append(g, text, blank); ok {
			s.pieces = append(s.pieces, split)
		}
		return
	}
	if blank {
		return
	}
	g.text, g.letters, g.ink = []byte(text), 1, g.x1
	s.pieces = append(s.pieces, g)
}

// takes reports whether a glyph goes on with the piece: on its line, or a little above or below it and smaller.
func (p *pdfPiece) takes(g pdfPiece, widest float64) bool {
	gap, rise := g.x0-p.x1, math.Abs(g.y-p.y)
	if p.angle != g.angle || gap >= widest*g.size || gap <= -0.5*g.size {
		return false
	}
	large, small := max(p.size, g.size), min(p.size, g.size)
	return rise < 0.35*large || rise < pdfMarkRise*large && small < pdfMarkSize*large && small > 0.4*large
}

// append adds a glyph. A raised text that turns out to be too long for a mark is given back as a piece of its own.
func (p *pdfPiece) append(g pdfPiece, text string, blank bool) (split pdfPiece, ok bool) {
	switch raised := g.size < pdfMarkSize*p.size && g.y-p.y > 0.12*p.size; {
	case raised && p.mark == nil && !blank:
		p.mark = &pdfMark{at: len(p.text), x0: g.x0, before: p.ink, y: g.y, size: g.size}
	case !raised && !blank:
		p.closeMark()
	}
	if g.x0-p.x1 > pdfGapSpace*g.size && !blank && !endsBlank(p.text) {
		p.text = append(p.text, ' ')
	}
	p.text, p.x1 = append(p.text, text...), max(p.x1, g.x1)
	if !blank || text == "" { // what a replacement text stands for
		p.ink = max(p.ink, g.x1)
	}
	if blank {
		return split, false
	}
	p.letters++
	if g.size > p.size {
		p.size, p.y = g.size, g.y // an initial or a mark is no line of its own
	}
	if p.mark != nil && len(p.text)-p.mark.at > pdfMaxMark {
		return p.splitMark(), true
	}
	return split, false
}

func endsBlank(text []byte) bool { return len(text) > 0 && text[len(text)-1] == ' ' }

// cleanGlyph brings the text of a glyph into ordinary characters: ligatures are spelled out, and the bullets that
// office programs take from symbol fonts become one.
func cleanGlyph(text string) string {
	if len(text) == 1 && text[0] >= ' ' && text[0] < 0x7f {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r >= 0xfb00 && r <= 0xfb06:
			out.WriteString([]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xfb00])
		case r >= 0x2f00 && r <= 0x2fdf || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefc:
			out.WriteString(norm.NFKC.String(string(r))) // radicals for ideographs, and the forms of Arabic letters
		case r == 0xf0b7 || r == 0xf0a7 || r == 0xf0d8 || r == 0xf076 || r == 0xf06e || r == 0xf0fc:
			out.WriteRune('•')
		case r > 0xf020 && r < 0xf07f:
			out.WriteRune(r - 0xf000)
		case r == '\u00a0' || unicode.IsSpace(r):
			out.WriteByte(' ')
		case r == utf8.RuneError || unicode.Is(unicode.Co, r) || unicode.IsControl(r) || r == '\u200b' || r == '\ufeff':
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// rows gives the page's lines in reading order: the upright text first, then what is turned.
func (s *pdfSheet) rows() [][]pdfRow {
	var angles []int
	groups := map[int][]pdfPiece{}
	for _, p := range s.pieces {
		p.closeMark()
		if text := bytes.TrimRight(p.text, " "); len(text) < len(p.text) {
			p.text, p.x1 = text, p.ink
		}
		if _, known := groups[p.angle]; !known {
			angles = append(angles, p.angle)
		}
		groups[p.angle] = append(groups[p.angle], p)
	}
	weight := func(angle int) int { return len(groups[angle]) }
	slices.SortStableFunc(angles, func(a, b int) int {
		return cmp.Or(cmp.Compare(pdfOrder(a != 0), pdfOrder(b != 0)), cmp.Compare(weight(b), weight(a)))
	})
	var out [][]pdfRow
	for _, angle := range angles {
		out = append(out, inOrder(undouble(groups[angle]), 0)...)
	}
	return out
}

func pdfOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// undouble drops text that is painted twice at one place, as some programs make shadows and bold letters.
func undouble(pieces []pdfPiece) []pdfPiece {
	type place struct {
		text string
		x, y int
	}
	seen := map[place]bool{}
	return slices.DeleteFunc(pieces, func(p pdfPiece) bool {
		text, x, y := string(p.text), int(p.x0/2), int(p.y/2)
		for n := range 9 {
			if seen[place{text, x + n/3 - 1, y + n%3 - 1}] {
				return true
			}
		}
		seen[place{text, x, y}] = true
		return false
	})
}
