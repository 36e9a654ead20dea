package html

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// htmlWriter writes Markdown while tags come in.
type htmlWriter struct {
	max    int
	size   int          // bytes written, all told
	out    []*htmlFrame // the document, and in it the cells that are open
	open   []htmlElement
	plain  bool // without emphasis
	veiled bool // text was met that a browser does not show
	hidden int  // open elements that are not shown
	lost   int  // open elements in them that are too deep to be kept
	pre    int
	bold   int
	italic int
	struck int
}

// htmlFrame is a text that is being written: the document's, or a cell's.
type htmlFrame struct {
	text   []byte // finished blocks
	line   []byte // the block that is being written
	marks  string // the emphasis that is open in line
	space  bool   // a blank is due before the next letter
	marker string // stands before the next block: a list item's bullet, a heading's signs
	tight  bool   // the last block was a list item's
	quoted bool   // the last block stood in a quotation
}

// htmlElement is an open element, and what its end has to undo.
type htmlElement struct {
	name       string
	hidden     bool
	veils      bool // it is hidden by its author
	letterless bool // its letters have no size
	href       string
	from       int // where the text of a link or of a raised part begins in the line
	number     int // of the next item, from 1; 0: a list of bullets; of a cell: columns
	rows       int // that a cell spans
	table      *htmlTable
	word       string // Word's mark of a list item
}

const (
	htmlMaxOpen  = 200
	htmlMaxCells = 64 // cells within each other
)

func (w *htmlWriter) frame() *htmlFrame { return w.out[len(w.out)-1] }

// find gives the nearest open element of a name, but looks beyond a cell for the parts of its table alone.
func (w *htmlWriter) find(names ...string) int {
	for i := len(w.open) - 1; i >= 0; i-- {
		for _, name := range names {
			if w.open[i].name == name {
				return i
			}
		}
		if cell := w.open[i].name == "td" || w.open[i].name == "th"; cell && !tablePart(names[0]) {
			return -1
		}
		if w.open[i].name == "table" {
			return -1
		}
	}
	return -1
}

func tablePart(name string) bool {
	switch name {
	case "table", "tr", "td", "th", "thead", "tbody", "tfoot", "caption":
		return true
	}
	return false
}

// closeTo ends the nearest open element of these names, and all in it.
func (w *htmlWriter) closeTo(names ...string) {
	if at := w.find(names...); at >= 0 {
		for len(w.open) > at {
			w.pop()
		}
	}
}

func (w *htmlWriter) start(t html.Token) {
	w.endHead(t.Data)
	switch t.Data {
	case "br":
		w.lineBreak()
		return
	case "hr":
		w.flush()
		w.block("---")
		return
	case "img":
		w.image(t)
		return
	case "input", "meta", "link", "base", "wbr", "col", "area", "embed", "param", "source", "track":
		return
	}
	if t.Type == html.SelfClosingTagToken && strings.Contains(t.Data, ":") {
		return // <o:p/>
	}
	w.imply(t.Data)
	e := htmlElement{name: t.Data, hidden: hiddenTag(t), veils: veils(t), letterless: letterless(t, w.letterless())}
	if len(w.open) >= htmlMaxOpen {
		if w.hidden > 0 {
			w.lost++
			return
		}
		if e.hidden = e.hidden || e.letterless; !e.hidden {
			return
		}
	}
	if e.hidden {
		w.hidden++
	}
	if w.hidden == 0 {
		w.begin(t, &e)
	}
	w.open = append(w.open, e)
}

// imply ends what the standard lets authors leave open.
func (w *htmlWriter) imply(name string) {
	switch name {
	case "li":
		if at := w.find("li", "ul", "ol"); at >= 0 && w.open[at].name == "li" {
			w.closeTo("li")
		}
	case "dt", "dd":
		w.closeTo("dt", "dd")
	case "tr":
		w.closeTo("tr")
	case "td", "th":
		w.closeTo("td", "th")
	case "body":
		w.closeTo("head")
	}
	if htmlBlock(name) {
		w.closeTo("p")
	}
}

func htmlBlock(name string) bool {
	switch name {
	case "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article",
		"header", "footer", "main", "nav", "aside", "form", "fieldset", "figure", "address", "center", "hr", "details":
		return true
	}
	return false
}

// begin does what a start tag asks for.
func (w *htmlWriter) begin(t html.Token, e *htmlElement) {
	switch t.Data {
	case "b", "strong":
		w.bold++
	case "i", "em", "cite":
		w.italic++
	case "s", "del", "strike":
		w.struck++
	case "a":
		w.mark(w.frame(), "")
		e.href, e.from = htmlLink(htmlAttribute(t, "href")), -1
	case "sup":
		e.from = -1
	case "q":
		w.write("“")
	case "at", "emoji", "customemoji", "attachment":
		w.write(teamsText(t))
	case "code", "kbd", "samp":
		if w.pre == 0 {
			w.write("`")
		}
	case "table":
		w.flush()
		e.table = &htmlTable{layout: htmlAttribute(t, "role") == "presentation"}
	case "tr":
		if table := w.table(); table != nil {
			table.nextRow()
		}
	case "td", "th":
		if len(w.out) < htmlMaxCells {
			e.number, e.rows = spanOf(t, "colspan", 50), spanOf(t, "rowspan", 1000)
			w.out = append(w.out, &htmlFrame{})
		}
	default:
		w.beginBlock(t, e)
	}
}

func (w *htmlWriter) beginBlock(t html.Token, e *htmlElement) {
	switch t.Data {
	case "ul":
		w.flush()
	case "ol":
		w.flush()
		start, err := strconv.Atoi(htmlAttribute(t, "start"))
		if e.number = 1; err == nil && start > 0 {
			e.number = start
		}
	case "li":
		w.flush()
		w.frame().marker = w.itemMarker()
	case "pre":
		w.flush()
		w.pre++
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.flush()
		w.frame().marker = strings.Repeat("#", int(t.Data[1]-'0')) + " "
	case "dt", "dd", "caption", "summary", "figcaption", "legend", "option", "title":
		w.flush()
	default:
		if htmlBlock(t.Data) {
			w.flush()
			if style := htmlAttribute(t, "style"); t.Data == "p" && strings.Contains(style, "mso-list:") && !strings.Contains(style, "mso-list:none") {
				e.word = style
			}
		}
	}
}

// itemMarker counts an item of the nearest list.
func (w *htmlWriter) itemMarker() string {
	at := w.find("ul", "ol")
	if at < 0 || w.open[at].number == 0 {
		return "- "
	}
	w.open[at].number++
	return strconv.Itoa(w.open[at].number-1) + ". "
}

// pop ends the innermost element.
func (w *htmlWriter) pop() {
	e := w.open[len(w.open)-1]
	if w.hidden == 0 {
		w.end(e)
	}
	w.open = w.open[:len(w.open)-1]
	if e.hidden {
		w.hidden--
	}
}

func (w *htmlWriter) end(e htmlElement) {
	switch e.name {
	case "b", "strong":
		w.bold--
	case "i", "em", "cite":
		w.italic--
	case "s", "del", "strike":
		w.struck--
	case "a":
		w.endLink(e)
	case "sup":
		w.endRaised(e)
	case "q":
		w.write("”")
	case "code", "kbd", "samp":
		if w.pre == 0 {
			w.write("`")
		}
	case "pre":
		w.flush()
		w.pre--
	case "td", "th":
		if e.number > 0 {
			w.endCell(e)
		}
	case "table":
		w.flush()
		if e.table != nil {
			w.endTable(e.table)
		}
	case "li", "ul", "ol", "dt", "dd", "caption", "summary", "figcaption", "legend", "tr":
		w.flush()
		w.frame().marker = ""
	default:
		if htmlBlock(e.name) {
			w.wordItem(e.word)
			w.flush()
			if e.name[0] == 'h' {
				w.frame().marker = ""
			}
		}
	}
}

// write adds text to the line: white space collapses, and emphasis is written around letters only.
func (w *htmlWriter) write(text string) {
	if w.hidden > 0 || w.size > w.max || w.loose() || w.letterless() {
		w.veiled = w.veiled || w.veils() && strings.IndexFunc(text, unicode.IsLetter) >= 0
		return
	}
	f := w.frame()
	if w.pre > 0 {
		w.size += len(text)
		f.line = append(f.line, text...)
		return
	}
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		switch {
		case r == '\u200b' || r == '\u034f' || r == '\ufeff' || r == '\u00ad' || r == '\u200c' && !afterArabic(f):
		case unicode.IsSpace(r):
			f.space = len(f.line) > 0 && f.line[len(f.line)-1] != '\n'
		case unicode.IsControl(r):
		default:
			n = max(n, wordStart(text))
			w.letters(f, text[:n])
		}
		text = text[n:]
	}
}

// afterArabic reports whether a mark that parts joined letters stands where it has a sense; senders of bulk mail fill
// their hidden previews with it.
func afterArabic(f *htmlFrame) bool {
	r, _ := utf8.DecodeLastRune(f.line)
	return !f.space && r >= 0x590 && r != utf8.RuneError
}

// wordStart is how many plain letters text begins with. They are most of what comes, and written at once.
func wordStart(text string) int {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return i
		}
	}
	return len(text)
}

func (w *htmlWriter) letters(f *htmlFrame, letters string) {
	want := w.wanted(f)
	if want != f.marks {
		w.mark(f, "")
	}
	if f.space {
		f.line, f.space = append(f.line, ' '), false
		w.size++
	}
	for i := len(w.open) - 1; i >= 0 && i >= len(w.open)-8; i-- {
		if w.open[i].from == -1 {
			w.open[i].from = len(f.line)
		}
	}
	if want != f.marks {
		w.mark(f, want)
	}
	f.line = append(f.line, letters...)
	w.size += len(letters)
}

// loose reports whether text stands in a table but in no cell of it: the blanks between tags.
func (w *htmlWriter) loose() bool {
	if len(w.open) == 0 {
		return false
	}
	switch w.open[len(w.open)-1].name {
	case "table", "tr", "tbody", "thead", "tfoot", "colgroup":
		return true
	}
	return false
}

func (w *htmlWriter) lineBreak() {
	if w.hidden > 0 {
		return
	}
	f := w.frame()
	if len(f.line) == 0 {
		return
	}
	if w.pre == 0 {
		w.mark(f, "")
	}
	f.line, f.space = append(f.line, '\n'), false
	w.size++
}
