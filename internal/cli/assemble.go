package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// assembly is what a server serves, wired together. Making one opens no connection and reads no secret.
type assembly struct {
	config   mcp.Config
	identity []identity
	known    *knowledge
	people   map[string]*people  // of the profiles that act for whoever calls, by name
	carriers []http.RoundTripper // of all that goes out

	bearers  []door.Authenticator
	resource *door.Resource
	oauth    http.Handler
}

// surroundings are what a server gives to what it serves.
type surroundings struct {
	log      *slog.Logger
	observer observer
	lost     func(error) // is told when the audit log cannot be written, where that ends the server; nil: nobody is
	// also wires who is let in; nil: nobody beside those with API keys.
	also func(*profile.Config, *assembly) error
}

// observer hears what the rooms do.
type observer interface {
	door.Observer
	graph.Observer
	entra.Observer
}

// purpose says what an assembly is for.
type purpose int

const (
	oneCall   purpose = iota // a command that asks and ends: nobody would be left to wait for a sign-in
	oneLook                  // a command that tells how profiles are, also those that act for callers over HTTP alone
	overStdio                // a client of this machine's person, who can be asked to sign in
	overHTTP                 // callers from elsewhere, none of whom is this machine's person
)

// assemble wires the profiles of c that are asked for.
func (o *options) assemble(c *profile.Config, use purpose) (*assembly, error) {
	usual := serverLevel
	if use == oneCall || use == oneLook {
		usual = commandLevel
	}
	log, err := o.log(usual)
	if err != nil {
		return nil, err
	}
	return o.assembleWith(c, use, surroundings{log: log})
}

// assembleWith wires the profiles of c that are asked for into what surrounds them.
func (o *options) assembleWith(c *profile.Config, use purpose, around surroundings) (*assembly, error) {
	log := around.log
	profiles, err := c.Serve(o.profiles, use == overHTTP || use == oneLook)
	if err != nil {
		return nil, &usageError{err}
	}
	a := &assembly{config: mcp.Config{Version: o.served(), Log: log}, people: map[string]*people{}, known: o.knowledge(c.Schema, log)}
	if around.observer != nil {
		a.config.Observer = around.observer
	}
	record, err := o.auditLog(c, log, use)
	if err != nil {
		return nil, err
	}
	if use == overHTTP || use == overStdio && c.Audit.Fatal { // a start over stdio opens nothing that it need not
		if err := o.tryAudit(c, record, around); err != nil {
			return nil, err
		}
	}
	if c.Audit.Fatal && around.lost != nil {
		record.OnLoss(func(err error) { around.lost(&lostError{err}) })
	}
	for _, p := range profiles {
		if err := checkTools(c, p); err != nil {
			return nil, &usageError{err}
		}
		rules, err := policy.New(rulesOf(p))
		if err != nil {
			return nil, &usageError{placed(c, p, err)}
		}
		transport, err := o.transport(c, p)
		if err != nil {
			return nil, err
		}
		a.carriers = append(a.carriers, transport)
		made := part{profile: p, rules: rules, transport: transport, log: log, audit: record, observer: around.observer, login: o.command(c, "login", p.Name),
			shown:  use == oneCall || use == oneLook,
			secret: o.source(p, p.Credential.Secret, secret.ClientSecretKey(p.Name))}
		if err := o.add(a, made, use); err != nil {
			return nil, &usageError{fmt.Errorf("profile %s: %w", p.Name, err)}
		}
	}
	if around.also != nil {
		if err := around.also(c, a); err != nil {
			a.close()
			return nil, err
		}
	}
	return a, nil
}

// part is what one profile is made of.
type part struct {
	profile   profile.Profile
	rules     *policy.Policy
	transport http.RoundTripper
	secret    secret.Source // of the credential; nil where there is none
	login     string        // the command that signs its person in
	log       *slog.Logger
	audit     policy.Recorder
	observer  observer // nil: nobody
	shown     bool     // a command shows what fails
}

// transport returns what carries a profile's requests.
func (o *options) transport(c *profile.Config, p profile.Profile) (http.RoundTripper, error) {
	transport, err := transportFor(p.CAFile)
	if err != nil {
		return nil, &usageError{c.Errorf(p.Key("ca_file"), "give the path of a PEM file with a CA certificate", "%s", err)}
	}
	return transport, nil
}

// add wires one profile: identity → client → guard → tools.
func (o *options) add(a *assembly, p part, use purpose) error {
	endpoints, err := graph.NewEndpoints(p.profile.Cloud.Graph, p.profile.Cloud.ResourceManager)
	if err != nil {
		return err
	}
	account := p.profile.Account
	if p.profile.AuthMode == profile.ClientCredentials && p.profile.Credential.Kind != profile.ManagedIdentity {
		account = p.profile.ClientID // a managed identity is another than the profile's app, and says which
	}
	served := &tools.Profile{
		Name: p.profile.Name, TenantID: p.profile.TenantID, Account: account, Mode: p.profile.AuthMode.String(),
		Cloud: p.profile.Cloud.Name, ReadOnly: p.profile.Access == profile.ReadOnly, Tools: p.profile.Tools,
		Instructions: p.profile.Instructions, Endpoints: endpoints, Remote: use == overHTTP,
		Catalog: a.known.catalog, Schema: cloudSchema{store: a.known.store, graph: p.profile.Cloud.Graph, transport: p.transport},
	}
	if err := o.addSearch(served, p); err != nil {
		return err
	}
	if use != overHTTP {
		if served.Folders, err = foldersAt(p.profile.Folders); err != nil {
			return err
		}
	}
	if p.profile.AuthMode == profile.OnBehalfOf {
		err = o.addPeople(a, served, p)
	} else {
		err = o.addIdentity(a, served, p, use)
	}
	if err != nil {
		return err
	}
	a.config.Profiles = append(a.config.Profiles, served)
	return nil
}

// addIdentity has a profile act as one app or person, whoever calls.
func (o *options) addIdentity(a *assembly, served *tools.Profile, p part, use purpose) error {
	id, err := o.newIdentity(p)
	if err != nil {
		return err
	}
	a.identity = append(a.identity, id)
	shown := id
	if use == overHTTP {
		shown = discreet{id, p.profile.Name, door.Outsider}
	}
	client := newClient(p, authorizer{shown})
	served.Status = statusFor(shown, p.profile.Cloud.Graph)
	served.Grants = tools.NewGrants(served.Status)
	guard(served, client, p.rules, p.audit)
	if known, ok := id.(interface {
		Who() (tenantID, account string)
	}); ok {
		served.Who = func() tools.Identity {
			tenant, account := known.Who()
			return tools.Identity{TenantID: tenant, Account: account}
		}
	}
	if u, ok := id.(*entra.User); ok && use == overStdio {
		served.SignIn = o.signIn(p.login, u)
	}
	if use == overHTTP && !served.ReadOnly {
		reading := *served
		reading.ReadOnly = true
		guard(&reading, client, p.rules.Reading(), p.audit)
		served.Reading = &reading
	}
	return nil
}

// addPeople has a profile act as whoever calls.
func (o *options) addPeople(a *assembly, served *tools.Profile, p part) error {
	whoever, err := o.newPeople(p)
	if err != nil {
		return err
	}
	a.identity = append(a.identity, whoever)
	a.people[served.Name] = whoever
	served.Could = p.rules.Could
	served.Status = statusFor(whoever, p.profile.Cloud.Graph)
	served.For = func(_ context.Context, person tools.Person) (*tools.Profile, error) {
		return whoever.profile(served, p.rules, person)
	}
	if served.ReadOnly {
		return nil
	}
	rules := p.rules.Reading()
	reading := *served
	reading.ReadOnly, reading.Could = true, rules.Could
	reading.For = func(_ context.Context, person tools.Person) (*tools.Profile, error) {
		return whoever.profile(&reading, rules, person)
	}
	served.Reading = &reading
	return nil
}

// statusFor returns what is known of an identity.
func statusFor(id identity, audience string) func(context.Context) (tools.Status, error) {
	return func(ctx context.Context) (tools.Status, error) {
		s, err := id.Status(ctx, audience)
		return tools.Status{Permissions: s.Permissions, ExpiresAt: s.ExpiresAt, TenantID: s.TenantID, Account: accountOf(s)}, err
	}
}

// accountOf returns who an identity is: the person, or the client ID of the app.
func accountOf(s entra.Status) string { return cmp.Or(s.Account, s.ClientID) }

func rulesOf(p profile.Profile) policy.Rules {
	return policy.Rules{ReadWrite: p.Access == profile.ReadWrite, Allow: p.Policy.Allow, Deny: p.Policy.Deny,
		Confirm: p.Policy.Confirm, ConfirmByToken: p.Policy.ConfirmToken}
}

// placed says in which line of the configuration a rule stands.
func placed(c *profile.Config, p profile.Profile, err error) error {
	var rule *policy.RuleError
	if !errors.As(err, &rule) {
		return err
	}
	key := p.Key("policy." + rule.List)
	if rule.Rule == "" {
		return c.Errorf(key, "", "%s", rule.Problem)
	}
	return c.Errorf(fmt.Sprintf("%s[%d]", key, rule.Index), "", "%q: %s", rule.Rule, rule.Problem)
}

func checkTools(c *profile.Config, p profile.Profile) error {
	names := tools.Names()
	for i, name := range p.Tools {
		if !slices.Contains(names, name) {
			return c.Errorf(fmt.Sprintf("%s[%d]", p.Key("tools"), i), "the tools are "+strings.Join(names, ", "), "there is no tool %q", name)
		}
	}
	return nil
}

// readyAtOnce bounds the profiles that are asked for a token at once.
const readyAtOnce = 8

// ready returns an error for each profile that cannot get a token for Microsoft Graph, by its name.
func (a *assembly) ready(ctx context.Context) map[string]error {
	failed := make([]error, len(a.config.Profiles))
	places := make(chan struct{}, readyAtOnce)
	var asking sync.WaitGroup
	for i, p := range a.config.Profiles {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { <-places }()
			_, failed[i] = p.Status(ctx)
		})
	}
	asking.Wait()
	byName := map[string]error{}
	for i, p := range a.config.Profiles {
		if failed[i] != nil {
			byName[p.Name] = failed[i]
		}
	}
	return byName
}

// closeTime is how long identities have to end what they do in the background.
const closeTime = 5 * time.Second

// close ends what identities and the store of schemas do in the background.
func (a *assembly) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	for _, id := range a.identity {
		if err := id.Close(ctx); err != nil {
			a.config.Log.Warn("closing an identity", "error", err)
		}
	}
	if err := a.known.store.Close(ctx); err != nil {
		a.config.Log.Warn("closing the store of schemas", "error", err)
	}
	for _, carrier := range a.carriers { // else they would stay for a while after each reload
		(&http.Client{Transport: carrier}).CloseIdleConnections()
	}
}

// keysOf returns the API keys as the HTTP door wants them.
func keysOf(h profile.HTTP, getenv func(string) string) []door.Key {
	var keys []door.Key
	for _, k := range h.APIKeys {
		sum := k.SHA256
		if k.Env != "" {
			sum = sha256.Sum256([]byte(strings.TrimSpace(getenv(k.Env))))
		}
		keys = append(keys, door.Key{Name: k.Name, SHA256: sum, Profiles: k.Profiles, Expires: k.Expires, ReadOnly: k.ReadOnly})
	}
	return keys
}
