package ui

import (
	"errors"
	"mime"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

const (
	openPath   = "/open"
	cookieName = "session"
	openerName = "opened"
)

// open takes the token and hands out the session. It answers with a page of its own, and not with a redirect: where a
// page of another site has the link, as a terminal in a browser has, the cookie would not come along.
func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	if !same(r.URL.Query().Get("token"), s.token) {
		s.refuse(w, http.StatusForbidden, "This address does not open anything", "It is not the one that the terminal shows.")
		return
	}
	s.mu.Lock()
	first := !s.opened
	if first {
		s.opened = true
		close(s.taken)
	}
	s.mu.Unlock()
	opener, err := r.Cookie(openerName)
	switch {
	case first:
		s.letIn(w)
	case err == nil && same(opener.Value, s.opener):
		// It is not told where the dashboard is: other servers of this machine may have been sent that cookie.
		s.refuse(w, http.StatusConflict, "It is open already", "This browser has opened the dashboard before. The window may be behind this one; the history has it, too.")
	default:
		s.refuse(w, http.StatusConflict, "Opened twice", "Another browser or program has opened this address before, so the dashboard was ended. If that was you, start it anew. If it was not, somebody on this machine is watching.")
		_ = http.NewResponseController(w).Flush()
		s.end(ErrTwice)
	}
}

// letIn makes the browser the person's.
func (s *Server) letIn(w http.ResponseWriter) {
	s.idle.Reset(s.config.Idle)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.session, Path: s.room, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.SetCookie(w, &http.Cookie{Name: openerName, Value: s.opener, Path: openPath, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	s.sendCard(w, http.StatusOK, look.Page{Title: "Opening", Ahead: h.Meta(g.Attr("http-equiv", "refresh"), h.Content("0; url="+s.room))}, look.Good,
		h.H1(g.Text("The dashboard is open")),
		h.P(g.Text("It belongs to this browser now, until you end it in the terminal.")),
		h.Div(h.Class("answers"), h.A(h.Class("button"), h.Href(s.room), g.Text("Go to the overview"))),
	)
}

// isPerson tells whether r comes from the browser that the token has opened the dashboard for.
func (s *Server) isPerson(r *http.Request) bool {
	given, err := r.Cookie(cookieName)
	return err == nil && same(given.Value, s.session)
}

// isOwnForm reads a form, and tells whether a page of the dashboard's own has sent it; if not, it has answered.
func (s *Server) isOwnForm(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin != "http://"+s.host() && !(origin == "" && r.Header.Get("Sec-Fetch-Site") == "same-origin") {
		s.refuse(w, http.StatusForbidden, "Not from a page of ours", "The form was sent by something other than a page of this dashboard, so nothing was done.")
		return false
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		s.refuse(w, http.StatusUnsupportedMediaType, "Not a form", "The dashboard takes forms alone.")
		return false
	}
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		s.refuse(w, status, "This form cannot be read", "It is too long (64 KiB are taken) or broken. Go back and make it shorter.")
		return false
	}
	if !same(r.PostForm.Get("proof"), s.proof) {
		s.refuse(w, http.StatusForbidden, "Not from a page of ours", "The form lacks what this dashboard puts into its own, so nothing was done. Load the page again and send it once more.")
		return false
	}
	return true
}

// form is a form that isOwnForm takes. With no target it answers in the same window.
func (s *Server) form(action string, content ...g.Node) g.Node {
	return h.Form(h.Method("post"), h.Action(action), h.Input(h.Type("hidden"), h.Name("proof"), h.Value(s.proof)), g.Group(content))
}

// hidden is a value that a form brings along.
func hidden(name, value string) g.Node {
	return h.Input(h.Type("hidden"), h.Name(name), h.Value(value))
}
