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
	if p.good {
		tone = look.Good
	}
	return look.Page{Title: p.title, Nonce: p.nonce, Script: forget}.Card(tone, p.content()...)
}

func (p page) content() []g.Node {
	content := []g.Node{h.H1(g.Text(p.title)), h.P(g.Text(p.lead))}
	if len(p.facts) > 0 {
		facts := make([]look.Fact, len(p.facts))
		for i, f := range p.facts {
			facts[i] = look.Fact{Name: f.name, Value: g.Text(f.value)}
		}
		content = append(content, look.Facts(facts...))
	}
	if len(p.next) > 0 {
		content = append(content, look.Next(g.Map(p.next, span.markup)))
	}
	if p.code != "" {
		content = append(content, look.Code(p.code))
	}
	return append(content, h.Footer(g.Text("microsoft-mcp-server, on this computer")))
}

func (s span) markup() g.Node {
	if !isWebAddress(s.url) {
		return g.Text(s.text)
	}
	return h.A(h.Href(s.url), h.Target("_blank"), h.Rel("noreferrer noopener"), g.Text(s.text))
}

// isWebAddress tells whether s is an https URL that is what it looks like: neither characters that browsers drop or that
// turn the direction of writing, nor a user before the host.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("\"'<>\\^`{|}", r)
	})
}
