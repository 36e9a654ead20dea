package oauth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// TestVerifyTokensOfATenant takes what a simulated tenant issues, which shares no code with us.
func TestVerifyTokensOfATenant(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterAPI(sandbox.API{})
	now := time.Now()
	v, err := NewVerifier(VerifierConfig{Authority: tenant.LoginURL(), TenantIDs: []string{tenant.TenantID()}, Audience: sandbox.APIClientID,
		HTTP: sandboxtest.Client(t, tenant), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	person, err := v.Verify(t.Context(), sandboxtest.APIToken(t, tenant, sandbox.MemberUPN))
	if err != nil {
		t.Fatal(err)
	}
	if person.App || person.Account != sandbox.MemberUPN || person.ClientID != sandbox.AssistantClientID || !isGUID(person.ObjectID) {
		t.Errorf("a person is %+v", person)
	}
	if diff := cmp.Diff([]string{sandbox.APIScope}, person.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	app, err := v.Verify(t.Context(), sandboxtest.AgentToken(t, tenant, sandbox.APIRole))
	if err != nil {
		t.Fatal(err)
	}
	if !app.App || app.ClientID != sandbox.AgentClientID || len(app.Scopes) > 0 {
		t.Errorf("an app is %+v", app)
	}
	if diff := cmp.Diff([]string{sandbox.APIRole}, app.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	refused(t, v, "for Graph", sandboxtest.Token(t, tenant))

	tenant.RotateKeys()
	renewed := sandboxtest.APIToken(t, tenant, sandbox.MemberUPN)
	if _, err := v.Verify(t.Context(), renewed); !isUnknownKey(err) {
		t.Errorf("a new key, too soon: %v", err)
	}
	now = now.Add(newKeyPause)
	if _, err := v.Verify(t.Context(), renewed); err != nil {
		t.Errorf("a new key: %v", err)
	}
}

// TestVerifyTokensOfAnOldRegistration names what the registration lacks.
func TestVerifyTokensOfAnOldRegistration(t *testing.T) {
	t.Parallel()
	for want, api := range map[string]sandbox.API{"requestedAccessTokenVersion": {Version1: true}, "idtyp": {NoIdentityType: true}} {
		tenant := sandboxtest.Start(t, sandbox.Options{})
		tenant.RegisterAPI(api)
		v, err := NewVerifier(VerifierConfig{Authority: tenant.LoginURL(), TenantIDs: []string{tenant.TenantID()}, Audience: sandbox.APIClientID,
			HTTP: sandboxtest.Client(t, tenant)})
		if err != nil {
			t.Fatal(err)
		}
		if r := refused(t, v, want, sandboxtest.AgentToken(t, tenant, sandbox.APIRole)); !strings.Contains(r.Hint(), want) {
			t.Errorf("%s: %v; %s", want, r, r.Hint())
		}
	}
}
