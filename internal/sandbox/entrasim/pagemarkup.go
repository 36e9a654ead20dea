package entrasim

import (
	_ "embed"
	"maps"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The pages are made of functions, not of html/template: that calls methods by their names, so that the linker would have
// to keep every method of every type of the program. Text and attributes are escaped; what is not is pageStyle and the
// script of [postPage], which are ours.

//go:embed pages.css
var pageStyle string

// frame is what all pages have around them but the one that nobody sees.
func (p page) frame(content ...g.Node) g.Node {
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.TitleEl(g.Text(p.Title+" – "+p.Tenant+" (sandbox)")),
			h.StyleEl(g.Raw(pageStyle)),
		),
		h.Body(h.Main(g.Group(content),
			h.Footer(g.Text(p.Tenant+": a simulated tenant. Nobody is really signed in.")))),
	))
}

func (p page) problem() g.Node {
	return g.If(p.Problem != "", h.P(h.Role("alert"), h.ID("problem"), g.Text(p.Problem)))
}

// form is one that brings the page's flow along.
func (p page) form(content ...g.Node) g.Node {
	return h.Form(h.Method("post"), h.Action(p.Action), hidden("flow", p.Flow), g.Group(content))
}

func hidden(name, value string) g.Node {
	return h.Input(h.Type("hidden"), h.Name(name), h.Value(value))
}

// button is one that says with a parameter that it was pressed.
func button(id, label string, attributes ...g.Node) g.Node {
	return h.Button(g.Group(attributes), h.ID(id), h.Name(id), h.Value("1"), g.Text(label))
}

func next() g.Node { return h.Button(h.Class("main"), h.ID("next"), g.Text("Next")) }

func (p page) done() g.Node {
	return p.frame(h.H1(h.ID("done"), g.Text(p.Title)), h.P(g.Text(p.Problem)))
}

func (p accountsPage) markup() g.Node {
	return p.frame(
		h.H1(g.Text("Pick an account")),
		h.P(g.Text("to go on to "), h.Strong(g.Text(p.App))),
		p.problem(),
		p.form(
			h.Ul(g.Map(p.Accounts, func(one *Person) g.Node {
				return h.Li(h.Button(h.Class("account"), h.ID("account-"+one.UPN), h.Name("account"), h.Value(one.UPN),
					g.Text(one.Name), h.Br(), h.Small(g.Text(one.UPN))))
			})),
			button("cancel", "Cancel"),
		),
		p.form(h.P(
			h.Label(h.For("username"), g.Text("Use another account")),
			h.Input(h.ID("username"), h.Name("account"), h.Value(p.Name), h.AutoComplete("off"), h.Required()),
			next(),
		)),
	)
}

func (p consentPage) consent() g.Node {
	return p.frame(
		h.P(h.Small(g.Text(p.Person.UPN))),
		h.H1(g.Text("Permissions requested")),
		h.P(h.Strong(g.Text(p.App)), g.Text(" would like to:")),
		p.permissions(),
		p.form(
			button("decline", "Cancel"),
			g.Text("\n"), // the gap between the two
			button("accept", "Accept", h.Class("main")),
		),
	)
}

func (p consentPage) approval() g.Node {
	return p.frame(
		h.P(h.Small(g.Text(p.Person.UPN))),
		h.H1(g.Text("Need admin approval")),
		h.P(h.Strong(g.Text(p.App)), g.Text(" needs permission to access resources in "+p.Domain+" that only an administrator can grant:")),
		p.permissions(),
		p.form(button("return", "Return to the application without granting consent", h.Class("main"))),
	)
}

func (p consentPage) permissions() g.Node {
	return h.Ul(h.Class("permissions"), h.ID("permissions"), g.Map(p.Permissions, func(one string) g.Node { return h.Li(g.Text(one)) }))
}

func (p codePage) markup() g.Node {
	return p.frame(
		h.H1(g.Text("Enter code")),
		h.P(g.Text("Enter the code that your app or device shows.")),
		p.problem(),
		h.Form(h.Method("post"), h.Action(p.Action),
			h.Label(h.For("code"), g.Text("Code")),
			h.Input(h.ID("code"), h.Name("code"), h.Value(p.Code), h.AutoComplete("off"), h.AutoFocus(), h.Required(), h.MaxLength("20")),
			next(),
		),
	)
}

func (p refusalPage) markup() g.Node {
	return p.frame(
		h.H1(h.ID("refusal"), g.Text("Sorry, but we’re having trouble signing you in.")),
		h.P(h.ID("description"), g.Text("AADSTS"+strconv.Itoa(p.Code)+": "+p.Text)),
		h.Dl(
			h.Dt(g.Text("Request Id")), h.Dd(g.Text(p.TraceID)),
			h.Dt(g.Text("Correlation Id")), h.Dd(g.Text(p.CorrelationID)),
			h.Dt(g.Text("Timestamp")), h.Dd(g.Text(p.Timestamp)),
		),
	)
}

func (p postPage) markup() g.Node {
	var fields g.Group
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		fields = append(fields, g.Map(p.Fields[name], func(value string) g.Node { return hidden(name, value) }))
	}
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(h.Meta(h.Charset("utf-8")), h.TitleEl(g.Text("Working…"))),
		h.Body(
			h.Form(h.Method("post"), h.Name("hiddenform"), h.Action(p.Action), fields,
				h.NoScript(h.P(g.Text("Script is disabled. Click Submit to go on.")), h.Input(h.Type("submit"), h.Value("Submit"))),
			),
			h.Script(g.Raw("document.forms[0].submit();")),
		),
	))
}
