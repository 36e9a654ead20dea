package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// entraCallers lets in who comes with a token that Entra issued for this server.
type entraCallers struct {
	*oauth.Verifier
	access profile.EntraAccess
}

// newEntraCallers wires what checks tokens. It fetches nothing.
func (o *options) newEntraCallers(c *profile.Config) (*entraCallers, error) {
	access := c.HTTP.Entra
	transport, err := transportFor(access.CAFile)
	if err != nil {
		return nil, &usageError{c.Errorf("http.entra.ca_file", "give the path of a PEM file with a CA certificate", "%s", err)}
	}
	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{Authority: access.Cloud.Authority, TenantIDs: access.TenantIDs, Audience: access.Audience,
		Clients: access.Clients, Resource: access.Resource, HTTP: webClient(transport)})
	if err != nil {
		return nil, &usageError{err}
	}
	return &entraCallers{Verifier: verifier, access: *access}, nil
}

// Authenticate returns whom a token speaks for, and what its permissions open.
func (e *entraCallers) Authenticate(ctx context.Context, token string) (mcp.Caller, error) {
	claims, err := e.Verify(ctx, token)
	if err != nil {
		return mcp.Caller{}, err
	}
	caller := mcp.Caller{Name: "user:" + claims.TenantID + "/" + claims.ObjectID, Expires: claims.Expires}
	if claims.App {
		caller.Name = "app:" + claims.TenantID + "/" + claims.ClientID
	} else {
		caller.Person = &tools.Person{TenantID: claims.TenantID, ObjectID: claims.ObjectID, Account: claims.Account, Proof: secret.NewText(token)}
	}
	var writes []string
	for _, g := range e.access.Grants {
		if !claims.App && g.Scope != "" && slices.Contains(claims.Scopes, g.Scope) || g.Role != "" && slices.Contains(claims.Roles, g.Role) {
			caller.Profiles = append(caller.Profiles, g.Profiles...)
			if !g.ReadOnly {
				writes = append(writes, g.Profiles...)
			}
		}
	}
	if len(caller.Profiles) == 0 {
		return mcp.Caller{}, oauth.Insufficient(strings.Join(e.scopes(), " "))
	}
	for _, name := range caller.Profiles {
		if !slices.Contains(writes, name) {
			caller.ReadOnly = append(caller.ReadOnly, name)
		}
	}
	return caller, nil
}

// scopes are those that clients ask for at Entra, with the resource that they belong to.
func (e *entraCallers) scopes() []string {
	var scopes []string
	for _, g := range e.access.Grants {
		if name := e.access.Resource + "/" + g.Scope; g.Scope != "" && !slices.Contains(scopes, name) {
			scopes = append(scopes, name)
		}
	}
	return scopes
}

// issuers are the authorization servers at which clients sign people in.
func (e *entraCallers) issuers() []string {
	var issuers []string
	for _, id := range e.access.TenantIDs {
		issuers = append(issuers, e.access.Cloud.Authority+"/"+id+"/v2.0")
	}
	return issuers
}

// signedCallers lets in who has signed in through us.
type signedCallers struct {
	*oauth.Server
	profiles []string
	endpoint string // of all profiles
}

// newSignedCallers wires our own authorization server. web is the app that people sign in to.
func (s *httpServer) newSignedCallers(c *profile.Config, a *assembly, log *slog.Logger) (*signedCallers, error) {
	access := c.HTTP.OAuth
	signed := &signedCallers{profiles: access.Profiles, endpoint: c.HTTP.BaseURL + "/mcp"}
	app := a.people[access.Profile]
	if app == nil {
		return nil, &usageError{c.Errorf("http.oauth.profile", "serve it, too", "profile %s is not served", access.Profile)}
	}
	resources := []string{signed.endpoint}
	var abilities []string
	for _, p := range a.config.Profiles {
		if slices.Contains(access.Profiles, p.Name) {
			resources = append(resources, signed.endpoint+"/"+p.Name)
			abilities = append(abilities, ability(p))
		}
	}
	var err error
	signed.Server, err = oauth.NewServer(oauth.ServerConfig{
		Issuer: c.HTTP.BaseURL, Resources: resources, Abilities: abilities, Upstream: upstream{app.web}, Store: s.store, Sealer: s.seals,
		Registration: access.Registration, Redirects: access.Redirects, Documents: access.Documents, Log: log,
		Observe: func(ctx context.Context, outcome string) {
			s.telemetry.Observer().Count(ctx, "sign-in", slog.String("outcome", outcome))
		},
	})
	if err != nil {
		return nil, &usageError{err}
	}
	for _, p := range a.people {
		p.grants = func() grantKeeper { return grantKeeper{signed.Grants()} }
	}
	return signed, nil
}

// grantKeeper lets entra find what people have granted. Both rooms have their own way to say that there is no such grant.
type grantKeeper struct{ *oauth.Grants }

// Load returns a grant's refresh token.
func (g grantKeeper) Load(ctx context.Context, id string) (secret.Text, string, error) {
	refresh, version, err := g.Grants.Load(ctx, id)
	var gone interface{ Gone() bool }
	if errors.As(err, &gone) && gone.Gone() {
		err = fmt.Errorf("%w: %w", entra.ErrNoGrant, err)
	}
	return refresh, version, err
}

// ability says what a client may do in a profile once a person has let it in.
func ability(p *tools.Profile) string {
	what := "read"
	if !p.ReadOnly {
		what = "read and change"
	}
	whose := "with the permissions of the organization's app"
	if p.For != nil {
		whose = "as you, and what you may see yourself"
	}
	return "Profile " + p.Name + ": " + what + " data of Microsoft 365 " + whose
}

// Authenticate returns whom a token of ours speaks for.
func (s *signedCallers) Authenticate(ctx context.Context, token string) (mcp.Caller, error) {
	signed, err := s.Server.Authenticate(ctx, token)
	if err != nil {
		return mcp.Caller{}, err
	}
	caller := mcp.Caller{Name: "user:" + signed.TenantID + "/" + signed.ObjectID, Profiles: s.profiles, Expires: signed.Expires,
		Person: &tools.Person{TenantID: signed.TenantID, ObjectID: signed.ObjectID, Account: signed.Account, Grant: signed.Grant}}
	if name, one := strings.CutPrefix(signed.Resource, s.endpoint+"/"); one { // a token for one profile's endpoint opens no other
		caller.Profiles = []string{name}
	}
	return caller, nil
}

// upstream signs people in at Entra.
type upstream struct{ web *entra.Web }

func (u upstream) AuthorizeURL(ctx context.Context, s oauth.UpstreamSignIn) (string, error) {
	return u.web.AuthorizeURL(ctx, entra.WebSignIn{RedirectURI: s.RedirectURI, State: s.State, Nonce: s.Nonce, Challenge: s.Challenge,
		LoginHint: s.LoginHint, Prompt: s.Prompt})
}

func (u upstream) Redeem(ctx context.Context, c oauth.UpstreamCode) (oauth.UpstreamGrant, error) {
	g, err := u.web.Redeem(ctx, entra.WebCode{Code: secret.NewText(c.Code), RedirectURI: c.RedirectURI, Verifier: secret.NewText(c.Verifier), Nonce: c.Nonce})
	if err != nil {
		return oauth.UpstreamGrant{}, err
	}
	return oauth.UpstreamGrant{TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account, Name: g.Name, Refresh: g.Refresh}, nil
}
