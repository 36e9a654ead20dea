package catalog

import (
	"slices"
	"strings"
)

// This file reads what a request asks to do: which of its words is the verb, whether it is one at all, and what only tells
// what was done, or what is to be written in a message.

// asks is the meaning of the words that questions begin with. What is sent or deleted in a question was, and is only to be
// read.
const (
	asks    = "=ask"
	audited = "=audit"
	told    = 0.8 // what a verb counts in a question
	said    = 0.3 // what a word counts in what is to be said to somebody
	then    = 0.7 // what a word counts in what is to be done after something else
	whom    = 2.0 // what it counts that one asks who did something
)

// readMethods notes what a request asks to do: what its first verb says, of those that stand where one asks, if there are
// such. Others do not count against what they fit.
func (r *request) readMethods(l *lexicon, words []word, in tongues) {
	if l.question(words) {
		r.methods, r.verbs, r.asked = []string{"GET"}, nil, true
		for i, t := range r.tokens {
			if t.verb != "" && t.verb != "=read" {
				r.worth[i] *= told
			}
		}
		return
	}
	first, wasDone := -1, false
	for i, t := range r.tokens {
		wasDone = wasDone || t.past
		if t.verb == "" || t.verb == asks || t.weight > 0 && t.weight < sayLittle {
			continue
		}
		if first < 0 || t.asked && !r.tokens[first].asked {
			first = i
		}
	}
	if first < 0 && wasDone { // what was done is to be seen
		r.methods = []string{"GET"}
	}
	for i, t := range r.tokens {
		switch {
		case t.verb == "" || t.verb == asks:
		case i == first:
			r.methods, r.asked = l.methods[t.verb], t.asked
			r.firm = t.at == 0 || i == len(r.tokens)-1 && in&german.alone() != 0
		case first >= 0:
			r.others = append(r.others, l.methods[t.verb]...)
		}
	}
}

// readOrder makes less of what is to be done after something else, create a team and add five people, and more of who did
// something: that stands in the audit log, whatever it was done to.
func (r *request) readOrder(words []word) {
	const and = " and then und dann et puis "
	later := len(words)
	begun := false
	for _, t := range r.tokens {
		switch {
		case t.verb == "" || !t.asked:
		case begun && t.at > 0 && isAmong(and, words[t.at-1].text):
			later = min(later, t.at)
		default:
			begun = true
		}
	}
	for i, t := range r.tokens {
		if t.at >= later {
			r.worth[i] *= then
		}
		if t.at == 0 && t.text == audited {
			r.worth[i] *= whom
		}
	}
}

// question says whether a text begins as a question for what there is: not how something is done.
func (l *lexicon) question(words []word) bool {
	if len(words) == 0 {
		return false
	}
	if first := words[0].text; (first == "how" || first == "wie") && len(words) > 1 {
		return slices.Contains([]string{"many", "much", "long", "often", "big", "full", "large", "viel", "viele", "lange", "oft", "voll", "gross"}, words[1].text)
	}
	return slices.ContainsFunc(l.meanings[words[0].text], func(m meaning) bool { return m.term == asks })
}

// leadIns are the words that a verb which asks for something comes after.
const leadIns = " to please and then or lets let us just now dont not never also must should could can will shall gotta wanna you we i kindly quickly help hey hi hello " +
	" zu und bitte dann mal oder " +
	" pour de d faut veux voudrais peux pouvez souhaite dois et puis svp stp ou merci vouloir pouvoir "

// asksAt tells whether the words from first to last stand where one asks for something.
func asksAt(words []word, first, last int, in tongues) bool {
	switch {
	case first == 0:
		return true
	case last == len(words)-1 && in&german.alone() != 0:
		return last > first || strings.HasSuffix(words[last].text, "n")
	}
	return isAmong(leadIns, words[first-1].text)
}

// isAmong tells whether a list, whose words stand between spaces, has a word.
func isAmong(list, word string) bool {
	for len(word) > 0 {
		at := strings.Index(list, word)
		if at < 0 {
			return false
		}
		end := at + len(word)
		if at > 0 && end < len(list) && list[at-1] == ' ' && list[end] == ' ' {
			return true
		}
		list = list[end:]
	}
	return false
}

// isPast tells whether a word says what was done.
func isPast(text string) bool {
	switch {
	case strings.HasPrefix(text, "=") || len(text) < 4:
		return false
	case slices.Contains([]string{"sent", "given", "written", "taken", "made", "kept", "held", "bought", "seen", "known"}, text):
		return true
	case slices.Contains([]string{"need", "feed", "embed", "speed", "proceed"}, text):
		return false
	case strings.HasSuffix(text, "ed") && len(text) > 4, strings.HasSuffix(text, "ees") && len(text) > 6:
		return true
	}
	for _, prefix := range []string{"ab", "an", "auf", "aus", "bei", "ein", "frei", "hinzu", "hoch", "herunter", "mit", "nach", "um", "vor", "weiter", "zu", "zuruck"} {
		if after, ok := strings.CutPrefix(text, prefix+"ge"); ok && len(after) >= 4 {
			return slices.ContainsFunc([]string{"t", "te", "ten", "ter", "tes", "en", "ene", "enen", "ener", "enes"}, func(end string) bool { return strings.HasSuffix(after, end) })
		}
	}
	return strings.HasPrefix(text, "ge") && len(text) > 5 && slices.ContainsFunc([]string{"t", "te", "ten", "ter", "tes"}, func(end string) bool { return strings.HasSuffix(text, end) })
}

// isParticiple tells whether a word as it is written is a French participle by its accent.
func isParticiple(written string) bool {
	return slices.ContainsFunc([]string{"é", "és", "ée", "ées"}, func(end string) bool { return strings.HasSuffix(written, end) })
}

// isNoun tells whether a word that has a verb's meaning is a noun by its ending.
func isNoun(text string) bool {
	for _, ending := range []string{"ment", "ments", "tion", "tions", "sion", "sions", "ung", "ungen", "ance", "ances"} {
		if strings.HasSuffix(text, ending) && len(text) > len(ending)+3 && text != "mention" {
			return true
		}
	}
	return false
}

// hush makes little of what is to be said in a message: that the meeting is off is no matter of meetings. It begins with a
// word such as that, behind a verb of saying.
func (l *lexicon) hush(read []token, words []word) {
	const that = " that saying says say whether if dass sagen sage ob que qu disant "
	from := -1
	for _, t := range read {
		if slices.Contains([]string{"=send", "=reply", "=post", "=notify"}, t.verb) && (from < 0 || t.at < from) {
			from = t.at
		}
	}
	if from < 0 {
		return
	}
	for i := from + 1; i < len(words)-1; i++ {
		if !isAmong(that, words[i].text) && !words[i].colon {
			continue
		}
		for j := range read {
			if read[j].at > i {
				read[j].weight *= said
				read[j].verb = ""
			}
		}
		return
	}
}

// readOutOf notes what something is taken out of: what stands behind a word such as from that has something before it.
func (r *request) readOutOf(words []word) {
	const from = " from of out aus von vom der des du de d "
	start := slices.IndexFunc(r.tokens, func(t token) bool { return t.verb != "" })
	if start < 0 || !slices.Contains(r.methods, "DELETE") {
		return
	}
	begin := 1 // Anna aus der Gruppe entfernen
	if at := r.tokens[start].at; at == 0 || r.firm && at < len(words)-1 {
		begin = at + 2
	}
	for i := begin; i < len(words)-1; i++ {
		if !isAmong(from, words[i].text) {
			continue
		}
		for _, t := range r.tokens {
			if t.at > i && t.verb == "" {
				r.outOf = append(r.outOf, t)
			}
		}
		return
	}
}
