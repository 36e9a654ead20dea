package catalog

import (
	"maps"
	"math/bits"
	"slices"
)

// spelling finds the known words that an unknown one may have been meant for.
type spelling struct {
	words   []string
	letters []uint32 // by word: which letters it has
}

func newSpelling(vocabulary map[string]bool, l *lexicon) spelling {
	all := maps.Clone(vocabulary)
	for _, known := range []map[string]tongues{l.surfaces, l.stop, l.weak, l.plain} {
		for word := range known {
			all[word] = true
		}
	}
	s := spelling{}
	for _, word := range slices.Sorted(maps.Keys(all)) {
		if len(word) >= 4 {
			s.words = append(s.words, word)
			s.letters = append(s.letters, lettersOf(word))
		}
	}
	return s
}

func lettersOf(word string) uint32 {
	set := uint32(0)
	for _, b := range []byte(word) {
		if b >= 'a' && b <= 'z' {
			set |= 1 << (b - 'a')
		}
	}
	return set
}

// meant returns the nearest words, and how many slips away they are. Short words allow for none or one, long ones for two.
func (s *spelling) meant(word string) ([]string, int) {
	allowed := 0
	switch {
	case len(word) > 30:
	case len(word) >= 8:
		allowed = 2
	case len(word) >= 4:
		allowed = 1
	}
	var found []string
	set := lettersOf(word)
	for i, candidate := range s.words {
		if allowed == 0 {
			break
		}
		if len(word) < 6 && word[0] != candidate[0] {
			continue
		}
		if d := len(candidate) - len(word); d > allowed || -d > allowed || bits.OnesCount32(set^s.letters[i]) > 2*allowed {
			continue
		}
		switch d := slips(word, candidate, allowed); {
		case d > allowed || d == 0:
		case d < allowed:
			allowed, found = d, []string{candidate}
		default:
			found = append(found, candidate)
		}
	}
	return found, allowed
}

// slips counts the letters that are wrong, missing, too many or swapped with their neighbour; more than most is most + 1.
func slips(a, b string, most int) int {
	const width = 40
	if len(a) >= width || len(b) >= width {
		return most + 1
	}
	var rows [3][width]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
