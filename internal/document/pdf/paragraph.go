package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pdfProse makes paragraphs of lines. It remembers the words it has met, which tell a hyphen of the line's end from
// one of the word.
type pdfProse struct {
	words map[string]struct{}
}

const pdfMaxWords = 1 << 16

// page writes the columns of a page.
func (w *pdfProse) page(columns [][]pdfRow) string {
	body := bodySize(columns)
	w.learn(columns)
	var out strings.Builder
	for n, rows := range columns {
		pitch := linePitch(rows)
		for i := 0; i < len(rows); {
			first := rows[i]
			text := listItem(first.text)
			for i++; i < len(rows) && pdfFollows(rows[i-1], rows[i], pitch); i++ {
				text = w.join(text, rows[i].text)
			}
			if i == len(rows) && n+1 < len(columns) && goesOn(rows[i-1], columns[n+1][0]) {
				columns[n+1][0].text = w.join(text, columns[n+1][0].text)
				continue
			}
			if text == "" {
				continue
			}
			if mark := headingMark(first, body); mark != "" && utf8.RuneCountInString(text) <= 150 {
				text = mark + text
			}
			if out.Len() > 0 {
				out.WriteString(pdfBreak(out.String(), text))
			}
			if i < len(rows) && pdfApart(rows[i-1], rows[i], pitch) || i == len(rows) {
				text += "\n"
			}
			out.WriteString(text)
		}
	}
	return strings.TrimRight(out.String(), "\n")
}

// goesOn reports whether a paragraph that reaches the end of its column goes on at the head of the next.
func goesOn(last, first pdfRow) bool {
	next, _ := utf8.DecodeRuneInString(first.text)
	return unicode.IsLower(next) && math.Abs(last.size-first.size) < 0.05*last.size && !last.cells && !first.cells &&
		last.text != "" && !strings.ContainsAny(last.text[len(last.text)-1:], ".:!?")
}

func pdfBreak(before, text string) string {
	if strings.HasPrefix(text, "#") && !strings.HasSuffix(before, "\n") {
		return "\n\n"
	}
	return "\n"
}

// bodySize is the size that most letters of the page have.
func bodySize(columns [][]pdfRow) float64 {
	count := map[int]int{}
	best := 0
	for _, rows := range columns {
		for _, r := range rows {
			key := int(math.Round(r.size * 2))
			if count[key] += len(r.text); count[key] > count[best] || count[key] == count[best] && key < best {
				best = key
			}
		}
	}
	return float64(best) / 2
}

func headingMark(r pdfRow, body float64) string {
	letters := strings.IndexFunc(r.text, unicode.IsLetter) >= 0
	switch {
	case !letters || r.cells:
		return ""
	case r.size >= 1.45*body:
		return "### "
	case r.size >= 1.15*body:
		return "#### "
	}
	return ""
}

// linePitch is the usual distance between the lines of a column.
func linePitch(rows []pdfRow) float64 {
	var all []float64
	for i := 1; i < len(rows); i++ {
		if gap := rows[i-1].y - rows[i].y; gap > 0 && gap < 3*rows[i].size {
			all = append(all, gap)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// pdfApart reports whether a gap, or another kind of letters, sets a line apart from the one before it.
func pdfApart(before, r pdfRow, pitch float64) bool {
	gap := before.y - r.y
	switch {
	case r.within:
		return false
	case before.cells && r.cells:
		return gap > 3*before.size
	case before.cells || r.cells:
		return true
	}
	return gap > max(1.3*min(pitch, 1.6*before.size), 1.05*before.size) || gap < 0 ||
		math.Abs(r.size-before.size) > 0.08*before.size || r.bold != before.bold
}

// pdfFollows reports whether a line goes on with the paragraph of the line before it.
func pdfFollows(before, r pdfRow, pitch float64) bool {
	if pdfApart(before, r, pitch) || before.cells || r.cells || startsItem(r.text) {
		return false
	}
	if indent := r.x0 - before.x0; indent > 0.9*r.size && !startsItem(before.text) {
		return false
	}
	// The next word would have had room: the line was ended on purpose. Some breathe, since many break lines by
	// counting letters.
	return before.x1+r.firstWord > before.right-0.12*(before.right-before.left)
}

// startsItem reports whether a line begins with a bullet or a number of a list.
func startsItem(text string) bool {
	mark, rest, ok := strings.Cut(text, " ")
	if !ok || rest == "" {
		return pdfBullet(text)
	}
	if pdfBullet(mark) {
		return true
	}
	digits := strings.TrimRight(mark, ".)")
	if digits == mark || digits == "" || len(digits) > 3 {
		return false
	}
	return strings.Trim(digits, "0123456789") == "" || len(digits) == 1 && unicode.IsLetter(rune(digits[0]))
}

// listItem writes the bullets of print as Markdown's. What Markdown would take for a heading is left alone: a model
// is not misled by it.
func listItem(text string) string {
	mark, rest, ok := strings.Cut(text, " ")
	if ok && pdfBullet(mark) && mark != "–" {
		return "- " + rest
	}
	return text
}

// join puts a line behind the text before it, and mends the word that was broken between them.
func (w *pdfProse) join(text, line string) string {
	last, size := utf8.DecodeLastRuneInString(text)
	next, _ := utf8.DecodeRuneInString(line)
	if last == '\u00ad' || last == '‐' && unicode.IsLower(next) {
		return text[:len(text)-size] + line
	}
	if last >= 0x2e80 && next >= 0x2e80 {
		return text + line // East Asian text has no blanks
	}
	if last != '-' || !unicode.IsLower(next) {
		return text + " " + line
	}
	head := lastWord(text[:len(text)-1])
	tail := firstWord(line)
	if head == "" || tail == "" {
		return text + " " + line
	}
	if w.knows(head + tail) {
		return text[:len(text)-1] + line
	}
	// "well-" and "known" are words by themselves, "docu-" and "mentation" are not; "of-the-art" has hyphens of its own.
	if strings.HasPrefix(line[len(tail):], "-") || w.knows(head+"-"+tail) || w.knows(head) && w.knows(tail) || utf8.RuneCountInString(head) < 2 {
		return text + line
	}
	return text[:len(text)-1] + line
}

func (w *pdfProse) knows(word string) bool {
	_, known := w.words[strings.ToLower(word)]
	return known
}

// learn takes the words within the lines; those broken at an end are none.
func (w *pdfProse) learn(columns [][]pdfRow) {
	for _, rows := range columns {
		broken := false
		for _, r := range rows {
			w.learnLine(r.text, broken)
			broken = strings.HasSuffix(r.text, "-")
		}
	}
}

func (w *pdfProse) learnLine(line string, broken bool) {
	fields := strings.Fields(line)
	for i, field := range fields {
		if i == 0 && broken || i == len(fields)-1 && strings.HasSuffix(field, "-") || len(w.words) >= pdfMaxWords {
			continue
		}
		w.words[strings.ToLower(strings.TrimFunc(field, notLetter))] = struct{}{}
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

func lastWord(s string) string {
	at := strings.LastIndexFunc(s, func(r rune) bool { return notLetter(r) && r != '-' })
	_, size := utf8.DecodeRuneInString(s[max(at, 0):])
	if at < 0 {
		return s
	}
	return s[at+size:]
}

func firstWord(s string) string {
	if at := strings.IndexFunc(s, notLetter); at >= 0 {
		return s[:at]
	}
	return s
}
