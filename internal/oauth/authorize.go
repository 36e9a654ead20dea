package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// asked is what a client asks for, checked. It travels sealed, from the consent screen to the code.
type asked struct {
	Client    string `json:"client"` // fingerprint of its ID, which may be long
	Title     string `json:"title"`
	Redirect  string `json:"redirect"`
	State     string `json:"state,omitempty"`
	Challenge string `json:"challenge"`
	Resource  string `json:"resource"`
	Hint      string `json:"hint,omitempty"` // login_hint
	Again     bool   `json:"again,omitempty"`
}

const (
	maxState = 2048
	maxHint  = 256
	maxAsked = 4 << 10 // bytes of all, as it is kept until the person has signed in
)

// serveAuthorize checks what a client asks for and shows the consent screen. Until the client and its redirect URI are
// known to belong together, nothing is sent there: what is wrong is shown to the person.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	wait, err := s.spend(r, "authorize")
	if err != nil || wait > 0 {
		s.showTrouble(w, r, err, wait)
		return
	}
	values, err := readQuery(r)
	if err != nil {
		s.showRefusal(w, r, fail(codeInvalidRequest, err.Error()))
		return
	}
	c, err := s.client(r, values.Get("client_id"))
	if err != nil {
		s.showClientError(w, r, err)
		return
	}
	uri := values.Get("redirect_uri")
	if wrong := s.checkRedirect(c, uri); wrong != nil {
		s.showRefusal(w, r, wrong)
		return
	}
	a := asked{Client: fingerprint(c.ID), Title: c.title(), Redirect: uri, State: values.Get("state"), Challenge: values.Get("code_challenge"),
		Hint: values.Get("login_hint"), Again: values.Get("prompt") == oidc.PromptLogin}
	if len(a.State) > maxState {
		s.showRefusal(w, r, fail(codeInvalidRequest, "state is longer than 2048 bytes"))
		return
	}
	resource, wrong := s.resource(values.Get("resource"))
	if wrong == nil {
		wrong = checkAuthorize(values)
	}
	if wrong != nil {
		s.refuse(w, r, a, wrong)
		return
	}
	a.Resource = resource
	if text, err := encode(a); err != nil || len(text) > maxAsked {
		s.showRefusal(w, r, fail(codeInvalidRequest, "state, redirect_uri and login_hint are too long together"))
		return
	}
	s.showConsent(w, r, c, a)
}

// checkRedirect tells what is wrong with a redirect URI. The operator's rules count as they are now: a client may have
// registered under older ones.
func (s *Server) checkRedirect(c client, uri string) *failure {
	u, problem := parseRedirect(uri)
	switch {
	case uri == "":
		return fail(codeInvalidRequest, "redirect_uri is missing")
	case problem != "":
		return fail(codeInvalidRequest, "redirect_uri "+problem)
	case !c.redirectsTo(uri):
		return fail(codeInvalidRequest, "redirect_uri is none of those that the client has named")
	case !s.redirects.allow(c.Host, u, uri):
		return fail(codeInvalidRequest, "redirect_uri is not allowed here any more")
	}
	return nil
}

// checkAuthorize tells what is wrong with the rest of a request.
func checkAuthorize(values url.Values) *failure {
	challenge := values.Get("code_challenge")
	switch {
	case values.Has("request") || values.Has("request_uri"):
		return fail(codeRequestNotSupported, "request objects are not supported")
	case values.Get("response_type") != string(oidc.ResponseTypeCode):
		return fail(codeUnsupportedResponse, "the only response type is code")
	case values.Has("response_mode") && values.Get("response_mode") != string(oidc.ResponseModeQuery):
		return fail(codeInvalidRequest, "the only response mode is query")
	case challenge == "":
		return fail(codeInvalidRequest, "code_challenge is missing: PKCE is required")
	case values.Get("code_challenge_method") != string(oidc.CodeChallengeMethodS256):
		return fail(codeInvalidRequest, "code_challenge_method has to be S256")
	case len(challenge) != 43 || !isUnreserved(challenge):
		return fail(codeInvalidRequest, "code_challenge is not 43 characters of base64url")
	case len(values.Get("login_hint")) > maxHint:
		return fail(codeInvalidRequest, "login_hint is longer than 256 bytes")
	case values.Get("prompt") == oidc.PromptNone:
		return fail(codeLoginRequired, "a person has to agree, each time")
	}
	return nil
}

// isUnreserved tells whether s consists of what RFC 7636 allows in verifiers and challenges.
func isUnreserved(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.' || r == '_' || r == '~')
	})
}

// resource returns the resource that a client means (RFC 8707): exactly one of ours. Some clients add a slash.
func (s *Server) resource(named string) (string, *failure) {
	if named == "" {
		return s.config.Resources[0], nil
	}
	for _, own := range s.config.Resources {
		if named == own || named == own+"/" {
			return own, nil
		}
	}
	return "", fail(codeInvalidTarget, "resource is not an MCP endpoint of this server")
}

// refuse sends an error to a client before a person has agreed to anything. A browser goes on by itself only to where it
// could not be lured by whoever made the link; elsewhere the person sees where the link leads.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, a asked, wrong *failure) {
	s.config.Observe(r.Context(), "refused")
	s.config.Log.InfoContext(r.Context(), "authorization refused", "client", printable(a.Title, 60), "error", wrong.Code, "reason", wrong.Description)
	if s.redirects.trusted(a.Redirect) {
		redirect(w, s.failureURL(a, wrong))
		return
	}
	s.show(w, http.StatusBadRequest, notice{Title: "This sign-in cannot start", Lead: a.Title + " has sent a request that cannot be answered: " + wrong.Description + ".",
		Next: "Update the program, or tell its makers.", Link: s.failureURL(a, wrong), LinkText: "Tell " + destination(a.Redirect)})
}

// showRefusal tells the person what is wrong with a request whose sender is not known.
func (s *Server) showRefusal(w http.ResponseWriter, r *http.Request, wrong *failure) {
	s.config.Observe(r.Context(), "refused")
	s.config.Log.InfoContext(r.Context(), "authorization refused", "error", wrong.Code, "reason", wrong.Description)
	s.show(w, http.StatusBadRequest, notice{Title: "This sign-in cannot start", Lead: "The program that sent you here made a request that cannot be answered: " + wrong.Description + ".",
		Next: "Close this page. In the program, remove this server and add it again; if that does not help, update the program."})
}

func (s *Server) showClientError(w http.ResponseWriter, r *http.Request, err error) {
	if wrong, ok := errors.AsType[*failure](err); ok {
		s.showRefusal(w, r, wrong)
		return
	}
	if busy, ok := errors.AsType[*busyError](err); ok {
		s.showTrouble(w, r, nil, busy.wait)
		return
	}
	if r.Context().Err() == context.Canceled {
		return
	}
	s.showTrouble(w, r, err, 0)
}
