package entrasim

import "strings"

// grantClientCredentials lets an app act as itself (RFC 6749, section 4.4).
func (e *Entra) grantClientCredentials(q tokenRequest) (tokenAnswer, *refusal) {
	switch authority, _ := e.authority(q.tenant); authority {
	case common, consumers:
		return tokenAnswer{}, refuse(invalidRequest, 9001023, "The grant type is not supported on /common and /consumers. Use the endpoint of a tenant.")
	case organizations:
		return tokenAnswer{}, refuse(invalidRequest, 50059, "Nothing in the request tells the tenant. Use the endpoint of a tenant.")
	}
	app, why := e.client(q)
	if why != nil {
		return tokenAnswer{}, why
	}
	resource, audience, why := e.resource(q)
	if why != nil {
		return tokenAnswer{}, why
	}
	if why := checkResource(q.form.Get("resource"), resource); why != nil {
		return tokenAnswer{}, why
	}
	how := "2"
	if q.clientSecret != "" {
		how = "1"
	}
	token, lifetime := e.issue(e.appClaims(app, resource, how), ticket{resource: resource, audience: audience, host: q.host, cloud: e.cloud(q.host), claims: q.claims})
	return e.answer(token, lifetime), nil
}

// resource finds the API that a scope names and returns its name as asked for, which becomes the audience.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope
func (e *Entra) resource(q tokenRequest) (Resource, string, *refusal) {
	if !q.form.Has("scope") {
		return Resource{}, "", lacking("scope")
	}
	var audiences []string
	for scope := range strings.FieldsSeq(q.form.Get("scope")) {
		if isOpenID(scope) {
			continue
		}
		audience, ok := strings.CutSuffix(scope, "/.default")
		if !ok {
			audiences = nil
			break
		}
		audiences = append(audiences, audience)
	}
	switch len(audiences) {
	case 0:
		return Resource{}, "", refuse(invalidScope, 1002012, "The scope '%s' is not valid. Client credentials need the resource's identifier followed by /.default.", q.form.Get("scope"))
	case 1:
	default:
		return Resource{}, "", refuse(invalidScope, 70011, "The scope '%s' is not valid. One token is for one resource.", q.form.Get("scope"))
	}
	// Other clouds' names are taken here, too: the APIs tell them apart.
	r, ok := e.find(func(r Resource) bool { return r.is(audiences[0]) })
	if !ok {
		return Resource{}, "", refuse(invalidResource, 500011, "The resource '%s' was not found in the tenant '%s'.", audiences[0], q.tenant)
	}
	return r, audiences[0], nil
}
