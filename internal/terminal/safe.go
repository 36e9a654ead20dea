package terminal

import (
	"fmt"
	"strings"
	"unicode"
)

// Printable returns text on one line, with escapes in the place of what would steer a terminal, or make text look like
// other text.
func Printable(s string) string { return escaped(s, func(rune) bool { return false }, plainEscape) }

// Lines is Printable for text of several lines: their ends and tabs stay.
func Lines(s string) string {
	return escaped(strings.ReplaceAll(s, "\r\n", "\n"), func(r rune) bool { return r == '\n' || r == '\t' }, plainEscape)
}

// escaped replaces what is dangerous and not kept.
func escaped(s string, keep func(rune) bool, escape func(rune) string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return dangerous(r) && !keep(r) }) && strings.ToValidUTF8(s, "") == s {
		return s
	}
	var b strings.Builder
	before := rune(0)
	text := []rune(s) // what is no UTF-8 becomes U+FFFD: terminals of other encodings would read a control in it
	for i, r := range text {
		if dangerous(r) && !keep(r) && !(joins(r) && i+1 < len(text) && joined(before) && joined(text[i+1])) {
			b.WriteString(escape(r))
		} else {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

// dangerous tells whether a character is a control, C0 or C1, or an unseen one: that changes the direction of writing, or
// hides text in text.
func dangerous(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// joins tells whether a character makes one sign of two. Persian, Hindi and families of emoji need them.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joined tells whether a character is of a script that has such signs. Latin and its neighbours have none, where only
// deceivers have a use for them.
func joined(r rune) bool { return r >= 0x0600 && !dangerous(r) }

func plainEscape(r rune) string {
	if r > 0xffff {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
