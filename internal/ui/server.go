package ui

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config is what a dashboard is made of.
type Config struct {
	Profiles Profiles
	Calls    Calls
	Policy   Policy
	Clients  Clients // nil: there is no page for them

	Version string
	File    string        // of the configuration, to be shown
	Idle    time.Duration // without a request, after which it ends
	Now     func() time.Time
}

const (
	maxHeader  = 16 << 10
	maxBody    = 64 << 10
	atOnce     = 8                // requests that are worked on
	answerTime = 20 * time.Second // for what a page has to ask for
	endTime    = 2 * time.Second  // for the last page to reach the browser
)

// Why a dashboard ends by itself.
var (
	ErrIdle  = errors.New("nobody has used it for a while")
	ErrTwice = errors.New("its address was opened by two browsers, and one of them is not yours")
)

// Server is a dashboard. Each runs once.
type Server struct {
	config         Config
	token, opener  string // of the address, and of the browser that has used it
	room           string // the first part of every other path
	session, proof string // of that browser, and of the forms that it is shown
	places         chan struct{}
	taken          chan struct{} // closed when the token was used
	attempts       attempts
	end            context.CancelCauseFunc // ends Serve
	idle           *time.Timer

	mu     sync.Mutex // guards what follows
	port   string
	opened bool // the token was used, and taken is closed
	told   *news
}

// New makes a dashboard.
func New(c Config) *Server {
	return &Server{config: c, token: rand.Text(), opener: rand.Text(), room: "/" + rand.Text() + "/", session: rand.Text(), proof: rand.Text(), places: make(chan struct{}, atOnce), taken: make(chan struct{})}
}

// Address is what the person opens, once, where the dashboard listens on port.
func (s *Server) Address(port int) string {
	return "http://" + hostAt(strconv.Itoa(port)) + openPath + "?token=" + s.token
}

// Opened is closed once a browser has used the address's token.
func (s *Server) Opened() <-chan struct{} { return s.taken }

func hostAt(port string) string { return "localhost:" + port }

// Serve answers until ctx ends, which is no error, or the dashboard ends by itself. All listeners have the same port.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	ctx, s.end = context.WithCancelCause(ctx)
	defer s.end(nil)
	s.idle = time.AfterFunc(s.config.Idle, func() { s.end(ErrIdle) })
	defer s.idle.Stop()
	s.mu.Lock()
	_, s.port, _ = net.SplitHostPort(listeners[0].Addr().String())
	s.mu.Unlock()
	s.attempts.ctx = ctx
	server := http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }()
	}
	var err error
	select {
	case err = <-failed:
		s.end(nil)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close()
	}
	s.attempts.wait()
	for _, known := range []error{ErrIdle, ErrTwice} {
		if errors.Is(context.Cause(ctx), known) {
			return known
		}
	}
	return err
}

// handler answers a request that counts.
type handler func(w http.ResponseWriter, r *http.Request)

// handlers are the pages, by the name that follows the room, and what their forms do.
func (s *Server) handlers() map[string]map[string]handler {
	pages := map[string]map[string]handler{
		"":         {http.MethodGet: s.showOverview},
		"sign-in":  {http.MethodGet: s.showSignIn, http.MethodPost: s.beginSignIn},
		"state":    {http.MethodGet: s.tellSignIn},
		"sign-out": {http.MethodPost: s.signOut},
		"calls":    {http.MethodGet: s.showCalls},
		"policy":   {http.MethodGet: s.showPolicy, http.MethodPost: s.tryPolicy},
	}
	if s.config.Clients != nil {
		pages["clients"] = map[string]handler{http.MethodGet: s.showClients, http.MethodPost: s.changeClient}
	}
	return pages
}

// ServeHTTP answers what counts, and says to everything else as little as it can.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	name, ours := strings.CutPrefix(r.URL.EscapedPath(), s.room)
	switch {
	case r.Host != s.host():
		http.Error(w, "this is not the server of that name", http.StatusMisdirectedRequest)
		return
	case r.URL.EscapedPath() == openPath && r.Method == http.MethodGet:
		s.open(w, r)
		return
	case !ours:
		http.Error(w, "there is nothing here", http.StatusNotFound)
		return
	case !isOwnSite(r):
		s.refuse(w, http.StatusForbidden, "Another page led here", "A page of another site has sent your browser here, so nothing was done.")
		return
	case !s.isPerson(r):
		s.refuse(w, http.StatusForbidden, "This browser is not known here", "The dashboard belongs to the browser that has opened the address in the terminal first.")
		return
	}
	methods, known := s.handlers()[name]
	answer, taken := methods[r.Method]
	switch {
	case !known:
		s.refuse(w, http.StatusNotFound, "There is no such page", "The address leads to nothing on this dashboard.")
		return
	case !taken:
		s.refuse(w, http.StatusMethodNotAllowed, "Not that way", "This page takes no "+shortened(r.Method)+" requests.")
		return
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		w.Header().Set("Retry-After", "2")
		s.refuse(w, http.StatusServiceUnavailable, "Busy", "Too many pages are being made at once. Load this one again in a moment.")
		return
	}
	s.idle.Reset(s.config.Idle)
	if r.Method == http.MethodPost && !s.isOwnForm(w, r) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	answer(w, r.WithContext(ctx))
}

func (s *Server) host() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return hostAt(s.port)
}

// isOwnSite tells whether no other site has caused r, as far as the browser says. Another port of this machine is another.
func isOwnSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// shortened bounds what a request can put into a page.
func shortened(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
