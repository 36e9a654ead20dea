package entrasim

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Principal is whom an access token speaks for.
type Principal struct {
	AppID    string   // client ID
	ObjectID string   // of the service principal
	TenantID string   //
	Roles    []string // application permissions for the resource that was asked about
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
)

// TokenError says why an access token is refused. Nothing of the token is in it, except for what
// Audience and Expiry hold.
type TokenError struct {
	Problem  Problem
	Audience string    // with the problem Audience: whom the token is for
	Expiry   time.Time // with the problem Expired
}

func (e *TokenError) Error() string {
	switch e.Problem {
	case Missing:
		return "there is no access token"
	case Audience:
		return fmt.Sprintf("the access token is for %s", e.Audience)
	case Expired:
		return fmt.Sprintf("the access token expired at %s", e.Expiry.UTC().Format(time.RFC3339))
	case Revoked:
		return "the access token was revoked"
	}
	return "the access token is not a valid one"
}

// Authenticate checks an Authorization header for the resource with the given app ID, as an API does with each
// request: signature, audience, lifetime by the simulator's clock, revocation, in this order. Every error is a
// *[TokenError].
func (e *Entra) Authenticate(authorization, resourceAppID string) (Principal, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return Principal{}, &TokenError{Problem: Missing}
	}
	<-e.keyMade
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	_, err := parser.ParseWithClaims(strings.TrimSpace(token), &c, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != e.keyID {
			return nil, errors.New("unknown key")
		}
		return &e.key.PublicKey, nil
	})
	if err != nil || len(c.Audience) != 1 || c.ExpiresAt == nil || c.NotBefore == nil {
		return Principal{}, &TokenError{Problem: Invalid}
	}
	if !e.isFor(resourceAppID, c.Audience[0]) {
		return Principal{}, &TokenError{Problem: Audience, Audience: c.Audience[0]}
	}
	if now := e.now(); !now.Before(c.ExpiresAt.Time) || now.Before(c.NotBefore.Time) {
		return Principal{}, &TokenError{Problem: Expired, Expiry: c.ExpiresAt.Time}
	}
	if e.isRevoked(serialOf(c.UniqueID)) {
		return Principal{}, &TokenError{Problem: Revoked}
	}
	return Principal{AppID: c.AppID, ObjectID: c.ObjectID, TenantID: c.TenantID, Roles: c.Roles}, nil
}

func (e *Entra) isFor(resourceAppID, audience string) bool {
	for _, r := range e.resources {
		if r.AppID == resourceAppID {
			return r.is(audience)
		}
	}
	return false
}

func (e *Entra) isRevoked(serial uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return serial <= e.revoked
}
