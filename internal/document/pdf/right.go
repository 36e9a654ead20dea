package pdf

import (
	"slices"
	"unicode"
)

// Arabic and Hebrew stand in the file as the eye sees them, from left to right. They are brought into the order of
// reading; numbers and Latin words within them keep theirs.

// pdfFixed is added to brackets that stand in a replacement text: that is in the order of reading, while a bracket
// drawn between letters that run leftward is the mirror image of what it means. No font's text has these code points
// (cleanGlyph drops them).
const pdfFixed = 0xf700

// readRight brings a line into the order of reading.
func readRight(line string) string {
	balance := 0
	plain := true
	for _, r := range line {
		plain = plain && !rightToLeft(r) && r < pdfFixed
	}
	if plain {
		return line
	}
	balance = leftwardness(line)
	runes := []rune(line)
	if balance > 0 {
		turn(runes)
	} else {
		turnRuns(runes)
	}
	for i, r := range runes {
		if r >= pdfFixed && r < pdfFixed+0x80 {
			runes[i] = r - pdfFixed
		}
	}
	return string(runes)
}

// leftwardness is how many letters more run leftward than rightward.
func leftwardness(line string) (n int) {
	for _, r := range line {
		switch {
		case rightToLeft(r):
			n++
		case unicode.IsLetter(r):
			n--
		}
	}
	return n
}

// turnRuns turns the leftward words of a line that runs rightward: from letter to letter, with what stands between
// that runs in no direction. Cells are never exchanged.
func turnRuns(runes []rune) {
	for from := 0; from < len(runes); from++ {
		if !rightToLeft(runes[from]) {
			continue
		}
		end := from + 1
		for j := end; j < len(runes) && runes[j] != '|' && (rightToLeft(runes[j]) || !unicode.IsLetter(runes[j])); j++ {
			if rightToLeft(runes[j]) {
				end = j + 1
			}
		}
		turn(runes[from:end])
		from = end - 1
	}
}

// turn reverses text that runs leftward; what runs rightward in it is turned back.
func turn(runes []rune) {
	slices.Reverse(runes)
	for i := 0; i < len(runes); i++ {
		end := i
		for j := i; j < len(runes) && !rightToLeft(runes[j]); j++ {
			if unicode.IsDigit(runes[j]) || unicode.IsLetter(runes[j]) {
				end = j + 1
			}
		}
		if unicode.IsDigit(runes[i]) || unicode.IsLetter(runes[i]) && !rightToLeft(runes[i]) {
			slices.Reverse(runes[i:end])
			i = end - 1
			continue
		}
		runes[i] = mirrored(runes[i])
	}
	first, last := slices.IndexFunc(runes, isBracket), len(runes)-1
	for last > first && !isBracket(runes[last]) {
		last--
	}
	if first >= 0 && last > first && opens(runes[last]) && !opens(runes[first]) { // the font says what they mean
		for i, r := range runes {
			runes[i] = mirrored(r)
		}
	}
}

func isBracket(r rune) bool { return mirrored(r) != r }

func opens(r rune) bool { return r == '(' || r == '[' }

// fixed prepares the text of one glyph for readRight: what is in the order of reading already must come out so.
func fixed(text string, replaced bool) string {
	runes := []rune(text)
	if len(runes) > 1 && slices.ContainsFunc(runes, rightToLeft) {
		slices.Reverse(runes) // a ligature, or a word that replaces its glyphs
	}
	for i, r := range runes {
		if replaced && mirrored(r) != r {
			runes[i] = pdfFixed + r
		}
	}
	return string(runes)
}

func rightToLeft(r rune) bool {
	return r >= 0x590 && r <= 0x8ff && !unicode.IsDigit(r) || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefc
}

func mirrored(r rune) rune {
	switch r {
	case '(':
		return ')'
	case ')':
		return '('
	case '[':
		return ']'
	case ']':
		return '['
	}
	return r
}
