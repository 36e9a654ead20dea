package entrasim

import (
	"net/http"
	"strings"
	"time"
)

// flow is a sign-in on its way from page to page. Each page holds the key of the next step, which is good once and
// in the browser alone that got it.
type flow struct {
	request *signInRequest
	person  *Person // once chosen
	browser string
	until   time.Time
}

// flows are the sign-ins on their way, by key.
type flows map[string]flow

const (
	flowLifetime = 10 * time.Minute
	maxFlows     = 1000 // more people are not at it at once
	flowCookie   = "esctx"
)

// keep remembers a flow for its next step and returns the key.
func (e *Entra) keep(f flow) string {
	key := newGUID() + newGUID()
	now := e.now()
	f.until = now.Add(flowLifetime)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.flows) >= maxFlows {
		for old, o := range e.flows {
			if now.After(o.until) || len(e.flows) >= maxFlows {
				delete(e.flows, old)
			}
		}
	}
	e.flows[key] = f
	return key
}

// take finds the flow that a page's form belongs to, and ends the page's use.
func (e *Entra) take(r *http.Request) (flow, *refusal) {
	gone := refuse(invalidRequest, 50089, "This page was used already, has expired, or came from another browser. Start the sign-in again.")
	c, err := r.Cookie(flowCookie)
	if err != nil {
		return flow{}, gone
	}
	key := r.PostForm.Get("flow")
	e.mu.Lock()
	defer e.mu.Unlock()
	f, ok := e.flows[key]
	if !ok || f.browser != c.Value || f.request.tenant != r.PathValue("tenant") {
		return flow{}, gone
	}
	delete(e.flows, key)
	if e.now().After(f.until) {
		return flow{}, gone
	}
	return f, nil
}

// start shows the accounts to choose from.
func (e *Entra) start(w http.ResponseWriter, r *http.Request, q *signInRequest) {
	f := flow{request: q, browser: newGUID()}
	if c, err := r.Cookie(flowCookie); err == nil && isGUID(c.Value) {
		f.browser = c.Value // several sign-ins in one browser go on beside each other
	}
	setCookie(w, flowCookie, f.browser)
	e.showAccounts(w, f, "")
}

// serveAccount takes the choice of an account.
func (e *Entra) serveAccount(w http.ResponseWriter, r *http.Request) {
	f, ok := e.step(w, r)
	if !ok {
		return
	}
	if r.PostForm.Has("cancel") {
		e.end(w, r, f, refuse(accessDenied, 65004, "The person cancelled the sign-in.").because("cancel"))
		return
	}
	name := strings.TrimSpace(r.PostForm.Get("account"))
	p := e.people.named(name)
	if p == nil {
		e.showAccounts(w, f, name)
		return
	}
	if why := e.admit(p, f.request.authority); why != nil {
		e.showRefusal(w, r, why)
		return
	}
	if p.Standing == Personal && f.request.app.Accounts != Everyone {
		e.showRefusal(w, r, refuse(invalidRequest, 500200, "The account '%s' is a personal Microsoft account, for which the application is not.", p.UPN))
		return
	}
	f.person = p
	e.askConsent(w, r, f)
}

// askConsent shows what the app may do from now on, unless there is nothing to consent to.
func (e *Entra) askConsent(w http.ResponseWriter, r *http.Request, f flow) {
	q := f.request
	all := e.want(q.app, f.person, q.asked)
	missing := e.missing(q.app, f.person, all)
	switch {
	case !mayConsent(f.person, missing):
		e.showApproval(w, f, missing)
	case len(missing) == 0 && q.prompt != "consent":
		e.end(w, r, f, nil)
	case len(missing) == 0:
		e.showConsent(w, f, all)
	default:
		e.showConsent(w, f, missing)
	}
}

// serveConsent takes the answer to a page for consent, or that back from the one that asks for approval.
func (e *Entra) serveConsent(w http.ResponseWriter, r *http.Request) {
	f, ok := e.step(w, r)
	if !ok {
		return
	}
	q := f.request
	if f.person == nil { // the key is that of another page
		e.showRefusal(w, r, refuse(invalidRequest, 50089, "This page comes before its turn. Start the sign-in again."))
		return
	}
	all := e.want(q.app, f.person, q.asked)
	switch missing := e.missing(q.app, f.person, all); {
	case !mayConsent(f.person, missing):
		e.end(w, r, f, refuse(accessDenied, 90094, "An administrator of '%s' has to consent to the permissions that the application '%s' asks for.", e.tenantName, q.app.Name))
	case r.PostForm.Has("accept"):
		e.accept(q.app, f.person, all)
		e.end(w, r, f, nil)
	default:
		e.end(w, r, f, refuse(accessDenied, 65004, "The person declined to consent to the application.").because("cancel"))
	}
}

// step reads a page's form and finds its flow; otherwise it has answered.
func (e *Entra) step(w http.ResponseWriter, r *http.Request) (flow, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		e.showRefusal(w, r, refuse(invalidRequest, 90014, "The body is not a form."))
		return flow{}, false
	}
	f, why := e.take(r)
	if why != nil {
		e.showRefusal(w, r, why)
		return flow{}, false
	}
	return f, true
}

// end brings the outcome to the app or the device. A refusal is the person's own: what Entra refuses by itself it
// tells the person alone.
func (e *Entra) end(w http.ResponseWriter, r *http.Request, f flow, why *refusal) {
	q := f.request
	switch {
	case q.device != "":
		e.endDevice(w, r, f, why)
	case why != nil:
		e.sendBack(w, r, q, why)
	default:
		e.sendCode(w, r, q, f.person)
	}
}
