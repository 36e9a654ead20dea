package entrasim

import (
	"crypto/x509"
	"slices"
	"strings"
)

// Accounts says whose accounts an app is registered for. The zero value is OneTenant.
type Accounts int

// The kinds of accounts.
const (
	OneTenant Accounts = iota
	AnyTenant          // work and school accounts
	Everyone           // personal accounts, too
)

// App is an application with a service principal in the tenant.
type App struct {
	ID          string              // client ID
	Name        string              // display name
	ObjectID    string              // of its service principal
	Roles       map[string][]string // granted application permissions, by the resource's app ID
	Disabled    bool                // gets no tokens
	Accounts    Accounts            // whose accounts it is for
	Redirects   []string            // registered redirect URIs
	Public      bool                // it runs on people's machines and has no credential
	PublicFlows bool                // flows without a redirect, such as the device code, are allowed to it without a credential
}

// account is an app with its current credentials.
type account struct {
	App
	secret       string
	expired      bool
	certificates []*x509.Certificate
	federated    []federatedCredential
}

// AddApp registers another app, or registers the one with the same client ID anew, whose credentials stay, and whose
// roles do where none are given. It returns the app's secret, which is random.
func (e *Entra) AddApp(app App) (secret string) {
	app.Redirects = slices.Clone(app.Redirects)
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.apps[strings.ToLower(app.ID)]; a != nil {
		if app.Roles == nil {
			app.Roles = a.Roles
		}
		a.App = app
		return a.secret
	}
	a := &account{App: app, secret: newSecret()}
	e.apps[strings.ToLower(app.ID)] = a
	return a.secret
}

// SetRedirects replaces an app's redirect URIs. An unknown app is left unknown.
func (e *Entra) SetRedirects(clientID string, uris ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.apps[strings.ToLower(clientID)]; a != nil {
		a.Redirects = slices.Clone(uris)
	}
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
	e.secrets.add(a.secret)
	a.secret, a.expired = newSecret(), false
	return a.secret
}

// RegisterCertificate lets an app prove itself with the certificate's key, besides what it has. An unknown app is
// left unknown.
func (e *Entra) RegisterCertificate(clientID string, c *x509.Certificate) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.apps[strings.ToLower(clientID)]; a != nil {
		a.certificates = append(a.certificates, c)
	}
}

// app finds an app that gets tokens.
func (e *Entra) app(clientID, tenant string) (App, *refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, why := e.accountOf(clientID, tenant)
	if why != nil {
		return App{}, why
	}
	return a.App, nil
}

// accountOf needs the lock.
func (e *Entra) accountOf(clientID, tenant string) (*account, *refusal) {
	a := e.apps[strings.ToLower(clientID)]
	switch {
	case a == nil:
		return nil, refuse(unauthorizedClient, 700016, "There is no application with the identifier '%s' in the directory '%s'. "+
			"It may not have been installed or consented to there, or the request went to the wrong tenant.", clientID, tenant)
	case a.Disabled:
		return nil, refuse(unauthorizedClient, 7000112, "The application '%s' (%s) is disabled.", a.ID, a.Name)
	}
	return a, nil
}
