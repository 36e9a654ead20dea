package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A visitor is a program that has somebody sign in through a server of ours, and the browser in which they do. It sees
// every byte. A test may go a step of its own at any place.
type visitor struct {
	origin   string // of the server
	endpoint string // where it makes its calls
	upn      string
	from     string // the address that a proxy has seen; "" for none
	entra    http.RoundTripper
	secrets  *whispers

	browser, program *http.Client

	clientID, redirect, verifier, state, resource string
	access, refresh                               string
}

// redirectURI is where nobody listens: what would come there is read from the answer that leads there.
const redirectURI = "http://127.0.0.1/callback"

func newVisitor(origin, upn string, entra http.RoundTripper, secrets *whispers) *visitor {
	jar, _ := cookiejar.New(nil) // it has no error without options
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{origin: origin, upn: upn, entra: entra, secrets: secrets, redirect: redirectURI, resource: origin + "/mcp", endpoint: origin + "/mcp",
		browser: &http.Client{Jar: jar, CheckRedirect: stay}, program: &http.Client{CheckRedirect: stay}}
}

// seen is an answer that was read.
type seen struct {
	status int
	header http.Header
	body   string
	to     *url.URL // of a redirect; nil for none
}

func (s seen) String() string { return fmt.Sprintf("%d %v %.500s", s.status, s.header, s.body) }

// send gets a page, or posts a form to it. The pairs are of headers.
func (v *visitor) send(ctx context.Context, by *http.Client, address string, form url.Values, pairs ...string) (seen, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return seen{}, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	return v.take(by, r)
}

// take makes a request and reads what is answered.
func (v *visitor) take(by *http.Client, r *http.Request) (seen, error) {
	if v.from != "" {
		r.Header.Set("X-Forwarded-For", v.from)
	}
	res, err := by.Do(r)
	if err != nil {
		return seen{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	s := seen{status: res.StatusCode, header: res.Header, body: string(text)}
	v.secrets.hear(fmt.Sprint(s.header, s.body))
	if to := res.Header.Get("Location"); to != "" && err == nil {
		s.to, err = r.URL.Parse(to)
	}
	return s, err
}

// register makes the program known.
func (v *visitor) register(ctx context.Context) error {
	body, err := json.Marshal(map[string]any{"client_name": "Program of " + v.upn, "redirect_uris": []string{v.redirect}, "token_endpoint_auth_method": "none"})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.origin+"/oauth/register", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := v.take(v.program, r)
	var made struct {
		ID string `json:"client_id"`
	}
	if err == nil && (got.status != http.StatusCreated || json.Unmarshal([]byte(got.body), &made) != nil || made.ID == "") {
		err = fmt.Errorf("registering: %v", got)
	}
	v.clientID = made.ID
	return err
}

// ask begins a sign-in: the parameters of the authorization request.
func (v *visitor) ask() url.Values {
	v.verifier, v.state = rand.Text()+rand.Text(), rand.Text()
	v.secrets.add(v.verifier, v.state)
	sum := sha256.Sum256([]byte(v.verifier))
	return url.Values{"client_id": {v.clientID}, "redirect_uri": {v.redirect}, "response_type": {"code"}, "state": {v.state}, "resource": {v.resource},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
}

var ticketPattern = regexp.MustCompile(`name="ticket" value="([^"]*)"`)

// consentTicket opens the consent screen and returns what its form brings back.
func (v *visitor) consentTicket(ctx context.Context, asked url.Values) (string, error) {
	got, err := v.send(ctx, v.browser, v.origin+"/oauth/authorize?"+asked.Encode(), nil)
	if err != nil {
		return "", err
	}
	found := ticketPattern.FindStringSubmatch(got.body)
	if got.status != http.StatusOK || found == nil {
		return "", fmt.Errorf("the consent screen: %v", got)
	}
	for _, cookie := range v.browser.Jar.Cookies(mustParse(v.origin)) {
		v.secrets.add(cookie.Value)
	}
	return html.UnescapeString(found[1]), nil
}

func mustParse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // a test's own words
	}
	return u
}

// agree sends the consent screen's form, and returns where Entra's sign-in is.
func (v *visitor) agree(ctx context.Context, ticket string) (*url.URL, error) {
	got, err := v.send(ctx, v.browser, v.origin+"/oauth/consent", url.Values{"ticket": {ticket}, "answer": {"approve"}}, "Origin", v.origin)
	if err == nil && got.to == nil {
		err = fmt.Errorf("the answer to the consent screen: %v", got)
	}
	if err != nil {
		return nil, err
	}
	v.secrets.add(got.to.Query().Get("state"), got.to.Query().Get("nonce"))
	return got.to, nil
}

// upToCallback goes as far as where Entra sends the browser back to us.
func (v *visitor) upToCallback(ctx context.Context) (*url.URL, error) {
	ticket, err := v.consentTicket(ctx, v.ask())
	if err != nil {
		return nil, err
	}
	at, err := v.agree(ctx, ticket)
	if err != nil {
		return nil, err
	}
	end, err := sandboxtest.NewPerson(v.entra).SignIn(ctx, at.String(), v.upn)
	if err == nil && end.URL == nil {
		err = errors.New("Entra's sign-in ends on a page: " + end.Page)
	}
	return end.URL, err
}

// upToCode goes as far as the code that our server gives to the program.
func (v *visitor) upToCode(ctx context.Context) (string, error) {
	back, err := v.upToCallback(ctx)
	if err != nil {
		return "", err
	}
	got, err := v.send(ctx, v.browser, back.String(), nil)
	if err != nil {
		return "", err
	}
	if got.to == nil || !strings.HasPrefix(got.to.String(), v.redirect) || got.to.Query().Get("state") != v.state || got.to.Query().Get("iss") != v.origin {
		return "", fmt.Errorf("the way back to the program: %v", got)
	}
	code := got.to.Query().Get("code")
	v.secrets.add(code)
	return code, nil
}

// signIn goes all the way, as somebody who is there for the first time.
func (v *visitor) signIn(ctx context.Context) error {
	if v.clientID == "" {
		if err := v.register(ctx); err != nil {
			return err
		}
	}
	code, err := v.upToCode(ctx)
	if err != nil {
		return err
	}
	return v.redeem(ctx, v.exchange(code))
}

// exchange is the token request for a code.
func (v *visitor) exchange(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "client_id": {v.clientID}, "redirect_uri": {v.redirect}, "code": {code}, "code_verifier": {v.verifier}, "resource": {v.resource}}
}

// renewal is the one for a refresh token.
func (v *visitor) renewal() url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {v.clientID}, "refresh_token": {v.refresh}, "resource": {v.resource}}
}

// redeem asks for tokens and keeps them. Each is another one than those before.
func (v *visitor) redeem(ctx context.Context, form url.Values) error {
	got, err := v.send(ctx, v.program, v.origin+"/oauth/token", form)
	if err != nil {
		return err
	}
	var made struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &made) != nil || made.Access == "" || made.Refresh == "" || slices.Contains([]string{v.access, v.refresh}, made.Access) || made.Refresh == v.refresh {
		return fmt.Errorf("%s: %v", form.Get("grant_type"), got)
	}
	v.access, v.refresh = made.Access, made.Refresh
	v.secrets.add(made.Access, made.Refresh)
	return nil
}
