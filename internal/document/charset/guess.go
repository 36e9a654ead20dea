package charset

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// candidate is an encoding that a text may be in: one of those that files without any sign of their encoding have.
type candidate struct {
	name   string
	script *unicode.RangeTable // what it is used to write
	common string              // letters that its languages use most
}

// candidates in order of preference: where two are equally likely, the first is taken.
func candidates() []candidate {
	return []candidate{
		{"windows-1252", unicode.Latin, "äöüßéèêàçñáíóúåæøâîôûãõëï"},
		{"windows-1250", unicode.Latin, "ąćęłńóśźżáčďéěíňřšťúůýžőűăşţâî"},
		{"windows-1254", unicode.Latin, "ğışçöüİâ"},
		{"windows-1251", unicode.Cyrillic, "оеаинтсрвлуяыь"},
		{"koi8-r", unicode.Cyrillic, "оеаинтсрвлуяыь"},
		{"ibm866", unicode.Cyrillic, "оеаинтсрвлуяыь"},
		{"windows-1253", unicode.Greek, "αοιετσηάίόέή"},
		{"windows-1255", unicode.Hebrew, "יוהלאמרתבנש"},
		{"windows-1256", unicode.Arabic, "اليمنرتبةعدسف"},
		{"windows-874", unicode.Thai, "านรกอเงมยลวดทส่้"},
		{"shift_jis", unicode.Han, "のにはをたがでてとしれさいるなっん、。"},
		{"euc-jp", unicode.Han, "のにはをたがでてとしれさいるなっん、。"},
		{"gb18030", unicode.Han, "的一是了我不人在他有这个上们来到时大地为子中你说生国年和要出也得里后自以会，。、"},
		{"big5", unicode.Han, "的一是了我不人在他有這個上們來到時大地為子中你說生國年和要出也得裡後自以會，。、"},
		{"euc-kr", unicode.Hangul, "이다는에의가을를고지하로기사한도"},
	}
}

// guessEncoding returns the encoding in which the bytes beyond ASCII make the likeliest text.
func guessEncoding(data []byte) string {
	sample := beyondASCII(data)
	best, most := "windows-1252", 0.0
	for i, c := range candidates() {
		if score := c.score(DecodeAs(sample, c.name)); i == 0 || score > most {
			best, most = c.name, score
		}
	}
	return best
}

// beyondASCII returns the first lines that hold such bytes, whole where they are not too long: half a character at
// an end would speak against the right encoding.
func beyondASCII(data []byte) []byte {
	var sample []byte
	for line := range strings.Lines(string(data[:min(len(data), 64*sampleSize)])) {
		if strings.IndexFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
			continue
		}
		if len(line) > sampleSize {
			line = line[:sampleSize]
		}
		if sample = append(sample, line...); len(sample) >= sampleSize {
			break
		}
	}
	return sample
}

// score says how much s looks like a text in the candidate's languages: letters of one script beside each other,
// those that are used most above all; no capitals or signs inside of words.
func (c candidate) score(s string) float64 {
	total, before := 0.0, ' '
	for _, r := range s {
		if r >= utf8.RuneSelf {
			total += c.worth(r)
		}
		if r >= utf8.RuneSelf || before >= utf8.RuneSelf {
			total += c.pair(before, r)
		}
		before = r
	}
	return total
}

func (c candidate) worth(r rune) float64 {
	switch {
	case r == utf8.RuneError:
		return -20
	case r < 0xa0:
		return -5 // a control character
	case strings.ContainsRune(c.common, r):
		return 1.5
	case strings.ContainsRune(c.common, unicode.ToLower(r)):
		return 0.5 // capitals are fewer
	case r >= 0xff61 && r <= 0xff9f:
		return -1 // half-width katakana, which any bytes make
	case unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return 0.8
	case r >= 0x2010 && r <= 0x2026 || r == '«' || r == '»' || r == '€' || r == 0xa0 || r == '°' || r == '§':
		return 0.3 // signs that every language uses
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return 0
	default:
		return -0.7
	}
}

func (c candidate) pair(a, b rune) float64 {
	if !unicode.IsLetter(a) || !unicode.IsLetter(b) {
		// A sign between letters is not seen here, only its first side; that is enough to tell.
		if unicode.IsLetter(a) && b >= utf8.RuneSelf && (unicode.IsSymbol(b) || unicode.IsNumber(b)) {
			return -1.5
		}
		return 0
	}
	latinA, latinB := unicode.Is(unicode.Latin, a), unicode.Is(unicode.Latin, b)
	switch {
	case unicode.IsLower(a) && unicode.IsUpper(b):
		return -2
	case unicode.IsUpper(a) && unicode.IsUpper(b):
		return 0.1
	case latinA != latinB:
		return -2
	case latinA && a >= utf8.RuneSelf && b >= utf8.RuneSelf:
		return -0.8 // Latin words seldom have two such letters in a row
	case latinA:
		return 0.3
	case unicode.Is(c.script, a) && unicode.Is(c.script, b):
		return 0.5
	default:
		return 0.2
	}
}
