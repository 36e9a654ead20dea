package oauth

import (
	"context"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// code is what a client's code stands for: what it has asked for, and who has signed in. There is no grant yet, so that
// a code which nobody redeems leaves nothing behind.
type code struct {
	App      string    `json:"app"`
	Asked    asked     `json:"asked"`
	Grant    string    `json:"grant"` // the ID that the grant will have
	TenantID string    `json:"tenant"`
	ObjectID string    `json:"object"`
	Account  string    `json:"account"`
	Upstream string    `json:"upstream"` // the refresh token
	Expires  time.Time `json:"expires"`
}

const (
	codeLife  = time.Minute
	spentLife = time.Hour // of the note that a code was used
)

// spent notes that a code was used, and which grant it has brought.
type spent struct {
	Grant string `json:"grant"`
}

// redeem makes a grant of a code. Whoever shows a code spends it, rightly or not; shown again, it takes back what it has
// brought (RFC 6749, section 4.1.2), because one of the two who have shown it has stolen it.
func (s *Server) redeem(ctx context.Context, values url.Values) (*oidc.AccessTokenResponse, error) {
	invalid := fail(codeInvalidGrant, "the code is not valid: it lasts a minute, for one use")
	id := fingerprint(values.Get("code"))
	var c code
	found, err := s.records.get(ctx, "code", id, &c)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, s.replayed(ctx, id, invalid)
	}
	first, err := s.records.create(ctx, "spent", id, spent{c.Grant}, spentLife)
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, s.replayed(ctx, id, invalid)
	}
	if err := s.records.drop(ctx, "code", id); err != nil {
		return nil, err
	}
	if s.config.Now().After(c.Expires) || c.App != s.config.App {
		return nil, invalid
	}
	if wrong := c.fits(values); wrong != nil {
		return nil, wrong
	}
	if wrong := s.sameResource(values, c.Asked.Resource); wrong != nil {
		return nil, wrong
	}
	return s.begin(ctx, c)
}

// replayed ends the grant that a code has brought, if it has.
func (s *Server) replayed(ctx context.Context, id string, invalid *failure) error {
	var before spent
	found, err := s.records.get(ctx, "spent", id, &before)
	if err != nil {
		return err
	}
	if found {
		s.config.Log.WarnContext(ctx, "a code was used twice: what it had brought is revoked")
		if err := s.end(ctx, before.Grant); err != nil {
			return err
		}
	}
	return invalid
}

// fits tells whether a code is redeemed by whom it was for.
func (c code) fits(values url.Values) *failure {
	verifier := values.Get("code_verifier")
	switch {
	case fingerprint(values.Get("client_id")) != c.Asked.Client:
		return fail(codeInvalidGrant, "the code is another client's")
	case values.Has("redirect_uri") && values.Get("redirect_uri") != c.Asked.Redirect: // OAuth 2.1 lets it be left out, for PKCE binds more
		return fail(codeInvalidGrant, "redirect_uri is not that of the authorization request")
	case len(verifier) < 43 || len(verifier) > 128 || !isUnreserved(verifier):
		return fail(codeInvalidGrant, "code_verifier is missing or not 43 to 128 unreserved characters")
	case !oidc.VerifyCodeChallenge(&oidc.CodeChallenge{Challenge: c.Asked.Challenge, Method: oidc.CodeChallengeMethodS256}, verifier):
		return fail(codeInvalidGrant, "code_verifier does not fit to the challenge")
	}
	return nil
}

// sameResource refuses a token request that names another resource than was agreed to.
func (s *Server) sameResource(values url.Values, agreed string) *failure {
	if !values.Has("resource") {
		return nil
	}
	named, wrong := s.resource(values.Get("resource"))
	if wrong == nil && named != agreed {
		wrong = fail(codeInvalidTarget, "resource is not the one that was agreed to")
	}
	return wrong
}
