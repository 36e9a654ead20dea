package entrasim

import (
	"slices"
	"strings"
)

// consent is one permission that was given to an app, by a person or, where person is "", by an administrator for
// everybody.
type consent struct{ app, person, resource, scope string }

// Consent lets an administrator consent for everybody to an app's delegated permissions, named as in a scope
// parameter: User.Read, or with a resource before it. Unknown ones are left unknown.
func (e *Entra) Consent(clientID string, scopes ...string) {
	for _, text := range scopes {
		name, _, scope := splitScope(text)
		if isOpenID(text) {
			e.grantConsent(clientID, "", openIDResource, text)
			continue
		}
		for i, r := range e.apis() {
			if name == "" && i == 0 || name != "" && r.is(name) {
				e.grantConsent(clientID, "", r.AppID, scope)
			}
		}
	}
}

func (e *Entra) grantConsent(clientID, person, resource, scope string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.consents[consent{strings.ToLower(clientID), person, resource, strings.ToLower(scope)}] = true
}

func (e *Entra) consented(clientID string, p *Person, resource, scope string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := consent{strings.ToLower(clientID), p.ObjectID, resource, strings.ToLower(scope)}
	if e.consents[c] {
		return true
	}
	c.person = ""
	return p.Standing != Personal && (e.consents[c] || slices.ContainsFunc(e.resources, func(r Resource) bool {
		return r.AppID == resource && r.preAuthorized(c.app, scope)
	}))
}

// consentedScopes lists what an app may do at a resource on behalf of a person.
func (e *Entra) consentedScopes(clientID string, p *Person, r Resource) []Scope {
	var all []Scope
	for _, s := range r.Scopes {
		if e.consented(clientID, p, r.AppID, s.Name) {
			all = append(all, s)
		}
	}
	return all
}

// openIDResource is whose permissions openid, profile, email and offline_access are.
const openIDResource = "openid"

// wanted is a permission that somebody has to consent to.
type wanted struct {
	resource, scope string
	admin           bool
}

// want lists what a person is asked to consent to.
func (e *Entra) want(app App, p *Person, a asked) []wanted {
	var all []wanted
	for _, name := range a.openID {
		all = append(all, wanted{openIDResource, name, false})
	}
	return append(all, e.wantOfAPIs(app, p, a)...)
}

// wantOfAPIs lists what of it APIs will check. Of .default, where nothing has been consented to, it is the permission
// that every registration lists.
func (e *Entra) wantOfAPIs(app App, p *Person, a asked) []wanted {
	var all []wanted
	for _, api := range a.apis {
		for _, s := range api.scopes {
			all = append(all, wanted{api.resource.AppID, s.Name, s.Admin})
		}
		if api.all && len(api.resource.Scopes) > 0 && len(e.consentedScopes(app.ID, p, api.resource)) == 0 {
			first := api.resource.Scopes[0]
			all = append(all, wanted{api.resource.AppID, first.Name, first.Admin})
		}
	}
	return all
}

// missing lists what of it has not been consented to.
func (e *Entra) missing(app App, p *Person, all []wanted) []wanted {
	return slices.DeleteFunc(slices.Clone(all), func(w wanted) bool { return e.consented(app.ID, p, w.resource, w.scope) })
}

// mayConsent tells whether a person can consent without an administrator.
func mayConsent(p *Person, missing []wanted) bool {
	if p.Admin || len(missing) == 0 {
		return true
	}
	return p.Standing != Unapproved && !slices.ContainsFunc(missing, func(w wanted) bool { return w.admin })
}

// accept notes a person's consent.
func (e *Entra) accept(app App, p *Person, all []wanted) {
	for _, w := range all {
		e.grantConsent(app.ID, p.ObjectID, w.resource, w.scope)
	}
}
