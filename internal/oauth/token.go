package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// access is what an access token stands for. The token is this, sealed: nothing is kept for it but its grant, which is
// looked at each time.
type access struct {
	Grant    string    `json:"g"`
	Resource string    `json:"r"`
	Expires  time.Time `json:"e"`
}

// refresh is what a refresh token stands for.
type refresh struct {
	Grant   string    `json:"g"`
	Number  int       `json:"n"` // how many there were before it
	Expires time.Time `json:"e"`
}

const (
	accessPrefix  = "msat_"
	refreshPrefix = "msrt_"
	accessLife    = time.Hour
	refreshGrace  = 10 * time.Second // in which a refresh token may be shown again, because its answer was lost
	maxToken      = 4 << 10

	signInAgain = "sign in again at the MCP client"
)

// Signed is whom an access token speaks for, and where it may be used.
type Signed struct {
	TenantID, ObjectID string
	Account            string // for people
	Grant              string // by which Grants finds what the person's tokens are had with
	Resource           string // the MCP endpoint that the token is for
	Expires            time.Time
}

// Takes tells by a token's look whether it is one of ours.
func (s *Server) Takes(token string) bool { return strings.HasPrefix(token, accessPrefix) }

// Authenticate returns whom an access token speaks for. A *[Refused] is a refusal; any other error means that the store
// cannot be reached.
func (s *Server) Authenticate(ctx context.Context, token string) (Signed, error) {
	var a access
	switch {
	case len(token) > maxToken || !s.openToken(accessPrefix, token, &a):
		return Signed{}, refuse("the access token is not one of this server's", signInAgain)
	case !s.config.Now().Before(a.Expires):
		return Signed{}, expired("renew it, or " + signInAgain)
	case !slices.Contains(s.config.Resources, a.Resource):
		return Signed{}, refuse("the access token is for another resource", signInAgain)
	}
	var g grant
	found, err := s.records.get(ctx, "grant", a.Grant, &g)
	if err != nil {
		return Signed{}, err
	}
	switch {
	case !found:
		return Signed{}, refuse("the access token was revoked, or its sign-in has ended", signInAgain)
	case g.App != s.config.App:
		return Signed{}, refuse("the access token is of a sign-in to another app than this server has now", signInAgain)
	}
	return Signed{TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account, Grant: a.Grant, Resource: a.Resource, Expires: a.Expires}, nil
}

// tokens makes the tokens of a grant.
func (s *Server) tokens(id string, g grant, number int) (*oidc.AccessTokenResponse, error) {
	now := s.config.Now()
	a, err := s.sealToken(accessPrefix, access{id, g.Resource, now.Add(accessLife)})
	if err != nil {
		return nil, err
	}
	r, err := s.sealToken(refreshPrefix, refresh{id, number, now.Add(grantLife)})
	if err != nil {
		return nil, err
	}
	return &oidc.AccessTokenResponse{AccessToken: a, TokenType: oidc.BearerToken, RefreshToken: r, ExpiresIn: uint64(accessLife / time.Second), Scope: oidc.SpaceDelimitedArray{Scope}}, nil
}

func (s *Server) sealToken(prefix string, v any) (string, error) {
	text, err := s.records.handOut(prefix, v, s.config.Issuer)
	return prefix + text, err
}

func (s *Server) openToken(prefix, token string, v any) bool {
	text, ours := strings.CutPrefix(token, prefix)
	return ours && s.records.handIn(prefix, text, s.config.Issuer, v)
}

// serveToken hands out tokens, for a code or a refresh token.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	values, err := readForm(w, r)
	if err != nil {
		s.answerFailure(w, r, fail(codeInvalidRequest, err.Error()))
		return
	}
	if wrong := s.checkCaller(r, values); wrong != nil {
		s.answerFailure(w, r, wrong)
		return
	}
	var answer *oidc.AccessTokenResponse
	switch oidc.GrantType(values.Get("grant_type")) {
	case oidc.GrantTypeCode:
		answer, err = s.redeem(r.Context(), values)
	case oidc.GrantTypeRefreshToken:
		answer, err = s.refresh(r.Context(), values)
	default:
		err = fail(codeUnsupportedGrant, "the grant types are authorization_code and refresh_token")
	}
	if err != nil {
		s.answerFailure(w, r, err)
		return
	}
	writeAnswer(w, http.StatusOK, answer)
}

// checkCaller refuses clients that authenticate: none of ours has anything to do it with.
func (s *Server) checkCaller(r *http.Request, values url.Values) *failure {
	switch {
	case r.Header.Get("Authorization") != "" || values.Get("client_secret") != "" || values.Has("client_assertion"):
		return fail(codeInvalidClient, "clients of this server have no secret: send client_id alone (token_endpoint_auth_method none)")
	case values.Get("client_id") == "":
		return fail(codeInvalidClient, "client_id is missing")
	}
	return nil
}

// refresh exchanges a refresh token for the next one. One that was exchanged before is somebody's who has copied it, or
// whose copy was used: the grant ends (RFC 9700, section 4.14.2).
func (s *Server) refresh(ctx context.Context, values url.Values) (*oidc.AccessTokenResponse, error) {
	invalid := fail(codeInvalidGrant, "the refresh token is not valid any more: sign in again")
	var shown refresh
	if text := values.Get("refresh_token"); len(text) > maxToken || !s.openToken(refreshPrefix, text, &shown) || s.config.Now().After(shown.Expires) {
		return nil, invalid
	}
	var g grant
	found, err := s.records.get(ctx, "grant", shown.Grant, &g)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, invalid
	}
	if g.App != s.config.App { // replicas with the app of before may still be there, so that the grant stays
		return nil, invalid
	}
	if g.Client != fingerprint(values.Get("client_id")) {
		return nil, s.leaked(ctx, shown.Grant, "another client has shown a refresh token", invalid)
	}
	if wrong := s.sameResource(values, g.Resource); wrong != nil {
		return nil, wrong
	}
	arrived := s.config.Now() // Microsoft may take long to answer, which is no fault of the client's
	for asked := false; ; asked = true {
		var current turn
		if _, err := s.records.get(ctx, "turn", shown.Grant, &current); err != nil {
			return nil, err
		}
		switch {
		case shown.Number >= current.Number && asked: // greater where the store has lost its latest writes
			return s.goOn(ctx, shown.Grant, g, shown.Number+1)
		case shown.Number >= current.Number: // asking takes a while, in which others may have shown the same token
			if err := s.renewUpstream(ctx, shown.Grant, g); err != nil {
				return nil, err
			}
		case shown.Number == current.Number-1 && arrived.Before(current.At.Add(refreshGrace)):
			return s.tokens(shown.Grant, g, current.Number)
		default:
			return nil, s.leaked(ctx, shown.Grant, "a refresh token was used again", invalid)
		}
	}
}

// renewUpstream asks whether the person may still sign in, whatever the grant is used for: a profile that acts as an app
// never asks for their tokens. The grant ends where that is for good. Where the person is refused for a reason that may
// pass it is not renewed, and no more than its last access token is left of it.
func (s *Server) renewUpstream(ctx context.Context, id string, g grant) error {
	err := s.config.Upstream.Renew(ctx, UpstreamPerson{Grant: id, TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account})
	switch {
	case err == nil:
		return nil
	case isGone(err):
		s.config.Log.WarnContext(ctx, "the sign-in upstream has ended: so has the grant", "tenant", g.TenantID, "object", g.ObjectID, "error", err)
		if err := s.end(ctx, id); err != nil {
			return err
		}
		return fail(codeInvalidGrant, "the sign-in at Microsoft has ended: sign in again")
	case isForPerson(err):
		s.config.Log.WarnContext(ctx, "the person is refused upstream: the grant is not renewed", "tenant", g.TenantID, "object", g.ObjectID, "error", err)
		return fail(codeInvalidGrant, "Microsoft does not let the person in as before: sign in again")
	}
	return &outageError{"the sign-in cannot be renewed at Microsoft at the moment: try again", err}
}

func isGone(err error) bool {
	gone, ok := errors.AsType[interface {
		error
		Gone() bool
	}](err)
	return ok && gone.Gone()
}

// leaked ends a grant of which a token is in wrong hands.
func (s *Server) leaked(ctx context.Context, id, how string, invalid *failure) error {
	s.config.Log.WarnContext(ctx, how+": the grant is revoked")
	if err := s.end(ctx, id); err != nil {
		return err
	}
	return invalid
}

// serveRevoke ends the grant of a token (RFC 7009): a client that gives one of its tokens back has no use for the other.
func (s *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	values, err := readForm(w, r)
	if err != nil {
		s.answerFailure(w, r, fail(codeInvalidRequest, err.Error()))
		return
	}
	if values.Get("token") == "" {
		s.answerFailure(w, r, fail(codeInvalidRequest, "token is missing"))
		return
	}
	if id := s.grantOf(values.Get("token")); id != "" {
		if err := s.revoke(r.Context(), id, values.Get("client_id")); err != nil {
			s.answerFailure(w, r, err)
			return
		}
	}
	w.WriteHeader(http.StatusOK) // also for what is no token: it does not work, which is what was asked for
}

// grantOf returns the grant of a token of either kind, "" for none.
func (s *Server) grantOf(token string) string {
	var a access
	var f refresh
	switch {
	case len(token) > maxToken:
	case s.openToken(accessPrefix, token, &a):
		return a.Grant
	case s.openToken(refreshPrefix, token, &f):
		return f.Grant
	}
	return ""
}

// revoke ends a grant for the client that holds it. One that does not say who it is has the token to show for it.
func (s *Server) revoke(ctx context.Context, id, clientID string) error {
	var g grant
	found, err := s.records.get(ctx, "grant", id, &g)
	if err != nil || !found {
		return err
	}
	if clientID != "" && fingerprint(clientID) != g.Client {
		return fail(codeInvalidClient, "the token is another client's")
	}
	return s.end(ctx, id)
}
