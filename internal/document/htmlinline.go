package document

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
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
