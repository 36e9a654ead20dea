package entrasim

import (
	"net/http"
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
)

// page is what all pages show.
type page struct {
	Title, Tenant, App string
	Action, Flow       string // where the page's form goes, and its key
	Problem            string
}

type accountsPage struct {
	page
	Accounts []*Person
	Name     string // in the field for another account
}

type consentPage struct {
	page
	Person      *Person
	Permissions []string
	Domain      string
}

type codePage struct {
	page
	Code string
}

type refusalPage struct {
	page
	refusalBody
	Code int
	Text string
}

type postPage struct {
	Action string
	Fields url.Values
}

// show writes a page. Nothing of it may be framed, kept or fetched from elsewhere.
func show(w http.ResponseWriter, status int, page g.Node) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	w.WriteHeader(status)
	_ = page.Render(w) // that the browser has gone is its own business
}

func (e *Entra) showRefusal(w http.ResponseWriter, r *http.Request, why *refusal) {
	p := refusalPage{refusalBody: e.body(w, r, why), Code: why.code, Text: why.text}
	p.Title, p.Tenant = "Sign in", e.tenantName
	show(w, http.StatusBadRequest, p.markup())
}

// showAccounts lists the accounts that fit, the hinted one first. unknown is a name that nobody has.
func (e *Entra) showAccounts(w http.ResponseWriter, f flow, unknown string) {
	q := f.request
	p := accountsPage{page: e.pageOf("Sign in", q), Name: q.hint}
	p.Action, p.Flow = "/"+q.tenant+"/login", e.keep(f)
	if unknown != "" {
		p.Name, p.Problem = unknown, "There is no account with this name."
	}
	hinted := e.people.named(q.hint)
	if hinted != nil {
		p.Accounts = []*Person{hinted}
	}
	for _, one := range e.people.all {
		if one.Listed && one != hinted && (one.Standing == Personal || q.authority != consumers) {
			p.Accounts = append(p.Accounts, one)
		}
	}
	show(w, http.StatusOK, p.markup())
}

func (e *Entra) showConsent(w http.ResponseWriter, f flow, all []wanted) {
	p := e.consentPageOf("Permissions requested", f, all)
	show(w, http.StatusOK, p.consent())
}

func (e *Entra) showApproval(w http.ResponseWriter, f flow, missing []wanted) {
	p := e.consentPageOf("Need admin approval", f, missing)
	show(w, http.StatusOK, p.approval())
}

func (e *Entra) consentPageOf(title string, f flow, all []wanted) consentPage {
	q := f.request
	p := consentPage{page: e.pageOf(title, q), Person: f.person}
	p.Action, p.Flow = "/"+q.tenant+"/consent", e.keep(f)
	_, p.Domain, _ = strings.Cut(f.person.UPN, "@")
	for _, w := range all {
		p.Permissions = append(p.Permissions, e.describe(w))
	}
	return p
}

func (e *Entra) pageOf(title string, q *signInRequest) page {
	return page{Title: title, Tenant: e.tenantName, App: q.app.Name}
}

// describe names a permission as the page for consent does.
func (e *Entra) describe(w wanted) string {
	switch w.scope {
	case "openid", "profile", "email":
		return "View your basic profile (" + w.scope + ")"
	case "offline_access":
		return "Maintain access to data you have given it access to (offline_access)"
	}
	r, _ := e.find(func(r Resource) bool { return r.AppID == w.resource })
	return r.Name + ": " + w.scope
}
