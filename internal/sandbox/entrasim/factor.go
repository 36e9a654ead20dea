package entrasim

import (
	"fmt"
	"slices"
)

// RequireMFA puts a person under a policy of Conditional Access: whoever wants a token for the first API, which is
// Microsoft Graph, on this person's behalf needs a sign-in with a second factor. In a browser, where such a token is
// asked for, the person does that unseen. Elsewhere the answer is AADSTS50076 with claims, and a sign-in with these
// claims has the second factor (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow#error-response-example).
// Nothing happens where nobody has the name.
func (e *Entra) RequireMFA(upn string) {
	p := e.people.named(upn)
	if p == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.policies[p.ObjectID] = newGUID()
}

// policyOf returns the policy that a person is under, "" for none.
func (e *Entra) policyOf(p *Person) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.policies[p.ObjectID]
}

// usesFactor tells whether a person who signs in has to use a second factor.
func (e *Entra) usesFactor(q *signInRequest, p *Person) bool {
	policy := e.policyOf(p)
	if policy == "" {
		return false
	}
	first := e.apis()[0].AppID
	return len(q.asked.apis) == 0 || slices.Contains(q.claims.Policies, policy) ||
		slices.ContainsFunc(q.asked.apis, func(api askedAPI) bool { return api.resource.AppID == first })
}

// checkFactor refuses a token for the first API where a second factor is missing.
func (e *Entra) checkFactor(p *Person, r Resource, s signIn) *refusal {
	policy := e.policyOf(p)
	if policy == "" || s.SecondFactor || r.AppID != e.apis()[0].AppID {
		return nil
	}
	why := refuse(interactionRequired, 50076, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '%s'.", r.AppID)
	why.claims = fmt.Sprintf(`{"access_token":{"polids":{"essential":true,"values":["%s"]}}}`, policy)
	return why.because(basicAction)
}
