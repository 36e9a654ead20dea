package document

import (
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
	size      float64
	text      []byte
	bold      bool
	letters   int
}

const (
	pdfMaxPageText = 2 << 20
	pdfMaxPieces   = 200_000
	pdfGapSpace    = 0.16 // of the size: from here on a gap is a blank
	pdfGapMoved    = 0.4  // from here on another piece begins, if the text was placed anew: a cell
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
	text = cleanGlyph(text)
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
	widest := pdfGapPiece
	if s.moved && !blank {
		widest, s.moved = pdfGapMoved, false
	}
	if n := len(s.pieces); n > 0 {
		last := &s.pieces[n-1]
		gap := g.x0 - last.x1
		if last.angle == g.angle && math.Abs(last.y-g.y) < 0.35*max(last.size, g.size) && gap < widest*g.size && gap > -0.5*g.size {
			if gap > pdfGapSpace*g.size && !blank && !endsBlank(last.text) {
				last.text = append(last.text, ' ')
			}
			last.text, last.x1 = append(last.text, text...), max(last.x1, g.x1)
			if !blank {
				last.letters++
				if g.size > last.size {
					last.size, last.y = g.size, g.y // an initial or a mark is no line of its own
				}
			}
			return
		}
	}
	if blank {
		return
	}
	g.text, g.letters = []byte(text), 1
	s.pieces = append(s.pieces, g)
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

// pdfRow is a line of a page or of a column.
type pdfRow struct {
	x0, x1, y, size float64
	text            string
	bold, cells     bool
	right           float64 // where lines of its column end
	left            float64
	firstWord       float64 // the width of its first word
}

// rows gives the page's lines in reading order: the upright text first, then what is turned.
func (s *pdfSheet) rows() [][]pdfRow {
	var angles []int
	groups := map[int][]pdfPiece{}
	for _, p := range s.pieces {
		p.text = []byte(strings.TrimRight(string(p.text), " "))
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
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				if seen[place{string(p.text), int(p.x0/2) + dx, int(p.y/2) + dy}] {
					return true
				}
			}
		}
		seen[place{string(p.text), int(p.x0 / 2), int(p.y / 2)}] = true
		return false
	})
}

// pdfLines joins the pieces of each baseline, from top to bottom and left to right. Gaps of wide, in sizes of the
// letters, stand between the cells of a table, and smaller ones where the pieces of two lines stand below each other.
func pdfLines(pieces []pdfPiece, wide float64) []pdfRow {
	slices.SortStableFunc(pieces, func(a, b pdfPiece) int { return cmp.Compare(b.y, a.y) })
	var groups [][]pdfPiece
	for len(pieces) > 0 {
		n := 1
		base := pieces[0]
		for n < len(pieces) && base.y-pieces[n].y < 0.4*min(base.size, pieces[n].size) {
			if pieces[n].letters > base.letters { // the longest piece carries the line, not a raised mark
				base = pieces[n]
			}
			n++
		}
		slices.SortStableFunc(pieces[:n], func(a, b pdfPiece) int { return cmp.Compare(a.x0, b.x0) })
		groups = append(groups, pieces[:n])
		pieces = pieces[n:]
	}
	out := make([]pdfRow, len(groups))
	for i, group := range groups {
		width := wide
		if i > 0 && aligned(groups[i-1], group) || i+1 < len(groups) && aligned(group, groups[i+1]) {
			width = min(wide, pdfGapMoved)
		}
		out[i] = joinLine(group, width)
	}
	return out
}

// aligned reports whether the pieces of two lines stand below each other, as the cells of a table do.
func aligned(a, b []pdfPiece) bool {
	if len(a) < 2 || len(a) != len(b) {
		return false
	}
	for i := range a {
		near := func(x, y float64) bool { return math.Abs(x-y) < 0.15*a[i].size }
		if !near(a[i].x0, b[i].x0) && !near(a[i].x1, b[i].x1) && !near(a[i].x0+a[i].x1, b[i].x0+b[i].x1) {
			return false
		}
	}
	return true
}

// joinLine makes a line of its pieces, which are sorted.
func joinLine(pieces []pdfPiece, wide float64) pdfRow {
	main := slices.MaxFunc(pieces, func(a, b pdfPiece) int { return cmp.Compare(a.letters, b.letters) })
	row := pdfRow{x0: pieces[0].x0, x1: pieces[0].x1, y: main.y, size: main.size, bold: main.bold}
	var text strings.Builder
	for i, p := range pieces {
		if i > 0 {
			switch gap := p.x0 - row.x1; {
			case gap > wide*main.size && !startsItem(text.String()+" x"):
				text.WriteString(" | ")
				row.cells = true
			case gap > pdfGapSpace*main.size:
				text.WriteByte(' ')
			}
		}
		text.Write(p.text)
		row.x1 = max(row.x1, p.x1)
	}
	row.text = readRight(text.String())
	if spaced := blankCells(row.text); spaced != row.text {
		row.text, row.cells = spaced, true
	}
	row.text = strings.Join(strings.Fields(row.text), " ")
	first, _, _ := strings.Cut(row.text, " ")
	if n := utf8.RuneCountInString(row.text); n > 0 {
		row.firstWord = (row.x1 - row.x0) * float64(utf8.RuneCountInString(first)+1) / float64(n)
	}
	return row
}

// blankCells parts cells that stand apart by three blanks or more, as simple programs set tables.
func blankCells(text string) string {
	first, rest, ok := strings.Cut(strings.TrimSpace(text), "   ")
	if !ok || startsItem(first+" x") {
		return text
	}
	return first + " | " + blankCells(rest)
}
