package entrasim

import (
	"crypto/subtle"
	"slices"
)

// client finds the app that asks and checks how it proves itself, in this order, as Entra does.
func (e *Entra) client(q tokenRequest) (App, *refusal) {
	authority, why := e.authority(q.tenant)
	if why != nil {
		return App{}, why
	}
	e.mu.Lock()
	a, why := e.accountOf(q.clientID, q.tenant)
	if why != nil {
		e.mu.Unlock()
		return App{}, why
	}
	now := *a // the assertion is checked without the lock
	now.certificates, now.federated = slices.Clone(a.certificates), slices.Clone(a.federated)
	e.mu.Unlock()
	if why := checkAccounts(now.App, authority); why != nil {
		return App{}, why
	}
	if now.Public {
		return now.App, checkPublic(q, now.App)
	}
	return now.App, e.checkConfidential(q, &now)
}

// checkPublic refuses a credential from an app that can have none, and flows that were not allowed to it without one.
func checkPublic(q tokenRequest, a App) *refusal {
	device := q.grant() == deviceCodeGrant || q.grant() == deviceCodeURN
	switch {
	case q.clientSecret != "", q.form.Has("client_assertion"):
		return refuse(invalidClient, 700025, "The client is public, so that neither 'client_assertion' nor 'client_secret' should be presented.")
	case q.grant() == clientCredentials, q.grant() == onBehalfOfGrant:
		return needsCredential(q)
	case device && !a.PublicFlows:
		return refuse(invalidClient, 7000218, "The body has to hold the parameter 'client_assertion' or 'client_secret'. Public client flows are not allowed to the application '%s'.", a.ID)
	}
	return nil
}

func needsCredential(q tokenRequest) *refusal {
	if q.grant() == clientCredentials {
		return refuse(invalidClient, 7000216, "The grant type '%s' needs 'client_secret' or 'client_assertion'.", q.grant())
	}
	return refuse(invalidClient, 7000218, "The body has to hold the parameter 'client_assertion' or 'client_secret'.")
}

func (e *Entra) checkConfidential(q tokenRequest, a *account) *refusal {
	switch {
	case q.form.Has("client_assertion"):
		return e.checkAssertion(q, a)
	case q.clientSecret == "":
		return needsCredential(q)
	case subtle.ConstantTimeCompare([]byte(q.clientSecret), []byte(a.secret)) != 1:
		return refuse(invalidClient, 7000215, "The client secret is wrong. It has to be the secret's value, not its ID, of the application '%s'.", a.ID)
	case a.expired:
		return refuse(invalidClient, 7000222, "The client secrets of the application '%s' have expired.", a.ID)
	}
	return nil
}
