package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
	"github.com/sapientsai/microsoft-mcp-server/internal/doctor"
	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// lookAt adds to x what the configuration names.
func (o *options) lookAt(x *examination, c *profile.Config) error {
	s := &x.subject
	for i, served := range x.assembly.config.Profiles {
		p, err := c.Find(served.Name)
		if err != nil {
			return err
		}
		transport, err := o.transport(c, p)
		if err != nil {
			return err
		}
		made := part{profile: p, transport: transport, log: slog.New(slog.DiscardHandler), login: o.command(c, "login", p.Name), shown: true,
			secret: o.source(p, p.Credential.Secret, secret.ClientSecretKey(p.Name))}
		s.Configuration.Profiles = append(s.Configuration.Profiles, p.Name)
		s.Profiles = append(s.Profiles, o.profileToLookAt(x, made, x.assembly.identity[i]))
		s.Clouds = addCloud(s.Clouds, made)
		for _, v := range vaultsOf(p) {
			s.Vaults = o.addVault(s.Vaults, v, p.Name)
		}
	}
	s.Shelf = o.shelfToLookAt(x, c)
	if usesHTTP(c) {
		s.Endpoint = &doctor.Endpoint{Listen: c.HTTP.Listen, BaseURL: c.HTTP.BaseURL, Certificate: c.HTTP.TLS.Certificate,
			Ours: isOurs}
	}
	s.Clients.Profiles = c.Names()
	return nil
}

// profileToLookAt is what is looked at of one profile.
func (o *options) profileToLookAt(x *examination, p part, id identity) doctor.Profile {
	cloud := p.profile.Cloud
	looked := doctor.Profile{
		Name: p.profile.Name, Authority: doctor.Authority{Origin: cloud.Authority, Tenant: p.profile.TenantID, Transport: p.transport},
		Token: func(ctx context.Context) (doctor.Token, error) {
			s, err := id.Status(ctx, cloud.Graph)
			return doctor.Token{Who: accountOf(s), Tenant: s.TenantID, Permissions: s.Permissions, Expires: s.ExpiresAt}, err
		},
	}
	switch {
	case p.profile.AuthMode == profile.Interactive:
	case p.profile.Credential.Kind == profile.ManagedIdentity:
		looked.Managed = true
	default:
		credential := o.credential(p)
		looked.Credential = &doctor.Credential{
			Title:  credentialText(p.profile),
			Open:   func(ctx context.Context) (time.Time, error) { return entra.Inspect(ctx, entraConfig(p), credential) },
			Rotate: "make a new one, register it with the app " + p.profile.ClientID + " (App registrations, Certificates & secrets), and put it in the place of the old one",
		}
	}
	if p.profile.AuthMode == profile.ClientCredentials && p.profile.Credential.Kind == profile.ClientSecret {
		caller := newClient(p, authorizer{id})
		looked.Credential.Ends = func(ctx context.Context) (time.Time, error) { return secretEnds(ctx, p, caller) }
	}
	if p.profile.AuthMode != profile.OnBehalfOf {
		looked.Permissions = neededBy(p, x.assembly.known.catalog)
		looked.Graph = graphToLookAt(p, id)
	}
	return looked
}

// graphToLookAt is the cheapest call that a profile may make. It goes past the policy, which is for models.
func graphToLookAt(p part, id identity) *doctor.Graph {
	path := "/organization"
	if p.profile.AuthMode == profile.Interactive {
		path = "/me"
	}
	caller := newClient(p, authorizer{id})
	return &doctor.Graph{Path: path, Call: func(ctx context.Context) (int, error) {
		endpoints, err := graph.NewEndpoints(p.profile.Cloud.Graph, p.profile.Cloud.ResourceManager)
		if err != nil {
			return 0, err
		}
		request, err := endpoints.NewRequest(graph.Params{Path: path, Query: map[string]string{"$select": "id"}})
		if err != nil {
			return 0, err
		}
		_, err = caller.Do(ctx, request)
		if refused, ok := errors.AsType[*graph.Error](err); ok {
			return refused.Status, err
		}
		return 0, err
	}}
}

// addCloud adds a profile to those of the hosts that it speaks to.
func addCloud(clouds []doctor.Cloud, p part) []doctor.Cloud {
	c := doctor.Cloud{Profiles: []string{p.profile.Name}, Authority: p.profile.Cloud.Authority, APIs: []string{p.profile.Cloud.Graph},
		Transport: p.transport, CAFile: p.profile.CAFile}
	manager := p.profile.Cloud.ResourceManager
	if asked := slices.Concat(p.profile.Scopes, p.profile.AppScopes); manager != "" && slices.ContainsFunc(asked, func(scope string) bool { return strings.HasPrefix(scope, manager+"/") }) {
		c.APIs = append(c.APIs, manager)
	}
	for i, same := range clouds {
		if same.Authority == c.Authority && same.CAFile == c.CAFile && slices.Equal(same.APIs, c.APIs) {
			clouds[i].Profiles = append(clouds[i].Profiles, p.profile.Name)
			return clouds
		}
	}
	return append(clouds, c)
}

// vaultsOf returns the vaults in which something of a profile rests.
func vaultsOf(p profile.Profile) []profile.Vault {
	var all []profile.Vault
	if p.AuthMode == profile.Interactive {
		all = append(all, p.Vault)
	}
	for _, s := range []profile.Secret{p.Credential.Secret, p.Credential.Password, p.AISearch.APIKey} {
		switch {
		case s.Keyring:
			all = append(all, profile.Vault{})
		case s.Vault:
			all = append(all, p.Vault)
		}
	}
	return all
}

// addVault adds a profile to those of a vault.
func (o *options) addVault(vaults []doctor.Vault, v profile.Vault, name string) []doctor.Vault {
	title := v.String()
	for i, same := range vaults {
		if same.Title == title {
			if !slices.Contains(same.Profiles, name) {
				vaults[i].Profiles = append(vaults[i].Profiles, name)
			}
			return vaults
		}
	}
	vault := o.vault(v)
	return append(vaults, doctor.Vault{Title: title, Profiles: []string{name}, Open: func(ctx context.Context) error {
		_, err := vault.Get(ctx, "doctor") // nobody stores anything there
		if errors.Is(err, secret.ErrNotFound) {
			return nil
		}
		if failed, ok := errors.AsType[*secret.Error](err); ok {
			opening := *failed
			opening.Op = "opening " + title
			return &opening
		}
		return err
	}})
}

// shelfToLookAt is where schemas are kept.
func (o *options) shelfToLookAt(x *examination, c *profile.Config) doctor.Shelf {
	return doctor.Shelf{Folder: o.schemaFolder(c.Schema), Offline: c.Schema.Offline, Fetched: func() time.Time {
		var oldest time.Time
		for _, cloud := range x.subject.Clouds {
			fetched := x.assembly.known.store.Status(schema.Source{Graph: cloud.APIs[0], Version: graph.V1}).Fetched
			if oldest.IsZero() || !fetched.IsZero() && fetched.Before(oldest) {
				oldest = fetched
			}
		}
		return oldest
	}}
}

// usesHTTP tells whether somebody means to serve over HTTP.
func usesHTTP(c *profile.Config) bool {
	h := c.HTTP
	bare, err := profile.Load(profile.Options{}) // what is there where nobody said anything
	return err == nil && h.Listen != bare.HTTP.Listen || c.Transport == "http" || len(h.APIKeys) > 0 || h.Entra != nil || h.OAuth != nil || h.Profiles != nil || h.BaseURL != "" || h.TLS.Certificate != ""
}

// isOurs tells by what /health answers whether it is a server of ours.
func isOurs(body string) bool { return strings.HasPrefix(body, "healthy v") }

// clientsToLookAt are the MCP clients of this machine, to whom this shell's configuration and variables need not be known.
func (o *options) clientsToLookAt() doctor.Clients {
	return doctor.Clients{
		Look: o.clientsHere, File: profile.Path(o.place()), Ours: isOurs,
		Read: func(file string) ([]string, error) {
			c, err := profile.Load(profile.Options{File: file})
			if err != nil {
				return nil, err
			}
			return c.Names(), nil
		},
		Set: func(variable string) bool { return profile.Variable(o.env.Getenv, variable) != "" },
	}
}

// clientsHere finds the MCP clients of this machine that have our entry.
func (o *options) clientsHere() []doctor.Client {
	var found []doctor.Client
	for _, known := range client.All() {
		place := known.Find(o.clientEnv(), entryName)
		if !place.Installed && (place.Problem == nil || !place.Present) {
			continue
		}
		one := doctor.Client{Title: known.Title, File: place.File, Command: place.Command, Args: place.Args, URL: place.URL, KeyEnv: place.KeyEnv, Off: place.Off}
		if place.Problem != nil {
			one.Problem = fmt.Sprintf("its file cannot be read: %v", place.Problem)
		}
		found = append(found, one)
	}
	return found
}

// consentPage is where an administrator consents to an app's permissions.
func consentPage(p profile.Profile) string {
	return p.Cloud.Authority + "/" + url.PathEscape(cmp.Or(p.TenantID, "organizations")) + "/adminconsent?client_id=" + url.QueryEscape(p.ClientID)
}
