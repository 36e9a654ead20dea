// Package entrasim simulates Microsoft Entra's token service: metadata, signing keys, the pages on which people sign
// in, and tokens for people and apps.
//
// Its keys and secrets are random and die with it, so that nothing it issues opens anything else. What it
// answers follows the documentation of the identity platform's v2.0 endpoints
// (https://learn.microsoft.com/entra/identity-platform/v2-protocols), RFC 6749, 7523, 7636 and 8628; the wording is
// its own. It is managed by its methods alone: there is no such thing over HTTP.
package entrasim

import (
	"net/http"
	"sync"
	"time"
)

// defaultLifetime is what Entra gives most access tokens.
const defaultLifetime = time.Hour

// Options are what an Entra is made of.
type Options struct {
	TenantID   string           // the only tenant, a GUID
	TenantName string           // as pages show it
	Domains    []string         // its DNS names, which name it as well as the GUID does
	Apps       []App            // who may ask for tokens
	Identities []Identity       // managed identities
	People     []Person         // who may sign in, and who may try
	Resources  []Resource       // for what; the first is what scopes without a resource belong to
	Lifetime   time.Duration    // of access tokens; 0 means one hour
	Now        func() time.Time // nil means time.Now
	// Cloud names the cloud that a host, with or without a port, belongs to. A token goes from an Entra to APIs of
	// the same cloud, and of clouds that have its name and a suffix, such as usgov and usgov-dod. Nil means that all
	// is one cloud.
	Cloud func(host string) string
}

// Entra is a simulated token service. It is an http.Handler and may be used by several goroutines at once.
type Entra struct {
	tenantID, tenantName string
	domains              []string
	people               people
	identities           []Identity
	now                  func() time.Time
	cloud                func(string) string
	mux                  *http.ServeMux
	sealer               sealer
	issuer               func() *issuer // the outside one
	keyMade              chan struct{}  // closed when there is a key
	secrets              issuedSecrets

	mu        sync.Mutex // guards what follows
	apps      map[string]*account
	resources []Resource   // replaced, never changed
	keys      []signingKey // newest first; replaced, never changed
	assigned  map[assignment][]string
	policies  map[string]string // by the object ID of who needs a second factor
	lifetime  time.Duration
	refreshIn time.Duration // 0 means as Entra does
	issued    uint64        // access tokens so far
	revoked   uint64        // access tokens up to this one are not good any more
	challenge int64         // the claim nbf without which a token is challenged; 0 means none is
	consents  map[consent]bool
	sessions  sessions
	flows     flows
	devices   devices
	refresh   refreshRules
	seen      replays
}

// New starts a token service; each app gets a random client secret. Close has to be called in the end.
func New(o Options) *Entra {
	e := &Entra{
		tenantID: o.TenantID, tenantName: o.TenantName, domains: o.Domains, now: o.Now, lifetime: o.Lifetime,
		people: newPeople(o.People), identities: o.Identities, cloud: o.Cloud, sealer: newSealer(),
		apps: map[string]*account{}, assigned: map[assignment][]string{}, policies: map[string]string{}, keyMade: make(chan struct{}), consents: map[consent]bool{},
		issuer: sync.OnceValue(newIssuer), devices: newDevices(),
		sessions: newSessions(), flows: flows{}, refresh: newRefreshRules(), seen: replays{},
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.cloud == nil {
		e.cloud = func(string) string { return "" }
	}
	if e.lifetime <= 0 {
		e.lifetime = defaultLifetime
	}
	for _, app := range o.Apps {
		e.AddApp(app)
	}
	for _, r := range o.Resources {
		e.AddResource(r)
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
	mux.HandleFunc("/{tenant}/oauth2/v2.0/authorize", e.serveAuthorize)
	mux.HandleFunc("/{tenant}/oauth2/v2.0/devicecode", e.serveDeviceCode)
	mux.HandleFunc("POST /{tenant}/login", e.serveAccount)
	mux.HandleFunc("POST /{tenant}/consent", e.serveConsent)
	mux.HandleFunc("GET "+devicePath, e.serveDevicePage)
	mux.HandleFunc("POST "+devicePath, e.serveUserCode)
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

// SetLifetime sets how long access tokens live that are issued from now on; 0 means one hour.
func (e *Entra) SetLifetime(d time.Duration) {
	if d <= 0 {
		d = defaultLifetime
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lifetime = d
}

// SetRefreshIn makes answers ask for renewal after that time; 0 means as Entra does, after half the life of tokens
// that live for more than two hours.
func (e *Entra) SetRefreshIn(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refreshIn = d
}

// Revoke makes every access token issued so far one that [Entra.Authenticate] refuses.
func (e *Entra) Revoke() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.revoked = e.issued
}
