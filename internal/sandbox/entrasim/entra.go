// Package entrasim simulates Microsoft Entra's token service: metadata, signing keys, and tokens for apps.
//
// Its keys and secrets are random and die with it, so that nothing it issues opens anything else. What it
// answers follows the documentation of the identity platform's v2.0 endpoints
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow); the wording is its own.
// It is managed by its methods alone: there is no such thing over HTTP.
package entrasim

import (
	"crypto/rsa"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// defaultLifetime is what Entra gives most access tokens.
const defaultLifetime = time.Hour

// Options are what an Entra is made of.
type Options struct {
	TenantID  string           // the only tenant, a GUID
	Domains   []string         // its DNS names, which name it as well as the GUID does
	Apps      []App            // who may ask for tokens
	Resources []Resource       // for what
	Lifetime  time.Duration    // of access tokens; 0 means one hour
	Now       func() time.Time // nil means time.Now
}

// App is an application with a service principal in the tenant.
type App struct {
	ID       string              // client ID
	Name     string              // display name
	ObjectID string              // of its service principal
	Roles    map[string][]string // granted application permissions, by the resource's app ID
	Disabled bool                // gets no tokens
}

// Resource is an API that tokens are issued for and that checks them.
type Resource struct {
	AppID string
	Names []string // App ID URIs without a trailing slash, such as https://graph.microsoft.com
}

// Entra is a simulated token service. It is an http.Handler and may be used by several goroutines at once.
type Entra struct {
	tenantID  string
	domains   []string
	resources []Resource
	now       func() time.Time
	mux       *http.ServeMux
	keyMade   chan struct{} // closed when key and keyID are set
	key       *rsa.PrivateKey
	keyID     string

	mu       sync.Mutex // guards what follows
	apps     map[string]*account
	lifetime time.Duration
	issued   uint64 // tokens so far
	revoked  uint64 // tokens up to this one are not good any more
}

// account is an app with its current secret.
type account struct {
	App
	secret  string
	expired bool
}

// New starts a token service; each app gets a random client secret. Close has to be called in the end.
func New(o Options) *Entra {
	e := &Entra{
		tenantID: o.TenantID, domains: o.Domains, resources: o.Resources, now: o.Now, lifetime: o.Lifetime,
		apps: map[string]*account{}, keyMade: make(chan struct{}),
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.lifetime <= 0 {
		e.lifetime = defaultLifetime
	}
	for _, app := range o.Apps {
		e.apps[strings.ToLower(app.ID)] = &account{App: app, secret: newSecret()}
	}
	go e.makeKey() // it takes a tenth of a second; Close waits for it
	e.mux = e.routes()
	return e
}

// Close waits for what New started.
func (e *Entra) Close() { <-e.keyMade }

func (e *Entra) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/{tenant}/oauth2/v2.0/token", e.serveToken)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", e.serveConfiguration)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", e.serveKeys)
	mux.HandleFunc("GET /common/discovery/instance", e.serveInstance)
	return mux
}

// ServeHTTP answers as login.microsoftonline.com would, naming itself as the request's Host does.
func (e *Entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("x-ms-request-id", newGUID())
	if id := r.Header.Get("client-request-id"); id != "" {
		h.Set("client-request-id", id)
	}
	e.mux.ServeHTTP(w, r)
}

// The path segments that stand for many tenants.
const (
	common        = "common"
	organizations = "organizations"
	consumers     = "consumers"
)

// checkTenant refuses tenants other than ours; the segments that stand for many pass.
func (e *Entra) checkTenant(segment string) *refusal {
	tenant := strings.ToLower(segment)
	switch {
	case slices.Contains([]string{e.tenantID, common, organizations, consumers}, tenant), slices.Contains(e.domains, tenant):
		return nil
	case !isGUID(tenant) && !strings.Contains(tenant, "."):
		return refuse(invalidRequest, 900023, "The tenant identifier '%s' is neither a GUID nor a domain name.", segment)
	}
	return refuse(invalidRequest, 90002, "There is no tenant '%s'. Check the tenant identifier and that the request went to the right cloud.", segment)
}

// Secret returns an app's current client secret, "" for an unknown app.
func (e *Entra) Secret(clientID string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.apps[strings.ToLower(clientID)]; a != nil {
		return a.secret
	}
	return ""
}

// ExpireSecret makes an app's current secret one that has expired.
func (e *Entra) ExpireSecret(clientID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.apps[strings.ToLower(clientID)]; a != nil {
		a.expired = true
	}
}

// RotateSecret replaces an app's secret and returns the new one, "" for an unknown app. The old one is a wrong
// one from then on; tokens issued for it stay good.
func (e *Entra) RotateSecret(clientID string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.apps[strings.ToLower(clientID)]
	if a == nil {
		return ""
	}
	a.secret, a.expired = newSecret(), false
	return a.secret
}

// SetLifetime sets how long access tokens live that are issued from now on; 0 means one hour.
func (e *Entra) SetLifetime(d time.Duration) {
	if d <= 0 {
		d = defaultLifetime
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lifetime = d
}

// Revoke makes every access token issued so far one that [Entra.Authenticate] refuses.
func (e *Entra) Revoke() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.revoked = e.issued
}
