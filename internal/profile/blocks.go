package profile

import (
	"regexp"
	"slices"
	"strings"
)

// A profile in the text: the block of lines that begins with its header, and
// those of its sub-tables. All functions here take a text without a byte order
// mark that the TOML library parses, and return a changed one. What they do is
// checked afterwards, so that none of them has to understand every spelling.
//
// Comments belong to what they touch: one directly above a header to the table,
// one directly below a table's last line to that table. One that touches both,
// or neither, belongs to nobody and stays.

// lineEnd returns how the text ends its lines.
func lineEnd(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// appended returns text with block at its end, after a blank line.
func appended(text, block string) string {
	end := lineEnd(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += end
	}
	if strings.TrimSpace(text) != "" && !endsBlank(text) {
		text += end
	}
	return text + block
}

// withDefault returns text with default_profile set to name, where it stands or
// at the top.
func withDefault(text, name string) string {
	value := quote(name)
	if it := defaultItem(text); it != nil {
		return text[:it.value] + value + text[it.value+len(strings.TrimRight(text[it.value:it.end], " \t\r")):]
	}
	end, at := lineEnd(text), top(text)
	head, rest := text[:at], text[at:]
	if head != "" && !strings.HasSuffix(head, "\n") {
		head += end
	}
	if head != "" && !endsBlank(head) {
		head += end
	}
	line := "default_profile = " + value + end
	if rest != "" && !isBlank(firstLine(rest)) {
		line += end
	}
	return head + line + rest
}

// top returns the place for a key above all tables: below the comment that
// opens the file, unless that belongs to what follows it.
func top(text string) int {
	at := skipLines(text, 0, isBlank)
	below := skipLines(text, at, isComment)
	if rest := text[below:]; below == at || rest != "" && !isBlank(firstLine(rest)) {
		return 0
	}
	return skipLines(text, below, isBlank)
}

// withoutDefault returns text without default_profile. A comment on its line
// stays.
func withoutDefault(text string) string {
	it := defaultItem(text)
	if it == nil {
		return text
	}
	start, end := lineStart(text, it.start), nextLine(text, it.end)
	if i := strings.IndexByte(text[it.end:end], '#'); i >= 0 {
		return text[:start] + text[it.end+i:]
	}
	return cut(text, start, end)
}

func defaultItem(text string) *item {
	for _, it := range scanAll(text).items {
		if !it.header && slices.Equal(it.parts, []string{"default_profile"}) {
			return &it
		}
	}
	return nil
}

// find returns the entry of that name.
func (d *document) find(parts ...string) *item {
	for i, it := range d.items {
		if !it.header && slices.Equal(it.parts, parts) {
			return &d.items[i]
		}
	}
	return nil
}

// outsideOfTables returns an entry that says something of a profile and stands
// in no table of the profile's own, or nil.
func (d *document) outsideOfTables(name string) *item {
	own := false
	for i, it := range d.items {
		if it.header {
			own = it.of(name)
		} else if !own && (it.of(name) || slices.Equal(it.parts, []string{"profiles"})) {
			return &d.items[i]
		}
	}
	return nil
}

// of reports whether an item is a part of the profile's table.
func (it item) of(name string) bool {
	return len(it.parts) > 1 && it.parts[0] == "profiles" && it.parts[1] == name
}

// withoutProfile returns text without the profile's tables.
func withoutProfile(text, name string) string {
	items := scanAll(text).items
	// From the end, so that what was found before the cut stays where it is.
	for last := len(items) - 1; last >= 0; last-- {
		if !items[last].of(name) {
			continue
		}
		first := last
		for first > 0 && items[first-1].of(name) {
			first--
		}
		text = withoutItems(text, items, first, last)
		last = first
	}
	return text
}

// withoutItems returns text without some of its items, and the comments that belong to them.
func withoutItems(text string, items []item, first, last int) string {
	from, to := 0, len(text)
	if first > 0 {
		from = nextLine(text, items[first-1].end)
	}
	if last+1 < len(items) {
		to = lineStart(text, items[last+1].start)
	}
	start := commentAbove(text, from, lineStart(text, items[first].start))
	return cut(text, start, commentBelow(text, nextLine(text, items[last].end), to))
}

// commentAbove returns where the comment begins that ends at start, unless it
// touches what stands above from.
func commentAbove(text string, from, start int) int {
	at := start
	for at > from && isComment(text[lineStart(text, at-1):at]) {
		at = lineStart(text, at-1)
	}
	if at == from && from > 0 {
		return start
	}
	return at
}

// commentBelow returns where the comment ends that begins at end, unless it
// touches what stands at to.
func commentBelow(text string, end, to int) int {
	at := min(skipLines(text, end, isComment), to)
	if at == to && to < len(text) {
		return end
	}
	return at
}

// cut removes whole lines, and the blank lines that would be too many then.
func cut(text string, start, end int) string {
	head, tail := text[:start], text[end:]
	if head == "" || endsBlank(head) {
		tail = tail[skipLines(tail, 0, isBlank):]
	}
	for tail == "" && endsBlank(head) {
		head = head[:lineStart(head, len(head)-1)]
	}
	return head + tail
}

// withoutReferences returns text without name in the lists of profiles that
// [http] and [[http.api_keys]] have. A list with a comment in it stays as it is:
// whose comment it is, nobody can tell.
func withoutReferences(text, name string) string {
	items := scanAll(text).items
	for i := len(items) - 1; i >= 0; i-- {
		it := items[i]
		list := slices.Equal(it.parts, []string{"http", "profiles"}) || slices.Equal(it.parts, []string{"http", "api_keys", "profiles"})
		if value := text[it.value:it.end]; list && !it.header && !strings.Contains(value, "#") {
			text = text[:it.value] + withoutElement(value, name) + text[it.end:]
		}
	}
	return text
}

// withoutElement returns an array of names without one of them.
func withoutElement(array, name string) string {
	element := `(?:"` + regexp.QuoteMeta(name) + `"|'` + regexp.QuoteMeta(name) + `')`
	for _, form := range []struct{ pattern, left string }{
		{`\r?\n[ \t]*` + element + `[ \t]*,[ \t]*(\r?\n)`, "$1"}, // on a line of its own
		{element + `\s*,[ \t]*`, ""},
		{`\s*,\s*` + element, ""}, // the last
	} {
		// One match may have eaten the line end that the next begins with.
		for spelt := regexp.MustCompile(form.pattern); spelt.MatchString(array); {
			array = spelt.ReplaceAllString(array, form.left)
		}
	}
	return array
}

// lineStart returns where the line of at begins.
func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// nextLine returns where the line after that of at begins.
func nextLine(text string, at int) int {
	return min(at+lengthUntil(text[at:], "\n")+1, len(text))
}

// skipLines returns where the lines from at on end that are as wanted.
func skipLines(text string, at int, wanted func(string) bool) int {
	for at < len(text) && wanted(firstLine(text[at:])) {
		at = nextLine(text, at)
	}
	return at
}

func firstLine(text string) string { return text[:lengthUntil(text, "\n")] }

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

func isComment(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") }

// endsBlank reports whether text ends with a blank line.
func endsBlank(text string) bool {
	if !strings.HasSuffix(text, "\n") {
		return false
	}
	return isBlank(text[lineStart(text, len(text)-1):])
}
