package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Subject is what is examined.
type Subject struct {
	Configuration Configuration
	Vaults        []Vault
	Clouds        []Cloud // each with the profiles that speak to it
	Profiles      []Profile
	Shelf         Shelf
	Endpoint      *Endpoint // nil: nobody is served over HTTP
	Clients       Clients
	Network       *Network
}

// Profile is one identity.
type Profile struct {
	Name      string
	Authority Authority
	// Managed is that the platform gives the tokens; then the Credential is not looked at.
	Managed    bool
	Credential *Credential // nil: a person signs in
	// Token asks for a token. It may be called once.
	Token func(context.Context) (Token, error)
	// Permissions is nil where there is no token to tell of them: people call as themselves.
	Permissions *Permissions
	Graph       *Graph // likewise
}

// The names of the checks, as they are shown.
const (
	configurationCheck = "configuration"
	vaultCheck         = "keyring"
	clockCheck         = "clock"
	namesCheck         = "DNS"
	certificatesCheck  = "TLS"
	proxyCheck         = "proxy"
	authorityCheck     = "authority"
	credentialCheck    = "credential"
	tokenCheck         = "token"
	expiryCheck        = "expiry"
	permissionCheck    = "permissions"
	graphCheck         = "Graph"
	shelfCheck         = "schema"
	endpointCheck      = "HTTP"
	clientsCheck       = "clients"
)

// Checks returns what there is to check, in the order in which a call needs it.
func (s *Subject) Checks() []*Check {
	b := &book{subject: s}
	b.ground = b.add(&Check{Name: configurationCheck, Run: s.Configuration.find})
	b.vaults()
	b.clouds()
	for _, p := range s.Profiles {
		b.profile(p)
	}
	b.rest()
	return b.checks
}

// book gathers the checks.
type book struct {
	subject *Subject
	checks  []*Check
	ground  *Check   // the configuration
	opening []*Check // of the vaults, in their order
	way     []*Check // to the clouds, in their order
}

func (b *book) add(c *Check) *Check {
	b.checks = append(b.checks, c)
	return c
}

// whom names the profiles that a shared check is about; "" where it is about all.
func (b *book) whom(profiles []string) string {
	if len(profiles) == len(b.subject.Profiles) {
		return ""
	}
	return strings.Join(profiles, ",")
}

// nothing is the finding of a check for which there is nothing to look at.
func nothing(text string) func(context.Context) Finding {
	return func(context.Context) Finding { return Finding{State: Skipped, Text: text} }
}

func (b *book) vaults() {
	for _, v := range b.subject.Vaults {
		b.opening = append(b.opening, b.add(&Check{Profile: b.whom(v.Profiles), Name: vaultCheck, Needs: []*Check{b.ground}, Run: v.find}))
	}
	if len(b.subject.Vaults) == 0 {
		b.add(&Check{Name: vaultCheck, Needs: []*Check{b.ground}, Run: nothing("no secret of the profiles rests in a keyring or a sealed file")})
	}
}

// clouds adds the checks of the way to the hosts: first the clock, as a wrong one makes every certificate look wrong.
func (b *book) clouds() {
	n, clouds := b.subject.Network, b.subject.Clouds
	if len(clouds) == 0 {
		for _, name := range []string{clockCheck, namesCheck, certificatesCheck, proxyCheck} {
			b.add(&Check{Name: name, Needs: []*Check{b.ground}, Run: nothing("there is no profile whose hosts could be called")})
		}
		return
	}
	needs := []*Check{b.ground}
	clocks, lookups := make([]*Check, len(clouds)), make([]*Check, len(clouds))
	for i, c := range clouds {
		clocks[i] = b.add(&Check{Profile: b.whom(c.Profiles), Name: clockCheck, Needs: needs, Run: func(ctx context.Context) Finding { return n.clock(ctx, c) }})
	}
	for i, c := range clouds {
		lookups[i] = b.add(&Check{Profile: b.whom(c.Profiles), Name: namesCheck, Needs: needs, Run: func(ctx context.Context) Finding { return n.names(ctx, c) }})
	}
	for i, c := range clouds {
		b.way = append(b.way, b.add(&Check{Profile: b.whom(c.Profiles), Name: certificatesCheck, Needs: []*Check{lookups[i]},
			Run: func(ctx context.Context) Finding { return n.certificates(ctx, c) }}))
	}
	b.add(&Check{Name: proxyCheck, Needs: needs, Run: func(ctx context.Context) Finding { return n.proxies(ctx, clouds) }})
}

// profile adds the checks of one identity.
func (b *book) profile(p Profile) {
	way := []*Check{b.ground}
	for i, c := range b.subject.Clouds {
		if slices.Contains(c.Profiles, p.Name) {
			way = append(way, b.way[i])
		}
	}
	authority := b.authority(p, way)
	credential := b.credential(p)
	var got Token // set by the token's check, which what needs it waits for
	asked := b.add(&Check{Profile: p.Name, Name: tokenCheck, Needs: []*Check{authority, credential}, Run: func(ctx context.Context) Finding {
		t, err := p.Token(ctx)
		if err == nil && p.Permissions == nil {
			return Finding{State: OK, Text: "Entra takes the credential; people bring the rest when they call"}
		}
		got = t
		return token(t, err)
	}})
	needs := append([]*Check{asked}, way...)
	if c := p.Credential; c != nil && c.Ends != nil {
		b.add(&Check{Profile: p.Name, Name: expiryCheck, Needs: needs, Run: func(ctx context.Context) Finding { return c.told(ctx, b.subject.Network.now()) }})
	}
	permissions := &Check{Profile: p.Name, Name: permissionCheck, Needs: []*Check{asked}, Run: nothing("people call as themselves, each with a token of their own")}
	if p.Permissions != nil {
		permissions.Run = func(context.Context) Finding { return p.Permissions.find(got) }
	}
	graph := &Check{Profile: p.Name, Name: graphCheck, Needs: needs, Run: permissions.Run}
	if p.Graph != nil {
		graph.Run = p.Graph.find
	}
	b.add(permissions)
	b.add(graph)
}

// authority adds the check of where tokens come from. A managed identity has them from the platform, whatever is wrong with
// the way to Entra.
func (b *book) authority(p Profile, way []*Check) *Check {
	c := &Check{Profile: p.Name, Name: authorityCheck, Needs: way, Run: p.Authority.find}
	if p.Managed {
		c.Needs, c.Run = []*Check{b.ground}, nothing("a managed identity has its tokens from the platform")
	}
	return b.add(c)
}

// credential adds the check of what a profile proves itself with.
func (b *book) credential(p Profile) *Check {
	n := b.subject.Network
	c := &Check{Profile: p.Name, Name: credentialCheck, Needs: []*Check{b.ground}}
	switch {
	case p.Managed:
		c.Run = n.machine
	case p.Credential == nil:
		c.Run = nothing("none: a person signs in")
	default:
		c.Run = func(ctx context.Context) Finding { return p.Credential.find(ctx, n.now()) }
	}
	for i, v := range b.subject.Vaults {
		if slices.Contains(v.Profiles, p.Name) {
			c.Needs = append(c.Needs, b.opening[i])
		}
	}
	return b.add(c)
}

// rest adds what no call needs at once.
func (b *book) rest() {
	s, n := b.subject, b.subject.Network
	b.add(&Check{Name: shelfCheck, Needs: []*Check{b.ground}, Run: func(ctx context.Context) Finding { return s.Shelf.find(ctx, n.now()) }})
	endpoint := &Check{Name: endpointCheck, Needs: []*Check{b.ground}, Run: nothing("[http] is not used")}
	if s.Endpoint != nil {
		endpoint.Run = func(ctx context.Context) Finding { return s.Endpoint.find(ctx, n.now()) }
	}
	b.add(endpoint)
	b.add(&Check{Name: clientsCheck, Run: s.Clients.find}) // whatever the configuration is like
}

// Line writes a row as one line: how it stands, what it is about, what was found, and what to do.
func (r Row) Line() (state, rest string) {
	name := r.Check
	if r.Profile != "" {
		name = r.Profile + " " + r.Check
	}
	rest = fmt.Sprintf("%s: %s", name, r.Text)
	if r.Do != "" {
		rest += "; " + r.Do
	}
	return string(r.State), rest
}
