package cli

import (
	"context"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// identity is what a room of identities offers; entra's types satisfy it.
type identity interface {
	Token(ctx context.Context, r entra.Request) (string, error)
	Status(ctx context.Context, audience string) (entra.Status, error)
	Close(ctx context.Context) error
}

// authorizer lets graph ask an identity. Both rooms declare the request for themselves.
type authorizer struct{ identity }

func (a authorizer) Token(ctx context.Context, r graph.TokenRequest) (string, error) {
	return a.identity.Token(ctx, entra.Request(r))
}

// newIdentity makes the identity of a profile. It opens nothing.
func (o *options) newIdentity(p part) (identity, error) {
	c := entraConfig(p)
	if p.profile.AuthMode == profile.Interactive {
		return o.newUser(p)
	}
	if p.profile.Credential.Kind == profile.ManagedIdentity {
		return entra.NewManagedIdentity(c, p.profile.Credential.ManagedClientID)
	}
	return entra.NewApp(c, o.credential(p))
}

// credential is what a profile's app proves itself with.
func (o *options) credential(p part) entra.Credential {
	switch credential := p.profile.Credential; credential.Kind {
	case profile.Certificate:
		return entra.Certificate(credential.CertificateFile, o.source(p.profile, credential.Password, secret.PasswordKey(p.profile.Name)))
	case profile.FederatedToken:
		return entra.FederatedToken(credential.TokenFile)
	default:
		return entra.ClientSecret(p.secret)
	}
}

// tokenTimeout bounds one request to the authority.
const tokenTimeout = 30 * time.Second

// entraConfig is what all kinds of identity have in common.
func entraConfig(p part) entra.Config {
	cloud := p.profile.Cloud
	c := entra.Config{
		Profile: p.profile.Name, Authority: cloud.Authority, TenantID: p.profile.TenantID, ClientID: p.profile.ClientID,
		Scopes: p.profile.AppScopes, Audiences: []string{cloud.Graph}, Known: cloud.Known(),
		HTTP: webClient(p.transport), Log: p.log, LoginCommand: p.login, Shown: p.shown,
	}
	if p.observer != nil {
		c.Observer = p.observer
	}
	if cloud.ResourceManager != "" {
		c.Audiences = append(c.Audiences, cloud.ResourceManager)
	}
	if p.profile.AuthMode != profile.ClientCredentials {
		c.Scopes = p.profile.Scopes
	}
	return c
}

// newUser makes the identity of a person's profile.
func (o *options) newUser(p part) (*entra.User, error) {
	key, vault := signInKey(p.profile), p.profile.Vault
	return entra.NewUser(entraConfig(p), entra.Person{
		Account: p.profile.Account, Personal: p.profile.AccountType == profile.PersonalAccount,
		Vault: o.signIns(vault), Key: key, Place: vault.String(), Lock: o.signInLock(vault, key),
		Probe: func(ctx context.Context) error { return secret.Writable(ctx, o.vault(vault), key) },
	})
}

// source returns where a secret rests; key is its name in a vault.
func (o *options) source(p profile.Profile, s profile.Secret, key string) secret.Source {
	switch {
	case s.Keyring:
		return secret.FromVault(o.keyring(), key)
	case s.Vault:
		return secret.FromVault(o.vault(p.Vault), key)
	case s.Env != "":
		return secret.FromEnv(o.env.Getenv, s.Env)
	case s.File != "":
		return secret.FromFile(s.File)
	case len(s.Command) > 0:
		return secret.FromCommand(s.Command)
	case s.Systemd != "":
		return secret.FromSystemd(o.env.Getenv, s.Systemd)
	}
	return nil
}

// signIn lets tools start the sign-in of a profile's person, in the browser where one can be opened here, else with a
// code to type elsewhere.
func (o *options) signIn(command string, u *entra.User) func(context.Context) (*tools.SignIn, error) {
	var mu sync.Mutex
	var last *entra.SignIn
	var open func() error // last's
	return func(ctx context.Context) (*tools.SignIn, error) {
		method := entra.Browser
		if o.env.OpenURL == nil {
			method = entra.DeviceCode
		}
		s, err := u.SignIn(ctx, method)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		if s != last {
			last, open = s, nil
			if s.UserCode == "" {
				open = sync.OnceValue(func() error { return o.env.OpenURL(s.Page) })
			}
		}
		return &tools.SignIn{URL: s.URL, UserCode: s.UserCode, Open: open, Wait: s.Wait, Command: command}, nil
	}
}
