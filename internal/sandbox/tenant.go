// Package sandbox is the embedded tenant: a simulated Microsoft Entra, Microsoft Graph, Azure Resource Manager and AI Search
// of an invented company, on loopback, over TLS. It serves tests and the demonstration. People sign in on its pages,
// some of them in vain; apps prove themselves by secret, certificate, an outside issuer's word or as managed identities.
//
// Keys, certificates and secrets are random at each start and kept nowhere, so that the sandbox opens nothing
// else and nothing else opens it. It is managed by the methods of [Tenant] alone. It shares no code with the
// product, so that no mistake is made on both sides and cancels out.
package sandbox

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/indexsim"
)

// The identities that most callers need; the rest are in package company.
const (
	TenantID         = company.TenantID
	TenantDomain     = company.TenantDomain
	ClientID         = company.ClientID         // an app with many permissions; ClientSecret is its secret
	LimitedClientID  = company.LimitedClientID  // an app that may read users; LimitedClientSecret is its secret
	DisabledClientID = company.DisabledClientID // an app that Entra refuses
	DesktopClientID  = company.DesktopClientID  // a public app that signs people in at http://localhost, or by a device code
	KioskClientID    = company.KioskClientID    // a public app of one tenant, with no redirect to localhost and no device codes

	SystemIdentityClientID = company.SystemIdentityClientID // the managed identity that is used where none is named
	UserIdentityClientID   = company.UserIdentityClientID   // a managed identity that has to be named

	AdminUPN      = company.AdminUPN      // may consent to everything
	MemberUPN     = company.MemberUPN     // an ordinary person
	DisabledUPN   = company.DisabledUPN   // AADSTS50057
	BlockedUPN    = company.BlockedUPN    // AADSTS53003
	UnapprovedUPN = company.UnapprovedUPN // AADSTS90094, whatever is asked for
)

// Options say how a Tenant differs from the usual one.
type Options struct {
	Now           func() time.Time // the tenant's clock, for tokens and resources; nil means time.Now. Certificates go by real time.
	TokenLifetime time.Duration    // of access tokens; 0 means one hour
	Hosts         []string         // further DNS names for the certificate, such as those of [Host.ProductionNames]
	TenantID      string           // a GUID, so that two tenants of one test differ; "" means the constant
	Domain        string           // behind @ of every employee; "" means the constant company.Domain
	Users         int              // employees beside the usual ones, of whom little is known
	GraphOrigin   string           // a further origin of Graph's, of a line that leads to it, for which tokens are issued, too; "" means none
}

// Tenant is a running sandbox. Its methods may be called by several goroutines at once.
type Tenant struct {
	id, domain string
	entra      *entrasim.Entra
	graph      *graphsim.Graph
	header     string // the secret of the managed identity's endpoint
	ca         []byte
	index      *indexsim.Index
	servers    [hosts]*server
}

// Start starts a tenant with a company of its own; it listens on five ports of 127.0.0.1. Close has to be called
// in the end.
func Start(o Options) (*Tenant, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	ca, leaf, err := newCertificates(time.Now(), o.Hosts)
	if err != nil {
		return nil, fmt.Errorf("making certificates: %w", err)
	}
	t := &Tenant{id: strings.ToLower(cmp.Or(o.TenantID, TenantID)), domain: strings.ToLower(cmp.Or(o.Domain, company.Domain)), ca: ca, index: newSearchIndex(), header: rand.Text()}
	for h := range t.servers {
		if t.servers[h], err = listen(); err != nil {
			t.closeServers()
			return nil, err
		}
	}
	t.servers[Platform].plain = true
	people := company.New(o.Now())
	people.AddCrowd(o.Users, o.Now())
	if t.id != TenantID || t.domain != company.Domain {
		people.Rename(t.id, t.domain)
	}
	apps, identities := appsOf(people, t.id)
	t.entra = entrasim.New(entrasim.Options{
		TenantID: t.id, TenantName: company.Name, Domains: []string{company.InitialDomain(t.domain), t.domain},
		Apps: apps, Identities: identities, People: peopleOf(people, t.UPN), Resources: t.resources(o.GraphOrigin),
		Lifetime: o.TokenLifetime, Now: o.Now, Cloud: cloudOf,
	})
	for h, handler := range t.handlers(people, o.Now) {
		t.servers[h].serve(leaf, handler)
	}
	return t, nil
}

// Close cuts every connection, ends the contexts of running requests and waits for them. A second call does
// nothing.
func (t *Tenant) Close() error {
	err := t.closeServers()
	t.entra.Close()
	return err
}

func (t *Tenant) closeServers() error {
	var errs [hosts]error
	var closing sync.WaitGroup
	for h, s := range t.servers {
		if s != nil {
			closing.Go(func() { errs[h] = s.close() })
		}
	}
	closing.Wait()
	return errors.Join(errs[:]...)
}

// LoginURL returns the origin of the simulated Entra, such as https://127.0.0.1:40001.
func (t *Tenant) LoginURL() string { return t.servers[Login].url() }

// GraphURL returns the origin of the simulated Microsoft Graph.
func (t *Tenant) GraphURL() string { return t.servers[Graph].url() }

// ResourceManagerURL returns the origin of the simulated Azure Resource Manager.
func (t *Tenant) ResourceManagerURL() string { return t.servers[ResourceManager].url() }

// URL returns the origin of a host.
func (t *Tenant) URL(h Host) string { return t.servers[h].url() }

// TenantID returns the tenant's ID: the constant, unless the options named another one.
func (t *Tenant) TenantID() string { return t.id }

// Domain returns the part behind @ of every employee.
func (t *Tenant) Domain() string { return t.domain }

// UPN returns what one of the constants, such as [MemberUPN], is in this tenant.
func (t *Tenant) UPN(constant string) string {
	if local, ok := strings.CutSuffix(constant, "@"+company.Domain); ok {
		return local + "@" + t.domain
	}
	return constant
}

// CA returns the certificate, in PEM, under which all hosts with TLS are trusted. The caller owns it.
func (t *Tenant) CA() []byte { return append([]byte(nil), t.ca...) }

// ClientSecret returns the current secret of the app [ClientID].
func (t *Tenant) ClientSecret() string { return t.entra.Secret(ClientID) }

// LimitedClientSecret returns the secret of the app [LimitedClientID].
func (t *Tenant) LimitedClientSecret() string { return t.entra.Secret(LimitedClientID) }

// ExpireSecret lets the secret of [ClientID] expire: Entra answers AADSTS7000222 to it from now on.
func (t *Tenant) ExpireSecret() { t.entra.ExpireSecret(ClientID) }

// RotateSecret gives [ClientID] a new secret and returns it; the old one is wrong (AADSTS7000215) from now on.
func (t *Tenant) RotateSecret() string { return t.entra.RotateSecret(ClientID) }

// SetTokenLifetime sets how long access tokens live that are issued from now on; 0 means one hour.
func (t *Tenant) SetTokenLifetime(d time.Duration) { t.entra.SetLifetime(d) }

// RevokeTokens ends every access token issued so far: Graph and Azure Resource Manager answer 401 with the code
// InvalidAuthenticationToken to it from now on.
func (t *Tenant) RevokeTokens() { t.entra.Revoke() }

// Inject lets a fault happen until remove is called, or as often as it says. remove may be called more than once.
func (t *Tenant) Inject(f Fault) (remove func()) { return t.servers[f.Host].faults.add(f) }

// Requests returns copies of the requests that have arrived at a host, oldest first; of more than 10,000 the last
// 10,000. Those that are still running are among them.
func (t *Tenant) Requests(h Host) []Request { return t.servers[h].record.requests() }

// Count returns how many of the requests that [Tenant.Requests] returns have a path that contains the text, as
// sent or decoded.
func (t *Tenant) Count(h Host, pathContains string) int {
	return t.servers[h].record.count(pathContains)
}

// handlers are what the hosts answer with where no fault is injected. A fault may also happen to a request in a
// batch.
func (t *Tenant) handlers(c *company.Company, now func() time.Time) [hosts]http.Handler {
	g := graphsim.New(graphsim.Options{
		Company: c, Now: now, Authenticate: t.authenticateGraph,
		AuthenticateResourceManager: t.authenticateResourceManager, WrapItem: t.servers[Graph].faults.wrap, SignOut: t.RevokeSessions,
	})
	t.graph = g
	return [hosts]http.Handler{
		Login: t.entra, Graph: g, ResourceManager: t.authenticated(g.ResourceManager()), Platform: t.entra.ManagedIdentity(t.header),
		Search: t.index,
	}
}
