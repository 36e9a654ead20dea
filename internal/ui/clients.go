package ui

import (
	"bytes"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

const clientsLead = "Programs of this machine that can start this server. You see what would be written before it is; everything else in a file stays as it is, and a copy of it is kept."

func (s *Server) showClients(w http.ResponseWriter, r *http.Request) {
	clients, err := s.config.Clients.Clients(r.Context())
	if err != nil {
		s.show(w, http.StatusOK, "clients", "Clients", clientsLead, h.Section(trouble(err)))
		return
	}
	s.show(w, http.StatusOK, "clients", "Clients", clientsLead, h.Ul(h.Class("grid"), g.Map(clients, s.client)))
}

func (s *Server) client(c Client) g.Node {
	state := look.Pill(look.Plain, "not found here")
	switch {
	case c.Problem != "":
		state = look.Pill(look.Bad, "cannot be read")
	case c.Installed:
		state = look.Pill(look.Good, "installed")
	case c.Present:
		state = look.Pill(look.Warn, "not installed")
	}
	button := func(act, word, class string) g.Node {
		return s.form("clients", hidden("client", c.Name), hidden("act", act), hidden("step", "look"),
			h.Button(h.Type("submit"), h.Class(class), g.Text(word), h.Span(h.Class("unseen"), g.Text(" "+c.Title))))
	}
	class := "small"
	if !c.Present {
		class = "quiet small"
	}
	return h.Li(h.Class("card panel"),
		h.Div(h.Class("head"), h.H2(g.Text(c.Title)), state),
		g.If(c.File != "", h.P(h.Class("path soft"), g.Text(c.File))),
		g.If(c.Problem != "", h.Div(h.Class("after"), problem(look.Bad, c.Problem, c.Remedy))),
		g.If(c.Problem == "", h.Div(h.Class("answers"),
			g.If(!c.Installed, button("install", "Install…", class)),
			g.If(c.Installed, g.Group{button("install", "Renew…", "quiet small"), button("uninstall", "Uninstall…", "quiet small")}),
		)),
	)
}

// changeClient shows what would be written, and writes it once the person has seen it.
func (s *Server) changeClient(w http.ResponseWriter, r *http.Request) {
	name, act := r.PostForm.Get("client"), r.PostForm.Get("act")
	client, ok := s.clientNamed(w, r, name)
	if !ok {
		return
	}
	verb := "Install into "
	if act == "uninstall" {
		verb = "Uninstall from "
	}
	change, err := s.config.Clients.Plan(r.Context(), name, act == "uninstall")
	switch {
	case err != nil:
		s.show(w, http.StatusOK, "clients", verb+client.Title, "", h.Section(trouble(err)), toClients())
	case bytes.Equal(change.Before, change.After):
		s.tell(look.Plain, client.Title+" is as it should be already; nothing was written.")
		redirect(w, "clients")
	case r.PostForm.Get("step") != "write":
		s.showChange(w, verb+client.Title, name, act, change)
	default:
		backup, err := change.Write()
		if err != nil {
			s.show(w, http.StatusOK, "clients", verb+client.Title, "", h.Section(trouble(err)), toClients())
			return
		}
		text := change.File + " is written."
		if client.Next != "" {
			text += " " + look.Sentence(client.Next)
		}
		if backup != "" {
			text += " The file as it was is kept as " + backup + "."
		}
		s.tell(look.Good, text)
		redirect(w, "clients")
	}
}

func (s *Server) clientNamed(w http.ResponseWriter, r *http.Request, name string) (Client, bool) {
	clients, err := s.config.Clients.Clients(r.Context())
	if err != nil {
		s.show(w, http.StatusOK, "clients", "Clients", clientsLead, h.Section(trouble(err)))
		return Client{}, false
	}
	for _, c := range clients {
		if c.Name == name {
			return c, true
		}
	}
	s.refuse(w, http.StatusNotFound, "There is no such client", "No client of the name "+shortened(name)+" is known.")
	return Client{}, false
}

func (s *Server) showChange(w http.ResponseWriter, title, name, act string, c Change) {
	removed, added := difference(c.Before, c.After)
	lines := func(tag, sign string, all []string) g.Node {
		return g.Map(all, func(line string) g.Node { return g.El(tag, g.Text(sign+" "+line)) })
	}
	s.show(w, http.StatusOK, "clients", title, "This is all that changes in "+c.File+".",
		h.Section(h.Class("card panel"), h.Aria("labelledby", "change"),
			h.H2(h.ID("change"), g.Text("The change")),
			h.Pre(h.TabIndex("0"), h.Role("group"), h.Aria("label", "Lines that go and lines that come"), lines("del", "−", removed), lines("ins", "+", added)),
			h.Div(h.Class("answers"),
				s.form("clients", hidden("client", name), hidden("act", act), hidden("step", "write"), h.Button(h.Type("submit"), g.Text("Write it"))),
				h.A(h.Class("button quiet"), h.Href("clients"), g.Text("Leave it as it is"))),
		))
}

func toClients() g.Node {
	return h.Div(h.Class("answers"), h.A(h.Class("button quiet"), h.Href("clients"), g.Text("Back to the clients")))
}
