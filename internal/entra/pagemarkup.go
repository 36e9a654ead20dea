package entra

import (
	_ "embed"
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The page is made of functions, not of html/template: that calls methods by their names, so that the linker would have
// to keep every method of every type of the program. Text and attributes are escaped; what is not are the constants here
// and pageStyle, which are ours.

//go:embed page.css
var pageStyle string

const (
	tick        = `<svg viewBox="0 0 24 24"><path d="M5 12.5l4.6 4.6L19 7.6"/></svg>`
	exclamation = `<svg viewBox="0 0 24 24"><path d="M12 6.5v6.5M12 17.4v.1"/></svg>`

	// forget takes the code out of the address bar.
	forget = `history.replaceState(null, "", "/")`
)

func (p page) markup() g.Node {
	nonce := g.Attr("nonce", p.Nonce)
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.TitleEl(g.Text(p.Title+" · microsoft-mcp-server")),
			h.StyleEl(nonce, g.Raw(pageStyle)),
		),
		h.Body(
			h.Main(p.content()...),
			h.Script(nonce, g.Raw(forget)),
		),
	))
}

func (p page) content() []g.Node {
	mark := g.Raw(exclamation)
	if p.Good {
		mark = g.Raw(tick)
	}
	content := []g.Node{
		g.If(p.Good, h.Class("good")),
		h.Div(h.Class("mark"), g.Attr("aria-hidden", "true"), mark),
		h.H1(g.Text(p.Title)),
		h.P(g.Text(p.Lead)),
	}
	if len(p.Facts) > 0 {
		content = append(content, h.Dl(g.Map(p.Facts, func(f fact) g.Node {
			return g.Group{h.Dt(g.Text(f.Name)), h.Dd(g.Text(f.Value))}
		})))
	}
	if len(p.Next) > 0 {
		content = append(content, h.P(h.Class("next"), h.Strong(g.Text("What now?")), g.Text(" "), g.Map(p.Next, span.markup)))
	}
	if p.Code != "" {
		content = append(content, h.P(h.Class("code"), g.Text(p.Code)))
	}
	return append(content, h.Footer(g.Text("microsoft-mcp-server, on this computer")))
}

func (s span) markup() g.Node {
	if !isWebAddress(s.URL) {
		return g.Text(s.Text)
	}
	return h.A(h.Href(s.URL), h.Target("_blank"), h.Rel("noreferrer noopener"), g.Text(s.Text))
}

// isWebAddress tells whether s is an https URL that is what it looks like: neither characters that browsers drop or that
// turn the direction of writing, nor a user before the host.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("\"'<>\\^`{|}", r)
	})
}
