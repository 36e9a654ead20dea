package oauth

import (
	"bytes"
	"crypto/rand"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	g "maragu.dev/gomponents"
)

// question is the consent screen. Everything in it is text, however it looks.
type question struct {
	Title     string // of the client, by its own choice
	Host      string // of its metadata document; "" where nobody vouches for the name
	To        string // where the browser goes afterwards
	Local     bool   // that is a program on the person's own machine
	Server    string
	Abilities []string
	Action    string
	Ticket    string
	Nonce     string // of the content security policy
}

// notice is any other page.
type notice struct {
	Title, Lead, Next string
	Code              string // for support
	Link, LinkText    string // to the client
	Onward            bool   // whether the browser goes there by itself, after a while to read
	Nonce             string
}

// showForm shows the consent screen. A browser applies form-action to wherever the form's answer leads in the end, too:
// to the sign-in and those that it federates with, and to the client.
func (s *Server) showForm(w http.ResponseWriter, q question, to string) {
	scheme, _, _ := strings.Cut(to, ":")
	q.Nonce = rand.Text()
	// With no-referrer, browsers would send the form with "Origin: null".
	w.Header().Set("Referrer-Policy", "same-origin")
	write(w, http.StatusOK, q.Nonce, "'self' https: "+scheme+":", q.markup())
}

func (s *Server) show(w http.ResponseWriter, status int, n notice) {
	n.Nonce = rand.Text()
	write(w, status, n.Nonce, "'none'", n.markup())
}

// showTrouble says that it does not work now: the store cannot be reached (err), or too many ask (wait).
func (s *Server) showTrouble(w http.ResponseWriter, r *http.Request, err error, wait time.Duration) {
	status, lead := http.StatusTooManyRequests, "There were too many attempts to sign in from here."
	if err != nil {
		s.config.Observe(r.Context(), "fault")
		s.config.Log.ErrorContext(r.Context(), "authorization server", "path", r.URL.Path, "error", err)
		status, lead, wait = http.StatusServiceUnavailable, "What this server keeps cannot be reached at the moment.", outagePause*time.Second
	}
	pause := strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
	w.Header().Set("Retry-After", pause)
	s.show(w, status, notice{Title: "Not at the moment", Lead: lead, Next: "Wait " + pause + " seconds and load this page again; if that does not help, go back to the program and connect again."})
}

// write answers with a page that loads nothing, runs nothing and stands in no frame.
func write(w http.ResponseWriter, status int, nonce, forms string, page g.Node) {
	var body bytes.Buffer
	_ = page.Render(&body) // memory takes everything
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; base-uri 'none'; form-action "+forms+"; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a browser that is gone needs no page
}

// destination says for a person where a redirect URI leads.
func destination(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return "the program"
	case isLocal(uri):
		return "a program on this computer (" + u.Host + ")"
	case u.Scheme == "https":
		return u.Host
	}
	return "the app that opens " + u.Scheme + " links"
}

func isLocal(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && isLoopback(u.Hostname())
}

// capital makes a sentence of an error or a hint.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	s = string(unicode.ToUpper(first)) + s[size:]
	if last, _ := utf8.DecodeLastRuneInString(s); unicode.IsPunct(last) {
		return s
	}
	return s + "."
}
