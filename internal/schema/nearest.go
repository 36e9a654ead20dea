package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// UnknownSegmentError means that a path has a segment that its model does not know at that place.
type UnknownSegmentError struct {
	Segment    string   // as it was written
	Parent     string   // the type that it was looked for in, qualified; "": the root, or something without a type
	Collection bool     // the parent is a collection of that type
	After      string   // the path before it: /me/messages; "" for the root
	Nearest    []string // names that are known there and resemble it, best first
}

// Error says what is not known, and where.
func (e *UnknownSegmentError) Error() string {
	segment := shorten(e.Segment)
	switch {
	case e.After == "":
		return fmt.Sprintf("no path begins with %q", segment)
	case e.Parent == "":
		return fmt.Sprintf("nothing comes behind %s, so there is no %q", shorten(e.After), segment)
	case e.Collection:
		return fmt.Sprintf("%s is a collection of %s, which has no %q", shorten(e.After), e.Parent, segment)
	}
	return fmt.Sprintf("%s is a %s, which has no %q", shorten(e.After), e.Parent, segment)
}

// Hint returns what to do next.
func (e *UnknownSegmentError) Hint() string {
	switch {
	case len(e.Nearest) > 0:
		return "what comes nearest there: " + strings.Join(e.Nearest, ", ")
	case e.After == "":
		return "begin with one of the roots, such as me, users, groups, sites or drives"
	case e.Parent == "" || strings.HasPrefix(e.Parent, "Edm."):
		return "end the path there"
	}
	return "look up what " + e.Parent + " has"
}

// unknown says that a segment does not exist where the walk stands.
func (w *walk) unknown(s segment, after string) error {
	e := &UnknownSegmentError{Segment: s.raw, Collection: w.many, After: after}
	if after != "" {
		e.After = "/" + after
	}
	if !w.atRoot && w.service == "" {
		e.Parent = w.m.refName(w.ref)
	}
	e.Nearest = Nearest(s.name[strings.LastIndexByte(s.name, '.')+1:], w.names(), 5)
	return e
}

// names returns what may come where the walk stands.
func (w *walk) names() []string {
	var all []string
	if w.service != "" {
		return nil
	}
	if w.atRoot {
		for r := range w.m.roots() {
			all = append(all, w.m.text(r.name))
		}
		return all
	}
	i := refType(w.ref)
	if !w.many {
		for t := range w.m.chain(i) {
			for p := range w.m.members(t) {
				all = append(all, w.m.text(p.name))
			}
		}
		if w.m.inherits(i, flagStream) {
			all = append(all, serviceContent)
		}
	}
	for number := range w.m.bound(i, w.many) {
		all = append(all, w.m.callName(number))
	}
	return all
}

// callName returns how an operation is called in a path: with its namespace where it is not Graph's own.
func (m *Model) callName(number int) string {
	h, _ := m.operAt(number)
	if name := m.text(h.name); h.space >= len(m.spaces) || m.spaces[h.space].name == graphSpace {
		return name
	}
	return m.qualified(h.space, h.name)
}

// mostCompared is how many names are compared with one: several times as many as Graph has types.
const mostCompared = 1 << 14

// Nearest returns those of names that resemble a word, best first, at most so many, each once.
func Nearest(word string, names []string, most int) []string {
	const longest = 64
	if len(word) > longest || word == "" {
		return nil
	}
	type near struct {
		name  string
		apart int
	}
	var all []near
	plain := strings.ToLower(word)
	for _, name := range names[:min(len(names), mostCompared)] {
		short := name[strings.LastIndexByte(name, '.')+1:]
		if len(short) > longest {
			continue
		}
		if apart, ok := resemblance(plain, strings.ToLower(short)); ok {
			all = append(all, near{name, apart})
		}
	}
	slices.SortFunc(all, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.apart, b.apart), cmp.Compare(len(a.name), len(b.name)), strings.Compare(a.name, b.name))
	})
	var found []string
	for _, n := range all {
		if len(found) < most && !slices.Contains(found, n.name) {
			found = append(found, n.name)
		}
	}
	return found
}

// resemblance says how far two words in lower case are apart, in tenths of an edit, and whether that is near at all: a
// third of their letters differ at most, or one is a good part of the other, or both begin with much the same.
func resemblance(a, b string) (int, bool) {
	apart, near := 0, false
	nearer := func(by int) {
		if !near || by < apart {
			apart, near = by, true
		}
	}
	length := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	if edits := distance([]rune(a), []rune(b)); edits <= max(1, length/3) {
		nearer(10 * edits)
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) >= 4 && strings.Contains(long, short) {
		nearer(25 + len(long) - len(short))
	}
	if same := sharedStart(a, b); same >= 5 && 2*same >= len(long) {
		nearer(35 + len(long) - same)
	}
	return apart, near
}

func sharedStart(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
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
