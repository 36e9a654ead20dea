package tools

import "strings"

// nearest returns the candidate that a misspelt name most likely means, or "" where none is near.
func nearest(name string, candidates []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, candidate := range candidates {
		a, b := strings.ToLower(name), strings.ToLower(candidate)
		d := distance(a, b)
		if strings.ReplaceAll(strings.ReplaceAll(a, "_", ""), "-", "") == b {
			d = 0
		}
		if d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes, which is enough for names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
