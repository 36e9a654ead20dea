package sandbox_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// desktop is Microsoft's library as the desktop app has it.
func (r *rig) desktop(segment string) public.Client {
	r.t.Helper()
	c, err := public.New(sandbox.DesktopClientID, public.WithAuthority(r.LoginURL()+"/"+segment), public.WithHTTPClient(r.client),
		public.WithInstanceDiscovery(false), public.WithClientCapabilities([]string{"CP1"}))
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// confidentialClient is the library as an app with a credential has it.
func (r *rig) confidentialClient(credential confidential.Credential) confidential.Client {
	r.t.Helper()
	c, err := confidential.New(r.LoginURL()+"/"+r.TenantID(), sandbox.ClientID, credential, confidential.WithHTTPClient(r.client), confidential.WithInstanceDiscovery(false),
		confidential.WithClientCapabilities([]string{"CP1"}), confidential.WithAzureRegion("DisableMsalForceRegion"))
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// stays checks that a person stays signed in, and that challenges are met.
func (r *rig) stays(c public.Client, got public.AuthResult, wantUPN, wantTenant string) {
	r.t.Helper()
	ctx := r.t.Context()
	account := got.Account
	if account.PreferredUsername != wantUPN || account.HomeAccountID != got.IDToken.Oid+"."+wantTenant || got.IDToken.TenantID != wantTenant {
		r.t.Errorf("got the account %q, %s, want %q of %s", account.PreferredUsername, account.HomeAccountID, wantUPN, wantTenant)
	}
	again, err := c.AcquireTokenSilent(ctx, []string{"User.Read"}, public.WithSilentAccount(account))
	if err != nil || again.AccessToken != got.AccessToken {
		r.t.Errorf("silently: got %v, want the token in the cache", err)
	}
	r.ChallengeTokens()
	claims := challengeIn(r.t, r.call(r.GraphURL()+"/v1.0/me", got.AccessToken))
	next, err := c.AcquireTokenSilent(ctx, []string{"User.Read"}, public.WithSilentAccount(account), public.WithClaims(claims))
	if err != nil {
		r.t.Fatalf("after a challenge: %v", err)
	}
	if a := r.call(r.GraphURL()+"/v1.0/me", next.AccessToken); a.status != http.StatusOK || a.text("userPrincipalName") != wantUPN {
		r.t.Errorf("after a challenge: got %d %s", a.status, a.body)
	}
}

// The library listens by itself; the authorization request asks for no refresh token, so that there is none.
func TestMSALInteractive(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	got, err := r.desktop(r.TenantID()).AcquireTokenInteractive(t.Context(), []string{"User.Read"}, public.WithOpenURL(func(address string) error {
		e, err := sandboxtest.NewPerson(r.client.Transport).SignIn(t.Context(), address, sandbox.MemberUPN)
		if err == nil {
			_, err = e.Deliver(t.Context())
		}
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"User.Read", "openid", "profile"}, got.GrantedScopes); diff != "" || got.Account.PreferredUsername != sandbox.MemberUPN {
		t.Errorf("got %q with (-want +got)\n%s", got.Account.PreferredUsername, diff)
	}
}

func TestMSALCode(t *testing.T) {
	t.Parallel()
	for segment, row := range map[string]struct{ upn, tenant string }{
		sandbox.TenantID: {sandbox.MemberUPN, sandbox.TenantID}, "organizations": {sandbox.AdminUPN, sandbox.TenantID},
		"common": {sandbox.MemberUPN, sandbox.TenantID}, "consumers": {sandbox.PersonalUPN, sandbox.ConsumersTenantID},
	} {
		t.Run(segment, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, sandbox.Options{})
			c := r.desktop(segment)
			address, err := c.AuthCodeURL(t.Context(), sandbox.DesktopClientID, redirect, []string{"User.Read", "openid", "profile", "offline_access"}, public.WithLoginHint(row.upn))
			if err != nil {
				t.Fatal(err)
			}
			e := sandboxtest.SignIn(t, r.Tenant, address+"&code_challenge="+challengeOf(verifier)+"&code_challenge_method=S256&state=s", row.upn)
			got, err := c.AcquireTokenByAuthCode(t.Context(), e.Form.Get("code"), redirect, []string{"User.Read"}, public.WithChallenge(verifier))
			if err != nil {
				t.Fatal(err)
			}
			r.stays(c, got, row.upn, row.tenant)
		})
	}
}

func TestMSALDeviceCode(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	c := r.desktop(r.TenantID())
	code, err := c.AcquireTokenByDeviceCode(t.Context(), []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	waiting := make(chan error, 1)
	var got public.AuthResult
	go func() {
		var err error
		got, err = code.AuthenticationResult(ctx)
		waiting <- err
	}()
	sandboxtest.EnterCode(t, r.Tenant, code.Result.VerificationURL, code.Result.UserCode, sandbox.MemberUPN)
	if err := <-waiting; err != nil {
		t.Fatal(err)
	}
	r.stays(c, got, sandbox.MemberUPN, sandbox.TenantID)
	declined, err := c.AcquireTokenByDeviceCode(t.Context(), []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	sandboxtest.EnterCode(t, r.Tenant, declined.Result.VerificationURL, declined.Result.UserCode, sandbox.AdminUPN, sandboxtest.Decline)
	// The library has read the body by itself, so that the text of its error is all there is.
	if _, err = declined.AuthenticationResult(t.Context()); err == nil || !strings.Contains(err.Error(), "authorization_declined") {
		t.Errorf("got %v, want authorization_declined", err)
	}
}

func TestMSALConfidential(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	now := time.Now()
	id := newIdentity(t, keys()[0], now.Add(-time.Hour), now.Add(time.Hour))
	secret, err := confidential.NewCredFromSecret(r.ClientSecret())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := confidential.NewCredFromCert([]*x509.Certificate{id.cert}, crypto.PrivateKey(id.key))
	if err != nil {
		t.Fatal(err)
	}
	federated := confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) {
		return r.FederatedToken("workload", time.Hour), nil
	})
	scope := []string{r.GraphURL() + "/.default"}
	_, err = r.confidentialClient(certificate).AcquireTokenByCredential(t.Context(), scope)
	checkRefusal(t, err, 401, "invalid_client", 700027)
	_, err = r.confidentialClient(federated).AcquireTokenByCredential(t.Context(), scope)
	checkRefusal(t, err, 401, "invalid_client", 700211)
	r.RegisterCertificate(sandbox.ClientID, id.cert)
	r.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer, "workload", sandbox.FederatedAudience)
	for name, credential := range map[string]confidential.Credential{"secret": secret, "certificate": certificate, "federated": federated} {
		c := r.confidentialClient(credential)
		got, err := c.AcquireTokenByCredential(t.Context(), scope)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r.ChallengeTokens()
		claims := challengeIn(t, r.call(r.GraphURL()+"/v1.0/users?$top=1", got.AccessToken))
		next, err := c.AcquireTokenByCredential(t.Context(), scope, confidential.WithClaims(claims))
		if err != nil {
			t.Errorf("%s, after a challenge: %v", name, err)
			continue
		}
		if a := r.call(r.GraphURL()+"/v1.0/users?$top=1", next.AccessToken); a.status != http.StatusOK {
			t.Errorf("%s, after a challenge: got %d %s", name, a.status, a.body)
		}
		code := r.code(sandbox.MemberUPN, "client_id", sandbox.ClientID)
		person, err := c.AcquireTokenByAuthCode(t.Context(), code, redirect, []string{"User.Read"}, confidential.WithChallenge(verifier))
		if err != nil || person.Account.PreferredUsername != sandbox.MemberUPN {
			t.Errorf("%s, for a person: got %q and %v", name, person.Account.PreferredUsername, err)
		}
	}
}

// Not parallel: the library reads the environment.
func TestMSALManagedIdentity(t *testing.T) {
	r := newRig(t, sandbox.Options{})
	ask := func(id managedidentity.ID) (managedidentity.AuthResult, error) {
		t.Helper()
		c, err := managedidentity.New(id, managedidentity.WithHTTPClient(r.client), managedidentity.WithRetryPolicyDisabled())
		if err != nil {
			t.Fatal(err)
		}
		return c.AcquireToken(t.Context(), r.GraphURL())
	}
	check := func(name string, id managedidentity.ID, wantApp string) {
		t.Helper()
		got, err := ask(id)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if app := claimsOf(t, got.AccessToken)["appid"]; app != wantApp || time.Until(got.ExpiresOn) < 58*time.Minute {
			t.Errorf("%s: got the app %v until %v, want %s for an hour", name, app, got.ExpiresOn, wantApp)
		}
	}
	check("virtual machine", managedidentity.UserAssignedResourceID(company.UserIdentityResourceID), sandbox.UserIdentityClientID)
	endpoint, header := r.ManagedIdentity()
	t.Setenv("IDENTITY_ENDPOINT", endpoint)
	t.Setenv("IDENTITY_HEADER", header)
	check("system-assigned", managedidentity.SystemAssigned(), sandbox.SystemIdentityClientID)
	check("user-assigned", managedidentity.UserAssignedClientID(sandbox.UserIdentityClientID), sandbox.UserIdentityClientID)
	if _, err := ask(managedidentity.UserAssignedClientID(sandbox.ClientID)); err == nil {
		t.Error("an unknown identity gets a token")
	}
	if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" || u.Hostname() != "127.0.0.1" {
		t.Errorf("got the endpoint %s, want one on loopback", endpoint)
	}
}
