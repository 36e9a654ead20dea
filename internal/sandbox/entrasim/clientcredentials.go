package entrasim

import "strings"

// grantClientCredentials lets an app act as itself (RFC 6749, section 4.4).
func (e *Entra) grantClientCredentials(q tokenRequest) (tokenAnswer, *refusal) {
	switch strings.ToLower(q.tenant) {
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
	token, lifetime := e.issue(app, resource, audience)
	return answer(token, lifetime), nil
}
