package entrasim

import (
	"slices"
	"strings"
)

// asked is what a scope parameter asks for on behalf of a person
// (https://learn.microsoft.com/entra/identity-platform/scopes-oidc).
type asked struct {
	openID []string // of openid, profile, email and offline_access
	apis   []askedAPI
}

// askedAPI are the permissions of one resource.
type askedAPI struct {
	resource Resource
	audience string // as the client named the resource; its app ID where it named none
	prefix   string // what stood before the first permission
	all      bool   // .default: whatever was consented to
	scopes   []askedScope
}

// askedScope is a permission in the client's spelling, which the answer repeats but for the case of the name.
type askedScope struct {
	Scope
	text string
}

func isOpenID(scope string) bool {
	return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, scope)
}

func (a asked) has(openID string) bool { return slices.Contains(a.openID, openID) }

// scopes reads a scope parameter that came to a host.
func (e *Entra) scopes(parameter, host string) (asked, *refusal) {
	var a asked
	for text := range strings.FieldsSeq(parameter) {
		if isOpenID(text) {
			if !a.has(text) {
				a.openID = append(a.openID, text)
			}
			continue
		}
		if why := e.addScope(&a, text, host); why != nil {
			return asked{}, why
		}
	}
	return a, nil
}

func (e *Entra) addScope(a *asked, text, host string) *refusal {
	audience, prefix, name := splitScope(text)
	resource, audience, why := e.resourceOf(audience, host)
	if why != nil {
		return why
	}
	api := a.api(resource, audience, prefix)
	if name == ".default" {
		api.all = true
		return nil
	}
	i := slices.IndexFunc(resource.Scopes, func(s Scope) bool { return strings.EqualFold(s.Name, name) })
	if i < 0 {
		return refuse(invalidScope, 650053, "The application asked for the scope '%s', which does not exist on the resource '%s'.", name, resource.AppID)
	}
	if !api.names(resource.Scopes[i]) {
		api.scopes = append(api.scopes, askedScope{resource.Scopes[i], prefix + resource.Scopes[i].Name})
	}
	return nil
}

// splitScope cuts what names the resource from the permission's name. ARM is often named with a slash at its end,
// so that two come together; the first is the audience's.
func splitScope(text string) (audience, prefix, name string) {
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return "", "", text
	}
	return text[:i], text[:i+1], text[i+1:]
}

// resourceOf finds the API of a name; without a name it is the first, for whom the audience is the app ID then.
func (e *Entra) resourceOf(name, host string) (Resource, string, *refusal) {
	all := e.apis()
	if name == "" {
		return all[0], all[0].AppID, nil
	}
	for _, r := range all {
		if r.is(name) && (r.Own || strings.EqualFold(name, r.AppID) || e.covers(e.cloud(host), e.cloudOf(name))) {
			return r, name, nil
		}
	}
	return Resource{}, "", refuse(invalidResource, 500011, "The resource '%s' was not found in this cloud's tenant '%s'.", name, e.tenantName)
}

// api returns the entry for a resource, a new one where there is none.
func (a *asked) api(r Resource, audience, prefix string) *askedAPI {
	for i := range a.apis {
		if a.apis[i].resource.AppID == r.AppID {
			return &a.apis[i]
		}
	}
	a.apis = append(a.apis, askedAPI{resource: r, audience: audience, prefix: prefix})
	return &a.apis[len(a.apis)-1]
}

func (api *askedAPI) names(s Scope) bool {
	return slices.ContainsFunc(api.scopes, func(other askedScope) bool { return other.Name == s.Name })
}

// cloudOf names the cloud of an App ID URI.
func (e *Entra) cloudOf(audience string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(audience), "https://"), "/")
	return e.cloud(host)
}

// covers tells whether an Entra of one cloud issues tokens for APIs of another.
func (e *Entra) covers(cloud, api string) bool {
	return api == cloud || cloud != "" && strings.HasPrefix(api, cloud+"-")
}
