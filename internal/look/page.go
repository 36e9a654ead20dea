package look

import (
	_ "embed"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

//go:embed style.css
var style string

// product is what the window of each page says behind its title.
const product = "microsoft-mcp-server"

// Page is what stands around what a page says. Everything in it but Script is text, however it looks.
type Page struct {
	Title  string // of the window
	Nonce  string // of the content security policy; see Send
	Script string // ours; "" for none
	Ahead  g.Node // further elements of the head; nil for none
}

// Tone says in colour what a page or a word says in words.
type Tone string

// The tones.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// Card is a page that says one thing, in the middle of the window. A tone puts a mark above it.
func (p Page) Card(tone Tone, content ...g.Node) g.Node {
	return p.frame("alone",
		h.Main(h.Class("card"),
			brand(),
			mark(tone),
			g.Group(content),
		),
	)
}

// Link leads to a page of the same room.
type Link struct {
	Text, URL string
	Here      bool // it is the one that is shown
}

// Room is a page among others.
func (p Page) Room(links []Link, foot string, content ...g.Node) g.Node {
	return p.frame("room",
		h.A(h.Class("skip"), h.Href("#content"), g.Text("Skip to the content")),
		h.Header(h.Class("bar"), h.Div(h.Class("inner"),
			brand(),
			h.Nav(h.Aria("label", "Pages"), h.Ul(g.Map(links, func(l Link) g.Node {
				return h.Li(h.A(h.Href(l.URL), g.If(l.Here, h.Aria("current", "page")), g.Text(l.Text)))
			}))),
		)),
		h.Main(h.ID("content"), h.TabIndex("-1"), g.Group(content)),
		h.Footer(h.Class("foot"), g.Text(foot)),
	)
}

func (p Page) frame(class string, body ...g.Node) g.Node {
	nonce := g.Attr("nonce", p.Nonce)
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			p.Ahead,
			h.TitleEl(g.Text(p.Title+" · "+product)),
			h.StyleEl(nonce, g.Raw(style)),
		),
		h.Body(h.Class(class), g.Group(body),
			g.If(p.Script != "", h.Script(nonce, g.Raw(p.Script))),
		),
	))
}
