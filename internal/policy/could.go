package policy

import (
	"net/http"
	"slices"
	"strings"
)

// Could tells whether p lets any call of a method through whose path fits a pattern, "/search/query" or
// "/**/content"; "" stands for any path. It decides what is offered, never what is allowed: it says yes where it
// is not sure, as about a path that several rules take away between them.
func (p *Policy) Could(method, path string) bool {
	if p == nil || !p.ready {
		return false
	}
	if path == "" {
		path = "/**"
	}
	wanted, problem := patternSegments(path)
	if problem != "" {
		return true // the guard will say what it thinks
	}
	if !p.readWrite && method != http.MethodGet && (method != http.MethodPost || !couldRead(wanted)) {
		return false
	}
	if p.denied(method, wanted) {
		return false
	}
	if !p.limited || slices.Equal(wanted, []string{"$batch"}) { // see decideEnvelope
		return true
	}
	return slices.ContainsFunc(p.allow, func(rule pattern) bool {
		return rule.covers(method) && meet(rule.segments, wanted) && !p.denied(method, rule.segments)
	})
}

// denied tells whether one deny rule takes everything away that a pattern stands for.
func (p *Policy) denied(method string, wanted []string) bool {
	return slices.ContainsFunc(p.deny, func(rule pattern) bool {
		return rule.covers(method) && matchSegments(rule.segments, hideStars(wanted), taking)
	})
}

// hideStars makes a path of a pattern, in which a star is a word that no rule can name. "**" is several of them
// and may be none, so that "*" does not cover it.
func hideStars(wanted []string) []string {
	var path []string
	for _, word := range wanted {
		switch word {
		case "*":
			path = append(path, star)
		case "**":
			path = append(path, anyNumber)
		default:
			path = append(path, word)
		}
	}
	return path
}

// anyNumber stands in a path for any number of segments: "**" alone matches it.
const anyNumber = "\x00number"

// couldRead tells whether a pattern has a path in common with the POSTs that only read.
func couldRead(wanted []string) bool {
	return slices.ContainsFunc(slices.Concat(readingPosts, readingARMPosts), func(post []string) bool {
		return meet(post, wanted)
	})
}

// meet tells whether a path exists that fits both patterns. It goes through the pairs of places in them once.
func meet(a, b []string) bool {
	reached := make([]bool, len(b)+1) // by the part of a so far, the parts of b that fit
	reached[0] = true
	skip(reached, b)
	for _, word := range a {
		next := make([]bool, len(b)+1)
		for j := range reached {
			switch {
			case !reached[j]:
			case word == "**":
				for k := j; k <= len(b); k++ {
					next[k] = true
				}
			case j < len(b) && b[j] == "**":
				next[j] = true
			case j < len(b) && sameWord(word, b[j]):
				next[j+1] = true
			}
		}
		skip(next, b)
		reached = next
	}
	return reached[len(b)]
}

// skip goes over the "**" that stand for nothing.
func skip(reached []bool, b []string) {
	for j, word := range b {
		if reached[j] && word == "**" {
			reached[j+1] = true
		}
	}
}

func sameWord(a, b string) bool {
	if a == "*" || b == "*" || a == "*:" || b == "*:" {
		return true
	}
	if prefix, open := strings.CutSuffix(a, "…"); open { // of readingPosts
		return strings.HasPrefix(b, prefix)
	}
	return a == b
}
