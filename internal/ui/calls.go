package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// shownCalls bounds the rows of the table.
const shownCalls = 200

// choice is a value of a select.
type choice struct{ value, text string }

// What can be chosen of the calls.
var (
	outcomes = [...]choice{{"", "All"}, {"changed", "Changes sent"}, {"failed", "Failed"}, {"refused", "Refused or not agreed to"}}
	spans    = [...]choice{{"hour", "Hours, for a day"}, {"day", "Days, for two weeks"}}
)

func (s *Server) showCalls(w http.ResponseWriter, r *http.Request) {
	const title = "Calls"
	kept, err := s.config.Calls.Calls(r.Context())
	if err != nil {
		s.show(w, http.StatusOK, "calls", title, "", h.Section(trouble(err)))
		return
	}
	if kept.Place == "" {
		s.show(w, http.StatusOK, "calls", title, "", noFile(kept.To))
		return
	}
	query := r.URL.Query()
	all := fold(kept.Lines)
	calls := chosen(all, query)
	lead := "What was changed, refused or asked of a person, as the audit log in " + kept.Place + " has it. Reading that is allowed is not recorded."
	s.show(w, http.StatusOK, "calls", title, lead,
		filter(all, query),
		figures(calls),
		s.refusals(calls, query.Get("by")),
		h.Section(h.Class("card panel"), h.Aria("labelledby", "recent"),
			h.H2(h.ID("recent"), g.Text("Most recent first")),
			g.If(len(calls) > shownCalls || kept.Older, h.P(h.Class("lead"), g.Text("The newest "+strconv.Itoa(min(len(calls), shownCalls))+"; older ones are in the file."))),
			s.table(calls[:min(len(calls), shownCalls)])),
	)
}

// noFile says how calls come to be shown here.
func noFile(to string) g.Node {
	return h.Section(h.Class("card panel"),
		h.H2(g.Text("Nothing to read yet")),
		h.P(g.Text("The audit log goes to "+to+", where it cannot be read from here. Name a file in the configuration, and start the server anew; what it refuses, asks and changes from then on shows up on this page:")),
		h.Pre(h.TabIndex("0"), h.Role("group"), h.Aria("label", "What to write into the configuration"), h.Code(g.Text("[audit]\nto = \"file\"\nfile = \"audit.jsonl\"\nmax_size = 10_000_000  # bytes; then a new file is begun"))),
		h.P(h.Class("lead"), g.Text("A relative name is one beside the configuration file. The log holds no query, no body and no answer of any call.")),
	)
}

// chosen returns the calls that a query asks for.
func chosen(all []call, query url.Values) []call {
	return slices.DeleteFunc(slices.Clone(all), func(c call) bool {
		if name := query.Get("profile"); name != "" && c.Profile != name {
			return true
		}
		switch query.Get("outcome") {
		case "changed":
			return c.isRefusal()
		case "failed":
			return !c.isFailure()
		case "refused":
			return !c.isRefusal()
		}
		return false
	})
}

func filter(all []call, query url.Values) g.Node {
	profiles := []choice{{"", "All profiles"}}
	for _, c := range all {
		if !slices.Contains(profiles, choice{c.Profile, c.Profile}) {
			profiles = append(profiles, choice{c.Profile, c.Profile})
		}
	}
	return h.Section(h.Aria("label", "What is shown"), h.Form(h.Class("filter"), h.Method("get"), h.Action("calls"),
		h.Div(selection("profile", "Profile", query.Get("profile"), profiles)),
		h.Div(selection("outcome", "Outcome", query.Get("outcome"), outcomes[:])),
		h.Div(selection("by", "Chart", query.Get("by"), spans[:])),
		h.Button(h.Type("submit"), h.Class("quiet"), g.Text("Show")),
	))
}

// selection is a select with its label.
func selection(name, label, value string, choices []choice) g.Node {
	return g.Group{
		h.Label(h.For(name), g.Text(label)),
		h.Select(h.ID(name), h.Name(name), g.Map(choices, func(c choice) g.Node {
			return h.Option(h.Value(c.value), g.If(c.value == value, h.Selected()), g.Text(c.text))
		})),
	}
}

// figures sums the calls up.
func figures(calls []call) g.Node {
	var sent, failed, refused, unagreed int
	var slowest call
	for _, c := range calls {
		switch {
		case c.isDenied():
			refused++
		case c.isUnagreed():
			unagreed++
		default:
			sent++
		}
		if c.isFailure() {
			failed++
		}
		if c.Took > slowest.Took {
			slowest = c
		}
	}
	figure := func(name, value string) g.Node {
		return h.Div(h.Class("card"), h.Dt(g.Text(name)), h.Dd(g.Text(value)))
	}
	return h.Section(h.Aria("label", "In short"), h.Dl(h.Class("figures"),
		figure("Sent", strconv.Itoa(sent)), figure("Failed", strconv.Itoa(failed)), figure("Refused", strconv.Itoa(refused)),
		figure("Not agreed to", strconv.Itoa(unagreed)), figure("Half took less than", duration(median(calls))), figure("The slowest", duration(slowest.Took)),
	))
}

func (s *Server) table(calls []call) g.Node {
	if len(calls) == 0 {
		return h.P(h.Class("empty"), g.Text("There are none."))
	}
	return h.Div(h.Class("scroll"), h.Table(h.Class("stack"), h.Role("table"),
		h.THead(h.Role("rowgroup"), h.Tr(h.Role("row"), g.Map([]string{"When", "Call", "By", "Outcome", "Took"}, func(name string) g.Node {
			return h.Th(h.Role("columnheader"), h.Scope("col"), g.If(name == "Took", h.Class("number")), g.Text(name))
		}))),
		h.TBody(h.Role("rowgroup"), g.Map(calls, s.row)),
	))
}

func (s *Server) row(c call) g.Node {
	cell := func(content ...g.Node) g.Node { return h.Td(h.Role("cell"), g.Group(content)) }
	tone, word := c.outcome()
	at := s.local(c.Time)
	what := c.Method + " " + c.Path
	if c.Method == "" {
		what = "not a call that could be read"
	}
	by := c.Account
	if c.Principal != "" {
		by = c.Principal
	}
	return h.Tr(h.Role("row"),
		cell(h.Time(h.DateTime(at.Format("2006-01-02T15:04:05Z07:00")), g.Text(at.Format("2 Jan, 15:04:05")))),
		cell(h.Span(h.Class("path"), g.Text(what)), h.Span(h.Class("sub"), g.Text(c.Tool))),
		cell(g.Text(c.Profile), g.If(by != "", h.Span(h.Class("sub"), g.Text(by)))),
		cell(look.Pill(tone, word), g.If(c.why() != "", h.Span(h.Class("sub"), g.Text(c.why())))),
		took(c.Took),
	)
}

func took(d time.Duration) g.Node {
	class := "number"
	if d <= 0 {
		class += " none"
	}
	return h.Td(h.Role("cell"), h.Class(class), h.Data("name", "took"), g.Text(duration(d)))
}
