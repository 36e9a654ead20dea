package entra

import (
	"context"
	"slices"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Credential is what an app proves itself with: [ClientSecret], [Certificate] or [FederatedToken]. A managed identity
// has none; see [Managed].
type Credential interface {
	// open reads the credential for one request, anew each time, so that one that was replaced is found.
	open(ctx context.Context, c Config) (proof, error)
}

// proof is an opened credential.
type proof struct {
	msal   confidential.Credential
	hidden secret.Text // what no message may show
}

// App is the identity of an app itself: the client credentials grant (RFC 6749, section 4.4). It is safe for
// concurrent use.
type App struct {
	*keeper
	cred Credential
}

// NewApp checks c and returns the identity. It makes no connection and reads no secret. Its errors are *Error.
func NewApp(c Config, cred Credential) (*App, error) {
	switch {
	case cred == nil:
		return nil, c.newError("there is no credential to sign in with", `give the profile one: client_secret = { from = "keyring" }`)
	case isAlias(c.TenantID):
		return nil, c.newError("tenant_id "+c.TenantID+" is not one tenant, and an app signs in to one",
			"copy the Directory (tenant) ID from the app registration's overview, or write the tenant's domain")
	}
	inner, err := newClient(c)
	if err != nil {
		return nil, err
	}
	inner.kind = kindApp
	a := &App{cred: cred}
	a.keeper = newKeeper(inner, a.acquire)
	return a, nil
}

// Status returns the status of the identity towards audience. It acquires a token where none is there, and fails
// as [App.Token] does.
func (a *App) Status(ctx context.Context, audience string) (Status, error) {
	t, err := a.hold(ctx, Request{Audience: audience})
	if err != nil {
		return Status{}, err
	}
	said := readClaims(t.value)
	s := Status{
		Mode: "clientCredentials", TenantID: a.config.TenantID, ClientID: a.config.ClientID,
		AppName: tidy(said.AppName), Permissions: slices.Sorted(slices.Values(said.Roles)), ExpiresAt: t.expires,
	}
	if id := identifier(said.TenantID); id != "" {
		s.TenantID = id
	}
	if dated, ok := a.cred.(interface{ expires() time.Time }); ok {
		s.CredentialExpires = dated.expires()
	}
	return s, nil
}

// scope returns what an app asks for to get a token for audience.
func (c *client) scope(audience string) string {
	origin, _ := httpsOrigin(audience)
	if i := slices.IndexFunc(c.config.Scopes, func(scope string) bool { return originOfScope(scope) == origin }); i >= 0 {
		return c.config.Scopes[i]
	}
	return origin + "/.default"
}
