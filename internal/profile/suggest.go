package profile

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean returns a question naming the one of known that is nearest to
// given, or "" where none is near. given itself is never repeated.
func didYouMean(given string, known []string) string {
	if best := nearest(given, known); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

// nearest returns the one of known that fewest edits turn given into, as long
// as these are few for its length; of equals the first.
func nearest(given string, known []string) string {
	const longest = 64 // nobody misspells more; keeps the table small
	if len(given) > longest {
		return ""
	}
	best, fewest := "", 0
	for _, k := range known {
		d := distance([]rune(strings.ToLower(given)), []rune(strings.ToLower(k)))
		if d <= max(1, len(k)/3) && (best == "" || d < fewest) {
			best, fewest = k, d
		}
	}
	return best
}

// distance is the number of letters to be put in, left out, replaced or swapped with the next one.
func distance(a, b []rune) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		now[0] = i + 1
		for j := range b {
			differs := 1
			if a[i] == b[j] {
				differs = 0
			}
			now[j+1] = min(last[j]+differs, last[j+1]+1, now[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}

// listed returns the names in quotes, as in `"a", "b" or "c"`.
func listed(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// remedies joins those that say something.
func remedies(parts ...string) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
	return strings.Join(parts, " ")
}
