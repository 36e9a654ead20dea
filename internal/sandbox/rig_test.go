package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// rig is a tenant that people sign in to, with a clock that the test moves.
type rig struct {
	*sandbox.Tenant
	t      *testing.T
	client *http.Client
	ahead  atomic.Int64 // of real time, in nanoseconds
}

func newRig(t *testing.T, o sandbox.Options) *rig {
	t.Helper()
	r := &rig{t: t}
	began := time.Now()
	o.Now = func() time.Time { return began.Add(time.Duration(r.ahead.Load())) }
	r.Tenant = sandboxtest.Start(t, o)
	r.client = sandboxtest.Client(t, r.Tenant)
	r.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r
}

func (r *rig) pass(d time.Duration) { r.ahead.Add(int64(d)) }

const (
	verifier   = "a-verifier-of-the-least-length-that-is-allowed"
	redirect   = "http://localhost:5123"
	flowIsGone = 11 * time.Minute
	scopes     = "openid profile offline_access User.Read Mail.Read"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// alter changes values: pairs of a parameter and its value, "" to leave it out.
func alter(v url.Values, pairs []string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		}
	}
	return v
}

// endpoint is a URL of the token service; the tenant is ours unless another segment is given.
func (r *rig) endpoint(name string, segment ...string) string {
	at := r.TenantID()
	if len(segment) > 0 {
		at = segment[0]
	}
	return r.LoginURL() + "/" + at + "/oauth2/v2.0/" + name
}

// authorizeAt is a right request of the desktop app at an authorization endpoint, with alterations.
func authorizeAt(endpoint string, pairs ...string) string {
	return endpoint + "?" + alter(url.Values{
		"client_id": {sandbox.DesktopClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {scopes},
		"state": {"a state"}, "nonce": {"a nonce"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}, pairs).Encode()
}

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   string
	doc    map[string]any
}

func (a reply) text(name string) string {
	s, _ := a.doc[name].(string)
	return s
}

// refused fails the test unless the answer is Entra's document of a refusal.
func (a reply) refused(t *testing.T, name string, status int, oauth string, code int) {
	t.Helper()
	codes, _ := a.doc["error_codes"].([]any)
	if a.status != status || a.text("error") != oauth || len(codes) != 1 || codes[0] != float64(code) ||
		!strings.HasPrefix(a.text("error_description"), fmt.Sprintf("AADSTS%d: ", code)) {
		t.Errorf("%s: got %d %s %v, want %d %s %d", name, a.status, a.text("error"), codes, status, oauth, code)
	}
}

// do sends a form, or gets where there is none.
func (r *rig) do(address string, form url.Values, change ...func(*http.Request)) reply {
	r.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range change {
		c(req)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := reply{status: res.StatusCode, header: res.Header, body: string(body)}
	if json.Unmarshal(body, &a.doc) != nil {
		a.doc = nil
	}
	return a
}

// code signs a person in and returns the authorization code.
func (r *rig) code(upn string, pairs ...string) string {
	r.t.Helper()
	e := sandboxtest.SignIn(r.t, r.Tenant, authorizeAt(r.endpoint("authorize"), pairs...), upn)
	if e.Form.Get("code") == "" {
		r.t.Fatalf("there is no code: %v %s", e.Form, e.Page)
	}
	return e.Form.Get("code")
}

// redeem is a right request for the tokens of a code, with alterations.
func redeem(code string, pairs ...string) url.Values {
	return alter(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {sandbox.DesktopClientID}, "code": {code}, "redirect_uri": {redirect},
		"code_verifier": {verifier}, "scope": {scopes}, "client_info": {"1"},
	}, pairs)
}

// refresh is a right request for the tokens of a refresh token, with alterations.
func refresh(token string, pairs ...string) url.Values {
	return alter(url.Values{
		"grant_type": {"refresh_token"}, "client_id": {sandbox.DesktopClientID}, "refresh_token": {token}, "scope": {scopes}, "client_info": {"1"},
	}, pairs)
}

// tokens asks for tokens and fails the test where there are none.
func (r *rig) tokens(form url.Values, segment ...string) reply {
	r.t.Helper()
	a := r.do(r.endpoint("token", segment...), form)
	if a.status != http.StatusOK || a.text("access_token") == "" {
		r.t.Fatalf("got %d %s, want tokens", a.status, a.body)
	}
	return a
}

// signIn returns a person's tokens.
func (r *rig) signIn(upn string) reply {
	r.t.Helper()
	return r.tokens(redeem(r.code(upn)))
}

// claimsOf reads a token, whose signature is checked elsewhere.
func claimsOf(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	c := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, c); err != nil {
		t.Fatalf("%v in %s", err, token)
	}
	return c
}

// call gets an address with a token.
func (r *rig) call(address, token string) reply {
	r.t.Helper()
	return r.do(address, nil, func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+token) })
}
