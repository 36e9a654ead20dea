package entra

import (
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// forget takes the code out of the address bar.
const forget = `history.replaceState(null, "", "/")`

func (p page) markup() g.Node {
	tone := look.Bad
	if p.Good {
		tone = look.Good
	}
	return look.Page{Title: p.Title, Nonce: p.Nonce, Script: forget}.Card(tone, p.content()...)
}

func (p page) content() []g.Node {
	content := []g.Node{h.H1(g.Text(p.Title)), h.P(g.Text(p.Lead))}
	if len(p.Facts) > 0 {
		facts := make([]look.Fact, len(p.Facts))
		for i, f := range p.Facts {
			facts[i] = look.Fact{Name: f.Name, Value: g.Text(f.Value)}
		}
		content = append(content, look.Facts(facts...))
	}
	if len(p.Next) > 0 {
		content = append(content, look.Next(g.Map(p.Next, span.markup)))
	}
	if p.Code != "" {
		content = append(content, look.Code(p.Code))
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
