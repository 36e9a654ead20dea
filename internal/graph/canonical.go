package graph

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reading is one way in which a service may understand a path: folded segments, in order. Graph compares names
// without regard to case, takes a key in parentheses as a segment of its own, and takes qualified names for
// plain ones, so policies are judged on readings and never on what was typed.
type Reading []string

// String writes the reading as a path.
func (r Reading) String() string { return "/" + strings.Join(r, "/") }

// Readings returns every way in which decoded segments may be understood. What takes something away (a deny
// rule) has to look at all of them. Where there are too many to look at, they are empty, and more than a request may have.
func Readings(segments ...string) []Reading {
	return readingsOf(split(segments))
}

func readingsOf(parts []part) []Reading {
	return combine(parts, func(i int) []Reading { return parts[i].readings })
}

// combine makes readings of what each part may stand for.
func combine(parts []part, choices func(i int) []Reading) []Reading {
	if one := combineOne(parts, choices); one != nil {
		return one
	}
	all := []Reading{nil}
	for i := range parts {
		choices := choices(i)
		if len(all)*len(choices) > 2*maxReadings {
			return make([]Reading, maxReadings+1) // refused by the caller
		}
		next := make([]Reading, 0, len(all)*len(choices))
		for _, choice := range choices {
			for _, head := range all {
				next = append(next, append(head[:len(head):len(head)], choice...))
			}
		}
		all = next
	}
	words := 0
	for _, reading := range all {
		words += len(reading)
	}
	if words > maxWords {
		return make([]Reading, maxReadings+1)
	}
	return all
}

// combineOne does so where each part stands for one thing, as mostly; it returns nil where some do not.
func combineOne(parts []part, choices func(i int) []Reading) []Reading {
	words := make(Reading, 0, len(parts))
	for i := range parts {
		choices := choices(i)
		if len(choices) != 1 {
			return nil
		}
		words = append(words, choices[0]...)
	}
	if len(words) > maxWords || len(words) == 0 {
		return nil
	}
	return []Reading{words}
}

// part is a segment and what it may stand for.
type part struct {
	text     string
	literal  bool      // it is likely the name of a file or folder, or what a path of them hangs on
	readings []Reading // the plainest first
}

// split returns, for each segment, what it may stand for.
//
// Between a segment that ends in ":" and the next that does, names of files and folders stand
// (root:/Reports/2026:/children): they are likely meant literally, and the closing colon is not part of the name.
func split(segments []string) []part {
	all := make([]part, 0, len(segments))
	words, plain := make([]string, len(segments)), make([]Reading, len(segments)) // of those that stand for themselves
	inPath := false
	for i, segment := range segments {
		p := part{text: segment, literal: inPath}
		switch {
		case inPath:
			name, closed := strings.CutSuffix(segment, ":")
			inPath = !closed
			if name == "" {
				p.readings = []Reading{{}}
				break
			}
			p.readings = []Reading{{fold(name)}}
			for _, other := range segmentReadings(name) { // as below
				if !slices.Equal(other, p.readings[0]) {
					p.readings = append(p.readings, other)
				}
			}
		case len(segment) > 1 && strings.HasSuffix(segment, ":"):
			inPath, p.literal = true, true
			// Without its colon, too: nothing says that a service takes the colon seriously elsewhere than in drives.
			p.readings = append([]Reading{{fold(segment)}}, segmentReadings(strings.TrimSuffix(segment, ":"))...)
		case strings.ContainsAny(segment, ".("):
			p.readings = segmentReadings(segment)
		default: // as segmentReadings would, at the cost of nothing
			words[i] = fold(segment)
			plain[i] = words[i : i+1 : i+1]
			p.readings = plain[i : i+1 : i+1]
		}
		all = append(all, p)
	}
	return all
}

// segmentReadings returns what one segment may stand for. Two kinds have more than one reading, because only
// the schema knows which is meant: one with named arguments, `users(mail='x')`, is a key of a collection (OData
// 4.01 URL conventions, 4.3) or a function's arguments (4.5.1); one with a qualified name, `microsoft.graph.user`,
// is a type cast that can be left out (4.11) or an action.
func segmentReadings(segment string) []Reading {
	name, args, called := cutParentheses(segment)
	dotted := called && strings.HasSuffix(name, ".") && strings.Trim(name, ".") != ""
	if dotted { // who leaves dots at the end of names away does so here, too
		name = strings.TrimRight(name, ".")
	}
	name, qualified := foldName(name)
	all := []Reading{{name}}
	switch {
	case args == "":
	case named(args):
		all = append(all, Reading{name, fold(args)})
		if _, value, ok := onlyArgument(args); ok {
			all = append(all, Reading{name, fold(value)})
		}
		if !isIdentifier(name) { // a key, parentheses and all
			all = append(all, Reading{fold(segment)})
		}
	default:
		all = []Reading{{name, fold(unquote(args))}}
		if unquote(args) == "" { // no key
			all = append(all, Reading{name})
		}
		if unquote(args) == args || !isIdentifier(name) || !isKey(args) { // "plan(2)" may well be the key itself, as a file's name is
			all = append(all, Reading{fold(segment)})
		}
	}
	// Who does not look at quotes and commas finds the value behind the first "=".
	if _, value, ok := strings.Cut(args, "="); ok && !isKey(args) {
		loose := Reading{name, fold(unquote(strings.TrimSpace(value)))}
		if !slices.ContainsFunc(all, func(r Reading) bool { return slices.Equal(r, loose) }) {
			all = append(all, loose)
		}
	}
	if qualified {
		for _, reading := range slices.Clone(all) {
			all = append(all, reading[1:])
		}
	}
	if qualified || dotted {
		all = append(all, Reading{fold(segment)})
	}
	return all
}

// cutParentheses splits `users('id')` into users and 'id'. Parentheses at the start or in the middle belong to
// the name (a file may be called "plan (2).docx").
func cutParentheses(segment string) (name, args string, has bool) {
	open := strings.IndexByte(segment, '(')
	if open <= 0 || !strings.HasSuffix(segment, ")") || strings.ContainsAny(segment[:open], " :") {
		return segment, "", false
	}
	return segment[:open], strings.TrimSpace(segment[open+1 : len(segment)-1]), true
}

// isIdentifier tells whether something can be named so in the schema (OData 4.01 ABNF, odataIdentifier), as far as
// Graph makes use of it.
func isIdentifier(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_.$") == ""
}

// named tells whether arguments have names: there is a "=" outside of quotes. The keys of messages end with one.
func named(args string) bool { return indexUnquoted(args, '=') >= 0 }

// onlyArgument returns name and value of the arguments where there is just one.
func onlyArgument(args string) (name, value string, ok bool) {
	i := indexUnquoted(args, '=')
	if i < 0 || indexUnquoted(args, ',') >= 0 {
		return "", "", false
	}
	return fold(strings.TrimSpace(args[:i])), unquote(strings.TrimSpace(args[i+1:])), true
}

func indexUnquoted(s string, c byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == c && !quoted:
			return i
		}
	}
	return -1
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}

// foldName folds a name and takes the namespace off a qualified one: microsoft.graph.sendMail is sendMail,
// microsoft.graph.security.runHuntingQuery is runHuntingQuery, and graph is an alias of Graph's namespace.
func foldName(s string) (name string, qualified bool) {
	s = fold(s)
	if strings.IndexByte(s, '.') < 0 {
		return s, false
	}
	for _, namespace := range []string{"microsoft.graph.", "graph."} {
		rest, ok := strings.CutPrefix(s, namespace)
		if ok && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789_.") == "" {
			return rest[strings.LastIndexByte(rest, '.')+1:], true
		}
	}
	return s, false
}

// fold maps all spellings of one text that differ in case alone to one. It goes beyond lower case because a
// service may compare by simple folding, where U+212A (Kelvin) equals k.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return unicode.ToLower(least)
	}, s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
