package pdf

import "math"

// pdfMatrix is [a b c d e f] of ISO 32000-1, 8.3.3.
type pdfMatrix [6]float64

// times gives the matrix that applies m first and then n.
func (m pdfMatrix) times(n pdfMatrix) pdfMatrix {
	return pdfMatrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// pdfState is what q saves and Q restores, as far as text depends on it.
type pdfState struct {
	ctm                                    pdfMatrix
	font                                   *pdfFont
	size, char, word, scale, leading, rise float64
}

// pdfPainter carries out the content streams of one page and collects the text that they show. Whatever else they
// paint is passed over.
type pdfPainter struct {
	pages  *pdfPages
	state  pdfState
	saved  []pdfState
	text   pdfMatrix // Tm
	line   pdfMatrix // Tlm
	forms  int       // form XObjects within each other
	images int
	sheet  *pdfSheet
	actual []pdfActual // the open marked-content sequences
}

// pdfActual is a marked-content sequence; its replacement text (14.9.4) stands for all that is shown in it.
type pdfActual struct {
	text     string
	replaces bool
	placed   bool
}

const (
	pdfMaxForms    = 12
	pdfMaxSaved    = 512
	pdfMaxOperands = 1024
)

// run carries out one content stream with the names of its resources.
func (p *pdfPainter) run(content []byte, resources pdfDict) {
	x := &pdfLexer{data: content, meter: p.pages.meter}
	var operands []any
	for {
		object, ok := x.next()
		if !ok {
			return
		}
		word, isWord := object.(pdfWord)
		if !isWord {
			if len(operands) < pdfMaxOperands {
				operands = append(operands, object)
			}
			continue
		}
		x.meter.spend(16)
		if word == "BI" {
			p.skipImage(x)
		} else {
			p.operator(word, pdfOperands(operands), resources)
		}
		operands = operands[:0]
	}
}

// pdfOperands gives operands by position, and zero values where they are missing or of another type.
type pdfOperands []any

func (o pdfOperands) number(i int) float64 {
	if i < len(o) {
		return pdfFloat(o[i])
	}
	return 0
}

func (o pdfOperands) name(i int) pdfName {
	if i < len(o) {
		name, _ := o[i].(pdfName)
		return name
	}
	return ""
}

func (o pdfOperands) text(i int) string {
	if i < len(o) {
		s, _ := o[i].(pdfString)
		return string(s)
	}
	return ""
}

func (o pdfOperands) matrix() (m pdfMatrix) {
	for i := range m {
		m[i] = o.number(i)
	}
	return m
}

func (p *pdfPainter) operator(word pdfWord, o pdfOperands, resources pdfDict) {
	s := &p.state
	switch word {
	case "q":
		if len(p.saved) < pdfMaxSaved {
			p.saved = append(p.saved, p.state)
		}
	case "Q":
		if n := len(p.saved); n > 0 {
			p.state, p.saved = p.saved[n-1], p.saved[:n-1]
		}
	case "cm":
		s.ctm = o.matrix().times(s.ctm)
	case "Do":
		p.object(o.name(0), resources)
	case "BDC":
		p.open(o, resources)
	case "BMC":
		p.open(nil, resources)
	case "EMC":
		if n := len(p.actual); n > 0 {
			p.actual = p.actual[:n-1]
		}
	case "Tf":
		s.font, s.size = p.pages.namedFont(o.name(0), resources), o.number(1)
	case "Tc":
		s.char = o.number(0)
	case "Tw":
		s.word = o.number(0)
	case "Tz":
		s.scale = o.number(0) / 100
	case "TL":
		s.leading = o.number(0)
	case "Ts":
		s.rise = o.number(0)
	default:
		p.textOperator(word, o)
	}
}

// textOperator moves and shows text (9.4).
func (p *pdfPainter) textOperator(word pdfWord, o pdfOperands) {
	s := &p.state
	switch word {
	case "BT":
		p.text, p.line = pdfMatrix{1, 0, 0, 1, 0, 0}, pdfMatrix{1, 0, 0, 1, 0, 0}
	case "Td":
		p.move(o.number(0), o.number(1))
	case "TD":
		s.leading = -o.number(1)
		p.move(o.number(0), o.number(1))
	case "Tm":
		p.text, p.line = o.matrix(), o.matrix()
		p.sheet.moved = true
	case "T*":
		p.move(0, -s.leading)
	case "Tj":
		p.show(o.text(0))
	case "'":
		p.move(0, -s.leading)
		p.show(o.text(0))
	case "\"":
		s.word, s.char = o.number(0), o.number(1)
		p.move(0, -s.leading)
		p.show(o.text(2))
	case "TJ":
		if len(o) == 0 {
			return
		}
		parts, _ := o[0].(pdfArray)
		for _, part := range parts {
			if shown, isText := part.(pdfString); isText {
				p.show(string(shown))
				continue
			}
			p.advance(-pdfFloat(part) / 1000 * s.size)
		}
	}
}

func (p *pdfPainter) move(x, y float64) {
	p.line = pdfMatrix{1, 0, 0, 1, x, y}.times(p.line)
	p.text = p.line
	p.sheet.moved = true
}

// advance moves on by a distance in text space, before horizontal scaling.
func (p *pdfPainter) advance(by float64) {
	step := pdfMatrix{1, 0, 0, 1, by * p.state.scale, 0}
	if p.state.font != nil && p.state.font.vertical {
		step = pdfMatrix{1, 0, 0, 1, 0, by}
	}
	p.text = step.times(p.text)
}

// show hands each glyph of a string to the sheet.
func (p *pdfPainter) show(shown string) {
	s := &p.state
	if s.font == nil {
		s.font = p.pages.guess()
	}
	for len(shown) > 0 && p.pages.meter.spend(8) {
		n, text, width := s.font.next(shown)
		spaced := s.char
		if n == 1 && shown[0] == ' ' {
			spaced += s.word
		}
		shown = shown[n:]
		if s.font.vertical {
			width = -1 // downwards, by the glyph's height
			spaced = -spaced
		}
		at := pdfMatrix{s.size * s.scale, 0, 0, s.size, 0, s.rise}.times(p.text).times(s.ctm)
		p.place(at, text, width)
		p.advance(width*s.size + spaced)
	}
}

// place puts a glyph on the sheet, or the text that replaces it.
func (p *pdfPainter) place(at pdfMatrix, text string, width float64) {
	for i := range p.actual {
		a := &p.actual[i]
		if !a.replaces {
			continue
		}
		if text = ""; !a.placed {
			text, a.placed = a.text, true
		}
		p.sheet.glyph(at, text, width, p.state.font, true)
		return
	}
	p.sheet.glyph(at, text, width, p.state.font, false)
}

func (p *pdfPainter) open(o pdfOperands, resources pdfDict) {
	if len(p.actual) >= pdfMaxSaved {
		return
	}
	var a pdfActual
	if len(o) > 1 {
		properties, _ := o[1].(pdfDict)
		if name, isName := o[1].(pdfName); isName {
			all, _ := p.pages.resolve(resources["Properties"]).(pdfDict)
			properties, _ = p.pages.resolve(all[name]).(pdfDict)
			if p.pages.crypt != nil {
				properties = nil // its strings are encrypted
			}
		}
		if text, isText := p.pages.resolve(properties["ActualText"]).(pdfString); isText {
			a.text, a.replaces = pdfTextString(text), true
		}
	}
	p.actual = append(p.actual, a)
}

// object paints a form XObject; images are counted, since a page of nothing else is a scan.
func (p *pdfPainter) object(name pdfName, resources pdfDict) {
	all, _ := p.pages.resolve(resources["XObject"]).(pdfDict)
	stream, _ := p.pages.resolve(all[name]).(*pdfStream)
	if stream == nil {
		return
	}
	if p.pages.resolve(stream.dict["Subtype"]) != any(pdfName("Form")) {
		p.images++
		return
	}
	if p.forms >= pdfMaxForms || !p.pages.meter.spend(2048) {
		return
	}
	content, ok := p.pages.decodeStream(stream)
	if !ok {
		return
	}
	own, _ := p.pages.resolve(stream.dict["Resources"]).(pdfDict)
	if own == nil {
		own = resources
	}
	before, depth, open := p.state, len(p.saved), len(p.actual)
	text, line := p.text, p.line
	if m, _ := p.pages.resolve(stream.dict["Matrix"]).(pdfArray); len(m) == 6 {
		p.state.ctm = p.pages.numbers(m).matrix().times(p.state.ctm)
	}
	p.forms++
	p.run(content, own)
	p.forms--
	p.state, p.text, p.line = before, text, line
	p.saved = p.saved[:min(depth, len(p.saved))]
	p.actual = p.actual[:min(open, len(p.actual))]
}

// skipImage passes an inline image (8.9.7): its data end with EI between blanks.
func (p *pdfPainter) skipImage(x *pdfLexer) {
	p.images++
	for {
		object, ok := x.next()
		if !ok {
			return
		}
		if object == pdfWord("ID") {
			break
		}
	}
	start := x.pos
	for at := x.pos + 1; at+2 < len(x.data); at++ {
		if x.data[at] == 'E' && x.data[at+1] == 'I' && pdfSpace(x.data[at-1]) && pdfSpace(x.data[at+2]) && pdfPrintable(x.data[at+2:]) {
			x.pos = at + 2
			x.meter.spend(x.pos - start)
			return
		}
	}
	x.meter.spend(len(x.data) - start)
	x.pos = len(x.data)
}

// pdfPrintable tells operators from the bytes of an image, in which "EI" may occur by chance.
func pdfPrintable(data []byte) bool {
	for _, c := range data[:min(len(data), 16)] {
		if !pdfSpace(c) && (c < ' ' || c > '~') {
			return false
		}
	}
	return true
}

// finite reports whether a matrix can be computed with: hostile ones overflow.
func (m pdfMatrix) finite() bool {
	for _, n := range m {
		if math.IsNaN(n) || math.Abs(n) > 1e9 {
			return false
		}
	}
	return true
}
