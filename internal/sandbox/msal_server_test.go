package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// server is Microsoft's library as an API has it.
func (r *rig) server() confidential.Client {
	r.t.Helper()
	secret, err := confidential.NewCredFromSecret(r.Secret(sandbox.APIClientID))
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := confidential.New(r.LoginURL()+"/"+r.TenantID(), sandbox.APIClientID, secret, confidential.WithHTTPClient(r.client), confidential.WithInstanceDiscovery(false),
		confidential.WithClientCapabilities([]string{"CP1"}), confidential.WithAzureRegion("DisableMsalForceRegion"))
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) isMe(name string, got confidential.AuthResult, err error, upn string) {
	r.t.Helper()
	if err != nil {
		r.t.Errorf("%s: %v", name, err)
		return
	}
	if me := r.call(r.GraphURL()+"/v1.0/me", got.AccessToken); me.status != http.StatusOK || me.text("userPrincipalName") != upn {
		r.t.Errorf("%s: got %d %s, want %s", name, me.status, me.body, upn)
	}
}

func TestMSALOnBehalfOf(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	token := sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN)
	for _, scope := range []string{"User.Read", r.GraphURL() + "/User.Read", r.GraphURL() + "/.default"} {
		got, err := r.server().AcquireTokenOnBehalfOf(t.Context(), token, []string{scope})
		r.isMe(scope, got, err, sandbox.MemberUPN)
	}
	c := r.server()
	first, err := c.AcquireTokenOnBehalfOf(t.Context(), token, []string{"User.Read"})
	r.isMe("first", first, err, sandbox.MemberUPN)
	r.ChallengeTokens()
	claims := challengeIn(t, r.call(r.GraphURL()+"/v1.0/me", first.AccessToken))
	next, err := c.AcquireTokenOnBehalfOf(t.Context(), token, []string{"User.Read"}, confidential.WithClaims(claims))
	r.isMe("after a challenge", next, err, sandbox.MemberUPN)
	_, err = c.AcquireTokenOnBehalfOf(t.Context(), token, []string{"Files.Read"})
	checkRefusal(t, err, 400, "invalid_grant", 65001)
	_, err = c.AcquireTokenOnBehalfOf(t.Context(), token+"x", []string{"User.Read"})
	checkRefusal(t, err, 400, "invalid_grant", 50013)
}

// A server that signs people in itself comes back to a port that was not known when it was registered.
func TestMSALWebSignIn(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	const back = "http://127.0.0.1:40123/oauth/callback"
	scopes := []string{"User.Read", "Mail.Read"}
	c := r.server()
	address, err := c.AuthCodeURL(t.Context(), sandbox.APIClientID, back, append(scopes, "openid", "profile", "offline_access"))
	if err != nil {
		t.Fatal(err)
	}
	address += "&state=s&code_challenge=" + challengeOf(verifier) + "&code_challenge_method=S256"
	if e := sandboxtest.SignIn(t, r.Tenant, address, sandbox.MemberUPN); e.URL != nil {
		t.Fatalf("an unregistered redirect: got %v", e.URL)
	}
	r.SetRedirects(sandbox.APIClientID, "http://localhost:40123/oauth/callback", back)
	e := sandboxtest.SignIn(t, r.Tenant, address, sandbox.MemberUPN)
	if e.URL == nil || e.URL.Host != "127.0.0.1:40123" || e.URL.Path != "/oauth/callback" {
		t.Fatalf("the sign-in ended at %v, %s", e.URL, e.Page)
	}
	got, err := c.AcquireTokenByAuthCode(t.Context(), e.Form.Get("code"), back, scopes, confidential.WithChallenge(verifier))
	r.isMe("code", got, err, sandbox.MemberUPN)
	// With claims the library does not use a refresh token; for another permission it does.
	_, err = c.AcquireTokenSilent(t.Context(), []string{"Contacts.Read"}, confidential.WithSilentAccount(got.Account))
	checkRefusal(t, err, 400, "invalid_grant", 65001)
	r.Consent(sandbox.APIClientID, "Contacts.Read")
	next, err := c.AcquireTokenSilent(t.Context(), []string{"Contacts.Read"}, confidential.WithSilentAccount(got.Account))
	r.isMe("refresh token", next, err, sandbox.MemberUPN)
	r.RevokeSessions(sandbox.MemberUPN)
	_, err = c.AcquireTokenSilent(t.Context(), []string{"Files.Read"}, confidential.WithSilentAccount(got.Account))
	checkRefusal(t, err, 400, "invalid_grant", 50173)
}
