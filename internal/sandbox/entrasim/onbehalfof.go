package entrasim

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// onBehalfOfGrant is the grant type of [Entra.grantOnBehalfOf], which other things share elsewhere (RFC 7523,
// section 2.1).
const onBehalfOfGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// userAssertion is what is read of the access token that a person's client has brought to an API, of either format.
type userAssertion struct {
	jwt.RegisteredClaims
	AppID        string `json:"appid"` // v1.0
	Client       string `json:"azp"`   // v2.0
	IdentityType string `json:"idtyp"`
	ObjectID     string `json:"oid"`
	Scopes       string `json:"scp"`
	UniqueID     string `json:"uti"`
}

// grantOnBehalfOf lets an API call another one as the person who has called it
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow).
func (e *Entra) grantOnBehalfOf(q tokenRequest) (tokenAnswer, *refusal) {
	app, why := e.client(q)
	if why != nil {
		return tokenAnswer{}, why
	}
	for _, name := range []string{"requested_token_use", "assertion", "scope"} {
		if strings.TrimSpace(q.form.Get(name)) == "" {
			return tokenAnswer{}, lacking(name)
		}
	}
	if use := q.form.Get("requested_token_use"); use != "on_behalf_of" {
		return tokenAnswer{}, refuse(invalidRequest, 90023, "The value '%s' of the parameter 'requested_token_use' is not supported.", use)
	}
	c, why := e.readUserAssertion(q.form.Get("assertion"))
	if why != nil {
		return tokenAnswer{}, why
	}
	if why := e.checkUserAssertion(app, c); why != nil {
		return tokenAnswer{}, why
	}
	p := e.people.byObject[c.ObjectID]
	if why := e.admit(p, e.tenantID); why != nil {
		return tokenAnswer{}, why
	}
	s := e.newSignIn(p, readTokenID(c.UniqueID).secondFactor)
	return e.answerPerson(q, personGrant{app: app, signIn: s, claims: q.claims, onBehalfOf: true})
}

// readUserAssertion checks the signature alone.
func (e *Entra) readUserAssertion(text string) (userAssertion, *refusal) {
	var c userAssertion
	t, _, err := jwt.NewParser().ParseUnverified(text, &c)
	if err != nil {
		return c, refuse(invalidRequest, 50027, "The JWT is invalid or malformed.")
	}
	kid, _ := t.Header["kid"].(string)
	key := e.keyNamed(kid)
	switch {
	case key == nil:
		return c, refuse(invalidGrant, 50013, "Assertion failed signature validation. [Reason - The key was not found, Thumbprint of key used by client: '%X']", decodeLoosely(kid))
	case !signedWith(text, key, "RS256"):
		return c, refuse(invalidGrant, 50013, "Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value, Thumbprint of key used by client: '%X']", decodeLoosely(kid))
	}
	return c, nil
}

// keyNamed returns a published key, nil where there is none of that name.
func (e *Entra) keyNamed(id string) *rsa.PublicKey {
	for _, k := range e.published() {
		if k.id == id {
			return &k.private.PublicKey
		}
	}
	return nil
}

// checkUserAssertion checks what the token says: that it is an access token of a person's, good now, and for the app
// that presents it.
func (e *Entra) checkUserAssertion(app App, c userAssertion) *refusal {
	id := readTokenID(c.UniqueID)
	now := e.now()
	switch {
	case c.AppID+c.Client == "":
		return refuse(invalidGrant, 240002, "Input id_token can't be used as '%s' grant.", onBehalfOfGrant)
	case !e.forApp(app, c.Audience):
		return refuse(invalidGrant, 500131, "Assertion audience does not match the client app presenting the assertion. The audience in the assertion was '%s' and the expected audience is '%s' "+
			"or one of the Application URIs of this application with App ID '%s' (%s).", strings.Join(c.Audience, ""), app.ID, app.ID, app.Name)
	case c.ExpiresAt == nil || !now.Before(c.ExpiresAt.Time), c.NotBefore == nil || now.Before(c.NotBefore.Time):
		return refuse(invalidGrant, 500133, "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. "+
			"Current time: %s, expiry time of assertion %s.", now.UTC().Format("2006-01-02T15:04:05.0000000Z"), timeText(c.ExpiresAt))
	case c.IdentityType == "app", c.Scopes == "", e.people.byObject[c.ObjectID] == nil:
		return refuse(unauthorizedClient, 7000114, "Application '%s' is not allowed to make application on-behalf-of calls.", c.AppID+c.Client)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if rev, ok := e.sessions.revoked[c.ObjectID]; ok && id.serial <= rev.token || id.serial <= e.revoked {
		return refuse(invalidGrant, 50173, "The provided grant has been revoked and a fresh sign-in is needed. The assertion is of before '%s'.",
			fmt.Sprint(rev.at.UTC().Format("2006-01-02T15:04:05.0000000Z"))).because(badToken)
	}
	return nil
}

// forApp tells whether an audience is the app, as an API: by its client ID or one of its App ID URIs.
func (e *Entra) forApp(app App, audience []string) bool {
	if len(audience) != 1 {
		return false
	}
	if strings.EqualFold(audience[0], app.ID) {
		return true
	}
	r, ok := e.find(func(r Resource) bool { return strings.EqualFold(r.AppID, app.ID) })
	return ok && r.is(audience[0])
}
