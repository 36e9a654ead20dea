package entra

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// atTheClient is where people sign in who reach this server over HTTP, in the place of a command.
const atTheClient = "at the client, by connecting it to this server anew"

// served is what the two ways have in common in which a server acts for many people, each as themselves.
type served struct {
	*client
	cred   *once
	gate   *gate
	proven *keeper // of the token that proves the credential
}

// newServed checks c.
func newServed(c Config, cred Credential, kind string) (served, error) {
	switch {
	case cred == nil:
		return served{}, c.newError("there is no credential to act for people with", `give the profile one: client_secret = { from = "keyring" }`)
	case len(c.Audiences) == 0:
		return served{}, c.newError("there is no API to act for people at", "")
	}
	c.LoginCommand = atTheClient
	inner, err := newClient(c)
	if err != nil {
		return served{}, err
	}
	inner.kind, inner.documents = kind, newDocuments()
	s := served{client: inner, cred: openOnce(cred, inner.now), gate: newGate()}
	s.proven = s.newCheck()
	return s, nil
}

// Close ends the requests that are under way, of all people, and waits for them as long as ctx allows. Tokens in
// memory are answered until they expire; no more are fetched.
func (s *served) Close(ctx context.Context) error { return s.gate.shut(ctx) }

// Format writes the profile's name, whatever the verb.
func (s *served) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "identities of profile %s", s.config.Profile)
}

// through makes a request of fetch as long as the gate is open.
func (s *served) through(ctx context.Context, fetch func(context.Context) (*token, *Error)) (*token, error) {
	ctx, leave, ok := s.gate.enter(ctx)
	if !ok {
		return nil, s.config.closedError()
	}
	defer leave()
	t, failed := fetch(ctx)
	if failed != nil {
		s.noteRefusal(ctx, failed)
		return nil, failed
	}
	return t, nil
}

// noteRefusal notes where the authority refused the credential, which concerns everybody. Where anybody may sign in, one
// person's tenant must not decide that for the others.
func (s *served) noteRefusal(ctx context.Context, failed *Error) {
	if failed.OAuth == "invalid_client" && failed.next == 0 && !isAlias(s.config.TenantID) {
		s.cred.refuse(ctx, failed)
	}
}

// checkPlace refuses people of other tenants, and personal accounts where they are not asked for.
func (c *client) checkPlace(p person) *Error {
	name, tenant := p.account, strings.ToLower(c.config.TenantID)
	if name == "" {
		name = "an account"
	}
	personal := strings.EqualFold(p.tenantID, personalTenant)
	switch {
	case isAlias(tenant) && (len(p.tenantID) != 36 || identifier(p.tenantID) == ""): // it becomes a part of URLs
		return c.config.newError("the authority did not say by its ID which tenant "+name+" is of", "sign in with another account, {login}")
	case tenant == common, tenant == consumers && personal:
		return nil
	case tenant == consumers:
		return c.config.newError(name+" is a work account, and profile "+c.config.Profile+" is for personal accounts", "sign in with a personal account, {login}")
	case personal:
		return c.config.newError(name+" is a personal account, and profile "+c.config.Profile+" is for work accounts", "sign in with a work account, {login}")
	case len(tenant) == 36 && identifier(tenant) != "" && !strings.EqualFold(p.tenantID, tenant):
		return c.config.newError(name+" is of tenant "+identifier(p.tenantID)+", and profile "+c.config.Profile+" is of tenant "+tenant,
			"sign in with an account of that tenant, {login}; or correct tenant_id of profile {profile}")
	}
	return nil
}

// home returns the client that asks where p is at home: a personal account's refresh token dies within the hour at
// common, and a tenant gives its people tokens by its own rules.
func (c *client) home(p person) *client {
	if !isAlias(c.config.TenantID) {
		return c
	}
	own := *c
	own.away = true
	own.config.TenantID = strings.ToLower(p.tenantID)
	if own.config.TenantID == personalTenant {
		own.config.TenantID = consumers
	}
	return &own
}

// member is the identity of one of many people, whichever way it came.
type member struct {
	*keeper
	who person

	state       sync.Mutex // guards what follows, and the account
	permissions []string   // as granted last for the main API, sorted
}

// newMember returns the identity of p, whose tokens fetch brings. Its errors are *Error.
func (s *served) newMember(p person, fetch func(context.Context, need) (*token, *Error)) member {
	return member{who: p, keeper: newKeeper(s.client, func(ctx context.Context, n need) (*token, error) {
		return s.through(ctx, func(ctx context.Context) (*token, *Error) { return fetch(ctx, n) })
	})}
}

// Who returns the tenant's ID and the account of the person, without asking anybody; an account that is not known is "".
func (m *member) Who() (tenantID, account string) {
	m.state.Lock()
	defer m.state.Unlock()
	return m.who.tenantID, m.who.account
}

// Status returns the status of the person's identity towards audience. It gets a token where none is there, and fails
// as Token does.
func (m *member) Status(ctx context.Context, audience string) (Status, error) {
	t, err := m.hold(ctx, Request{Audience: audience})
	if err != nil {
		return Status{}, err
	}
	m.state.Lock()
	defer m.state.Unlock()
	return Status{Mode: "onBehalfOf", TenantID: m.who.tenantID, ClientID: m.config.ClientID, Account: m.who.account,
		Permissions: slices.Clone(m.permissions), ExpiresAt: t.expires}, nil
}

// Close does nothing: all who act for the person share the identity, and it ends with the server's.
func (m *member) Close(context.Context) error { return nil }

// take makes a token of a grant, unless it is somebody else's.
func (m *member) take(g grant, n need) (*token, *Error) {
	if failed := m.checkOwner(g); failed != nil {
		return nil, failed
	}
	t, failed := m.accept(g.access.Reveal(), n.claims, g.lifetime, g.refreshIn)
	if failed == nil && m.isMain(n.audience) {
		m.state.Lock()
		m.permissions = permissionsOf(g.scopes)
		m.state.Unlock()
	}
	return t, failed
}

// checkOwner compares whom the authority's answer speaks of with the person. They can differ only where a grant was
// mixed up on its way to us; one person would read another's mail.
func (m *member) checkOwner(g grant) *Error {
	var named bool
	for _, text := range []string{g.idToken.Reveal(), g.access.Reveal()} {
		said := readText(text)
		named = named || said.ObjectID != "" && said.TenantID != ""
		if said.ObjectID != "" && !strings.EqualFold(said.ObjectID, m.who.objectID) || said.TenantID != "" && !strings.EqualFold(said.TenantID, m.who.tenantID) {
			return m.config.newError("the authority answered for another person than it was asked for, which is refused", "report it as a fault of this program")
		}
	}
	if !named && isAlias(m.config.TenantID) { // one object ID may be there in several tenants
		return m.config.newError("the authority did not say whom it answered for, which is refused", m.config.strangeHint(permanent, m.cloud.host))
	}
	return nil
}

// permissionsOf returns the names of granted scopes, without OpenID Connect's.
func permissionsOf(scopes []string) (names []string) {
	for _, scope := range scopes {
		if !isOpenID(scope) {
			names = append(names, scopeName(scope))
		}
	}
	slices.Sort(names)
	return names
}

// moment is a time of a JWT, or the zero time.
func moment(seconds float64) time.Time {
	if seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
