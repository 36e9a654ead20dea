package pdf

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// pdfFont turns the codes of a content stream into text and widths.
type pdfFont struct {
	simple    [256]string // texts of a font with codes of one byte
	composite bool        // codes of more bytes (9.7)
	vertical  bool
	bold      bool
	toUnicode *pdfCMap
	codes     *pdfCMap          // of a composite font that brings its own
	charset   encoding.Encoding // of a composite font whose codes are those of a character set
	mixed     bool              // the character set has codes of one byte, too
	widths    map[int]float64   // in text space units
	missing   float64
}

const pdfMaxWidths = 1 << 16

// font reads a font dictionary; nil gives a font that guesses.
func (d *pdfPages) font(dict pdfDict) *pdfFont {
	f := &pdfFont{widths: map[int]float64{}, missing: 0.5}
	base, _ := d.resolve(dict["BaseFont"]).(pdfName)
	f.bold = strings.Contains(strings.ToLower(string(base)), "bold") || strings.Contains(string(base), "Black")
	if stream, ok := d.resolve(dict["ToUnicode"]).(*pdfStream); ok {
		if data, ok := d.decodeStream(stream); ok {
			f.toUnicode = parseCMap(data, d.meter)
		}
	}
	if dict["Subtype"] == pdfName("Type0") {
		d.compositeFont(f, dict)
		return f
	}
	f.simple = d.simpleEncoding(dict, base)
	d.simpleWidths(f, dict, base)
	return f
}

// simpleEncoding follows 9.6.6: a base encoding and the differences from it.
func (d *pdfPages) simpleEncoding(dict pdfDict, base pdfName) [256]string {
	var name pdfName
	var differences pdfArray
	switch e := d.resolve(dict["Encoding"]).(type) {
	case pdfName:
		name = e
	case pdfDict:
		name, _ = d.resolve(e["BaseEncoding"]).(pdfName)
		differences, _ = d.resolve(e["Differences"]).(pdfArray)
	}
	if name == "" && dict["Subtype"] == pdfName("TrueType") {
		name = "WinAnsiEncoding"
	}
	table := pdfBaseEncoding(name)
	if name == "" && strings.HasSuffix(string(base), "Symbol") {
		table = pdfSymbolEncoding()
	}
	code := 0
	for _, object := range differences {
		switch object := d.resolve(object).(type) {
		case int:
			code = object
		case pdfName:
			if code >= 0 && code < 256 {
				table[code] = d.glyphText(string(object))
			}
			code++
		}
	}
	return table
}

func (d *pdfPages) simpleWidths(f *pdfFont, dict pdfDict, base pdfName) {
	scale := 0.001
	if dict["Subtype"] == pdfName("Type3") {
		if matrix, _ := d.resolve(dict["FontMatrix"]).(pdfArray); len(matrix) > 0 {
			if a := pdfFloat(d.resolve(matrix[0])); a > 0 && a < 1 {
				scale = a
			}
		}
	}
	widths, _ := d.resolve(dict["Widths"]).(pdfArray)
	first, _ := d.resolve(dict["FirstChar"]).(int)
	for i, w := range widths {
		if i >= 256 {
			break
		}
		f.widths[first+i] = pdfFloat(d.resolve(w)) * scale
	}
	descriptor, _ := d.resolve(dict["FontDescriptor"]).(pdfDict)
	if missing := pdfFloat(d.resolve(descriptor["MissingWidth"])); missing > 0 {
		f.missing = missing * scale
	}
	if len(widths) > 0 {
		return
	}
	factor := 1.0
	switch {
	case strings.Contains(string(base), "Courier"):
		f.missing = 0.6
		return
	case strings.Contains(string(base), "Times"):
		factor = 0.9
	case f.bold:
		factor = 1.06
	}
	for i, w := range pdfHelvetica {
		f.widths[32+i] = float64(w) / 1000 * factor
	}
}

func (d *pdfPages) compositeFont(f *pdfFont, dict pdfDict) {
	f.composite, f.missing = true, 1
	switch e := d.resolve(dict["Encoding"]).(type) {
	case pdfName:
		f.vertical = strings.HasSuffix(string(e), "-V")
		f.charset = pdfCharset(string(e))
		f.mixed = f.charset != nil && !strings.HasPrefix(string(e), "Uni")
	case *pdfStream:
		if data, ok := d.decodeStream(e); ok {
			f.codes = parseCMap(data, d.meter)
		}
		mode, _ := d.resolve(e.dict["WMode"]).(int)
		f.vertical = mode == 1
	}
	descendants, _ := d.resolve(dict["DescendantFonts"]).(pdfArray)
	if len(descendants) == 0 {
		return
	}
	descendant, _ := d.resolve(descendants[0]).(pdfDict)
	if w := d.resolve(descendant["DW"]); w != nil {
		f.missing = pdfFloat(w) / 1000
	}
	widths, _ := d.resolve(descendant["W"]).(pdfArray)
	for len(widths) >= 2 && len(f.widths) < pdfMaxWidths {
		first, _ := d.resolve(widths[0]).(int)
		if each, isList := d.resolve(widths[1]).(pdfArray); isList {
			for i, w := range each {
				f.widths[first+i] = pdfFloat(d.resolve(w)) / 1000
			}
			widths = widths[2:]
			continue
		}
		if len(widths) < 3 {
			return
		}
		last, _ := d.resolve(widths[1]).(int)
		width := pdfFloat(d.resolve(widths[2])) / 1000
		for glyph := first; glyph <= last && len(f.widths) < pdfMaxWidths; glyph++ {
			f.widths[glyph] = width
		}
		widths = widths[3:]
	}
}

// pdfCharset gives the character set of a predefined CMap (9.7.5.2) whose codes are text by themselves.
func pdfCharset(name string) encoding.Encoding {
	switch {
	case strings.HasPrefix(name, "Uni") && (strings.Contains(name, "UCS2") || strings.Contains(name, "UTF16")):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case strings.HasPrefix(name, "GBK"):
		return simplifiedchinese.GBK
	case strings.HasPrefix(name, "90ms"):
		return japanese.ShiftJIS
	case strings.HasPrefix(name, "KSC"):
		return korean.EUCKR
	case strings.HasPrefix(name, "ETen"), strings.HasPrefix(name, "B5"):
		return traditionalchinese.Big5
	}
	return nil
}

// next reads the code at the beginning of s: its length, its text ("" where the font does not tell) and its width.
func (f *pdfFont) next(s string) (n int, text string, width float64) {
	if !f.composite {
		return 1, f.text(uint32(s[0]), s[:1]), f.width(int(s[0]))
	}
	switch {
	case f.codes != nil:
		n = f.codes.length(s)
	case f.mixed && s[0] < 0x80:
		n = 1
	default:
		n = min(2, len(s))
	}
	code := pdfCode(pdfString(s[:n]))
	glyph := int(code)
	if f.codes != nil {
		if r, ok := f.codes.find(code); ok {
			glyph = r.glyph + int(code-r.low)
		}
	}
	return n, f.text(code, s[:n]), f.width(glyph)
}

func (f *pdfFont) text(code uint32, raw string) string {
	if f.toUnicode != nil {
		if text, ok := f.toUnicode.text(code); ok {
			return text
		}
	}
	switch {
	case !f.composite:
		return f.simple[code&0xff]
	case f.charset != nil:
		text, err := f.charset.NewDecoder().String(raw)
		if err == nil && text != "\ufffd" {
			return text
		}
	}
	return ""
}

func (f *pdfFont) width(glyph int) float64 {
	if w, ok := f.widths[glyph]; ok {
		return w
	}
	return f.missing
}

func pdfFloat(object any) float64 {
	switch n := object.(type) {
	case int:
		return float64(n)
	case float64:
		return n
	}
	return 0
}
