package ui

import (
	"bytes"
	"slices"
	"strings"
)

// What is shown of a change is bounded.
const (
	shownLines = 200
	shownWidth = 400
)

// difference returns the lines that a change takes away and those that it puts there. What is the same before and
// behind is not shown: it is other servers', and may hold secrets. That goes for what shares a line with the change, too.
func difference(before, after []byte) (removed, added []string) {
	removed, added = parted(strings.Split(string(before), "\n"), strings.Split(string(after), "\n"))
	shared := len(removed) > 0 && len(added) > 0 // lines that were changed, rather than taken away or put there
	if shared || slices.ContainsFunc(slices.Concat(removed, added), func(line string) bool { return len(line) > shownWidth }) {
		old, new := parted(bytes.Split(before, nil), bytes.Split(after, nil))
		removed, added = linesOf(bytes.Join(old, nil)), linesOf(bytes.Join(new, nil))
	}
	return bounded(removed), bounded(added)
}

// parted leaves out what two lists have in common at their ends.
func parted[T string | []byte](old, new []T) ([]T, []T) {
	same := func(a, b T) bool { return string(a) == string(b) }
	for len(old) > 0 && len(new) > 0 && same(old[0], new[0]) {
		old, new = old[1:], new[1:]
	}
	for len(old) > 0 && len(new) > 0 && same(old[len(old)-1], new[len(new)-1]) {
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	return old, new
}

// linesOf returns the lines of a piece of a line.
func linesOf(piece []byte) []string {
	if len(piece) == 0 {
		return nil
	}
	return strings.Split("…"+strings.ToValidUTF8(string(piece), "")+"…", "\n")
}

func bounded(lines []string) []string {
	shown := slices.Clone(lines[:min(len(lines), shownLines)])
	for i, line := range shown {
		if len(line) > shownWidth {
			shown[i] = strings.ToValidUTF8(line[:shownWidth], "") + "…"
		}
	}
	if more := len(lines) - len(shown); more > 0 {
		shown = append(shown, "… and "+count(more, "line", "lines")+" more")
	}
	return shown
}
