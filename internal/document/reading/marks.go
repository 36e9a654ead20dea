package reading

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Marks around raised and struck text while a line is put together: runs of the same kind may follow each other, and
// are one then. XML cannot hold these characters, and Settle takes away what others do.
const (
	raisedFrom, raisedTo = "\x0e", "\x0f"
	struckFrom, struckTo = "\x10", "\x11"
)

// Marked puts marks around a run of text.
func Marked(s string, raised, struck bool) string {
	if raised && s != "" {
		s = raisedFrom + s + raisedTo
	}
	if struck && s != "" {
		s = struckFrom + s + struckTo
	}
	return s
}

var (
	raisedRun = regexp.MustCompile(raisedFrom + `([^\x0e\x0f]*)` + raisedTo)
	struckRun = regexp.MustCompile(struckFrom + `([^\x10\x11]*)` + struckTo)
)

// Settle replaces the marks of a line by what a reader sees: 10^6, m^(-2), ~~not this~~. Without, 10 to the power of
// 6 would be 106, and what is struck out would say the opposite of what is meant.
func Settle(s string) string {
	if !strings.ContainsAny(s, raisedFrom+raisedTo+struckFrom+struckTo) {
		return s
	}
	s = strings.ReplaceAll(s, struckTo+struckFrom, "")
	s = strings.ReplaceAll(s, raisedTo+raisedFrom, "")
	s = raisedRun.ReplaceAllStringFunc(s, func(run string) string { return around(run, power) })
	s = struckRun.ReplaceAllStringFunc(s, func(run string) string {
		return around(run, func(s string) string { return "~~" + s + "~~" })
	})
	return strings.NewReplacer(raisedFrom, "", raisedTo, "", struckFrom, "", struckTo, "").Replace(s)
}

// around takes the marks off a run, and wraps what stands between its spaces.
func around(run string, wrap func(string) string) string {
	run = run[1 : len(run)-1]
	inner := strings.TrimSpace(run)
	if inner == "" {
		return run
	}
	before, after, _ := strings.Cut(run, inner)
	return before + wrap(inner) + after
}

// power writes raised text: ^6, ^(10). The raised end of an ordinal, 1st, changes no number.
func power(s string) string {
	switch strings.ToLower(s) {
	case "st", "nd", "rd", "th":
		return s
	}
	if utf8.RuneCountInString(s) == 1 {
		return "^" + s
	}
	return "^(" + s + ")"
}

// Superscript writes raised text so that it cannot be read as part of what stands before it. Marks that
// cannot be mistaken, such as ®, stay as they are.
func Superscript(text string) string {
	inner := strings.TrimSpace(text)
	telling := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	if strings.IndexFunc(inner, telling) < 0 {
		return text
	}
	lead, trail, _ := strings.Cut(text, inner)
	return lead + power(inner) + trail
}
