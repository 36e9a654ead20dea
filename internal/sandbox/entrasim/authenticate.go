package entrasim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Principal is whom an access token speaks for.
type Principal struct {
	AppID    string   // client ID
	ObjectID string   // of the person or the service principal
	TenantID string   //
	Person   bool     // it speaks for one, and not for the app itself
	Roles    []string // permissions for the resource that was asked about: application ones, or a person's scopes
}

// Problem is what is wrong with an access token.
type Problem int

// The problems that APIs tell apart in what they answer.
const (
	Missing  Problem = iota // no token
	Invalid                 // no JWT, or not one of ours
	Audience                // for another resource
	Expired                 // or not good yet
	Revoked
	Challenged // a token that was requested with the claim of the challenge is wanted
)

// TokenError says why an access token is refused. Nothing of the token is in it, except for what
// Audience and Expiry hold.
type TokenError struct {
	Problem   Problem
	Audience  string    // with the problem Audience: whom the token is for
	Expiry    time.Time // with the problem Expired
	NotBefore int64     // with the problem Challenged: the value of the claim nbf
}

func (e *TokenError) Error() string {
	switch e.Problem {
	case Missing:
		return "there is no access token"
	case Audience:
		return fmt.Sprintf("the access token is for %s", e.Audience)
	case Expired:
		return fmt.Sprintf("the access token expired at %s", e.Expiry.UTC().Format(time.RFC3339))
	case Challenged:
		return "continuous access evaluation wants a new access token"
	case Revoked:
		return "the access token was revoked"
	}
	return "the access token is not a valid one"
}

// Authenticate checks an Authorization header for the resource with the given app ID, which the request has reached
// under the name host, as an API does with each request: signature, audience, lifetime by the simulator's clock,
// revocation, challenges, in this order. Every error is a *[TokenError].
func (e *Entra) Authenticate(authorization, resourceAppID, host string) (Principal, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return Principal{}, &TokenError{Problem: Missing}
	}
	c, ok := e.read(token)
	if !ok || len(c.Audience) != 1 || c.ExpiresAt == nil || c.NotBefore == nil {
		return Principal{}, &TokenError{Problem: Invalid}
	}
	id := readTokenID(c.UniqueID)
	if !e.isFor(resourceAppID, c.Audience[0], host, id) {
		return Principal{}, &TokenError{Problem: Audience, Audience: c.Audience[0]}
	}
	if now := e.now(); !now.Before(c.ExpiresAt.Time) || now.Before(c.NotBefore.Time) {
		return Principal{}, &TokenError{Problem: Expired, Expiry: c.ExpiresAt.Time}
	}
	if e.isRevoked(id.serial) {
		return Principal{}, &TokenError{Problem: Revoked}
	}
	if since := e.challenged(c, id); since > 0 {
		return Principal{}, &TokenError{Problem: Challenged, NotBefore: since}
	}
	p := Principal{AppID: c.AppID, ObjectID: c.ObjectID, TenantID: c.TenantID, Roles: c.Roles, Person: c.IdentityType == "user"}
	if p.Person {
		p.Roles = strings.Fields(c.Scopes)
	}
	return p, nil
}

// read reads an access token of either kind.
func (e *Entra) read(token string) (claims, bool) {
	if sealed, ok := strings.CutPrefix(token, "EwB"); ok {
		var c claims
		b, err := base64.StdEncoding.DecodeString(sealed)
		return c, err == nil && e.sealer.open("access", b, &c)
	}
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	_, err := parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if key := e.keyNamed(kid); key != nil {
			return key, nil
		}
		return nil, errors.New("unknown key")
	})
	return c, err == nil // of an ID token, whose signature is as good, the audience is an app
}

// isFor tells whether an audience is that of the resource in the cloud to which the host belongs.
func (e *Entra) isFor(resourceAppID, audience, host string, id tokenID) bool {
	r, ok := e.find(func(r Resource) bool { return r.AppID == resourceAppID })
	if !ok || !r.is(audience) {
		return false
	}
	cloud := e.cloud(host)
	if strings.EqualFold(audience, resourceAppID) {
		main, _, _ := strings.Cut(cloud, "-")
		return id.cloud == cloudMark(cloud) || id.cloud == cloudMark(main)
	}
	return e.cloudOf(audience) == cloud
}

func (e *Entra) isRevoked(serial uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return serial <= e.revoked
}
