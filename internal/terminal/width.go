package terminal

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Width returns how many columns of a terminal a text takes.
func Width(s string) int { return uniseg.StringWidth(s) }

// cut shortens a text to a width, between what readers see as characters.
func cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	var b strings.Builder
	used, state := 0, -1
	for s != "" {
		var cluster string
		var wide int
		cluster, s, wide, state = uniseg.FirstGraphemeClusterInString(s, state)
		if used += wide; used > width-1 {
			break
		}
		b.WriteString(cluster)
	}
	return b.String() + ellipsis
}

// Wrap breaks one line of text between words into lines that are no wider than width. A word that is wider has a line of its
// own, whole, so that it can be copied.
func Wrap(s string, width int) []string {
	if width <= 0 || Width(s) <= width {
		return []string{s}
	}
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		wide := Width(word)
		if used > 0 && used+1+wide > width {
			lines, line, used = append(lines, line), "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+wide
	}
	return append(lines, line)
}
