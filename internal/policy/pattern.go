package policy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// anyKey is a segment of a [graph.Reading] whose text is not known, such as the key of an item that a query
// expands. A rule that takes something away matches it with every word; one that gives, with "*" alone.
const anyKey = "\x00any"

// pattern is one parsed rule.
type pattern struct {
	text     string
	method   string // "*" or an HTTP method
	segments []string
	spelled  []string // segments, with qualified names as the rule has them; nil where it has none
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
	case strings.ContainsAny(path, "?{}") || strings.Contains(path, "://"):
		return pattern{}, `it can never match: a pattern is a plain path, without query and braces; "*" stands for any segment`
	}
	words, problem := patternWords(path)
	return pattern{text: strings.TrimSpace(text), method: method, segments: showStars(graph.Plain(words...)), spelled: showStars(graph.PlainSpelled(words...))}, problem
}

// patternSegments brings a pattern into the form of a reading, between its stars.
func patternSegments(path string) (segments []string, problem string) {
	words, problem := patternWords(path)
	return showStars(graph.Plain(words...)), problem
}

// patternWords returns the decoded segments of a pattern, its stars marked.
func patternWords(path string) (words []string, problem string) {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil, ""
	}
	for i, part := range strings.Split(path, "/") {
		if part == "*" || part == "**" || part == "*:" {
			words = append(words, star+part)
			continue
		}
		word, err := graph.DecodeSegment(part)
		switch {
		case err != nil:
			return nil, "it can never match: " + err.Error()
		case strings.Contains(word, "*"):
			return nil, `"*", "*:" and "**" stand for whole segments`
		case i == 0 && (strings.EqualFold(word, graph.V1) || strings.EqualFold(word, graph.Beta)):
			return nil, "it can never match: leave the version out, a rule holds for all versions"
		}
		words = append(words, word)
	}
	return words, ""
}

func showStars(segments []string) []string {
	for i, word := range segments {
		segments[i] = strings.TrimPrefix(word, star)
	}
	return segments
}

// unclear says what is wrong with an allow rule whose arguments may be a key: for a function they are not compared, and
// a rule for one item must not become one for all.
func unclear(rule string) (problem string) {
	before := "/"
	for part := range strings.SplitSeq(rule, "/") {
		if word, err := graph.DecodeSegment(part); err == nil && strings.HasSuffix(word, ")") && strings.Contains(word, "=") && len(graph.Likely(http.MethodGet, before, word)) > 1 {
			return "nothing tells whether " + part + ` is an item or a function: write an item as "/users/ID", and a function without its arguments, or end the rule in "/**" where those are`
		}
		before = part
	}
	return ""
}

// star marks a wildcard among words that could look like one.
const star = "\x00star"

// covers tells whether a rule is about a method.
func (p pattern) covers(method string) bool { return p.method == "*" || p.method == method }

// writesOnly tells whether no call that reads can match.
func (p pattern) writesOnly() bool {
	if p.method == "*" || p.method == http.MethodGet {
		return false
	}
	return p.method != http.MethodPost || !couldRead(p.segments)
}

// taking and giving say what a matching rule does to a call; see [anyKey].
const (
	taking = true
	giving = false
)

// match returns the first rule that covers the call.
func match(rules []pattern, method string, reading graph.Reading, taking bool) (string, bool) {
	for _, rule := range rules {
		if rule.covers(method) && (matchSegments(rule.segments, reading, taking) || !taking && rule.spelled != nil && matchSegments(rule.spelled, reading, giving)) {
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
		case r < len(rule) && (rule[r] == path[p] || isOne(rule[r], path[p], taking)):
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

// isOne tells whether a word of a rule stands for any segment, this one among them. A segment that ends in ":" makes
// names of files, or of sites, of those behind it: what gives has to say so with "*:", or a rule for
// items/*/permissions/* would be one for items/root:/permissions/x, which is a file.
func isOne(word, segment string, taking bool) bool {
	opens := strings.HasSuffix(segment, ":")
	switch word {
	case "*":
		return segment != anyNumber && (taking || !opens && !strings.HasPrefix(segment, graph.Spelled)) // which may be no segment at all
	case "*:":
		return opens || taking && segment == anyKey
	}
	return taking && segment == anyKey
}
