package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
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
func (e *entraCallers) Authenticate(ctx context.Context, token string) (door.Caller, error) {
	claims, err := e.Verify(ctx, token)
	if err != nil {
		return door.Caller{}, err
	}
	caller := door.Caller{Name: "user:" + claims.TenantID + "/" + claims.ObjectID}
	if claims.App {
		caller.Name = "app:" + claims.TenantID + "/" + claims.ClientID
	} else {
		caller.Person = &tools.Person{TenantID: claims.TenantID, ObjectID: claims.ObjectID, Account: claims.Account, Proof: secret.NewText(token)}
	}
	for _, g := range e.access.Grants {
		if !claims.App && g.Scope != "" && slices.Contains(claims.Scopes, g.Scope) || g.Role != "" && slices.Contains(claims.Roles, g.Role) {
			caller.By = append(caller.By, permission(g))
		}
	}
	if e.open(&caller, claims.TenantID); len(caller.Profiles) == 0 {
		return door.Caller{}, oauth.Insufficient(strings.Join(e.scopes(), " "))
	}
	return caller, nil
}

// permission is what a grant asks of a token.
func permission(g profile.Grant) string {
	if g.Scope != "" {
		return "scope " + g.Scope
	}
	return "role " + g.Role
}

// open gives a caller of a tenant what their permissions open.
func (e *entraCallers) open(caller *door.Caller, tenant string) {
	var writes []string
	for _, g := range e.access.Grants {
		if g.TenantIDs != nil && !slices.ContainsFunc(g.TenantIDs, func(id string) bool { return strings.EqualFold(id, tenant) }) ||
			!slices.Contains(caller.By, permission(g)) {
			continue
		}
		caller.Profiles = append(caller.Profiles, g.Profiles...)
		if !g.ReadOnly {
			writes = append(writes, g.Profiles...)
		}
	}
	for _, name := range caller.Profiles {
		if !slices.Contains(writes, name) {
			caller.ReadOnly = append(caller.ReadOnly, name)
		}
	}
}

// Recall returns what a caller's permissions open now. Those of a token do not change; whether Entra still gives one with
// them is found out when the caller comes with the next.
func (e *entraCallers) Recall(_ context.Context, caller door.Caller) (door.Caller, error) {
	_, id, _ := strings.Cut(caller.Name, ":")
	tenant, _, _ := strings.Cut(id, "/")
	known := slices.ContainsFunc(e.access.TenantIDs, func(id string) bool { return strings.EqualFold(id, tenant) })
	if !known || caller.Person != nil && caller.Person.Grant != "" { // the latter has signed in through us
		return door.Caller{}, nil
	}
	e.open(&caller, tenant)
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
	grants := func() grantKeeper { return grantKeeper{signed.Grants()} }
	var err error
	signed.Server, err = oauth.NewServer(oauth.ServerConfig{
		Issuer: c.HTTP.BaseURL, Resources: resources, Abilities: abilities, App: appName(app.part.profile), Upstream: upstream{app.web, grants}, Store: s.store, Sealer: s.seals,
		Registration: access.Registration, Redirects: access.Redirects, Documents: access.Documents, Remote: door.Neighbourhood, Log: log,
		Observe: func(ctx context.Context, outcome string) {
			s.telemetry.Observer().Count(ctx, "sign-in", slog.String("outcome", outcome))
		},
	})
	if err != nil {
		return nil, &usageError{err}
	}
	for _, p := range a.people {
		p.grants = grants
	}
	return signed, nil
}

// appName names the app of a profile in its tenant.
func appName(p profile.Profile) string {
	return strings.ToLower(p.Cloud.Authority + "/" + p.TenantID + "/" + p.ClientID)
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
func (s *signedCallers) Authenticate(ctx context.Context, token string) (door.Caller, error) {
	signed, err := s.Server.Authenticate(ctx, token)
	if err != nil {
		return door.Caller{}, err
	}
	caller := door.Caller{Name: "user:" + signed.TenantID + "/" + signed.ObjectID, Profiles: s.profiles,
		Person: &tools.Person{TenantID: signed.TenantID, ObjectID: signed.ObjectID, Account: signed.Account, Grant: signed.Grant}}
	if name, one := strings.CutPrefix(signed.Resource, s.endpoint+"/"); one { // a token for one profile's endpoint opens no other
		caller.Profiles = []string{name}
	}
	return caller, nil
}

// Recall returns what a person who has signed in may do now: nothing, where their grant has ended.
func (s *signedCallers) Recall(ctx context.Context, caller door.Caller) (door.Caller, error) {
	if caller.Person == nil || caller.Person.Grant == "" {
		return door.Caller{}, nil
	}
	stands, err := s.Grants().Stands(ctx, caller.Person.Grant)
	if err != nil || !stands {
		return door.Caller{}, err
	}
	caller.Profiles = s.profiles
	return caller, nil
}

// upstream signs people in at Entra.
type upstream struct {
	web    *entra.Web
	grants func() grantKeeper
}

func (u upstream) AuthorizeURL(ctx context.Context, s oauth.UpstreamSignIn) (string, error) {
	return u.web.AuthorizeURL(ctx, entra.WebSignIn{RedirectURI: s.RedirectURI, State: s.State, Nonce: s.Nonce, Challenge: s.Challenge,
		LoginHint: s.LoginHint, Prompt: s.Prompt})
}

func (u upstream) Redeem(ctx context.Context, c oauth.UpstreamCode) (oauth.UpstreamGrant, error) {
	g, err := u.web.Redeem(ctx, entra.WebCode{Code: secret.NewText(c.Code), RedirectURI: c.RedirectURI, Verifier: secret.NewText(c.Verifier), Nonce: c.Nonce})
	if err != nil {
		return oauth.UpstreamGrant{}, err
	}
	return oauth.UpstreamGrant{TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account, Refresh: g.Refresh}, nil
}

func (u upstream) Denied(answer url.Values) error { return u.web.Denied(answer) }

// Renew has the person's tokens renewed, and lets them go where Entra does.
func (u upstream) Renew(ctx context.Context, p oauth.UpstreamPerson) error {
	who := entra.WebPerson{Grant: p.Grant, TenantID: p.TenantID, ObjectID: p.ObjectID, Account: p.Account}
	err := u.web.Person(who, u.grants()).Renew(ctx)
	if failed, ok := errors.AsType[*entra.Error](err); ok && (failed.Gone() || failed.ForPerson()) {
		u.web.Forget(who)
	}
	return err
}
