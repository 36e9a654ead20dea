package pdf

import (
	"cmp"
	"slices"
	"unicode/utf16"
)

// pdfCMap maps the codes of a font to text (a ToUnicode CMap, ISO 32000-1, 9.10.3) or to glyph numbers (9.7.5).
type pdfCMap struct {
	spaces []pdfCodeSpace
	texts  map[uint32]string
	ranges []pdfCodeRange // sorted by low once read
}

type pdfCodeSpace struct {
	length    int
	low, high uint32
}

// pdfCodeRange maps low to text or glyph, and each further code to what follows it.
type pdfCodeRange struct {
	low, high uint32
	text      []uint16 // the last unit counts on
	glyph     int
}

const pdfMaxMappings = 1 << 17

// parseCMap reads a CMap as far as the mappings go; it is PostScript, but written to one pattern.
func parseCMap(data []byte, meter *pdfMeter) *pdfCMap {
	m := &pdfCMap{texts: map[uint32]string{}}
	x := &pdfLexer{data: data, meter: meter}
	for {
		object, ok := x.next()
		if !ok {
			break
		}
		switch object {
		case pdfWord("begincodespacerange"):
			m.triples(x, 2, m.addSpace)
		case pdfWord("beginbfchar"):
			m.triples(x, 2, m.addText)
		case pdfWord("beginbfrange"), pdfWord("begincidrange"):
			m.triples(x, 3, m.addRange)
		case pdfWord("begincidchar"):
			m.triples(x, 2, func(o []any) { m.addRange([]any{o[0], o[0], o[1]}) })
		}
	}
	slices.SortStableFunc(m.ranges, func(a, b pdfCodeRange) int { return cmp.Compare(a.low, b.low) })
	return m
}

// triples hands the operands up to the next word to add, n at a time.
func (m *pdfCMap) triples(x *pdfLexer, n int, add func([]any)) {
	var operands []any
	for {
		object, ok := x.next()
		if _, word := object.(pdfWord); !ok || word {
			return
		}
		if operands = append(operands, object); len(operands) == n {
			add(operands)
			operands = operands[:0]
		}
	}
}

func (m *pdfCMap) addSpace(o []any) {
	low, _ := o[0].(pdfString)
	high, _ := o[1].(pdfString)
	if len(low) >= 1 && len(low) <= 4 && len(m.spaces) < 256 {
		m.spaces = append(m.spaces, pdfCodeSpace{len(low), pdfCode(low), pdfCode(high)})
	}
}

func (m *pdfCMap) addText(o []any) {
	code, _ := o[0].(pdfString)
	text, isString := o[1].(pdfString)
	if isString && len(m.texts) < pdfMaxMappings {
		m.texts[pdfCode(code)] = utf16Text(pdfUnits(text))
	}
}

func (m *pdfCMap) addRange(o []any) {
	lowCode, _ := o[0].(pdfString)
	highCode, _ := o[1].(pdfString)
	low, high := pdfCode(lowCode), pdfCode(highCode)
	if high < low || len(m.ranges) >= pdfMaxMappings {
		return
	}
	switch to := o[2].(type) {
	case pdfString:
		m.ranges = append(m.ranges, pdfCodeRange{low: low, high: high, text: pdfUnits(to)})
	case int:
		m.ranges = append(m.ranges, pdfCodeRange{low: low, high: high, glyph: to})
	case pdfArray:
		for i, each := range to {
			text, isString := each.(pdfString)
			if isString && len(m.texts) < pdfMaxMappings && low+uint32(i) <= high {
				m.texts[low+uint32(i)] = utf16Text(pdfUnits(text))
			}
		}
	}
}

// find gives the range that a code is in.
func (m *pdfCMap) find(code uint32) (pdfCodeRange, bool) {
	at, exact := slices.BinarySearchFunc(m.ranges, code, func(r pdfCodeRange, c uint32) int { return cmp.Compare(r.low, c) })
	if !exact {
		at--
	}
	if at < 0 || code > m.ranges[at].high {
		return pdfCodeRange{}, false
	}
	return m.ranges[at], true
}

// text gives what a code means; ok is false where the map does not say.
func (m *pdfCMap) text(code uint32) (string, bool) {
	if text, ok := m.texts[code]; ok {
		return text, true
	}
	r, ok := m.find(code)
	if !ok || len(r.text) == 0 {
		return "", false
	}
	units := slices.Clone(r.text)
	units[len(units)-1] += uint16(code - r.low)
	return utf16Text(units), true
}

// length says how many bytes the code at the beginning of s has.
func (m *pdfCMap) length(s string) int {
	for n := 1; n <= min(4, len(s)); n++ {
		code := pdfCode(pdfString(s[:n]))
		for _, space := range m.spaces {
			if space.length == n && code >= space.low && code <= space.high {
				return n
			}
		}
	}
	if len(m.spaces) > 0 {
		return min(m.spaces[0].length, len(s))
	}
	return min(2, len(s))
}

func pdfCode(s pdfString) uint32 {
	code := uint32(0)
	for i := 0; i < len(s); i++ {
		code = code<<8 | uint32(s[i])
	}
	return code
}

// pdfUnits reads UTF-16BE; a single byte, which some write, is a unit of its own.
func pdfUnits(s pdfString) []uint16 {
	if len(s) == 1 {
		return []uint16{uint16(s[0])}
	}
	units := make([]uint16, 0, min(len(s)/2, 64))
	for i := 0; i+1 < len(s) && len(units) < 64; i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return units
}

func utf16Text(units []uint16) string { return string(utf16.Decode(units)) }
