package ui

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// news is told on the next page that the person sees.
type news struct {
	tone look.Tone
	text string
}

// tell has the next page say something.
func (s *Server) tell(tone look.Tone, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = &news{tone, text}
}

// news returns what is to be told, once.
func (s *Server) news() g.Node {
	s.mu.Lock()
	told := s.told
	s.told = nil
	s.mu.Unlock()
	if told == nil {
		return nil
	}
	return h.Div(h.Role("status"), h.Class("told"), look.Box(told.tone, g.Text(told.text)))
}

// show answers with a page of the dashboard; title is also its heading.
func (s *Server) show(w http.ResponseWriter, status int, here, title, lead string, content ...g.Node) {
	page := look.Page{Title: title, Nonce: rand.Text()}
	s.send(w, status, look.Leave{Nonce: page.Nonce, Forms: "'self'"}, page.Room(s.links(here), s.foot(),
		s.news(),
		h.H1(g.Text(title)),
		g.If(lead != "", h.P(h.Class("lead"), g.Text(lead))),
		g.Group(content),
	))
}

// sendCard answers with a page that says one thing.
func (s *Server) sendCard(w http.ResponseWriter, status int, p look.Page, tone look.Tone, content ...g.Node) {
	p.Nonce = rand.Text()
	leave := look.Leave{Nonce: p.Nonce, Script: p.Script != "", Fetch: p.Script != "", Forms: "'self'"}
	s.send(w, status, leave, p.Card(tone, append(slices.Clip(content), h.Footer(g.Text(s.foot())))...))
}

// send keeps the referrer to ourselves: with no-referrer, browsers would send forms with "Origin: null".
func (s *Server) send(w http.ResponseWriter, status int, leave look.Leave, page g.Node) {
	w.Header().Set("Referrer-Policy", "same-origin")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	look.Send(w, status, leave, page)
}

// refuse answers what does not count. It tells nothing of the dashboard.
func (s *Server) refuse(w http.ResponseWriter, status int, title, lead string) {
	page := look.Page{Title: title, Nonce: rand.Text()}
	s.send(w, status, look.Leave{Nonce: page.Nonce}, page.Card(look.Bad,
		h.H1(g.Text(title)), h.P(g.Text(lead)),
		look.Next(g.Text("Use the window in which the dashboard is open; if there is none, end the command in the terminal and type "), h.Code(g.Text("microsoft-mcp-server ui")), g.Text(" again.")),
		h.Footer(g.Text("microsoft-mcp-server, on this computer")),
	))
}

func (s *Server) links(here string) []look.Link {
	links := []look.Link{{Text: "Overview", URL: "./"}, {Text: "Calls", URL: "calls"}, {Text: "Policy", URL: "policy"}}
	if s.config.Clients != nil {
		links = append(links, look.Link{Text: "Clients", URL: "clients"})
	}
	for i := range links {
		links[i].Here = links[i].URL == here
	}
	return links
}

func (s *Server) foot() string {
	return "microsoft-mcp-server " + s.config.Version + ", on this computer alone. The dashboard ends with Ctrl-C in the terminal, or after an hour without use."
}

// trouble says what went wrong, and what to do.
func trouble(err error) g.Node {
	hint := ""
	if hinted, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		hint = hinted.Hint()
	}
	return problem(look.Bad, err.Error(), hint)
}

func problem(tone look.Tone, text, remedy string) g.Node {
	return h.Div(h.Class("box "+string(tone)), h.P(g.Text(look.Sentence(text))), g.If(remedy != "", look.Next(g.Text(advice(remedy)))))
}

// advice makes a sentence of what to do, unless that ends with a command, which has no full stop.
func advice(remedy string) string {
	if strings.Contains(remedy, ": microsoft-mcp-server ") {
		return strings.TrimSuffix(look.Sentence(remedy), ".")
	}
	return look.Sentence(remedy)
}
