package entrasim

import (
	"net/http"
	"strings"
)

// serveDevicePage asks for the code that the device shows. A link may bring it along, as at Entra.
func (e *Entra) serveDevicePage(w http.ResponseWriter, r *http.Request) {
	e.showCode(w, r.URL.Query().Get("otc"), "")
}

func (e *Entra) showCode(w http.ResponseWriter, code, problem string) {
	p := codePage{Code: code}
	p.Title, p.Tenant, p.Action, p.Problem = "Enter code", e.tenantName, devicePath, problem
	show(w, http.StatusOK, p.markup())
}

// serveUserCode goes on with the sign-in that the code belongs to.
func (e *Entra) serveUserCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		e.showRefusal(w, r, refuse(invalidRequest, 90014, "The body is not a form."))
		return
	}
	typed := r.PostForm.Get("code")
	code := strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(typed))
	e.mu.Lock()
	d := e.devices.byUserCode[code]
	known := d != nil && d.outcome == pending && e.now().Before(d.until)
	e.mu.Unlock()
	if !known {
		e.showCode(w, typed, "That code didn't work. Check the code and try again. (AADSTS70018)")
		return
	}
	e.start(w, r, d.request)
}

// endDevice tells the device and the person how the sign-in went. A code is good for one person.
func (e *Entra) endDevice(w http.ResponseWriter, r *http.Request, f flow, why *refusal) {
	var s signIn
	if why == nil {
		s = e.newSignIn(f.person, e.usesFactor(f.request, f.person))
	}
	e.mu.Lock()
	d := e.devices.byUserCode[f.request.device]
	known := d != nil && d.outcome == pending && e.now().Before(d.until)
	if known {
		d.outcome, d.signIn = approved, s
		if why != nil {
			d.outcome = declined
		}
	}
	e.mu.Unlock()
	p := page{Title: "You have signed in to " + f.request.app.Name, Tenant: e.tenantName, Problem: "You have signed in on your device. You may now close this window."}
	switch {
	case !known:
		e.showRefusal(w, r, refuse(invalidRequest, 70019, "The code has expired or was used already. Start the sign-in on the device again."))
		return
	case why != nil:
		p.Title, p.Problem = "You have declined", why.text+" You may now close this window."
	}
	show(w, http.StatusOK, p.done())
}
