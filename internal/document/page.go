package document

import (
	"fmt"
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
			page.Text, page.Continues = t.Body[start:end], continues(t.Body[:start], t.Body[start:end])
		}
		start = end
	}
	if n < 1 || n > count {
		return Page{}, &Error{Kind: NoSuchPage, Format: t.Format, Detail: fmt.Sprintf("page %d was asked for; at %d characters a page there are %d", n, maxChars, count)}
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

// continues returns the heading that a page stands under and the head of the table it begins in.
func continues(before, page string) string {
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

// lastHeading looks back over no more lines that begin like one than a text will have between two headings.
func lastHeading(s string) string {
	for range 100 {
		at := strings.LastIndex(s, "\n#")
		if at < 0 && !strings.HasPrefix(s, "#") {
			return ""
		}
		heading, _, _ := strings.Cut(s[at+1:], "\n")
		mark, _, ok := strings.Cut(heading, " ")
		if ok && strings.Trim(mark, "#") == "" && len(heading) <= maxContinues {
			return heading
		}
		s = s[:max(at, 0)]
	}
	return ""
}

// tableHead returns the two first lines of the table that s ends in.
func tableHead(s string) string {
	table := s[strings.LastIndex(s, "\n\n")+1:]
	table = strings.TrimLeft(table, "\n")
	first, rest, _ := strings.Cut(table, "\n")
	second, _, _ := strings.Cut(rest, "\n")
	if !strings.HasPrefix(first, "|") || !strings.HasPrefix(second, "|-") || len(first)+len(second) > maxContinues {
		return ""
	}
	return first + "\n" + second
}
