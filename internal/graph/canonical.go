package graph

import (
	"strings"
	"unicode"
)

// Reading is one way in which a service may understand a path: folded segments, in order. Graph compares names
// without regard to case, takes a key in parentheses as a segment of its own, and takes qualified names for
// plain ones, so policies are judged on readings and never on what was typed.
type Reading []string

// String writes the reading as a path.
func (r Reading) String() string { return "/" + strings.Join(r, "/") }

// readings returns every reading of the segments, the plainest first. Two kinds of segment have more than one,
// because only the schema knows which is meant: one with named arguments, `users(mail='x')`, is a key of a
// collection (OData 4.01 URL conventions, 4.3) or a function's arguments (4.5.1); one with a qualified name,
// `microsoft.graph.user`, is a type cast that can be left out (4.11) or an action.
func readings(segments []string) []Reading {
	all := []Reading{nil}
	for _, segment := range segments {
		choices := segmentReadings(segment)
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
	return all
}

// segmentReadings returns what one segment may stand for.
func segmentReadings(segment string) []Reading {
	name, args, _ := cutParentheses(segment)
	name, qualified := foldName(name)
	plain := Reading{name}
	switch {
	case args == "":
	case strings.Contains(args, "="):
		return []Reading{plain, {name, fold(args)}}
	default:
		plain = append(plain, fold(unquote(args)))
	}
	if qualified {
		return []Reading{plain, plain[1:]}
	}
	return []Reading{plain}
}

// ReadingsOf returns the readings of decoded segments, for words that are compared with a request's.
func ReadingsOf(segments ...string) []Reading { return readings(segments) }

// cutParentheses splits `users('id')` into users and 'id'. Parentheses at the start or in the middle belong to
// the name (a file may be called "plan (2).docx").
func cutParentheses(segment string) (name, args string, has bool) {
	open := strings.IndexByte(segment, '(')
	if open <= 0 || !strings.HasSuffix(segment, ")") || strings.ContainsAny(segment[:open], " :") {
		return segment, "", false
	}
	return segment[:open], strings.TrimSpace(segment[open+1 : len(segment)-1]), true
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}

// foldName folds a name and takes the namespace off a qualified one: microsoft.graph.sendMail is sendMail, and
// so is graph.sendMail (Graph's namespace has that alias).
func foldName(s string) (name string, qualified bool) {
	s = fold(s)
	for _, namespace := range []string{"microsoft.graph.", "graph."} {
		if rest, ok := strings.CutPrefix(s, namespace); ok && rest != "" {
			return rest, true
		}
	}
	return s, false
}

// fold maps all spellings of one text that differ in case alone to one. It goes beyond lower case because a
// service may compare by simple folding, where U+212A (Kelvin) equals k.
func fold(s string) string {
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

// Fold returns the form in which a policy's words are compared with a [Reading]'s.
func Fold(s string) string { return fold(s) }
