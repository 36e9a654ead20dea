package policy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Any is a segment of a [graph.Reading] whose text is not known, such as the key of an item that a query
// expands. A rule that takes something away matches it with every word; one that gives, with "*" alone.
const Any = "\x00any"

// pattern is one parsed rule.
type pattern struct {
	text     string
	method   string // "*" or an HTTP method
	segments []string
}

var knownMethods = []string{"*", http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// parsePattern parses "METHOD PATTERN"; problem is empty where it could.
func parsePattern(text string) (parsed pattern, problem string) {
	method, path, ok := strings.Cut(strings.TrimSpace(text), " ")
	path = strings.TrimSpace(path)
	method = strings.ToUpper(method)
	switch {
	case !ok || path == "":
		return pattern{}, `write it as "METHOD PATTERN", for example "GET /users/**"`
	case !slices.Contains(knownMethods, method):
		return pattern{}, "its method is none of " + strings.Join(knownMethods, ", ")
	case !strings.HasPrefix(path, "/"):
		return pattern{}, `its pattern does not begin with "/"`
	case strings.ContainsAny(path, "?#\\ \t") || strings.Contains(path, "//") || strings.Contains(path, "://"):
		return pattern{}, `it can never match: a pattern is a plain path, without query, spaces or "//"`
	}
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if path == "/" {
		segments = nil
	}
	if len(segments) > 0 && (strings.EqualFold(segments[0], graph.V1) || strings.EqualFold(segments[0], graph.Beta)) {
		return pattern{}, "it can never match: leave the version out, a rule holds for all versions"
	}
	for i, segment := range segments {
		if strings.Trim(segment, ".") == "" {
			return pattern{}, "it can never match: dot segments are refused before a rule is asked"
		}
		if segment != "*" && segment != "**" && strings.Contains(segment, "*") {
			return pattern{}, `"*" and "**" stand for whole segments`
		}
		segments[i] = graph.Fold(segment)
	}
	return pattern{text: strings.TrimSpace(text), method: method, segments: canonical(segments)}, ""
}

// canonical brings a pattern's keys in parentheses into the form of a reading's.
func canonical(segments []string) []string {
	var all []string
	for _, segment := range segments {
		if strings.HasPrefix(segment, "*") {
			all = append(all, segment)
			continue
		}
		all = append(all, graph.ReadingsOf(segment)[0]...)
	}
	return all
}

// writesOnly tells whether no call that reads can match.
func (p pattern) writesOnly() bool {
	if p.method == "*" || p.method == http.MethodGet {
		return false
	}
	if p.method != http.MethodPost || len(p.segments) == 0 {
		return true
	}
	last := p.segments[len(p.segments)-1]
	return last != "*" && last != "**" && !slices.Contains(readingPosts, last)
}

// taking and giving say what a matching rule does to a call; see [Any].
const (
	taking = true
	giving = false
)

// match returns the first rule that covers the call.
func match(rules []pattern, method string, reading graph.Reading, taking bool) (string, bool) {
	for _, rule := range rules {
		if (rule.method == "*" || rule.method == method) && matchSegments(rule.segments, reading, taking) {
			return rule.text, true
		}
	}
	return "", false
}

// matchSegments compares without recursion: after a "**" it remembers where to try again, so that even a
// pattern of many of them takes time in proportion to pattern × path.
func matchSegments(rule, path []string, taking bool) bool {
	r, p := 0, 0
	retryRule, retryPath := -1, 0
	for p < len(path) {
		switch {
		case r < len(rule) && rule[r] == "**":
			retryRule, retryPath = r, p
			r++
		case r < len(rule) && (rule[r] == "*" || rule[r] == path[p] || taking && path[p] == Any):
			r++
			p++
		case retryRule >= 0:
			retryPath++
			r, p = retryRule+1, retryPath
		default:
			return false
		}
	}
	for r < len(rule) && rule[r] == "**" {
		r++
	}
	return r == len(rule)
}
