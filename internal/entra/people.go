package entra

import (
	"slices"
	"strings"
)

// checkPerson refuses people who are not the profile's.
func (u *User) checkPerson(p person) *Error {
	tenant := strings.ToLower(u.config.TenantID)
	personal := strings.EqualFold(p.tenantID, personalTenant)
	switch {
	case u.person.Account != "" && !strings.EqualFold(p.account, u.person.Account):
		return u.config.newError(p.account+" signed in, and profile "+u.config.Profile+" takes "+u.person.Account+" alone",
			"sign in again and choose "+tidy(u.person.Account)+", or change account in profile {profile}")
	case personal && !u.person.Personal:
		return u.config.newError(p.account+" is a personal account, and profile "+u.config.Profile+" is for work accounts",
			`sign in with a work account, or write account_type = "personal" into profile {profile} and remove its tenant_id`)
	case !personal && u.person.Personal && u.config.Known:
		return u.config.newError(p.account+" is not a personal account, and profile "+u.config.Profile+" is for one",
			`sign in with a personal account, or write account_type = "work" into profile {profile}`)
	case len(tenant) == 36 && identifier(tenant) != "" && !strings.EqualFold(p.tenantID, tenant):
		return u.config.newError(p.account+" signed in to tenant "+p.tenantID+", and profile "+u.config.Profile+" is of tenant "+tenant,
			"sign in with an account of that tenant, or correct tenant_id of profile {profile}")
	}
	return nil
}

// isMain reports whether audience is the API that the profile's scopes are for.
func (c *client) isMain(audience string) bool { return sameHost(audience, c.config.Audiences[0]) }

// scopes returns what to ask for to get a token for audience. The permissions are named with their API: without it
// they would be the global cloud's.
func (c *client) scopes(audience string) []string {
	main := c.isMain(audience)
	var scopes []string
	for _, s := range c.config.Scopes {
		api := originOfScope(s)
		switch {
		case api != "" && sameHost(api, audience), api == "" && main && isOpenID(s):
			scopes = append(scopes, s)
		case api == "" && main:
			scopes = append(scopes, audience+"/"+s)
		}
	}
	if !main && len(scopes) == 0 {
		return []string{audience + "/user_impersonation"}
	}
	return scopes
}

// consentScopes are those that the person is asked to consent to: the profile's, and those of the further APIs that a
// call has needed, which it returns, too. claims is what a renewal was refused for the want of.
func (u *User) consentScopes() (scopes, further []string, claims string) {
	u.state.Lock()
	claims, further = u.wanted.claims, slices.Clone(u.wanted.audiences)
	u.state.Unlock()
	return u.asked(further), further, claims
}

// asked are the scopes that a person is asked to consent to: those of the main API, of those that a scope names, and of
// the further ones; and what makes it a sign-in that goes on.
func (c *client) asked(further []string) (scopes []string) {
	for _, audience := range c.config.Audiences {
		named := slices.ContainsFunc(c.config.Scopes, func(s string) bool { return sameHost(originOfScope(s), audience) })
		if c.isMain(audience) || named || slices.Contains(further, audience) {
			scopes = append(scopes, c.scopes(audience)...)
		}
	}
	for _, always := range []string{"openid", "profile", "offline_access"} {
		if !slices.Contains(scopes, always) {
			scopes = append(scopes, always)
		}
	}
	return scopes
}

// want notes what a renewal failed for, so that the next sign-in brings it. Where a person was asked for it already,
// asking again would have no end: the error then says what to do instead.
func (u *User) want(audience string, failed *Error) *Error {
	u.state.Lock()
	defer u.state.Unlock()
	if failed.claims != "" {
		u.wanted.claims = failed.claims
	}
	if u.isMain(audience) {
		return failed
	}
	if !slices.Contains(u.wanted.audiences, audience) {
		u.wanted.audiences = append(u.wanted.audiences, audience)
	}
	if !slices.Contains(u.wanted.asked, audience) {
		return failed
	}
	again := *failed
	again.class = permanent
	again.hint = u.config.fill("the sign-in did not bring consent for " + audience + `: add "` + audience + `/user_impersonation" to scopes of profile {profile} and sign in again in a browser, {login}; or an administrator opens {adminconsent} and consents`)
	return &again
}

// brought notes that a person has signed in, and which further APIs they were asked for.
func (u *User) brought(asked []string) {
	u.state.Lock()
	defer u.state.Unlock()
	left := slices.DeleteFunc(slices.Clone(u.wanted.audiences), func(a string) bool { return slices.Contains(asked, a) })
	u.wanted = wanted{audiences: left, asked: append(u.wanted.asked, asked...)}
}
