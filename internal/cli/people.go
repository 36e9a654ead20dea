package cli

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// people makes one profile for each of the persons who call it, each as themselves.
type people struct {
	part   part
	behalf *entra.OnBehalfOf  // of those who come with a token of Entra's; nil where anybody may sign in
	web    *entra.Web         // of those who have signed in through us
	grants func() grantKeeper // what those have granted; nil while nobody signs in through us

	mu    sync.Mutex
	known *recent.Map[identity, acquaintance] // guarded by mu
}

// acquaintance is what stays of a person from one call to the next.
type acquaintance struct {
	client *graph.Client // so that what Microsoft asks one call to wait for holds for the others
	grants *tools.Grants
}

// mostKnown is of how many persons something is kept.
const mostKnown = 4_000

// newPeople wires what acts for people. It opens nothing.
func (o *options) newPeople(p part) (*people, error) {
	credential, config := o.credential(p), entraConfig(p)
	web, err := entra.NewWeb(config, credential)
	if err != nil {
		return nil, err
	}
	all := &people{part: p, web: web, known: recent.New[identity, acquaintance](mostKnown)}
	if !p.profile.AnyTenant() {
		all.behalf, err = entra.NewOnBehalfOf(config, credential)
	}
	return all, err
}

// Token gives none: there is no one person.
func (p *people) Token(context.Context, entra.Request) (string, error) {
	return "", &unprovenError{profile: p.part.profile.Name}
}

// Status tells whether tokens could be had at all, as far as that can be known without a person.
func (p *people) Status(ctx context.Context, _ string) (entra.Status, error) {
	check := p.web.Check
	if p.behalf != nil { // the two have one credential
		check = p.behalf.Check
	}
	return entra.Status{Mode: p.part.profile.AuthMode.String(), TenantID: p.part.profile.TenantID, ClientID: p.part.profile.ClientID}, check(ctx)
}

// Close ends what runs in the background.
func (p *people) Close(ctx context.Context) error {
	err := p.web.Close(ctx)
	if p.behalf != nil {
		err = errors.Join(p.behalf.Close(ctx), err)
	}
	return err
}

// of returns who a person is to Entra.
func (p *people) of(person tools.Person) (identity, error) {
	switch {
	case person.Grant != "" && p.grants != nil:
		return p.web.Person(webPerson(person), p.grants()), nil
	case person.Proof != nil && p.behalf == nil:
		return nil, &homelessError{profile: p.part.profile.Name}
	case person.Proof != nil:
		return p.behalf.Person(person.TenantID, person.ObjectID, secret.NewText(person.Proof.Reveal())), nil
	}
	return nil, &unprovenError{profile: p.part.profile.Name}
}

func webPerson(p tools.Person) entra.WebPerson {
	return entra.WebPerson{Grant: p.Grant, TenantID: p.TenantID, ObjectID: p.ObjectID, Account: p.Account}
}

// unprovenError is a person whom nothing vouches for.
type unprovenError struct{ profile string }

func (e *unprovenError) Error() string {
	return "profile " + e.profile + " acts for whoever calls, and nothing says who that is"
}

// Hint says what to do.
func (e *unprovenError) Hint() string { return "sign in again at the client" }

// homelessError is a token of Entra's that there is no one tenant to exchange at.
type homelessError struct{ profile string }

func (e *homelessError) Error() string {
	return "profile " + e.profile + " lets people of any tenant sign in through this server, and takes no token that the client brings"
}

// Hint says what to do.
func (e *homelessError) Hint() string {
	return "sign in through this server ([http.oauth]), or have the operator write one tenant into tenant_id of profile " + e.profile
}

// profile returns base as one person's; rules judge what they do.
func (p *people) profile(base *tools.Profile, rules *policy.Policy, person tools.Person) (*tools.Profile, error) {
	id, err := p.of(person)
	if err != nil {
		return nil, err
	}
	theirs := *base
	theirs.For, theirs.Reading = nil, nil
	theirs.TenantID, theirs.Account = person.TenantID, person.Account
	theirs.Status = statusFor(discreet{id, p.part.profile.Name, everybody}, p.part.profile.Cloud.Graph)
	theirs.Who = func() tools.Identity { return tools.Identity{TenantID: person.TenantID, Account: person.Account} }
	known := p.keep(id, person, theirs.Status)
	theirs.Grants = known.grants
	guard(&theirs, known.client, rules, p.part.audit)
	return &theirs, nil
}

// discreet is an identity that keeps what is wrong with the server from those who do not run it: it is in the log.
type discreet struct {
	identity
	profile string
	from    func(context.Context) bool // whether from the caller
}

func everybody(context.Context) bool { return true }

func (d discreet) Token(ctx context.Context, r entra.Request) (string, error) {
	token, err := d.identity.Token(ctx, r)
	return token, d.withhold(ctx, err)
}

func (d discreet) Status(ctx context.Context, audience string) (entra.Status, error) {
	status, err := d.identity.Status(ctx, audience)
	return status, d.withhold(ctx, err)
}

func (d discreet) withhold(ctx context.Context, err error) error {
	if err == nil || !d.from(ctx) {
		return err
	}
	return tools.Withhold(err, d.profile, door.RequestID(ctx))
}

// ending is a person's identity whose grant ends when Entra takes it back: their client then has to sign in again.
type ending struct {
	authorizer
	end func(context.Context)
}

func (e ending) Token(ctx context.Context, r graph.TokenRequest) (string, error) {
	token, err := e.authorizer.Token(ctx, r)
	var gone interface{ Gone() bool }
	if errors.As(err, &gone) && gone.Gone() {
		e.end(context.WithoutCancel(ctx))
	}
	return token, err
}

func (p *people) end(ctx context.Context, w entra.WebPerson) {
	if err := p.grants().End(ctx, w.Grant); err != nil {
		p.part.log.WarnContext(ctx, "a sign-in that is over could not be removed", "error", err)
	}
	p.web.Forget(w)
}

// keep returns what is kept of a person, whose status is told by status.
func (p *people) keep(id identity, person tools.Person, status func(context.Context) (tools.Status, error)) acquaintance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, known := p.known.Find(id); known {
		return k
	}
	shown := authorizer{discreet{id, p.part.profile.Name, everybody}}
	var auth graph.Authorizer = shown
	if person.Grant != "" {
		auth = ending{shown, func(ctx context.Context) { p.end(ctx, webPerson(person)) }}
	}
	k := acquaintance{client: newClient(p.part, auth), grants: tools.NewGrants(status)}
	p.known.Keep(id, k)
	return k
}

func newClient(p part, auth graph.Authorizer) *graph.Client {
	c := graph.Config{Auth: auth, Transport: p.transport, UserAgent: mcp.Name + "/" + version(), Log: p.log}
	if p.observer != nil {
		c.Observer = p.observer
	}
	return graph.NewClient(c)
}

// webClient is how a profile's requests to its authority go.
func webClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, Timeout: tokenTimeout}
}
