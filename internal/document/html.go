package document

// HTML is read as a stream of tags by golang.org/x/net/html's tokenizer, and Markdown is written at once, without a
// tree: nesting bombs and the parser's rule for formatting elements (a few bytes of which grow into megabytes of
// nodes) cost nothing that way. github.com/JohannesKaufmann/html-to-markdown/v2 (MIT, well kept) was tried: it runs
// the cells of layout tables together, keeps data: URIs and tracking pixels, escapes what a model reads better plain,
// and gives up at 512 nested elements. Mail is most of the HTML that comes here, so that mail's habits decide: tables
// for layout, Word's paragraphs that are list items, hidden previews, links through a scanner.

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// htmlMaxToken bounds one tag or text; what is larger is no document.
const htmlMaxToken = 8 << 20

// readHTML writes an HTML file as Markdown.
func readHTML(ctx context.Context, f File, l *limits) (*Text, error) {
	label := charsetOf(f.ContentType)
	if label == "" {
		label = htmlCharset(f.Data)
	}
	source, _, _ := decodeText(f.Data, label)
	o := l.output()
	whole, err := writeMarkdown(ctx, source, o)
	if err != nil {
		return nil, err
	}
	t := o.text("html")
	if !whole && !t.Truncated {
		t.Truncated = true
		t.Notes = append(t.Notes, "Reading stopped at a tag of more than 8 MiB.")
	}
	return t, nil
}

// htmlCharset finds the charset that the document's head names.
func htmlCharset(data []byte) string {
	head := strings.ToLower(string(data[:min(len(data), 4096)]))
	for {
		at := strings.Index(head, "charset")
		if at < 0 {
			return ""
		}
		head = head[at+len("charset"):]
		rest := strings.TrimLeft(head, " \t\r\n")
		value, ok := strings.CutPrefix(rest, "=")
		if !ok {
			continue
		}
		value = strings.TrimLeft(value, " \t\r\n\"'")
		if end := strings.IndexAny(value, " \t\r\n\"'>;/"); end > 0 {
			return strings.TrimPrefix(value[:end], "utf-16") // whoever could read this far does not read UTF-16
		}
	}
}

// writeMarkdown writes HTML to o; whole is false where the source could not be read to its end.
func writeMarkdown(ctx context.Context, source string, o *output) (whole bool, err error) {
	w := &htmlWriter{max: o.max, out: []*htmlFrame{{}}}
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(htmlMaxToken)
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return false, &Error{Kind: Stopped, Err: err}
			}
		}
		kind := z.Next()
		if kind == html.ErrorToken || w.size > w.max {
			whole = kind != html.ErrorToken || !errors.Is(z.Err(), html.ErrBufferExceeded)
			break
		}
		w.token(z.Token())
	}
	for len(w.open) > 0 {
		w.pop()
	}
	w.flush()
	o.block(string(w.out[0].text))
	if w.size > w.max {
		o.full = true
	}
	return whole, nil
}

// token writes one tag or text.
func (w *htmlWriter) token(t html.Token) {
	switch t.Type {
	case html.TextToken:
		w.write(t.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		w.start(t)
	case html.EndTagToken:
		if t.Data == "br" || t.Data == "p" && w.find("p") < 0 { // as browsers do
			w.lineBreak()
			return
		}
		if at := w.find(t.Data); at >= 0 {
			for len(w.open) > at {
				w.pop()
			}
		}
	}
}

// htmlLink gives a link as a reader wants it: without the detour by the mail scanner, and "" for what leads nowhere.
func htmlLink(href string) string {
	href = strings.Join(strings.Fields(href), "%20")
	u, err := url.Parse(href)
	if err != nil || len(href) > 4096 {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if strings.HasSuffix(strings.ToLower(u.Hostname()), ".safelinks.protection.outlook.com") {
			if inner := u.Query().Get("url"); inner != "" && !strings.Contains(inner, ".safelinks.") {
				return htmlLink(inner)
			}
		}
		return href
	case "mailto", "tel", "sip", "msteams", "file", "ftp":
		return href
	case "":
		if strings.HasPrefix(href, "#") {
			return ""
		}
		return href
	}
	return ""
}

// hiddenTag reports whether an element and all in it is not shown.
func hiddenTag(t html.Token) bool {
	for _, a := range t.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			style := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
			for _, sign := range []string{"display:none", "visibility:hidden", "mso-hide:all", "font-size:0px", "font-size:0;", "max-height:0"} {
				if strings.Contains(style, sign) {
					return true
				}
			}
		}
	}
	switch t.Data {
	case "script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object", "select", "xml", "math", "audio", "video", "canvas":
		return true
	}
	return false
}

func htmlAttribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
