// Package html reads HTML, as files, as the text of messages and in pieces.
//
// It is read as a stream of tags by golang.org/x/net/html's tokenizer, and Markdown is written at once, without a
// tree: nesting bombs and the parser's rule for formatting elements (a few bytes of which grow into megabytes of
// nodes) cost nothing that way. github.com/JohannesKaufmann/html-to-markdown/v2 (MIT, well kept) was tried: it runs
// the cells of layout tables together, keeps data: URIs and tracking pixels, escapes what a model reads better plain,
// and gives up at 512 nested elements. Mail is most of the HTML that comes here, so that mail's habits decide: tables
// for layout, Word's paragraphs that are list items, hidden previews, links through a scanner.
package html

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/charset"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// htmlMaxToken bounds one tag or text; what is larger is no document.
const htmlMaxToken = 8 << 20

// Read writes an HTML file as Markdown.
func Read(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	label := f.Charset()
	if label == "" {
		label = Charset(f.Data)
	}
	source, _, _ := charset.Decode(f.Data, label)
	o := l.Output()
	read, err := Write(ctx, source, o)
	if err != nil {
		return nil, err
	}
	t := o.Text("html")
	if read.Veiled {
		t.Notes = append(t.Notes, VeiledNote)
	}
	if !read.whole && !t.Truncated {
		t.Truncated = true
		t.Notes = append(t.Notes, "Reading stopped at a tag of more than 8 MiB.")
	}
	return t, nil
}

// Plain returns the text of a piece of HTML, such as the body of a message: as Extract writes it, but for the
// emphasis, and at most 4 MiB of it.
func Plain(source string) string {
	o := reading.DefaultLimits().Output()
	w := &htmlWriter{max: o.Max, out: []*htmlFrame{{}}, plain: true}
	if _, err := w.read(context.Background(), source, o); err != nil {
		return "" // which only the end of a context is
	}
	return o.String()
}

// Charset finds the charset that the document's head names.
func Charset(data []byte) string {
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

// Outcome says what became of a source.
type Outcome struct {
	whole  bool // it was read to its end
	Veiled bool // it has text that a browser does not show
}

// VeiledNote says that text was left out which a browser does not show.
const VeiledNote = "Hidden text was left out."

// Write writes HTML to o as Markdown, as long as ctx lasts, and says what became of it.
func Write(ctx context.Context, source string, o *reading.Output) (Outcome, error) {
	w := &htmlWriter{max: o.Max, out: []*htmlFrame{{}}}
	return w.read(ctx, source, o)
}

func (w *htmlWriter) read(ctx context.Context, source string, o *reading.Output) (Outcome, error) {
	whole := false
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(htmlMaxToken)
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return Outcome{}, &reading.Error{Kind: reading.Stopped, Err: err}
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
	o.Block(string(w.out[0].text))
	if w.size > w.max {
		o.Full = true
	}
	return Outcome{whole: whole, Veiled: w.veiled}, nil
}

// token writes one tag or text.
func (w *htmlWriter) token(t html.Token) {
	switch t.Type {
	case html.TextToken:
		if n := len(w.open); n > 0 && w.open[n-1].name == "head" && strings.TrimSpace(t.Data) != "" {
			w.pop()
		}
		w.write(t.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		w.start(t)
	case html.EndTagToken:
		if w.lost > 0 {
			w.lost--
			return
		}
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
	switch t.Data {
	case "script", "style", "head", "title", "template", "svg", "iframe", "object", "select", "xml", "math", "audio", "video", "canvas":
		return true
	}
	return veils(t)
}

// veils reports whether an element asks not to be shown.
func veils(t html.Token) bool {
	for _, a := range t.Attr {
		if a.Key == "hidden" {
			return true
		}
		if a.Key == "style" && hidingStyle(strings.ToLower(strings.Join(strings.Fields(a.Val), ""))) {
			return true
		}
	}
	return false
}

func hidingStyle(style string) bool {
	for _, sign := range []string{"display:none", "visibility:hidden", "mso-hide:all", "max-height:0"} {
		if strings.Contains(style, sign) {
			return true
		}
	}
	return false
}

// letterless reports whether an element's letters have no size. Senders hide text in such, but also clear the gaps of
// their layout with it, and give the parts within a size again.
func letterless(t html.Token, outer bool) bool {
	if t.Data == "font" && htmlAttribute(t, "size") != "" {
		outer = false
	}
	for declaration := range strings.SplitSeq(strings.ToLower(htmlAttribute(t, "style")), ";") {
		name, value, _ := strings.Cut(declaration, ":")
		if strings.TrimSpace(name) != "font-size" {
			continue
		}
		value, _, _ = strings.Cut(strings.TrimSpace(value), "!")
		unit := strings.TrimLeft(value, "+-.0123456789")
		number, err := strconv.ParseFloat(strings.TrimSuffix(value, unit), 64)
		switch unit = strings.TrimSpace(unit); {
		case err == nil && number == 0:
			outer = true
		case unit != "em" && unit != "%" && unit != "inherit": // which are of the outer size
			outer = false
		}
	}
	return outer
}

func htmlAttribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
