package entrasim

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// signInRequest is what an app asks for, at the authorization endpoint or for a device. What may be wrong with it
// has been checked.
type signInRequest struct {
	tenant    string // as in the path
	authority string
	host      string
	app       App
	scope     string // as asked
	asked     asked
	claims    requestedClaims
	prompt    string
	hint      string

	redirect, mode, state, nonce, challenge string // of the authorization endpoint alone
	device                                  string // the user code of a device, "" elsewhere
}

// codeChallenge is the shape of a S256 challenge (RFC 7636, section 4.2).
var codeChallenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// serveAuthorize shows the page for signing in (RFC 6749, section 4.1.1). Where the app or the redirect URI is wrong
// nobody can be trusted with the answer, which is a page then; everything else that is wrong goes back to the app.
func (e *Entra) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || r.Method != http.MethodGet && r.Method != http.MethodPost {
		e.showRefusal(w, r, refuse(invalidRequest, 90014, "The request is not one that this page can read."))
		return
	}
	q, why := e.authorizeClient(r)
	if why != nil {
		e.showRefusal(w, r, why)
		return
	}
	if why := e.authorizeDetails(q, r.Form); why != nil {
		e.sendBack(w, r, q, why)
		return
	}
	if q.prompt == "none" {
		e.authorizeSilently(w, r, q)
		return
	}
	e.start(w, r, q)
}

// authorizeClient reads who asks and where the answer shall go.
func (e *Entra) authorizeClient(r *http.Request) (*signInRequest, *refusal) {
	if why := checkOnce(r.Form); why != nil {
		return nil, why
	}
	q := &signInRequest{tenant: r.PathValue("tenant"), host: r.Host, redirect: r.Form.Get("redirect_uri"), state: r.Form.Get("state")}
	if r.Form.Get("client_id") == "" {
		return nil, refuse(invalidRequest, 900144, "The request has to hold the parameter 'client_id'.")
	}
	var why *refusal
	if q.authority, why = e.authority(q.tenant); why != nil {
		return nil, why
	}
	if q.app, why = e.app(r.Form.Get("client_id"), q.tenant); why != nil {
		return nil, why
	}
	if why = checkAccounts(q.app, q.authority); why != nil {
		return nil, why
	}
	switch {
	case q.redirect == "" && len(q.app.Redirects) > 0:
		q.redirect = q.app.Redirects[0]
	case !redirectAllowed(q.app.Redirects, q.redirect):
		return nil, refuse(invalidRequest, 50011, "The redirect URI '%s' in the request does not match the redirect URIs configured for the application '%s'. "+
			"It has to be registered exactly so.", q.redirect, q.app.ID)
	}
	if q.mode = r.Form.Get("response_mode"); q.mode != "form_post" {
		q.mode = "query"
	}
	if q.mode == "form_post" && !takesForms(q.redirect) {
		return nil, refuse(invalidRequest, 700052, "The response mode 'form_post' is not supported for the redirect URI '%s': it is neither https nor http on loopback.", q.redirect)
	}
	return q, nil
}

// authorizeDetails reads what is asked for.
func (e *Entra) authorizeDetails(q *signInRequest, form url.Values) *refusal {
	q.scope, q.nonce, q.challenge = form.Get("scope"), form.Get("nonce"), form.Get("code_challenge")
	q.prompt, q.hint = form.Get("prompt"), form.Get("login_hint")
	method := form.Get("code_challenge_method")
	switch kind, mode := form.Get("response_type"), form.Get("response_mode"); {
	case kind == "":
		return refuse(invalidRequest, 900144, "The request has to hold the parameter 'response_type'.")
	case kind != "code":
		return refuse(unsupportedResponseType, 700051, "The response type '%s' is not enabled for the application.", kind)
	case mode != "" && mode != "query" && mode != "form_post":
		return refuse(invalidRequest, 700052, "The response mode '%s' is not supported here.", mode)
	case strings.TrimSpace(q.scope) == "":
		return refuse(invalidRequest, 900144, "The request has to hold the parameter 'scope'.")
	case q.challenge == "" && q.app.Public:
		return refuse(invalidRequest, 9002325, "Proof Key for Code Exchange is required of public clients: the parameter 'code_challenge' is missing.")
	case q.challenge != "" && method != "S256":
		return refuse(invalidRequest, 50149, "The code challenge method '%s' is not supported. Use S256.", method)
	case q.challenge != "" && !codeChallenge.MatchString(q.challenge):
		return refuse(invalidRequest, 501491, "The code challenge has not the size or the characters that S256 gives.")
	case !slices.Contains([]string{"", "none", "login", "select_account", "consent", "create"}, q.prompt):
		return refuse(invalidRequest, 90023, "The value '%s' of the parameter 'prompt' is not supported.", q.prompt)
	}
	var why *refusal
	if q.asked, why = e.scopes(q.scope, q.host); why != nil {
		if why.code == 650053 {
			why.oauth = invalidClient // so it is here
		}
		return why
	}
	if why = checkResource(form.Get("resource"), q.asked.resources()...); why != nil {
		return why
	}
	q.claims, why = readClaims(form.Get("claims"))
	return why
}

// authorizeSilently answers prompt=none: nobody is asked.
func (e *Entra) authorizeSilently(w http.ResponseWriter, r *http.Request, q *signInRequest) {
	p := e.remembered(r)
	if p == nil || q.hint != "" && !strings.EqualFold(q.hint, p.UPN) || e.admit(p, q.authority) != nil {
		e.sendBack(w, r, q, refuse(loginRequired, 50058, "Nobody who could be asked silently is signed in. The person has to sign in first."))
		return
	}
	if len(e.missing(q.app, p, e.want(q.app, p, q.asked))) > 0 {
		e.sendBack(w, r, q, refuse(interactionRequired, 65001, "The person or an administrator has not consented to use the application '%s' (%s).", q.app.ID, q.app.Name))
		return
	}
	e.sendCode(w, r, q, p)
}

// sendCode ends a sign-in: the app gets a code.
func (e *Entra) sendCode(w http.ResponseWriter, r *http.Request, q *signInRequest, p *Person) {
	s := e.newSignIn(p, e.usesFactor(q, p))
	e.remember(w, s)
	answer := url.Values{"code": {e.newCode(q, s)}, "session_state": {newGUID()}}
	e.answerApp(w, r, q, answer)
}

// sendBack tells the app what has gone wrong.
func (e *Entra) sendBack(w http.ResponseWriter, r *http.Request, q *signInRequest, why *refusal) {
	b := e.body(w, r, why)
	answer := url.Values{"error": {b.Error}, "error_description": {b.ErrorDescription}, "error_uri": {b.ErrorURI}}
	if why.suberror != "" {
		answer.Set("error_subcode", why.suberror)
	}
	e.answerApp(w, r, q, answer)
}

// answerApp sends the browser to the redirect URI, by a redirect or by a form that sends itself.
func (e *Entra) answerApp(w http.ResponseWriter, r *http.Request, q *signInRequest, answer url.Values) {
	if q.state != "" {
		answer.Set("state", q.state)
	}
	if q.mode == "form_post" {
		show(w, http.StatusOK, postPage{Action: withParameters(q.redirect, nil), Fields: answer}.markup())
		return
	}
	http.Redirect(w, r, withParameters(q.redirect, answer), http.StatusFound)
}
