package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a word of a text.
type word struct {
	text    string // folded
	weight  float32
	capital bool     // it is written with a capital, and is not the first of its sentence
	piece   bool     // of the word before it: Point of SharePoint
	past    bool     // it is a French participle by its accent: partagé
	colon   bool     // one stands behind it
	meant   []string // the known words that it may have been meant for, where nobody knows it
}

// What a request has beyond this is not looked at: nobody asks that long.
const (
	longestRequest = 2000
	mostWords      = 60
)

// fold writes a word small and without accents: Über is uber, naïve is naive.
func fold(text string) string {
	if isFolded(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		r = unicode.ToLower(r)
		switch {
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
		case r >= 0x300 && r <= 0x36f: // an accent that stands by itself
		default:
			b.WriteString(plain(r))
		}
	}
	return b.String()
}

// isPlain tells whether a chunk is one word of small letters.
func isPlain(chunk string) bool {
	for i := range len(chunk) {
		if b := chunk[i]; b < 'a' || b > 'z' {
			return false
		}
	}
	return true
}

// isFolded tells whether a text has nothing but small letters and digits without accents: most have not.
func isFolded(text string) bool {
	for i := range len(text) {
		if b := text[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

// plain returns a small letter without its accent.
func plain(r rune) string {
	const from, to = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy"
	switch r {
	case 'ß':
		return "ss"
	case 'œ':
		return "oe"
	case 'æ':
		return "ae"
	}
	at := 0
	for _, each := range from {
		if each == r {
			return to[at : at+1]
		}
		at++
	}
	return string(r)
}

// split returns the words of a text that somebody wrote.
func split(text string) []word {
	return splitInto(make([]word, 0, min(strings.Count(text, " "), mostWords)+1), text)
}

// splitInto adds them to others.
func splitInto(words []word, text string) []word {
	text = cutText(text, longestRequest)
	inQuotes := false
	for chunk := range strings.FieldsSeq(text) {
		if !inQuotes && isPlain(chunk) {
			words = append(words, word{text: chunk, weight: 1})
			continue
		}
		opened := strings.ContainsAny(chunk[:min(len(chunk), 3)], `"“„«`)
		inQuotes = inQuotes || opened
		weight := float32(1)
		if inQuotes {
			weight = 0.4 // a title, a name, something to search for
		}
		if strings.ContainsAny(strings.TrimLeft(chunk, `"“„«`), `"”“»`) {
			inQuotes = false
		}
		first := len(words) == 0
		words = appendWords(words, chunk, weight, first)
		if !first && len(words) > 0 && strings.HasSuffix(chunk, ":") {
			words[len(words)-1].colon = true
		}
		if len(words) > mostWords {
			break
		}
	}
	return words
}

func cutText(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// wordsOf returns the words of what stands between two spaces.
func wordsOf(chunk string, weight float32, first bool) []word {
	return appendWords(nil, chunk, weight, first)
}

// appendWords adds the words of what stands between two spaces. Of what is somebody's data, an address, a file, a number, it
// keeps the kind or nothing: that a mail came from ada@contoso.com says nothing about how mail is read.
func appendWords(words []word, chunk string, weight float32, first bool) []word {
	chunk = strings.Trim(chunk, ".,;:!?()[]<>\"“”„«»…")
	switch {
	case chunk == "":
		return words
	case isPlain(chunk):
		return append(words, word{text: chunk, weight: weight})
	case strings.Contains(chunk, "/") && isPath(chunk):
		return append(words, pathWords(chunk, weight)...)
	case strings.Contains(chunk, "@") && strings.LastIndexByte(chunk, '.') > strings.IndexByte(chunk, '@'):
		return words
	case isFile(chunk):
		return append(words, word{text: "file", weight: weight / 2})
	case isClock(chunk):
		return append(words, word{text: clock, weight: weight / 2})
	}
	for _, part := range strings.FieldsFunc(chunk, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	}) {
		if isNumber(part) {
			continue
		}
		if isFolded(part) {
			words = append(words, word{text: part, weight: weight})
			continue
		}
		r, _ := utf8.DecodeRuneInString(part)
		capital := unicode.IsUpper(r) && !first
		pieces := camel(part)
		if len(pieces) > 1 {
			words = append(words, word{text: fold(part), weight: weight})
			weight *= 0.7
		}
		for _, piece := range pieces {
			words = append(words, word{text: fold(piece), weight: weight, capital: capital, piece: len(pieces) > 1, past: isParticiple(piece)})
		}
	}
	return words
}

// isPath says whether a chunk with a slash is a path rather than two words: not for read/write.
func isPath(chunk string) bool {
	return strings.HasPrefix(chunk, "/") || strings.HasPrefix(chunk, "https://") || strings.Count(chunk, "/") > 1
}

func pathWords(path string, weight float32) []word {
	var words []word
	for _, segment := range segments(path) {
		if strings.HasPrefix(segment, anything) || isNumber(segment) {
			continue
		}
		words = append(words, word{text: fold(segment), weight: weight / 2})
	}
	for _, piece := range templateWords(path) {
		words = append(words, word{text: fold(piece), weight: weight})
	}
	return words
}

// templateWords returns the words of the segments of a path or template that are no values.
func templateWords(path string) []string {
	var words []string
	path, _, _ = strings.Cut(path, "?")
	for _, segment := range splitPath(strings.Trim(path, "/")) {
		if strings.HasPrefix(segment, "{") || strings.Contains(segment, ":") && !strings.Contains(segment, "root") {
			continue
		}
		name, _, _ := strings.Cut(segment, "(")
		for _, part := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if !isNumber(part) && part != "v1" {
				words = append(words, camel(part)...)
			}
		}
	}
	return words
}

// isFile says whether a chunk is a file's name: budget.xlsx.
func isFile(chunk string) bool {
	dot := strings.LastIndexByte(chunk, '.')
	if dot < 1 || len(chunk)-dot < 3 || len(chunk)-dot > 6 {
		return false
	}
	const known = " docx xlsx pptx doc xls ppt pdf txt csv md html htm json xml zip png jpg jpeg gif svg msg eml mp3 mp4 mov wav one vsdx log rtf "
	return strings.Contains(known, " "+strings.ToLower(chunk[dot+1:])+" ")
}

// clock stands for a time of the day: what has one is an appointment, most often.
const clock = "oclock"

// isClock says whether a chunk is a time of the day: 9:30, 3pm, 14h, 10h30.
func isClock(chunk string) bool {
	chunk = strings.ToLower(chunk)
	digits := strings.TrimRightFunc(chunk, unicode.IsLetter)
	unit := chunk[len(digits):]
	hour, minute, both := strings.Cut(strings.ReplaceAll(digits, "h", ":"), ":")
	isTime := func(part string) bool {
		return len(part) > 0 && len(part) < 3 && strings.Trim(part, "0123456789") == ""
	}
	switch {
	case !isTime(hour), both && !isTime(minute):
		return false
	case both:
		return unit == "" || unit == "am" || unit == "pm"
	}
	return unit == "am" || unit == "pm" || unit == "h"
}

// isNumber says whether a word is a number, a date, a time, a version or an id. Short ones with letters (2fa, mp4, m365)
// are words.
func isNumber(part string) bool {
	digits := 0
	for _, r := range part {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits > 0 && part != "365" && (digits == len(part) || len(part) > 5)
}

// camel takes signInActivity apart.
func camel(part string) []string {
	var pieces []string
	start := 0
	previous := rune(0)
	for i, r := range part {
		if i > 1 && unicode.IsUpper(r) && unicode.IsLower(previous) { // iPad is one word
			pieces = append(pieces, part[start:i])
			start = i
		}
		previous = r
	}
	return append(pieces, part[start:])
}
