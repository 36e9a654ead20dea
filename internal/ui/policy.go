package ui

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// What can be chosen of a call to be tried.
var (
	methods  = [...]choice{{"GET", "GET"}, {"POST", "POST"}, {"PATCH", "PATCH"}, {"PUT", "PUT"}, {"DELETE", "DELETE"}}
	services = [...]choice{{"graph v1.0", "Microsoft Graph v1.0"}, {"graph beta", "Microsoft Graph beta"}, {"azure ", "Azure Resource Manager"}}
)

const policyLead = "Ask the rules of a profile what they say of a call. Nothing is sent, and no secret is read."

func (s *Server) showPolicy(w http.ResponseWriter, r *http.Request) {
	s.showTrial(w, r, Trial{Profile: r.URL.Query().Get("profile"), Method: "GET"}, nil)
}

func (s *Server) tryPolicy(w http.ResponseWriter, r *http.Request) {
	name, ok := s.named(w, r, r.PostForm.Get("profile"))
	if !ok {
		return
	}
	t := Trial{Profile: name, Method: r.PostForm.Get("method"), Path: r.PostForm.Get("path"), Body: r.PostForm.Get("body")}
	switch r.PostForm.Get("service") {
	case "graph beta":
		t.API, t.Version = "graph", "beta"
	case "azure ":
		t.API = "azure"
	default:
		t.API, t.Version = "graph", "v1.0"
	}
	answer, err := s.config.Policy.Try(r.Context(), t)
	if err != nil {
		s.showTrial(w, r, t, h.Section(h.ID("answer"), trouble(err)))
		return
	}
	s.showTrial(w, r, t, verdict(answer))
}

func (s *Server) showTrial(w http.ResponseWriter, r *http.Request, t Trial, answer g.Node) {
	names, err := s.config.Profiles.Names(r.Context())
	if err != nil {
		s.show(w, http.StatusOK, "policy", "Policy", policyLead, h.Section(trouble(err)))
		return
	}
	var profiles []choice
	for _, name := range names {
		profiles = append(profiles, choice{name, name})
	}
	s.show(w, http.StatusOK, "policy", "Policy", policyLead,
		answer,
		h.Section(h.Class("card panel"), h.Aria("labelledby", "call"),
			h.H2(h.ID("call"), g.Text("The call")),
			s.form("policy", h.Div(h.Class("fields after"),
				h.Div(h.Class("field"), selection("profile", "Profile", t.Profile, profiles)),
				h.Div(h.Class("field"), selection("service", "Service", t.API+" "+t.Version, services[:])),
				h.Div(h.Class("field"), selection("method", "Method", t.Method, methods[:])),
				h.Div(h.Class("field full"), h.Label(h.For("path"), g.Text("Path")),
					h.Input(h.ID("path"), h.Name("path"), h.Class("mono"), h.Type("text"), h.Value(t.Path), h.Required(), h.AutoComplete("off"), g.Attr("spellcheck", "false"), g.Attr("maxlength", "8000"), h.Aria("describedby", "path-hint")),
					h.P(h.Class("hint"), h.ID("path-hint"), g.Text("As a tool is given it, with its query, such as "), h.Code(g.Text("/me/messages?$expand=attachments")), g.Text("."))),
				h.Details(h.Class("field full"), g.If(t.Body != "", g.Attr("open")), h.Summary(g.Text("Body, for a batch")),
					h.Label(h.For("body"), g.Text("Body")),
					h.Textarea(h.ID("body"), h.Name("body"), h.Class("mono"), g.Attr("spellcheck", "false"), h.Aria("describedby", "body-hint"), g.Text(t.Body)),
					h.P(h.Class("hint"), h.ID("body-hint"), g.Text("A batch (POST /$batch) is judged by its items, which are in its body."))),
			), h.Div(h.Class("answers"), h.Button(h.Type("submit"), g.Text("Ask the policy")))),
		),
	)
}

// verdict shows what the policy says, in a colour and in words.
func verdict(j Judgement) g.Node {
	tone, word := wordOf(j.Verdict)
	call := j.Method + " " + j.Path
	return h.Section(h.ID("answer"), h.Class("card panel"), h.Role("status"), h.Aria("labelledby", "verdict"),
		h.Div(h.Class("head"), h.H2(h.ID("verdict"), g.Text(word)), look.Pill(tone, j.Verdict)),
		look.Facts(
			look.Fact{Name: "Call", Value: h.Span(h.Class("path"), g.Text(call))},
			fact("Service", j.Service),
			fact("Profile", j.Profile+", "+j.Access),
			look.Fact{Name: "Rule", Value: ruleOf(j)},
			fact("Why", j.Reason),
			readings(j.Readings),
		),
		items(j.Items),
	)
}

func ruleOf(j Judgement) g.Node {
	if j.Rule == "" {
		return nil
	}
	return h.Span(h.Class("path"), g.Text(j.Rule))
}

func wordOf(verdict string) (look.Tone, string) {
	switch verdict {
	case "allow":
		return look.Good, "It would be sent"
	case "confirm":
		return look.Warn, "A person would be asked first"
	}
	return look.Bad, "It would be refused"
}

func readings(all []string) look.Fact {
	if len(all) < 2 {
		return look.Fact{}
	}
	return look.Fact{Name: "Also read as", Value: h.Ul(h.Class("plain"), g.Map(all, func(reading string) g.Node { return h.Li(h.Class("path"), g.Text(reading)) }))}
}

func items(all []Judgement) g.Node {
	if len(all) == 0 {
		return nil
	}
	return h.Div(h.Class("scroll after"), h.Table(
		h.THead(h.Tr(g.Map([]string{"Item", "Call", "Verdict", "Rule"}, func(name string) g.Node { return h.Th(h.Scope("col"), g.Text(name)) }))),
		h.TBody(g.Map(all, func(j Judgement) g.Node {
			tone, _ := wordOf(j.Verdict)
			return h.Tr(h.Th(h.Scope("row"), g.Text(j.ID)), h.Td(h.Class("path"), g.Text(j.Method+" "+j.Path)), h.Td(look.Pill(tone, j.Verdict)), h.Td(h.Class("path"), g.Text(j.Rule)))
		})),
	))
}
