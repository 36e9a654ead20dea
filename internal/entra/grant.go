package entra

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// personalTenant is the tenant of personal Microsoft accounts, the same in every document of Microsoft's.
const personalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// grant is what the token endpoint gave for a person (RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3).
// It is read from the answer itself: MSAL takes an answer with fewer scopes for an error and throws the tokens away.
type grant struct {
	access    secret.Text
	refresh   secret.Text // zero where the old one stays
	lifetime  time.Duration
	refreshIn time.Duration // 0 where the authority did not say
	scopes    []string      // as granted
	idToken   secret.Text
	homeID    string // "UID.UTID" of client_info
}

// person is whom an ID token speaks of.
type person struct {
	tenantID string
	objectID string // in that tenant; "" where the ID token has none
	account  string // the name the person signs in with
	name     string // the display name
}

// granted returns what the last answer gave, or false where it was no grant.
func (x *exchange) granted() (grant, bool) {
	said := x.last
	if said == nil || said.err != nil || !said.toToken || said.status != http.StatusOK {
		return grant{}, false
	}
	var body struct {
		Access     string      `json:"access_token"`
		Refresh    string      `json:"refresh_token"`
		IDToken    string      `json:"id_token"`
		ClientInfo string      `json:"client_info"`
		Scope      string      `json:"scope"`
		ExpiresIn  json.Number `json:"expires_in"` // some authorities quote it
		RefreshIn  json.Number `json:"refresh_in"`
	}
	if json.Unmarshal(said.body, &body) != nil || body.Access == "" {
		return grant{}, false
	}
	lifetime, err := body.ExpiresIn.Int64()
	if err != nil || lifetime < 0 || lifetime > 10*365*24*3600 {
		return grant{}, false
	}
	refreshIn, err := body.RefreshIn.Int64()
	if err != nil || refreshIn < 0 || refreshIn > lifetime {
		refreshIn = 0
	}
	return grant{
		access: secret.NewText(body.Access), refresh: secret.NewText(body.Refresh), idToken: secret.NewText(body.IDToken),
		lifetime: time.Duration(lifetime) * time.Second, refreshIn: time.Duration(refreshIn) * time.Second,
		scopes: strings.Fields(body.Scope), homeID: homeOf(body.ClientInfo),
	}, true
}

// homeOf reads the account's home ID of client_info, by which MSAL tells accounts apart.
func homeOf(clientInfo string) string {
	var info struct{ UID, UTID string }
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(clientInfo, "="))
	if err != nil || json.Unmarshal(raw, &info) != nil || info.UID == "" || info.UTID == "" {
		return ""
	}
	return info.UID + "." + info.UTID
}

// idClaims are those of an ID token that say who signed in.
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
type idClaims struct {
	Audience string `json:"aud"`
	TenantID string `json:"tid"`
	ObjectID string `json:"oid"`
	Username string `json:"preferred_username"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Nonce    string `json:"nonce"`
}

// identify reads who signed in. The ID token's signature is not checked: it came straight from the token endpoint,
// over TLS (OpenID Connect Core, section 3.1.3.7, item 6). nonce is "" where none was sent.
func (c *client) identify(g grant, nonce string) (person, *Error) {
	strange := func(what string) (person, *Error) {
		return person{}, c.config.newError("the authority at "+c.cloud.host+" answered with "+what, c.config.strangeHint(permanent, c.cloud.host))
	}
	var said idClaims
	switch payload := payloadOf(g.idToken.Reveal()); {
	case payload == nil:
		return strange("no ID token, so nobody knows who signed in")
	case json.Unmarshal(payload, &said) != nil:
		return strange("an ID token that cannot be read")
	}
	switch {
	case !strings.EqualFold(said.Audience, c.config.ClientID):
		return strange("an ID token for another app")
	case nonce != "" && said.Nonce != nonce:
		return strange("an ID token of another sign-in (its nonce differs)")
	case identifier(said.TenantID) == "" || g.homeID == "":
		return strange("an ID token that names no tenant or account")
	}
	p := person{tenantID: said.TenantID, objectID: identifier(said.ObjectID), account: tidy(said.Username), name: tidy(said.Name)}
	if p.account == "" {
		p.account = tidy(said.Email)
	}
	return p, nil
}

// checkGrant refuses what a sign-in has brought where it lacks a permission, or would not last; renewable says how to
// get what makes it last.
func (c *client) checkGrant(g grant, renewable string) *Error {
	if lacking := missing(c.scopes(c.config.Audiences[0]), g.scopes); len(lacking) > 0 {
		return c.config.newError("Entra did not grant "+strings.Join(lacking, ", "),
			"check scopes of profile {profile} and the API permissions of the app, {permissions}; "+grantConsent)
	}
	if g.refresh.IsZero() {
		return c.config.newError("Entra gave no refresh token, so the sign-in would end within the hour", renewable)
	}
	return nil
}

// missing returns those of the scopes asked for that were not granted.
func missing(asked, granted []string) []string {
	var lacking []string
	for _, scope := range asked {
		if !isOpenID(scope) && !slices.ContainsFunc(granted, func(g string) bool { return shortScope(g) == shortScope(scope) }) {
			lacking = append(lacking, scopeName(scope))
		}
	}
	return lacking
}

// isOpenID reports whether a scope is one of OpenID Connect's, which are granted without being named.
func isOpenID(scope string) bool {
	return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, strings.ToLower(scope))
}

// scopeName is the permission's name without its API: User.Read of https://graph.microsoft.com/User.Read.
func scopeName(scope string) string { return scope[strings.LastIndexByte(scope, '/')+1:] }

// shortScope is scopeName for comparing; the authority names an API's scopes with the API or without it.
func shortScope(scope string) string { return strings.ToLower(scopeName(scope)) }
