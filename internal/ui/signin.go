package ui

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// attempts are the sign-ins of this run, one for each profile: the last.
type attempts struct {
	ctx     context.Context // of the server; set before the first
	running sync.WaitGroup

	mu  sync.Mutex
	all map[string]*attempt // by profile; guarded by mu
}

// attempt is a sign-in and what became of it.
type attempt struct {
	*SignIn
	over    chan struct{} // closed once what follows is set
	account string
	err     error
}

func (a *attempt) isOver() bool {
	select {
	case <-a.over:
		return true
	default:
		return false
	}
}

func (a *attempts) of(profile string) *attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all[profile]
}

// begin begins a sign-in, or returns the one that waits.
func (a *attempts) begin(ctx context.Context, profile string, start func(context.Context, string) (*SignIn, error)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last := a.all[profile]; last != nil && !last.isOver() {
		return nil
	}
	made, err := start(ctx, profile)
	if err != nil {
		return err
	}
	now := &attempt{SignIn: made, over: make(chan struct{})}
	if a.all == nil {
		a.all = map[string]*attempt{}
	}
	a.all[profile] = now
	a.running.Go(func() {
		defer close(now.over)
		now.account, now.err = made.End(a.ctx)
	})
	return nil
}

func (a *attempts) wait() { a.running.Wait() }

// beginSignIn takes the button on the overview.
func (s *Server) beginSignIn(w http.ResponseWriter, r *http.Request) {
	name, ok := s.named(w, r, r.PostForm.Get("profile"))
	if !ok {
		return
	}
	// What the person is waited for with outlives this request.
	if err := s.attempts.begin(context.WithoutCancel(r.Context()), name, s.config.Profiles.SignIn); err != nil {
		s.show(w, http.StatusOK, "./", "Sign in to "+name, "", h.Section(trouble(err), back()))
		return
	}
	redirect(w, "sign-in?"+url.Values{"profile": {name}}.Encode())
}

// named returns a profile's name that is one; if it is not, it has answered.
func (s *Server) named(w http.ResponseWriter, r *http.Request, name string) (string, bool) {
	names, err := s.config.Profiles.Names(r.Context())
	if err != nil {
		s.show(w, http.StatusOK, "./", "The configuration cannot be read", "", h.Section(trouble(err), back()))
		return "", false
	}
	for _, known := range names {
		if known == name {
			return known, true
		}
	}
	s.refuse(w, http.StatusNotFound, "There is no such profile", "The configuration has no profile of the name "+shortened(name)+" (any more).")
	return "", false
}

// watchSignIn loads the page again once the sign-in has ended.
const watchSignIn = `const at = document.querySelector("[data-state]").dataset.state;
const look = async () => {
  try { if (await (await fetch(at)).text() !== "waiting") { location.reload(); return } } catch {}
  setTimeout(look, 1000);
};
setTimeout(look, 1000);`

func (s *Server) showSignIn(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("profile")
	a := s.attempts.of(name)
	switch {
	case a == nil:
		redirect(w, "./")
	case !a.isOver():
		s.showWaiting(w, name, a)
	case a.err != nil:
		s.sendCard(w, http.StatusOK, look.Page{Title: "The sign-in did not work"}, look.Bad,
			h.H1(g.Text("The sign-in did not work")), look.Facts(fact("Profile", name)), trouble(a.err),
			h.Div(h.Class("answers"), s.form("sign-in", hidden("profile", name), h.Button(h.Type("submit"), g.Text("Try again"))), toOverview("quiet")))
	default:
		s.sendCard(w, http.StatusOK, look.Page{Title: "Signed in"}, look.Good,
			h.H1(g.Text("You are signed in")), look.Facts(fact("Profile", name), fact("Account", a.account)),
			h.P(g.Text("Clients that use this profile need nothing more; the sign-in is renewed by itself.")),
			h.Div(h.Class("answers"), toOverview("")))
	}
}

func (s *Server) showWaiting(w http.ResponseWriter, name string, a *attempt) {
	left := max(1, int(a.Expires.Sub(s.config.Now()).Round(time.Minute)/time.Minute))
	page := look.Page{Title: "Sign in to " + name, Script: watchSignIn,
		// Where there is no script, the page looks by itself, seldom: it takes the focus away.
		Ahead: h.NoScript(h.Meta(g.Attr("http-equiv", "refresh"), h.Content("10")))}
	content := []g.Node{h.H1(g.Text("Sign in to " + name)), h.P(g.Text("Microsoft asks who you are, in a window of its own. This page tells you when it is done."))}
	if a.Code != "" {
		content = append(content, h.P(g.Text("Type this code there:")), h.P(h.Class("key"), g.Text(a.Code)))
	}
	if isSignInPage(a.Page) {
		content = append(content, h.Div(h.Class("answers"),
			h.A(h.Class("button"), h.Href(a.Page), h.Target("_blank"), h.Rel("noreferrer noopener"), g.Text("Go on at Microsoft"), h.Span(h.Class("unseen"), g.Text(" (opens a new window)"))),
			toOverview("quiet")))
	}
	state := "state?" + url.Values{"profile": {name}}.Encode()
	s.sendCard(w, http.StatusOK, page, look.Plain, append(content,
		h.P(h.Class("soft waiting"), h.Role("status"), h.Data("state", state), g.Text("Waiting for you. There is time for "+count(left, "minute", "minutes")+".")))...)
}

// isSignInPage tells whether a page is one that a person can be sent to: https, or a sign-in that waits on this machine.
func isSignInPage(page string) bool {
	u, err := url.Parse(page)
	return err == nil && u.User == nil && (u.Scheme == "https" && u.Hostname() != "" || u.Scheme == "http" && u.Hostname() == "localhost")
}

// tellSignIn tells the script on the page whether there is something new.
func (s *Server) tellSignIn(w http.ResponseWriter, r *http.Request) {
	word := "over"
	if a := s.attempts.of(r.URL.Query().Get("profile")); a != nil && !a.isOver() {
		word = "waiting"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(word))
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	name, ok := s.named(w, r, r.PostForm.Get("profile"))
	if !ok {
		return
	}
	was, err := s.config.Profiles.SignOut(r.Context(), name)
	switch {
	case err != nil:
		s.show(w, http.StatusOK, "./", "Sign out of "+name, "", h.Section(trouble(err), back()))
		return
	case was:
		s.tell(look.Good, "Signed out of "+name+"; nothing of the sign-in is kept.")
	default:
		s.tell(look.Plain, "Nobody was signed in to "+name+".")
	}
	redirect(w, "./")
}

// redirect leads on after a form, so that loading the page again does not send it again. The target is relative to the
// room.
func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "same-origin")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

func toOverview(class string) g.Node {
	return h.A(h.Class("button "+class), h.Href("./"), g.Text("Back to the overview"))
}

func back() g.Node { return h.Div(h.Class("answers"), toOverview("quiet")) }
