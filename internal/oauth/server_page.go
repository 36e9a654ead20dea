package oauth

import (
	"crypto/rand"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
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
	look.Send(w, http.StatusOK, look.Leave{Nonce: q.Nonce, Forms: "'self' https: " + scheme + ":"}, q.markup())
}

func (s *Server) show(w http.ResponseWriter, status int, n notice) {
	n.Nonce = rand.Text()
	look.Send(w, status, look.Leave{Nonce: n.Nonce}, n.markup())
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
