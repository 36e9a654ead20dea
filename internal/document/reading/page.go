package reading

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Page is a part of a text.
type Page struct {
	Text   string
	Number int // from 1
	Of     int // how many there are, at this number of characters a page
	// Continues is what the page's text stands under, where the page begins inside of a section or a table: the last
	// heading before it, and the table's head. It is not part of the text, and "" on the first page.
	Continues string
}

// maxContinues is how many bytes of heading and table head are repeated.
const maxContinues = 2000

// Page returns the n-th part, from 1, of at most maxChars characters (runes). Parts end between sections, paragraphs,
// rows or lines where that is possible, and never inside a character; all parts together are the whole text. An
// empty text has one empty page.
func (t *Text) Page(n, maxChars int) (Page, error) {
	if maxChars < 1 {
		return Page{}, &Error{Kind: NoSuchPage, Format: t.Format, Detail: fmt.Sprintf("a page of %d characters is none", maxChars)}
	}
	page, start, count := Page{Number: n}, 0, 0
	for count == 0 || start < len(t.Body) {
		end := start + pageEnd(t.Body[start:], maxChars)
		count++
		if count == n {
			page.Text, page.Continues = t.Body[start:end], t.continues(start, end)
		}
		start = end
	}
	if n < 1 || n > count {
		parts := "1 part"
		if count > 1 {
			parts = fmt.Sprint(count, " parts")
		}
		return Page{}, &Error{Kind: NoSuchPage, Format: t.Format, parts: count, Detail: fmt.Sprintf(
			"its text has %s of up to %s characters, and page %d was asked for (pages are these parts, not the document's own)", parts, grouped(maxChars), n)}
	}
	page.Of = count
	return page, nil
}

// pageEnd returns where the page at the beginning of s ends, in bytes.
func pageEnd(s string, maxChars int) int {
	end := len(s)
	if len(s) > maxChars { // a character has at least a byte
		end = 0
		for range maxChars {
			if end == len(s) {
				break
			}
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
		}
	}
	if end == len(s) {
		return end
	}
	full := s[:end]
	// A better end may cost this share of the page: a section half, a paragraph a third, a line as much as it takes.
	if at := strings.LastIndex(full, "\n\n## "); at > len(full)/2 {
		return at + 2
	}
	if at := strings.LastIndex(full, "\n\n"); at > len(full)*2/3 {
		return at + 2
	}
	if at := strings.LastIndexByte(full, '\n'); at >= 0 {
		return at + 1
	}
	if at := strings.LastIndexByte(full, ' '); at > len(full)/2 {
		return at + 1
	}
	return end
}

// grouped writes a number as people do: 50,000.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// continues returns the heading that a page stands under and the head of the table it begins in.
func (t *Text) continues(start, end int) string {
	before, page := t.Body[:start], t.Body[start:end]
	if t.Verbatim {
		return ""
	}
	var parts []string
	if !strings.HasPrefix(page, "#") {
		if heading := lastHeading(before); heading != "" {
			parts = append(parts, heading)
		}
	}
	if strings.HasPrefix(page, "|") && strings.HasSuffix(before, "\n") && !strings.HasSuffix(before, "\n\n") {
		if head := tableHead(before); head != "" {
			parts = append(parts, head)
		}
	}
	return strings.Join(parts, "\n\n")
}

// lastHeading returns the last heading in s, which stands apart from what is before it, and not in a block of code.
func lastHeading(s string) string {
	last, above, code := "", "", false
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if !code && isHeading(line) && (above == "" || isHeading(above)) {
			last = line
		}
		above = line
	}
	if len(last) > maxContinues {
		last = shorten(last, maxContinues)
	}
	return last
}

func isHeading(line string) bool {
	mark, _, ok := strings.Cut(line, " ")
	return ok && mark != "" && strings.Trim(mark, "#") == ""
}

// tableHead returns the two first lines of the table that s ends in. Of a long head it returns the first columns.
func tableHead(s string) string {
	table := s[strings.LastIndex(s, "\n\n")+1:]
	table = strings.TrimLeft(table, "\n")
	first, rest, _ := strings.Cut(table, "\n")
	second, _, _ := strings.Cut(rest, "\n")
	if !strings.HasPrefix(first, "|") || !strings.HasPrefix(second, "|-") {
		return ""
	}
	if len(first)+len(second) <= maxContinues {
		return first + "\n" + second
	}
	return longHead(first)
}

// longHead shortens the cells of a head, and then their number, to what is repeated.
func longHead(first string) string {
	const longest, dots = 60, "…|"
	head, rule, from := "|", "|", 1
	for at := 1; at < len(first); at++ {
		if first[at] != '|' || first[at-1] == '\\' {
			continue
		}
		name := shorten(first[from:at], longest)
		if from = at + 1; len(head)+len(name)+len(rule)+len(dots)+8 > maxContinues {
			return head + dots + "\n" + rule + "-|"
		}
		head, rule = head+name+"|", rule+"-|"
	}
	return head + "\n" + rule
}

// shorten cuts s to at most so many bytes, between characters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimSuffix(s[:end], `\`) + "…"
}
