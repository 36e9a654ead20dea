package tools

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plainText returns what a person reads of HTML: lines, lists, cells, and where links lead. It takes any bytes, as
// browsers do.
//
// It stands on the tokenizer of golang.org/x/net/html rather than on its tree: bodies of mails are many and long,
// and their text follows the order of the tags.
func plainText(markup string) string {
	w := &plainWriter{}
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: reading from memory fails in no other way
			return strings.TrimRight(w.out.String(), " \n")
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			w.start(atom.Lookup(name), string(name), attributes(z))
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

// attributes returns those that say something to a reader.
func attributes(z *html.Tokenizer) map[string]string {
	var all map[string]string
	for {
		key, value, more := z.TagAttr()
		switch name := string(key); name {
		case "href", "alt", "id":
			if all == nil {
				all = map[string]string{}
			}
			all[name] = string(value)
		}
		if !more {
			return all
		}
	}
}

type plainWriter struct {
	out    strings.Builder
	lines  int    // line breaks to write before the next text
	space  bool   // a space to write before the next text
	skip   int    // depth inside of what is not shown
	pre    int    // depth inside of what keeps its white space
	quotes int    // depth of quotation
	lists  []int  // numbers of the open lists; -1 for one without
	link   string // where the open link leads
	linkAt int    // where its text starts
	cells  int    // so far in the open row
}

// maxNesting bounds what is counted of quotations and lists inside of each other.
const maxNesting = 8

func (w *plainWriter) text(s string) {
	if w.skip > 0 {
		return
	}
	if w.pre > 0 {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.lines++
			}
			if line != "" {
				w.put(strings.TrimRight(line, "\r"))
			}
		}
		return
	}
	for word := range strings.FieldsFuncSeq(s, unicode.IsSpace) {
		first, _, _ := strings.Cut(s, word)
		if first != "" {
			w.space = true
		}
		s = s[len(first)+len(word):]
		if word = strings.Map(visible, word); word != "" {
			w.put(word)
		}
	}
	if s != "" {
		w.space = true
	}
}

// visible drops the marks of no width that senders fill a preview with.
func visible(r rune) rune {
	switch r {
	case '\u00ad', '\u034f', '\u200b', '\u2060', '\ufeff':
		return -1
	}
	return r
}

// put writes text, after the breaks that are due.
func (w *plainWriter) put(s string) {
	if w.out.Len() > 0 {
		for range min(w.lines, 2) {
			w.out.WriteByte('\n')
		}
	}
	switch {
	case w.lines > 0 || w.out.Len() == 0:
		for range min(w.quotes, maxNesting) {
			w.out.WriteString("> ")
		}
	case w.space:
		w.out.WriteByte(' ')
	}
	w.lines, w.space = 0, false
	w.out.WriteString(s)
}

func (w *plainWriter) start(tag atom.Atom, name string, attribute map[string]string) {
	switch tag {
	case atom.Head, atom.Style, atom.Script, atom.Template, atom.Noscript, atom.Title:
		w.skip++
	case atom.Body:
		w.skip = 0 // a head without an end
	case atom.Br:
		w.lines++
	case atom.Pre:
		w.pre++
		w.breakLine(1)
	case atom.Blockquote:
		w.breakLine(1)
		w.quotes++
	case atom.Ul, atom.Ol:
		w.breakLine(1)
		w.openList(tag == atom.Ol)
	case atom.Li:
		w.item()
	case atom.Tr:
		w.breakLine(1)
		w.cells = 0
	case atom.Td, atom.Th:
		if w.cells++; w.cells > 1 && w.lines == 0 && w.skip == 0 {
			w.put(" |")
			w.space = true
		}
	case atom.A:
		w.link, w.linkAt = attribute["href"], w.out.Len()
	case atom.Img:
		w.alternative(attribute["alt"])
	case atom.Hr:
		w.breakLine(1)
		w.text("---")
		w.breakLine(1)
	default:
		w.startTeams(name, attribute)
		w.breakLine(breaks(tag))
	}
}

// startTeams knows the tags of Teams' messages: https://learn.microsoft.com/graph/api/resources/chatmessage
func (w *plainWriter) startTeams(name string, attribute map[string]string) {
	switch name {
	case "at":
		w.text("@")
	case "emoji", "customemoji":
		w.text(attribute["alt"])
	case "attachment":
		w.text("[attachment " + attribute["id"] + "]")
	}
}

func (w *plainWriter) end(tag atom.Atom) {
	switch tag {
	case atom.Head, atom.Style, atom.Script, atom.Template, atom.Noscript, atom.Title:
		w.skip = max(0, w.skip-1)
	case atom.Pre:
		w.pre = max(0, w.pre-1)
		w.breakLine(1)
	case atom.Blockquote:
		w.quotes = max(0, w.quotes-1)
		w.breakLine(1)
	case atom.Ul, atom.Ol:
		if n := len(w.lists); n > 0 {
			w.lists = w.lists[:n-1]
		}
		w.breakLine(1)
	case atom.A:
		w.closeLink()
	default:
		w.breakLine(breaks(tag))
	}
}

// breaks returns how many line ends part an element from what stands around it.
func breaks(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return 2
	case atom.Div, atom.Table, atom.Tr, atom.Li, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dt, atom.Dd, atom.Figure, atom.Caption, atom.Address:
		return 1
	}
	return 0
}

func (w *plainWriter) breakLine(n int) { w.lines = max(w.lines, n) }

func (w *plainWriter) openList(numbered bool) {
	number := -1
	if numbered {
		number = 0
	}
	if len(w.lists) < maxNesting {
		w.lists = append(w.lists, number)
	}
}

func (w *plainWriter) item() {
	w.breakLine(1)
	if w.skip > 0 {
		return
	}
	mark, n := "-", len(w.lists)
	if n > 0 && w.lists[n-1] >= 0 {
		w.lists[n-1]++
		mark = strconv.Itoa(w.lists[n-1]) + "."
	}
	w.put(strings.Repeat("  ", max(0, n-1)) + mark)
	w.space = true
}

// alternative writes what stands for a picture.
func (w *plainWriter) alternative(text string) {
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		w.text("[" + text + "]")
	}
}

// closeLink writes where a link leads, unless its text says so.
func (w *plainWriter) closeLink() {
	link := w.link
	if w.link = ""; w.skip > 0 || !strings.Contains(link, ":") || strings.HasPrefix(link, "cid:") {
		return
	}
	shown := strings.TrimSpace(w.out.String()[w.linkAt:])
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(link, "mailto:"), "https://"), "http://"), "/")
	if shown == "" || strings.Contains(shown, bare) {
		return
	}
	w.out.WriteString(" (" + strings.Join(strings.Fields(link), "%20") + ")")
}
