package pdf

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// pdfGlyphNames lists the names of the Adobe Glyph List that fonts of Latin and Greek texts use, each before its
// character. Letters and names of one form (uni0041, afii10017) are computed.
const pdfGlyphNames = `exclam ! quotedbl " numbersign # dollar $ percent % ampersand & quotesingle ' parenleft ( parenright )
asterisk * plus + comma , hyphen - minus − period . slash / zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8
nine 9 colon : semicolon ; less < equal = greater > question ? at @ bracketleft [ backslash \ bracketright ] asciicircum ^
underscore _ grave ` + "`" + ` braceleft { bar | braceright } asciitilde ~ exclamdown ¡ cent ¢ sterling £ currency ¤ yen ¥
brokenbar ¦ section § dieresis ¨ copyright © ordfeminine ª guillemotleft « logicalnot ¬ registered ® macron ¯ degree °
plusminus ± twosuperior ² threesuperior ³ acute ´ mu µ paragraph ¶ periodcentered · cedilla ¸ onesuperior ¹ ordmasculine º
guillemotright » onequarter ¼ onehalf ½ threequarters ¾ questiondown ¿ multiply × divide ÷ quoteleft ‘ quoteright ’
quotedblleft “ quotedblright ” quotesinglbase ‚ quotedblbase „ guilsinglleft ‹ guilsinglright › endash – emdash — bullet •
ellipsis … dagger † daggerdbl ‡ perthousand ‰ florin ƒ fraction ⁄ Euro € trademark ™ fi fi fl fl ff ff ffi ffi ffl ffl
AE Æ ae æ OE Œ oe œ Oslash Ø oslash ø germandbls ß dotlessi ı Lslash Ł lslash ł Eth Ð eth ð Thorn Þ thorn þ
Agrave À Aacute Á Acircumflex Â Atilde Ã Adieresis Ä Aring Å Ccedilla Ç Egrave È Eacute É Ecircumflex Ê Edieresis Ë
Igrave Ì Iacute Í Icircumflex Î Idieresis Ï Ntilde Ñ Ograve Ò Oacute Ó Ocircumflex Ô Otilde Õ Odieresis Ö Ugrave Ù
Uacute Ú Ucircumflex Û Udieresis Ü Yacute Ý Ydieresis Ÿ agrave à aacute á acircumflex â atilde ã adieresis ä aring å
ccedilla ç egrave è eacute é ecircumflex ê edieresis ë igrave ì iacute í icircumflex î idieresis ï ntilde ñ ograve ò
oacute ó ocircumflex ô otilde õ odieresis ö ugrave ù uacute ú ucircumflex û udieresis ü yacute ý ydieresis ÿ
Scaron Š scaron š Zcaron Ž zcaron ž Ccaron Č ccaron č Cacute Ć cacute ć Ecaron Ě ecaron ě Rcaron Ř rcaron ř Dcaron Ď
dcaron ď Ncaron Ň ncaron ň Tcaron Ť tcaron ť Uring Ů uring ů Aogonek Ą aogonek ą Eogonek Ę eogonek ę Nacute Ń nacute ń
Sacute Ś sacute ś Zacute Ź zacute ź Zdotaccent Ż zdotaccent ż Abreve Ă abreve ă Gbreve Ğ gbreve ğ Idotaccent İ
Scedilla Ş scedilla ş Ohungarumlaut Ő ohungarumlaut ő Uhungarumlaut Ű uhungarumlaut ű Dcroat Đ dcroat đ
Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ
Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι
kappa κ lambda λ nu ν xi ξ omicron ο pi π rho ρ sigma σ sigma1 ς tau τ upsilon υ phi φ chi χ psi ψ omega ω
infinity ∞ lessequal ≤ greaterequal ≥ notequal ≠ approxequal ≈ summation ∑ product ∏ integral ∫ radical √ partialdiff ∂
arrowright → arrowleft ← arrowup ↑ arrowdown ↓ arrowboth ↔ lozenge ◊ checkmark ✓ sfthyphen -`

// pdfStandardHigh is the upper half of StandardEncoding, from 0xA1 (Annex D.2); a blank is a code without a glyph.
const pdfStandardHigh = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß"

// pdfSymbolLetters are the letters of the font Symbol from A and from a (Annex D.5).
const (
	pdfSymbolUpper = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
	pdfSymbolLower = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
)

// glyphNames gives the table of names, made on first use.
func (d *pdfPages) glyphNames() map[string]string {
	if d.names == nil {
		d.names = map[string]string{"space": " ", "nbspace": " ", "nonbreakingspace": " "}
		fields := strings.Fields(pdfGlyphNames)
		for i := 0; i+1 < len(fields); i += 2 {
			d.names[fields[i]] = fields[i+1]
		}
	}
	return d.names
}

// glyphText gives the text that a glyph's name stands for, by the rules of the Adobe Glyph List.
func (d *pdfPages) glyphText(name string) string {
	name, _, _ = strings.Cut(name, ".")
	var out strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if out.Len() > 64 {
			break
		}
		out.WriteString(d.glyphPart(part))
	}
	return out.String()
}

func (d *pdfPages) glyphPart(name string) string {
	if text, ok := d.glyphNames()[name]; ok {
		return text
	}
	if len(name) == 1 {
		return name
	}
	if digits, ok := strings.CutPrefix(name, "uni"); ok && len(digits) >= 4 && len(digits)%4 == 0 {
		return utf16Text(pdfUnits(pdfString(decodeHex([]byte(digits)))))
	}
	if digits, ok := strings.CutPrefix(name, "u"); ok && len(digits) >= 4 && len(digits) <= 6 {
		if code, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return string(rune(code))
		}
	}
	if digits, ok := strings.CutPrefix(name, "afii"); ok {
		if n, err := strconv.Atoi(digits); err == nil {
			return pdfAfii(n)
		}
	}
	return ""
}

// pdfAfii gives the Cyrillic letters, which have numbers for names.
func pdfAfii(n int) string {
	switch {
	case n == 10023:
		return "Ё"
	case n == 10071:
		return "ё"
	case n >= 10017 && n <= 10022:
		return string('А' + rune(n-10017))
	case n >= 10024 && n <= 10049:
		return string('Ж' + rune(n-10024))
	case n >= 10065 && n <= 10070:
		return string('а' + rune(n-10065))
	case n >= 10072 && n <= 10097:
		return string('ж' + rune(n-10072))
	}
	return ""
}

// pdfBaseEncoding gives the texts of the 256 codes of a named encoding.
func pdfBaseEncoding(name pdfName) (table [256]string) {
	var page *charmap.Charmap
	switch name {
	case "WinAnsiEncoding":
		page = charmap.Windows1252
	case "MacRomanEncoding":
		page = charmap.Macintosh
	}
	for code := 32; code < 256; code++ {
		switch {
		case page != nil:
			table[code] = string(page.DecodeByte(byte(code)))
		case code < 127:
			table[code] = string(rune(code))
		}
		if table[code] == "\ufffd" || table[code] == "\u007f" {
			table[code] = "•" // as Annex D.2 says of WinAnsiEncoding's unused codes
		}
	}
	if page != nil {
		return table
	}
	table['\''], table['`'] = "’", "‘"
	code := 0xa1
	for _, r := range pdfStandardHigh {
		if r != ' ' {
			table[code] = string(r)
		}
		code++
	}
	return table
}

func pdfSymbolEncoding() [256]string {
	table := pdfBaseEncoding("")
	for i, r := range []rune(pdfSymbolUpper) {
		table['A'+i] = string(r)
	}
	for i, r := range []rune(pdfSymbolLower) {
		table['a'+i] = string(r)
	}
	table[0xb7], table[0xa3], table[0xb3], table[0xae] = "•", "≤", "≥", "→"
	return table
}

// pdfHelvetica holds the widths of Helvetica's ASCII glyphs from the blank on, in thousandths: the widths of the 14
// standard fonts need not stand in the file, and the layout needs them roughly.
var pdfHelvetica = [95]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}
