package entra

import (
	"slices"
	"strings"
)

// checkPerson refuses people who are not the profile's.
func (u *User) checkPerson(p person) *Error {
	tenant := strings.ToLower(u.config.TenantID)
	personal := strings.EqualFold(p.TenantID, personalTenant)
	switch {
	case u.person.Account != "" && !strings.EqualFold(p.Account, u.person.Account):
		return u.config.newError(p.Account+" signed in, and profile "+u.config.Profile+" takes "+u.person.Account+" alone",
			"sign in again and choose "+tidy(u.person.Account)+", or change account in profile {profile}")
	case personal && !u.person.Personal:
		return u.config.newError(p.Account+" is a personal account, and profile "+u.config.Profile+" is for work accounts",
			`sign in with a work account, or write account_type = "personal" into profile {profile} and remove its tenant_id`)
	case !personal && u.person.Personal && u.config.Known:
		return u.config.newError(p.Account+" is not a personal account, and profile "+u.config.Profile+" is for one",
			`sign in with a personal account, or write account_type = "work" into profile {profile}`)
	case len(tenant) == 36 && identifier(tenant) != "" && !strings.EqualFold(p.TenantID, tenant):
		return u.config.newError(p.Account+" signed in to tenant "+p.TenantID+", and profile "+u.config.Profile+" is of tenant "+tenant,
			"sign in with an account of that tenant, or correct tenant_id of profile {profile}")
	}
	return nil
}

// isMain reports whether audience is the API that the profile's scopes are for.
func (u *User) isMain(audience string) bool { return sameHost(audience, u.config.Audiences[0]) }

// scopes returns what to ask for to get a token for audience. The permissions are named with their API: without it
// they would be the global cloud's.
func (u *User) scopes(audience string) []string {
	if !u.isMain(audience) {
		return []string{audience + "/user_impersonation"}
	}
	var scopes []string
	for _, s := range u.config.Scopes {
		if !isOpenID(s) && !strings.Contains(s, "://") {
			s = audience + "/" + s
		}
		scopes = append(scopes, s)
	}
	return scopes
}

// consentScopes are those that the person is asked to consent to: the profile's, and those of further APIs that a
// call has needed. claims is what a renewal was refused for the want of.
func (u *User) consentScopes() (scopes []string, claims string) {
	u.state.Lock()
	claims = u.wanted.claims
	further := slices.Clone(u.wanted.audiences)
	u.state.Unlock()
	scopes = u.scopes(u.config.Audiences[0])
	for _, audience := range further {
		scopes = append(scopes, u.scopes(audience)...)
	}
	for _, always := range []string{"openid", "profile", "offline_access"} {
		if !slices.Contains(scopes, always) {
			scopes = append(scopes, always)
		}
	}
	return scopes, claims
}

// want notes what a renewal failed for, so that the next sign-in brings it. Where a person was asked for it already,
// asking again would have no end: the error then says what to do instead.
func (u *User) want(audience string, failed *Error) *Error {
	u.state.Lock()
	defer u.state.Unlock()
	u.wanted.claims = failed.claims
	if u.isMain(audience) {
		return failed
	}
	if slices.Contains(u.wanted.asked, audience) {
		again := *failed
		again.class = permanent
		again.hint = u.config.fill("the sign-in did not bring consent for " + audience + ": sign in again in a browser, not with a code, or an administrator opens {adminconsent} and consents")
		return &again
	}
	if !slices.Contains(u.wanted.audiences, audience) {
		u.wanted.audiences = append(u.wanted.audiences, audience)
	}
	return failed
}

// brought notes that a person has signed in, and what they were asked for.
func (u *User) brought() {
	u.state.Lock()
	defer u.state.Unlock()
	u.wanted = wanted{asked: append(u.wanted.asked, u.wanted.audiences...)}
}
