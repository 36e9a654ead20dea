package cli

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

const machineID = "55555555-5555-5555-5555-555555555555"

// anIdentity has a status and nothing else.
type anIdentity struct {
	status entra.Status
	err    error
}

func (i anIdentity) Token(context.Context, entra.Request) (string, error) { return "", i.err }
func (i anIdentity) Status(context.Context, string) (entra.Status, error) { return i.status, i.err }
func (i anIdentity) Close(context.Context) error                          { return nil }

// managed returns a profile of a managed identity, wired.
func managed(t *testing.T, clientID string) (profile.Profile, *tools.Profile) {
	t.Helper()
	rules, err := policy.New(policy.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	p := profile.Profile{Name: "machine", AuthMode: profile.ClientCredentials, TenantID: "contoso.com", ClientID: "11111111-1111-1111-1111-111111111111",
		Cloud:      profile.Cloud{Name: "global", Authority: "https://login.microsoftonline.com", Graph: "https://graph.microsoft.com", ResourceManager: "https://management.azure.com"},
		Credential: profile.Credential{Kind: profile.ManagedIdentity, ManagedClientID: clientID}}
	a := &assembly{known: inMemory(slog.New(slog.DiscardHandler))}
	o := &options{}
	if err := o.add(a, part{profile: p, rules: rules, transport: newTransport(), log: slog.New(slog.DiscardHandler)}, overStdio); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.identity[0].Close(context.Background()) })
	return p, a.config.Profiles[0]
}

// A managed identity is another than the app whose ID the profile has.
func TestManagedIdentitySaysWhoItIs(t *testing.T) {
	t.Parallel()
	_, served := managed(t, machineID)
	if got := served.Identity().Account; got != machineID || served.Account != "" || served.SignIn != nil {
		t.Errorf("before a token: got the account %q, and %q as configured", got, served.Account)
	}
	p, own := managed(t, "")
	if got := own.Identity().Account; got != "" {
		t.Errorf("the machine's own, before a token: got the account %q", got)
	}
	s := statusOf(t.Context(), p, own, anIdentity{status: entra.Status{ClientID: machineID}})
	if !s.Authenticated || s.Account != machineID {
		t.Errorf("got %+v, want the account %s", s, machineID)
	}
	if s := statusOf(t.Context(), p, own, anIdentity{err: errors.New("no")}); s.Authenticated || s.Account != "" || s.Problem != "no" {
		t.Errorf("got %+v", s)
	}
}

func TestWhereASecretRests(t *testing.T) {
	t.Parallel()
	sealed := profile.Vault{File: "/v", Key: profile.Secret{Env: "KEY"}}
	for _, row := range []struct {
		vault      profile.Vault
		credential profile.Credential
		want       string
	}{
		{profile.Vault{}, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Vault: true}}, "a client secret, in the OS keyring"},
		{sealed, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Vault: true}}, "a client secret, in the sealed file /v, whose key rests in the environment variable KEY"},
		{sealed, profile.Credential{Kind: profile.ClientSecret, Secret: profile.Secret{Keyring: true}}, "a client secret, in the OS keyring"},
		{sealed, profile.Credential{Kind: profile.Certificate, CertificateFile: "/c", Password: profile.Secret{Vault: true}},
			"the certificate in /c, its password in the sealed file /v, whose key rests in the environment variable KEY"},
	} {
		p := profile.Profile{AuthMode: profile.ClientCredentials, Vault: row.vault, Credential: row.credential}
		if got := credentialText(p); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}
