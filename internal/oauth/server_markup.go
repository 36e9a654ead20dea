package oauth

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// foreign is a name that a client has chosen: which way it is written must not turn what stands around it.
func foreign(name string) g.Node { return g.El("bdi", g.Text(name)) }

func (q question) markup() g.Node {
	who := g.Group{g.Text("A program that calls itself "), foreign(q.Title), g.Text(". Nobody has checked the name.")}
	if q.Host != "" {
		who = g.Group{foreign(q.Title), g.Text(", described by "), h.Strong(g.Text(q.Host))}
	}
	warning := "Go on only if you have just started this yourself and know " + q.To + "."
	if q.Local {
		warning = "Go on only if you have just started this from a program on this computer."
	}
	return look.Page{Title: "Let " + q.Title + " in?", Nonce: q.Nonce}.Card(look.Plain,
		h.H1(g.Text("Let "), foreign(q.Title), g.Text(" act as you?")),
		h.P(g.Text("It asks to use the Microsoft account that you sign in with next, through this server.")),
		look.Facts(
			look.Fact{Name: "Who asks", Value: who},
			look.Fact{Name: "Where your browser goes afterwards", Value: h.Strong(g.Text(q.To))},
			look.Fact{Name: "Through", Value: g.Text("microsoft-mcp-server at " + q.Server)},
		),
		q.abilities(),
		look.Box(look.Warn, g.Text(warning)),
		h.Form(h.Method("post"), h.Action(q.Action),
			h.Input(h.Type("hidden"), h.Name("ticket"), h.Value(q.Ticket)),
			h.Div(h.Class("answers"),
				h.Button(h.Type("submit"), h.ID("accept"), h.Name("answer"), h.Value("approve"), g.Text("Go on and sign in")),
				h.Button(h.Type("submit"), h.ID("decline"), h.Name("answer"), h.Value("deny"), h.Class("quiet"), g.Text("Cancel")),
			),
		),
		h.Footer(g.Text("Your password and Microsoft's tokens never reach the program: they stay between Microsoft and this server.")),
	)
}

func (q question) abilities() g.Node {
	if len(q.Abilities) == 0 {
		return nil
	}
	return g.Group{
		h.H2(g.Text("What it may do")),
		h.Ul(h.Class("plain"), g.Map(q.Abilities, func(ability string) g.Node { return h.Li(g.Text(ability)) })),
	}
}

func (n notice) markup() g.Node {
	content := g.Group{h.H1(g.Text(n.Title)), h.P(g.Text(n.Lead))}
	if n.Next != "" {
		content = append(content, look.Next(g.Text(n.Next)))
	}
	if n.Code != "" {
		content = append(content, look.Code(n.Code))
	}
	address, onward := followed(n.Link)
	if address != "" {
		content = append(content, h.Div(h.Class("answers"),
			h.A(h.Class("button"), h.Href(address), h.Rel("noreferrer noopener"), g.Text(n.LinkText))))
	}
	page := look.Page{Title: n.Title, Nonce: n.Nonce}
	if onward && n.Onward {
		page.Ahead = h.Meta(g.Attr("http-equiv", "refresh"), h.Content("30; url="+address))
	}
	return page.Card(look.Bad, append(content, h.Footer(g.Text("microsoft-mcp-server")))...)
}

// followed returns a link to a client as it may stand on a page: "" where its place is not one for answers, whoever made
// sure of that before. An app that opens links of its own scheme is gone to by whoever clicks; alone, a browser goes on
// only to the web, or to this machine.
func followed(link string) (address string, alone bool) {
	place, _, _ := strings.Cut(link, "?")
	u, problem := parseRedirect(place)
	if problem != "" || !isLine(link) || !isASCII(link) || strings.ContainsAny(link, " \\\"<>^`{|}#") {
		return "", false
	}
	return link, u.Scheme == "https" || u.Scheme == "http"
}
