package entrasim

import (
	"net/http"
	"net/url"
	"time"
)

// maxForm bounds the body of a request.
const maxForm = 1 << 20

// A grant turns a token request into an answer. Each has its file.
type grant func(e *Entra, q tokenRequest) (tokenAnswer, *refusal)

const (
	clientCredentials = "client_credentials"
	deviceCodeGrant   = "device_code" // as Microsoft's libraries call it
	deviceCodeURN     = "urn:ietf:params:oauth:grant-type:device_code"
)

// grantOf returns nil for grants that are not simulated.
func grantOf(kind string) grant {
	switch kind {
	case clientCredentials:
		return (*Entra).grantClientCredentials
	case "authorization_code":
		return (*Entra).grantCode
	case "refresh_token":
		return (*Entra).grantRefresh
	case onBehalfOfGrant:
		return (*Entra).grantOnBehalfOf
	case deviceCodeGrant, deviceCodeURN:
		return (*Entra).grantDevice
	}
	return nil
}

// tokenRequest is what the form says.
type tokenRequest struct {
	tenant       string // as in the path
	host         string
	form         url.Values
	claims       requestedClaims
	clientID     string
	clientSecret string // in the form or the Authorization header
}

func (q tokenRequest) grant() string { return q.form.Get("grant_type") }

// tokenAnswer is a successful response (RFC 6749, section 5.1) with Entra's additions. Times are in seconds.
type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	RefreshIn    int64  `json:"refresh_in,omitempty"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
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
	q, why := readTokenRequest(w, r)
	if why != nil {
		return tokenAnswer{}, why
	}
	for _, required := range []struct{ name, value string }{{"grant_type", q.grant()}, {"client_id", q.clientID}} {
		if required.value == "" {
			return tokenAnswer{}, lacking(required.name)
		}
	}
	if why := e.checkTenant(q.tenant); why != nil {
		return tokenAnswer{}, why
	}
	g := grantOf(q.grant())
	if g == nil {
		return tokenAnswer{}, refuse(unsupportedGrant, 70003, "The grant type '%s' is not supported.", q.grant())
	}
	if q.claims, why = readClaims(q.form.Get("claims")); why != nil {
		return tokenAnswer{}, why
	}
	return g(e, q)
}

// readTokenRequest reads the form of a request to the token or the device code endpoint.
func readTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, *refusal) {
	if r.Method != http.MethodPost {
		return tokenRequest{}, refuse(invalidRequest, 900561, "This endpoint takes POST requests alone, and a %s request came.", r.Method)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return tokenRequest{}, refuse(invalidRequest, 90014, "The body is not a form.")
	}
	q := tokenRequest{
		tenant: r.PathValue("tenant"), host: r.Host, form: r.PostForm,
		clientID: r.PostForm.Get("client_id"), clientSecret: r.PostForm.Get("client_secret"),
	}
	if why := checkOnce(r.PostForm); why != nil {
		return tokenRequest{}, why
	}
	if id, secret, ok := basicCredentials(r); ok && q.clientSecret == "" {
		q.clientID, q.clientSecret = id, secret
	}
	return q, nil
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

// answer wraps an access token. Entra says one second less than it gives, and asks for early renewal of long-lived
// tokens.
func (e *Entra) answer(token string, lifetime time.Duration) tokenAnswer {
	seconds := max(int64(lifetime/time.Second)-1, 0)
	a := tokenAnswer{TokenType: "Bearer", ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: token}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.refreshIn > 0:
		a.RefreshIn = int64(e.refreshIn / time.Second)
	case lifetime > 2*time.Hour:
		a.RefreshIn = seconds / 2
	}
	return a
}
