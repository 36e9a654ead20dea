package html

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// image writes what a picture says of itself; those that say nothing are ornaments.
func (w *htmlWriter) image(t html.Token) {
	alt := strings.Join(strings.Fields(htmlAttribute(t, "alt")), " ")
	if w.hidden > 0 || hiddenTag(t) || alt == "" || len(alt) > 500 {
		return
	}
	for _, side := range []string{"width", "height"} {
		if n, err := strconv.Atoi(strings.TrimSuffix(htmlAttribute(t, side), "px")); err == nil && n <= 2 {
			return // a pixel that tells the sender of the reader
		}
	}
	src := htmlLink(htmlAttribute(t, "src"))
	if strings.HasPrefix(src, "http") && len(src) <= 500 {
		w.write("![" + alt + "](" + src + ")")
		return
	}
	w.write("[image: " + alt + "]")
}

// teamsText is what a tag of Teams' messages shows: https://learn.microsoft.com/graph/api/resources/chatmessage
func teamsText(t html.Token) string {
	switch t.Data {
	case "at":
		return "@"
	case "attachment":
		return "[attachment " + htmlAttribute(t, "id") + "]"
	}
	return htmlAttribute(t, "alt")
}

// endLink writes the text since the link's begin as a link.
func (w *htmlWriter) endLink(e htmlElement) {
	f := w.frame()
	if e.href == "" || e.from < 0 || e.from >= len(f.line) {
		return
	}
	w.mark(f, "")
	text := string(f.line[e.from:])
	plain := strings.Trim(text, "*_~ ")
	if plain == "" || plain == e.href || "mailto:"+plain == e.href || "http://"+plain == e.href || "https://"+plain == strings.TrimSuffix(e.href, "/") {
		return
	}
	w.size += len(e.href) + 4
	f.line = append(f.line[:e.from], "["+strings.ReplaceAll(text, "\n", " ")+"]("+e.href+")"...)
}

// wordItem makes a list item of a paragraph that Word wrote as one: its bullet is text, its level is in the style.
func (w *htmlWriter) wordItem(style string) {
	f := w.frame()
	if style == "" || len(f.line) == 0 {
		return
	}
	w.mark(f, "")
	first, rest, _ := strings.Cut(strings.TrimLeft(string(f.line), "*~ "), " ")
	if strings.TrimRight(first, "0123456789.)") != "" && utf8.RuneCountInString(first) == 1 {
		first, f.line = "-", []byte(rest)
	} else if strings.TrimRight(first, "0123456789.)") == "" && first != "" {
		f.line = []byte(rest)
	} else {
		first = "-"
	}
	level := 1
	if _, after, ok := strings.Cut(style, "level"); ok && after != "" && after[0] >= '1' && after[0] <= '9' {
		level = int(after[0] - '0')
	}
	f.marker = strings.Repeat("  ", level-1) + first + " "
}

// wanted is the emphasis that a letter has here; headings and links have their own.
func (w *htmlWriter) wanted(f *htmlFrame) string {
	if w.plain || strings.HasPrefix(f.marker, "#") {
		return ""
	}
	marks := ""
	if w.bold > 0 {
		marks += "**"
	}
	if w.italic > 0 {
		marks += "_"
	}
	if w.struck > 0 {
		marks += "~~"
	}
	return marks
}

// mark ends the emphasis that is open in the line and begins another.
func (w *htmlWriter) mark(f *htmlFrame, want string) {
	if f.marks != "" {
		f.line = append(f.line, reversedMarks(f.marks)...)
	}
	f.marks = want
	f.line = append(f.line, want...)
	w.size += 4
}

func reversedMarks(marks string) string {
	out := ""
	for _, mark := range []string{"~~", "_", "**"} {
		if strings.Contains(marks, mark) {
			out += mark
		}
	}
	return out
}

// letterless reports whether letters have no size here.
func (w *htmlWriter) letterless() bool { return len(w.open) > 0 && w.open[len(w.open)-1].letterless }

// endRaised writes the text since the begin of a raised part so that it is not read as part of what stands before it.
// Marks that link to a note are left alone.
func (w *htmlWriter) endRaised(e htmlElement) {
	f := w.frame()
	if e.from < 0 || e.from >= len(f.line) {
		return
	}
	if strings.ContainsAny(string(f.line[e.from:e.from+1]), "*_~") {
		w.mark(f, "") // which was opened here
	}
	if text := string(f.line[e.from:]); !strings.HasPrefix(text, "[") {
		f.line = append(f.line[:e.from], reading.Superscript(text)...)
		w.size += 3
	}
}

// veils reports whether what stands here is hidden by the author, not by its kind, as a script is.
func (w *htmlWriter) veils() bool {
	for i := len(w.open) - 1; i >= 0; i-- {
		switch e := w.open[i]; {
		case e.veils || e.letterless:
			return true
		case e.hidden:
			return false
		}
	}
	return false
}

// endHead ends a head that was left open, where a tag comes that cannot stand in it.
func (w *htmlWriter) endHead(name string) {
	if n := len(w.open); n == 0 || w.open[n-1].name != "head" {
		return
	}
	switch name {
	case "meta", "link", "style", "script", "title", "base", "noscript", "template":
	default:
		w.pop()
	}
}
