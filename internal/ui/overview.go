package ui

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

func (s *Server) showOverview(w http.ResponseWriter, r *http.Request) {
	profiles, err := s.config.Profiles.Profiles(r.Context())
	if err != nil {
		s.show(w, http.StatusOK, "./", "Overview", "", h.Section(trouble(err)))
		return
	}
	ready := 0
	for _, p := range profiles {
		if p.Ready {
			ready++
		}
	}
	lead := strconv.Itoa(ready) + " of " + count(len(profiles), "profile", "profiles") + " can sign in. What they are and may do stands in " + s.config.File + "."
	if len(profiles) == 0 {
		s.show(w, http.StatusOK, "./", "Overview", "There is no profile yet.", h.Section(h.Class("card panel"),
			h.P(g.Text("Type "), h.Code(g.Text("microsoft-mcp-server profile add")), g.Text(" in a terminal, then load this page again."))))
		return
	}
	s.show(w, http.StatusOK, "./", "Overview", lead, h.Ul(h.Class("grid"), g.Map(profiles, s.profile)))
}

// profile is the card of one profile.
func (s *Server) profile(p Profile) g.Node {
	return h.Li(h.Class("card panel"),
		h.Div(h.Class("head"), h.H2(g.Text(p.Name)), health(p)),
		h.P(h.Class("pills"), look.Pill(look.Plain, actsAs(p)), look.Pill(look.Plain, access(p))),
		look.Facts(
			fact("Account", p.Account),
			fact("Tenant", p.Tenant),
			fact("Cloud", strings.TrimPrefix(p.Cloud, "global")),
			fact("Signs in with", p.Credential),
			s.expiry(p.CredentialExpires),
			s.moment("Signed in", p.SignedInAt),
			permissions(p.Permissions),
		),
		g.If(p.Problem != "", h.Div(h.Class("after"), problem(unready(p), p.Problem, p.Remedy))),
		g.If(p.Person, h.Div(h.Class("answers"),
			s.form("sign-in", hidden("profile", p.Name), h.Button(h.Type("submit"), h.Class(signInClass(p)),
				g.Text(signInWord(p)), h.Span(h.Class("unseen"), g.Text(" to "+p.Name)))),
			g.If(p.Ready, s.form("sign-out", hidden("profile", p.Name), h.Button(h.Type("submit"), h.Class("quiet small"),
				g.Text("Sign out"), h.Span(h.Class("unseen"), g.Text(" of "+p.Name))))),
		)),
	)
}

func signInClass(p Profile) string {
	if p.Ready {
		return "quiet small"
	}
	return "small"
}

func signInWord(p Profile) string {
	if p.Ready {
		return "Sign in anew"
	}
	return "Sign in"
}

func health(p Profile) g.Node {
	switch {
	case p.Ready && p.Person:
		return look.Pill(look.Good, "signed in")
	case p.Ready:
		return look.Pill(look.Good, "ready")
	case p.Person:
		return look.Pill(look.Warn, "not signed in")
	}
	return look.Pill(look.Bad, "cannot sign in")
}

// unready is the tone of a profile that cannot sign in: where a person can mend that with a click, it is no failure.
func unready(p Profile) look.Tone {
	if p.Person {
		return look.Warn
	}
	return look.Bad
}

// actsAs says in words as whom a profile acts.
func actsAs(p Profile) string {
	switch {
	case p.Person:
		return "acts as a person"
	case p.Mode == "onBehalfOf":
		return "acts as whoever calls"
	}
	return "acts as an app"
}

func access(p Profile) string {
	if p.ReadOnly {
		return "read-only"
	}
	return "read and write"
}

func fact(name, value string) look.Fact {
	if value == "" {
		return look.Fact{}
	}
	return look.Fact{Name: name, Value: g.Text(value)}
}

// soon is how long before its end a credential is warned of.
const soon = 30 * 24 * time.Hour

func (s *Server) expiry(at time.Time) look.Fact {
	if at.IsZero() {
		return look.Fact{}
	}
	left, tone := at.Sub(s.config.Now()), look.Good
	text := "in " + count(int(left.Hours()/24), "day", "days")
	switch {
	case left <= 0:
		tone, text = look.Bad, "expired"
	case left < 24*time.Hour:
		tone, text = look.Bad, "today"
	case left < soon:
		tone = look.Warn
	}
	return look.Fact{Name: "Credential expires", Value: g.Group{g.Text(s.local(at).Format("2 January 2006") + " "), look.Pill(tone, text)}}
}

func (s *Server) moment(name string, at time.Time) look.Fact {
	if at.IsZero() {
		return look.Fact{}
	}
	return fact(name, s.local(at).Format("2 January 2006, 15:04"))
}

// local brings a time into the person's zone.
func (s *Server) local(at time.Time) time.Time { return at.In(s.config.Now().Location()) }

func permissions(all []string) look.Fact {
	if len(all) == 0 {
		return look.Fact{}
	}
	return look.Fact{Name: "Permissions", Value: h.Details(h.Class("inline"), h.Summary(g.Text(count(len(all), "permission", "permissions"))), h.P(h.Class("path"), g.Text(strings.Join(all, "  "))))}
}

// count says how many there are.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
