package entrasim

import (
	"maps"
	"slices"
	"strings"
)

// Resource is an API that tokens are issued for and that checks them.
type Resource struct {
	AppID  string
	Name   string   // as pages show it
	Names  []string // App ID URIs without a trailing slash, such as https://graph.microsoft.com
	Scopes []Scope  // its delegated permissions

	// Own is that it is the tenant's own, which is in no other cloud than the Entra that is asked.
	Own bool
	// Version2 is that its tokens are in the v2.0 format, which a registration asks for by requestedAccessTokenVersion.
	Version2 bool
	// IdentityType is that the registration asks for the optional claim idtyp, which is in the tokens of apps alone.
	// Microsoft's own APIs get it of people, too.
	IdentityType bool
	// PreAuthorized are the scopes that clients have without anybody's consent, by client ID.
	PreAuthorized map[string][]string
}

// Scope is a delegated permission.
type Scope struct {
	Name  string
	Admin bool // only an administrator may consent to it
}

// AddResource lets tokens be issued for another API, or replaces the one with the same app ID.
func (e *Entra) AddResource(r Resource) {
	r.AppID, r.Names, r.Scopes = strings.ToLower(r.AppID), slices.Clone(r.Names), slices.Clone(r.Scopes)
	for i, name := range r.Names {
		r.Names[i] = strings.ToLower(name)
	}
	allowed := map[string][]string{}
	for client, scopes := range r.PreAuthorized {
		allowed[strings.ToLower(client)] = slices.Clone(scopes)
	}
	r.PreAuthorized = allowed
	e.mu.Lock()
	defer e.mu.Unlock()
	all := slices.Clone(e.resources) // who reads the old list goes on with it
	if i := slices.IndexFunc(all, func(old Resource) bool { return old.AppID == r.AppID }); i >= 0 {
		all[i] = r
	} else {
		all = append(all, r)
	}
	e.resources = all
}

// apis lists what tokens are issued for. The caller only reads it.
func (e *Entra) apis() []Resource {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.resources
}

// find returns the first API for which the condition holds.
func (e *Entra) find(condition func(Resource) bool) (Resource, bool) {
	all := e.apis()
	if i := slices.IndexFunc(all, condition); i >= 0 {
		return all[i], true
	}
	return Resource{}, false
}

// is tells whether an identifier, with or without a trailing slash, names the resource.
func (r Resource) is(identifier string) bool {
	name := strings.ToLower(strings.TrimSuffix(identifier, "/"))
	return name == r.AppID || slices.Contains(r.Names, name)
}

// preAuthorized tells whether a client has a scope without consent.
func (r Resource) preAuthorized(clientID, scope string) bool {
	return slices.ContainsFunc(r.PreAuthorized[clientID], func(s string) bool { return strings.EqualFold(s, scope) })
}

// checkResource checks the parameter resource (RFC 8707), which since 2026 has to be an App ID URI of the API whose
// scopes are asked for. A slash at its end makes it another one.
func checkResource(parameter string, apis ...Resource) *refusal {
	if parameter == "" {
		return nil
	}
	fits := func(r Resource) bool { return slices.Contains(r.Names, strings.ToLower(parameter)) }
	if len(apis) == 0 || slices.ContainsFunc(apis, func(r Resource) bool { return !fits(r) }) {
		return refuse(invalidTarget, 9010010, "The resource parameter provided in the request doesn't match with the requested scopes.")
	}
	return nil
}

func (a asked) resources() []Resource {
	var all []Resource
	for _, api := range a.apis {
		all = append(all, api.resource)
	}
	return all
}

// assignment is that somebody has app roles at an API.
type assignment struct{ objectID, resource string }

// AssignRoles gives an app, named by its client ID, or a person, named by the UPN, roles at an API, besides those that
// they have. Unknown ones are left unknown.
func (e *Entra) AssignRoles(who, resourceAppID string, roles ...string) {
	resource := strings.ToLower(resourceAppID)
	p := e.people.named(who)
	e.mu.Lock()
	defer e.mu.Unlock()
	if p != nil {
		key := assignment{p.ObjectID, resource}
		e.assigned[key] = union(e.assigned[key], roles)
	}
	if a := e.apps[strings.ToLower(who)]; a != nil {
		all := maps.Clone(a.Roles)
		if all == nil {
			all = map[string][]string{}
		}
		all[resource] = union(all[resource], roles)
		a.Roles = all
	}
}

// union returns a new list.
func union(old, more []string) []string {
	all := slices.Clone(old)
	for _, one := range more {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

func (e *Entra) rolesOf(p *Person, r Resource) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.assigned[assignment{p.ObjectID, r.AppID}]
}
