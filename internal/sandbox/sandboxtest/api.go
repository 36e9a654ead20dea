package sandboxtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// verifier is the PKCE verifier of the sign-ins here, whose codes are redeemed at once.
const verifier = "the-verifier-of-a-test-that-nobody-is-kept-from-reading"

// APIToken returns an access token for the API that the tenant has registered as sandbox.APIClientID, of a person who
// signs in to a public client, sandbox.AssistantClientID, which is registered for it. What is asked for can be altered
// by pairs of a parameter of the authorization request and its value, such as scope, resource, claims or client_id.
func APIToken(tb testing.TB, t *sandbox.Tenant, upn string, pairs ...string) string {
	tb.Helper()
	const back = "http://localhost/callback"
	if t.Secret(sandbox.AssistantClientID) == "" {
		t.RegisterClient(sandbox.Client{Redirects: []string{back}})
	}
	sum := sha256.Sum256([]byte(verifier))
	ask := url.Values{
		"client_id": {sandbox.AssistantClientID}, "response_type": {"code"}, "redirect_uri": {back}, "state": {"s"},
		"scope":          {sandbox.APIClientID + "/" + sandbox.APIScope + " openid profile offline_access"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		ask.Set(pairs[i], pairs[i+1])
	}
	end := SignIn(tb, t, t.LoginURL()+"/"+t.TenantID()+"/oauth2/v2.0/authorize?"+ask.Encode(), upn)
	if end.Form.Get("code") == "" {
		tb.Fatalf("%s gets no code: %v %s", upn, end.Form, end.Page)
	}
	return issuedFor(tb, t, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {ask.Get("client_id")}, "redirect_uri": {ask.Get("redirect_uri")},
		"code": {end.Form.Get("code")}, "code_verifier": {verifier},
	})
}

// AgentToken returns an access token for the API sandbox.APIClientID of an app that acts as itself: the client
// sandbox.AgentClientID, which is registered for it, with these app roles.
func AgentToken(tb testing.TB, t *sandbox.Tenant, roles ...string) string {
	tb.Helper()
	if t.Secret(sandbox.AgentClientID) == "" {
		t.RegisterClient(sandbox.Client{ClientID: sandbox.AgentClientID, Name: "Agent", Secret: true})
	}
	t.AssignRoles(sandbox.AgentClientID, sandbox.APIClientID, roles...)
	return issuedFor(tb, t, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {sandbox.AgentClientID}, "client_secret": {t.Secret(sandbox.AgentClientID)},
		"scope": {sandbox.APIClientID + "/.default"},
	})
}

// issuedFor returns the access token that a request gets.
func issuedFor(tb testing.TB, t *sandbox.Tenant, form url.Values) string {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, t.LoginURL()+"/"+t.TenantID()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := Client(tb, t).Do(req)
	if err != nil {
		tb.Fatalf("asking for a token: %v", err)
	}
	defer resp.Body.Close()
	var issued struct {
		Token string `json:"access_token"`
		Why   string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&issued); err != nil || issued.Token == "" {
		tb.Fatalf("no token: HTTP %d, %s, %v", resp.StatusCode, issued.Why, err)
	}
	return issued.Token
}
