package entrasim

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxForm bounds the body of a token request.
const maxForm = 1 << 20

// A grant turns a token request into an answer. Each has its file.
type grant func(e *Entra, q tokenRequest) (tokenAnswer, *refusal)

// grantOf returns nil for grants that are not simulated.
func grantOf(kind string) grant {
	switch kind {
	case "client_credentials":
		return (*Entra).grantClientCredentials
	}
	return nil
}

// tokenRequest is what the form says.
type tokenRequest struct {
	tenant       string // as in the path
	form         url.Values
	clientID     string
	clientSecret string // in the form or the Authorization header
}

// tokenAnswer is a successful response (RFC 6749, section 5.1) with Entra's additions. Times are in seconds.
type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	RefreshIn    int64  `json:"refresh_in,omitempty"`
	AccessToken  string `json:"access_token"`
}

func (e *Entra) serveToken(w http.ResponseWriter, r *http.Request) {
	answer, why := e.token(w, r)
	if why != nil {
		e.writeRefusal(w, r, why)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (e *Entra) token(w http.ResponseWriter, r *http.Request) (tokenAnswer, *refusal) {
	if r.Method != http.MethodPost {
		return tokenAnswer{}, refuse(invalidRequest, 900561, "This endpoint takes POST requests alone, and a %s request came.", r.Method)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return tokenAnswer{}, refuse(invalidRequest, 90014, "The body is not a form.")
	}
	q := tokenRequest{
		tenant: r.PathValue("tenant"), form: r.PostForm,
		clientID: r.PostForm.Get("client_id"), clientSecret: r.PostForm.Get("client_secret"),
	}
	if id, secret, ok := basicCredentials(r); ok && q.clientSecret == "" {
		q.clientID, q.clientSecret = id, secret
	}
	for _, required := range []struct{ name, value string }{{"grant_type", q.form.Get("grant_type")}, {"client_id", q.clientID}} {
		if required.value == "" {
			return tokenAnswer{}, refuse(invalidRequest, 900144, "The body has to hold the parameter '%s'.", required.name)
		}
	}
	if why := e.checkTenant(q.tenant); why != nil {
		return tokenAnswer{}, why
	}
	g := grantOf(q.form.Get("grant_type"))
	if g == nil {
		return tokenAnswer{}, refuse(unsupportedGrant, 70003, "The grant type '%s' is not supported.", q.form.Get("grant_type"))
	}
	return g(e, q)
}

// basicCredentials reads client credentials from the Authorization header, where they are form-encoded before
// they are joined (RFC 6749, section 2.3.1).
func basicCredentials(r *http.Request) (id, secret string, ok bool) {
	id, secret, ok = r.BasicAuth()
	if !ok {
		return "", "", false
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	return id, secret, errID == nil && errSecret == nil
}

// client finds the app that asks and checks its secret, in this order, as Entra does.
func (e *Entra) client(q tokenRequest) (App, *refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.apps[strings.ToLower(q.clientID)]
	switch {
	case a == nil:
		return App{}, refuse(unauthorizedClient, 700016, "There is no application with the identifier '%s' in the directory '%s'. "+
			"It may not have been installed or consented to there, or the request went to the wrong tenant.", q.clientID, q.tenant)
	case a.Disabled:
		return App{}, refuse(unauthorizedClient, 7000112, "The application '%s' (%s) is disabled.", a.ID, a.Name)
	case q.form.Has("client_assertion"):
		return App{}, refuse(invalidClient, 700027, "The client assertion's signature does not belong to a certificate of the application '%s'.", a.ID)
	case q.clientSecret == "":
		return App{}, refuse(invalidClient, 7000216, "The grant type '%s' needs 'client_secret' or 'client_assertion'.", q.form.Get("grant_type"))
	case subtle.ConstantTimeCompare([]byte(q.clientSecret), []byte(a.secret)) != 1:
		return App{}, refuse(invalidClient, 7000215, "The client secret is wrong. It has to be the secret's value, not its ID, of the application '%s'.", a.ID)
	case a.expired:
		return App{}, refuse(invalidClient, 7000222, "The client secrets of the application '%s' have expired.", a.ID)
	}
	return a.App, nil
}

// resource finds the API that a scope names and returns its name as asked for, which becomes the audience.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope
func (e *Entra) resource(q tokenRequest) (Resource, string, *refusal) {
	if !q.form.Has("scope") {
		return Resource{}, "", refuse(invalidRequest, 900144, "The body has to hold the parameter 'scope'.")
	}
	var asked []string
	for _, scope := range strings.Fields(q.form.Get("scope")) {
		if !slices.Contains([]string{"openid", "profile", "email", "offline_access"}, scope) {
			asked = append(asked, scope)
		}
	}
	for _, scope := range asked {
		if !strings.HasSuffix(scope, "/.default") {
			asked = nil
		}
	}
	switch len(asked) {
	case 0:
		return Resource{}, "", refuse(invalidScope, 1002012, "The scope '%s' is not valid. Client credentials need the resource's identifier followed by /.default.", q.form.Get("scope"))
	case 1:
	default:
		return Resource{}, "", refuse(invalidScope, 70011, "The scope '%s' is not valid. One token is for one resource.", q.form.Get("scope"))
	}
	audience := strings.TrimSuffix(asked[0], "/.default")
	for _, r := range e.resources {
		if r.is(audience) {
			return r, audience, nil
		}
	}
	return Resource{}, "", refuse(invalidResource, 500011, "The resource '%s' was not found in the tenant '%s'.", audience, q.tenant)
}

// is tells whether an identifier, with or without a trailing slash, names the resource.
func (r Resource) is(identifier string) bool {
	name := strings.ToLower(strings.TrimSuffix(identifier, "/"))
	return name == r.AppID || slices.Contains(r.Names, name)
}

// answer wraps an access token. Entra says one second less than it gives, and asks for early renewal of long-lived
// tokens.
func answer(token string, lifetime time.Duration) tokenAnswer {
	seconds := max(int64(lifetime/time.Second)-1, 0)
	a := tokenAnswer{TokenType: "Bearer", ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: token}
	if lifetime > 2*time.Hour {
		a.RefreshIn = seconds / 2
	}
	return a
}
