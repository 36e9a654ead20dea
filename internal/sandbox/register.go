package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
)

// The client IDs of what a test registers, unless it chooses others.
const (
	APIClientID       = "08e1e4df-499a-8ec7-a521-a837170fd51c" // of [API]
	AssistantClientID = "a7fa3f1c-fcac-886d-8a29-1a9bc9397287" // of [Client]
	AgentClientID     = "2396f73e-b4de-8545-b073-d1109f85ec53" // of a client that acts as itself
)

// The permissions that an [API] has which names none.
const (
	APIScope = "Mcp.Access" // delegated; whoever signs in may consent to it
	APIRole  = "Mcp.Agent"  // for apps and people
)

// Scope is a delegated permission.
type Scope = entrasim.Scope

// Accounts says whose accounts an app signs in.
type Accounts = entrasim.Accounts

// Whose accounts an app signs in, beside its own tenant's.
const (
	AnyTenant = entrasim.AnyTenant // work and school accounts
	Everyone  = entrasim.Everyone  // personal accounts, too
)

// API is the registration of a server to which people and apps bring tokens, and which calls Graph on their behalf or
// signs them in itself.
type API struct {
	ClientID  string   // "" means APIClientID
	Name      string   // "" means one that names the kind
	URIs      []string // Application ID URIs, such as the server's URL; none means api:// and the client ID
	Scopes    []Scope  // none means APIScope
	Redirects []string // of the web platform, where people come back whom it signs in
	Accounts  Accounts // whose accounts it signs in; the zero value is the tenant's own

	// PreAuthorized are clients that have all scopes without consent.
	PreAuthorized []string
	// Version1 is that nobody has set requestedAccessTokenVersion to 2, so that tokens are in the v1.0 format.
	Version1 bool
	// NoIdentityType is that nobody has asked for the optional claim idtyp.
	NoIdentityType bool
}

// RegisterAPI registers an API, or the one with the same client ID anew, and returns its client secret, which stays
// the same. What it may do at Graph an administrator consents to by [Tenant.Consent]; until then it is AADSTS65001.
func (t *Tenant) RegisterAPI(a API) (secret string) {
	a.ClientID = cmp.Or(strings.ToLower(a.ClientID), APIClientID)
	a.Name = cmp.Or(a.Name, "Assistant Server")
	if len(a.URIs) == 0 {
		a.URIs = []string{"api://" + a.ClientID}
	}
	if len(a.Scopes) == 0 {
		a.Scopes = []Scope{{Name: APIScope}}
	}
	var names []string
	for _, s := range a.Scopes {
		names = append(names, s.Name)
	}
	allowed := map[string][]string{}
	for _, client := range a.PreAuthorized {
		allowed[client] = names
	}
	t.entra.AddResource(entrasim.Resource{
		AppID: a.ClientID, Name: a.Name, Names: a.URIs, Scopes: a.Scopes, Own: true,
		Version2: !a.Version1, IdentityType: !a.NoIdentityType, PreAuthorized: allowed,
	})
	return t.entra.AddApp(entrasim.App{ID: a.ClientID, Name: a.Name, ObjectID: objectIDOf(a.ClientID), Redirects: a.Redirects, Accounts: a.Accounts})
}

// Client is the registration of a program that calls an [API].
type Client struct {
	ClientID  string   // "" means AssistantClientID
	Name      string   // "" means one that names the kind
	Redirects []string // where a person comes back; http://localhost/callback stands for every port
	Secret    bool     // it has a secret, and is public otherwise
}

// RegisterClient registers a client, or the one with the same client ID anew. It returns the client's secret, "" of
// a public one.
func (t *Tenant) RegisterClient(c Client) (secret string) {
	c.ClientID = cmp.Or(strings.ToLower(c.ClientID), AssistantClientID)
	secret = t.entra.AddApp(entrasim.App{
		ID: c.ClientID, Name: cmp.Or(c.Name, "Assistant"), ObjectID: objectIDOf(c.ClientID), Redirects: c.Redirects, Public: !c.Secret,
	})
	if !c.Secret {
		return ""
	}
	return secret
}

// objectIDOf derives the ID of a service principal, which is never that of the app.
func objectIDOf(clientID string) string {
	sum := sha256.Sum256([]byte("service principal " + clientID))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	s := hex.EncodeToString(u)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// AssignRoles gives an app, named by its client ID, or a person, named by the UPN, app roles at an API, such as
// [APIRole]. They are in the claim roles of tokens that are issued from now on.
func (t *Tenant) AssignRoles(who, apiClientID string, roles ...string) {
	t.entra.AssignRoles(who, apiClientID, roles...)
}

// SetRedirects replaces an app's redirect URIs, which may be known only once something listens.
func (t *Tenant) SetRedirects(clientID string, uris ...string) {
	t.entra.SetRedirects(clientID, uris...)
}

// Secret returns an app's current client secret, "" of an unknown app.
func (t *Tenant) Secret(clientID string) string { return t.entra.Secret(clientID) }

// RequireMFA puts a person under a policy that asks for a second factor where Graph is called on the person's behalf.
// An API gets AADSTS50076 with claims then, until it comes with a token that was requested with these claims.
func (t *Tenant) RequireMFA(upn string) { t.entra.RequireMFA(upn) }

// RotateKeys signs every token from now on with a new key. The old ones stay published until [Tenant.RetireKeys].
func (t *Tenant) RotateKeys() { t.entra.RotateKeys() }

// RetireKeys takes all keys but the newest out of what is published: nobody takes tokens any more that were signed
// with them.
func (t *Tenant) RetireKeys() { t.entra.RetireKeys() }
