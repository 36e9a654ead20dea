package tools

import (
	"strings"
	"unicode"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// nearest returns the candidate that a name most likely means, or "" where none is near.
func nearest(name string, candidates []string) string {
	meant, _ := meantBy(name, candidates)
	return meant
}

// meantBy returns the candidate that a name most likely means, and whether there is little doubt: it is written
// differently, or misspelt by one letter. Else it is the first that the name begins, or that has it as its words (cc for
// ccRecipients, read for isRead), before one that it merely resembles.
func meantBy(name string, candidates []string) (string, bool) {
	plain := plainly(name)
	if plain == "" {
		return "", false
	}
	begun, within := "", ""
	for _, candidate := range candidates {
		switch at := wordAt(plain, candidate); {
		case plainly(candidate) == plain:
			return candidate, true
		case at == 0 && begun == "":
			begun = candidate
		case at > 0 && within == "":
			within = candidate
		}
	}
	var near []string
	if len(plain) >= shortest { // fewer letters say too little to be taken for others
		near = schema.Nearest(name, candidates, 1)
	}
	if len(near) > 0 && len(plain) >= longEnough && oneSlip(plain, plainly(near[0])) {
		return near[0], true
	}
	for _, meant := range append([]string{begun, within}, near...) {
		if meant != "" {
			return meant, false
		}
	}
	return "", false
}

const (
	shortest   = 3 // letters of a name that can be a misspelt one
	longEnough = 5 // letters of a name that one wrong letter leaves no doubt about
)

// oneSlip tells whether one letter put in, left out, replaced, or swapped with the next makes one word of the other.
func oneSlip(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// plainly leaves out what names are written differently by.
func plainly(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// wordAt returns where in a candidate a name stands as the beginning of its words, -1 where it does not.
func wordAt(name, candidate string) int {
	lower := strings.ToLower(candidate)
	if len(lower) != len(candidate) {
		return -1
	}
	for from := 0; from < len(lower); {
		at := strings.Index(lower[from:], name)
		if at < 0 {
			return -1
		}
		at += from
		if at == 0 || !unicode.IsLower(rune(candidate[at])) {
			return at
		}
		from = at + 1
	}
	return -1
}
