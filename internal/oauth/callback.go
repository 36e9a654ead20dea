package oauth

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// aadsts finds the number of an error in what Entra says of it.
const aadsts = `\bAADSTS\d{4,8}\b`

// serveCallback takes what comes back from the sign-in. It counts once, and in the browser that has agreed: otherwise
// somebody who has begun a sign-in could have another person finish it (RFC 9700, section 4.7).
func (s *Server) serveCallback(w http.ResponseWriter, r *http.Request) {
	values, err := readQuery(r)
	if err != nil || values.Get("state") == "" {
		s.showStray(w, r)
		return
	}
	id, browser := fingerprint(values.Get("state")), s.browser(r)
	var f flow
	found, err := s.records.get(r.Context(), "flow", id, &f)
	if err != nil {
		s.showTrouble(w, r, err, 0)
		return
	}
	if !found || browser == "" || f.App != s.config.App || f.Browser != fingerprint(browser) || s.config.Now().After(f.Expires) {
		s.showStray(w, r)
		return
	}
	// Only now: whoever has merely learned the state must not be able to end the sign-in. The note comes first, for the
	// consent screen's answer that may come again at this moment.
	err = s.records.put(r.Context(), "answered", id, ended{}, flowLife)
	if err == nil {
		found, err = s.records.take(r.Context(), "flow", id, &f)
	}
	if err != nil {
		s.showTrouble(w, r, err, 0)
		return
	}
	switch {
	case !found:
		s.showStray(w, r)
	case values.Has("error"):
		s.answerUpstreamError(w, r, f.Asked, values)
	case values.Get("code") == "":
		s.answerUpstreamError(w, r, f.Asked, url.Values{"error": {codeServerError}})
	default:
		s.finish(w, r, f, values.Get("code"))
	}
}

// finish exchanges the code of the sign-in for who it was, and sends a code of our own to the client.
func (s *Server) finish(w http.ResponseWriter, r *http.Request, f flow, upstream string) {
	ctx := r.Context()
	who, err := s.config.Upstream.Redeem(ctx, UpstreamCode{Code: upstream, RedirectURI: s.callback(), Verifier: f.Verifier, Nonce: f.Nonce})
	if err == nil && (who.TenantID == "" || who.ObjectID == "" || who.Refresh.IsZero()) {
		err = errors.New("the sign-in says neither who it was nor how to go on")
	}
	if err != nil {
		s.showUpstreamError(w, r, f.Asked, err)
		return
	}
	text := rand.Text()
	kept := asked{Client: f.Asked.Client, Redirect: f.Asked.Redirect, Challenge: f.Asked.Challenge, Resource: f.Asked.Resource}
	c := code{App: f.App, Asked: kept, Grant: rand.Text(), TenantID: who.TenantID, ObjectID: who.ObjectID, Account: who.Account,
		Upstream: who.Refresh.Reveal(), Expires: s.config.Now().Add(codeLife)}
	if err := s.records.put(ctx, "code", fingerprint(text), c, codeLife); err != nil {
		s.showTrouble(w, r, err, 0)
		return
	}
	s.config.Observe(ctx, "ok")
	s.config.Log.InfoContext(ctx, "signed in", "client", f.Asked.Title, "tenant", who.TenantID, "object", who.ObjectID)
	redirect(w, s.answerURL(f.Asked, url.Values{"code": {text}}))
}

// showStray answers a callback that belongs to nothing here. Nothing of what it brought is shown: anybody can make the
// link.
func (s *Server) showStray(w http.ResponseWriter, r *http.Request) {
	s.config.Observe(r.Context(), "refused")
	s.config.Log.WarnContext(r.Context(), "callback refused: no sign-in of this browser")
	s.show(w, http.StatusBadRequest, notice{Title: "This sign-in is not known here", Lead: "It was begun in another browser, has been answered already, or took longer than ten minutes.",
		Next: "Close this page, go back to the program, and connect again. If somebody has sent you the link that brought you here, do not."})
}

// answerUpstreamError passes on that the sign-in has failed. Who has just cancelled it knows; any other reason is shown, in
// the upstream's words and with its advice.
func (s *Server) answerUpstreamError(w http.ResponseWriter, r *http.Request, a asked, values url.Values) {
	code := regexp.MustCompile(aadsts).FindString(values.Get("error_description"))
	if code == "" {
		code = printable(values.Get("error"), 60)
	}
	if values.Get("error") == codeAccessDenied && (code == codeAccessDenied || code == "AADSTS65004") {
		s.config.Observe(r.Context(), "denied")
		redirect(w, s.failureURL(a, fail(codeAccessDenied, "the person has cancelled the sign-in")))
		return
	}
	s.config.Observe(r.Context(), "refused")
	s.config.Log.WarnContext(r.Context(), "sign-in refused upstream", "client", a.Title, "error", code)
	wrong := fail(codeAccessDenied, "the sign-in at Microsoft was refused: "+code)
	if values.Get("error") == codeServerError || values.Get("error") == codeUnavailable {
		wrong.Code = values.Get("error")
	}
	said := s.config.Upstream.Denied(values)
	s.show(w, http.StatusBadRequest, notice{Title: "The sign-in did not work", Lead: "Microsoft has refused it: " + printable(said.Error(), 600), Code: code,
		Next: advice(said, "Try again, or show this page to your administrator."), Link: s.failureURL(a, wrong), LinkText: "Back to " + a.Title, Onward: true})
}

// showUpstreamError shows why nobody could be signed in, and takes the browser back to the client. Anybody can get here:
// what is wrong with the server itself, its credential or its network is for its log.
func (s *Server) showUpstreamError(w http.ResponseWriter, r *http.Request, a asked, err error) {
	s.config.Observe(r.Context(), "fault")
	if !isForPerson(err) {
		s.config.Log.ErrorContext(r.Context(), "nobody can be signed in", "client", a.Title, "error", err, "next", advice(err, ""))
		s.show(w, http.StatusServiceUnavailable, notice{Title: "The sign-in did not work", Lead: "This server cannot sign anybody in at the moment. Its log says why.", Code: requestName(w),
			Next: "Try again later; if it stays, show this page to whoever runs this server.",
			Link: s.failureURL(a, fail(codeServerError, "the server cannot sign anybody in at the moment")), LinkText: "Back to " + a.Title, Onward: true})
		return
	}
	s.config.Log.WarnContext(r.Context(), "sign-in failed", "client", a.Title, "error", err)
	s.show(w, http.StatusBadRequest, notice{Title: "The sign-in did not work", Lead: look.Sentence(printable(err.Error(), 600)),
		Next: advice(err, "Go back to the program and try again; if it stays, show this page to whoever runs this server."),
		Link: s.failureURL(a, fail(codeAccessDenied, "the sign-in at Microsoft did not work")), LinkText: "Back to " + a.Title, Onward: true})
}

// requestName is how the log calls the request that w answers, "" where it does not.
func requestName(w http.ResponseWriter) string {
	if id := w.Header().Get("X-Request-Id"); id != "" {
		return "Request " + id
	}
	return ""
}

// advice is what an error says to do next, as a sentence, or else what we do.
func advice(err error, otherwise string) string {
	hinted, ok := errors.AsType[interface {
		error
		Hint() string
	}](err)
	if !ok || hinted.Hint() == "" {
		return otherwise
	}
	return look.Sentence(hinted.Hint())
}

// isForPerson tells whether an error of the upstream is about the person who signs in, and for them to see.
func isForPerson(err error) bool {
	personal, ok := errors.AsType[interface {
		error
		ForPerson() bool
	}](err)
	return ok && personal.ForPerson()
}
