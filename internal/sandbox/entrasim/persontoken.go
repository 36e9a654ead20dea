package entrasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// personGrant is what a person has let an app do.
type personGrant struct {
	app       App
	signIn    signIn
	nonce     string
	scope     string // what was asked for before, where the request does not say
	claims    requestedClaims
	refreshed bool
	// onBehalfOf is that an API asks, which gets a refresh token wherever it asks for one: nobody could consent to it.
	onBehalfOf bool
}

// answerPerson issues the tokens that speak for a person
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#successful-response-2).
func (e *Entra) answerPerson(q tokenRequest, g personGrant) (tokenAnswer, *refusal) {
	if text := q.form.Get("scope"); text != "" {
		g.scope = text
	}
	wants, why := e.scopes(g.scope, q.host)
	if why != nil {
		return tokenAnswer{}, why
	}
	if why := checkResource(q.form.Get("resource"), wants.resources()...); why != nil {
		return tokenAnswer{}, why
	}
	if rev, is := e.revocationOf(g.signIn); is {
		return tokenAnswer{}, refuse(invalidGrant, 50173, "The grant has been revoked and a fresh sign-in is needed. It was issued on '%s', and of this person tokens of before '%s' are not valid.",
			g.signIn.At.UTC().Format(time.RFC3339Nano), rev.at.UTC().Format(time.RFC3339Nano)).because(badToken)
	}
	p := e.people.byObject[g.signIn.Person]
	if len(e.missing(g.app, p, e.wantOfAPIs(g.app, p, wants))) > 0 {
		return tokenAnswer{}, refuse(invalidGrant, 65001, "The person or an administrator has not consented to use the application with ID '%s' named '%s'. "+
			"Send an interactive authorization request for this person and resource.", g.app.ID, g.app.Name).because(consentRequired)
	}
	api, why := e.oneAPI(q, wants)
	if why != nil {
		return tokenAnswer{}, why
	}
	if why := e.checkFactor(p, api.resource, g.signIn); why != nil {
		return tokenAnswer{}, why
	}
	granted := e.consentedScopes(g.app.ID, p, api.resource)
	token, lifetime := e.personToken(g, p, ticket{
		resource: api.resource, audience: api.audience, host: q.host, cloud: e.cloud(q.host), claims: g.claims,
		profile: wants.has("profile"), secondFactor: g.signIn.SecondFactor,
	}, granted)
	a := e.answer(token, lifetime)
	a.Scope = scopeAnswer(wants, api, granted)
	if wants.has("openid") {
		a.IDToken = e.idToken(q, g, p, wants)
	}
	if g.refreshed || wants.has("offline_access") && (g.onBehalfOf || e.consented(g.app.ID, p, openIDResource, "offline_access")) {
		a.RefreshToken = e.newRefreshToken(refreshTicket{App: g.app.ID, Scope: g.scope, SignIn: g.signIn})
	}
	if q.form.Get("client_info") == "1" {
		a.ClientInfo = clientInfo(p.ObjectID, e.tenantOf(p))
	}
	return a, nil
}

// oneAPI finds the resource that the access token is for. Where OpenID scopes alone are asked for it is the first, as
// at Entra; and where an authorization request named several it is the first of them.
func (e *Entra) oneAPI(q tokenRequest, wants asked) (askedAPI, *refusal) {
	switch {
	case len(wants.apis) == 0:
		r := e.apis()[0]
		return askedAPI{resource: r, audience: r.AppID}, nil
	case len(wants.apis) > 1 && q.form.Get("scope") != "":
		return askedAPI{}, refuse(invalidRequest, 28000, "The scope holds more than one resource. One token is for one resource.")
	}
	return wants.apis[0], nil
}

// scopeAnswer says what the access token is good for: what was asked for in the client's spelling, then what was
// consented to before. offline_access is never in it.
func scopeAnswer(wants asked, api askedAPI, granted []Scope) string {
	var all []string
	for _, s := range api.scopes {
		all = append(all, s.text)
	}
	for _, name := range wants.openID {
		if name != "offline_access" {
			all = append(all, name)
		}
	}
	for _, s := range granted {
		if !api.names(s) {
			all = append(all, api.prefix+s.Name)
		}
	}
	if api.all {
		all = append(all, api.prefix+".default")
	}
	return strings.Join(all, " ")
}

// personToken issues an access token. That of a personal account is no JWT, as Microsoft's are none.
func (e *Entra) personToken(g personGrant, p *Person, t ticket, granted []Scope) (string, time.Duration) {
	var names []string
	for _, s := range granted {
		names = append(names, s.Name)
	}
	how := "1"
	if g.app.Public {
		how = "0"
	}
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: pairwise(p, t.resource.AppID)}, Methods: []string{"pwd", "mfa"},
		AppName: g.app.Name, AppID: g.app.ID, AppIDACR: how, FamilyName: p.Surname, GivenName: p.GivenName, IdentityType: "user",
		Name: p.Name, ObjectID: p.ObjectID, Scopes: strings.Join(names, " "), Roles: e.rolesOf(p, t.resource), TenantID: e.tenantOf(p), UniqueName: p.UPN, UPN: p.UPN, Relation: "1 2",
	}
	if p.Admin {
		c.WellKnownIDs = []string{"62e90394-69f5-4237-9190-012177145e10"} // global administrator
	}
	if p.Standing == Personal {
		c, lifetime := e.complete(c, t)
		return e.secrets.add("EwB" + base64.StdEncoding.EncodeToString(e.sealer.seal("access", withAudience{c, t.audience}, 900))), lifetime
	}
	return e.issue(c, t)
}

// idClaims are those of an ID token in the v2.0 format
// (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
type idClaims struct {
	jwt.RegisteredClaims
	Audience  string `json:"aud"`
	Email     string `json:"email,omitempty"`
	Name      string `json:"name,omitempty"`
	Nonce     string `json:"nonce,omitempty"`
	ObjectID  string `json:"oid"`
	Preferred string `json:"preferred_username,omitempty"`
	RH        string `json:"rh"`
	TenantID  string `json:"tid"`
	UniqueID  string `json:"uti"`
	Version   string `json:"ver"`
}

func (e *Entra) idToken(q tokenRequest, g personGrant, p *Person, wants asked) string {
	now := e.now().Truncate(time.Second)
	tenant := e.tenantOf(p)
	c := idClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "https://" + q.host + "/" + tenant + "/v2.0", Subject: pairwise(p, g.app.ID), IssuedAt: jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour + backdated)),
		},
		Audience: g.app.ID, Nonce: g.nonce, ObjectID: p.ObjectID, RH: "1.", TenantID: tenant, UniqueID: newGUID(), Version: "2.0",
	}
	if wants.has("profile") {
		c.Name, c.Preferred = p.Name, p.UPN
	}
	if wants.has("email") {
		c.Email = p.UPN
	}
	return e.sign(c)
}

// pairwise is a person's name for one app (OpenID Connect Core 1.0, section 8).
func pairwise(p *Person, appID string) string {
	sum := sha256.Sum256([]byte(p.ObjectID + " " + appID))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// clientInfo is how Microsoft's libraries tell accounts apart.
func clientInfo(uid, utid string) string {
	doc, err := json.Marshal(map[string]string{"uid": uid, "utid": utid})
	if err != nil {
		panic(err) // strings are marshallable
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}
