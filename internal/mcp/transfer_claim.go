package mcp

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// claim is what a ticket stands for: an offer or a deposit, on whose behalf, and what they have agreed to. Whoever opens
// it asks the policy again.
type claim struct {
	Owner   string         `json:"owner"` // principal's name
	Ends    time.Time      `json:"ends"`
	Reading bool           `json:"reading,omitempty"` // by the profile that only reads
	Person  *claimant      `json:"person,omitempty"`
	By      []string       `json:"by,omitempty"` // what has let them in, of a token
	Tool    string         `json:"tool"`
	Agreed  []byte         `json:"agreed,omitempty"` // digests, one after the other
	ByToken bool           `json:"byToken,omitempty"`
	Offer   *tools.Offer   `json:"offer,omitempty"`
	Deposit *tools.Deposit `json:"deposit,omitempty"`

	sum [sha256.Size]byte
}

// claimant is the person whom a ticket was made for. What proves it rests under the seal alone.
type claimant struct {
	TenantID string `json:"tenant"`
	ObjectID string `json:"object"`
	Account  string `json:"account,omitempty"`
	Grant    string `json:"grant,omitempty"`
	Proof    string `json:"proof,omitempty"`
}

// claim says on whose behalf the call is made.
func (e *errand) claim(ctx context.Context) *claim {
	who := door.PrincipalOf(ctx)
	c := &claim{Owner: who.Name, Reading: e.reading, By: who.By, Tool: e.asker.Tool}
	if a := e.asker.Agreed; a != nil {
		c.ByToken = a.ByToken
		for _, digest := range a.Digests {
			c.Agreed = append(c.Agreed, digest[:]...)
		}
	}
	if p := who.Person; p != nil {
		c.Person = &claimant{TenantID: p.TenantID, ObjectID: p.ObjectID, Account: p.Account, Grant: p.Grant}
		if p.Proof != nil {
			c.Person.Proof = p.Proof.Reveal()
		}
	}
	return c
}

// asker is on whose behalf the ticket is used in the request of ctx.
func (c *claim) asker(ctx context.Context) tools.Asker {
	a := tools.Asker{Principal: c.Owner, Tool: c.Tool, RequestID: door.RequestID(ctx)}
	for rest := c.Agreed; len(rest) >= sha256.Size; rest = rest[sha256.Size:] {
		if a.Agreed == nil {
			a.Agreed = &tools.Agreement{ByToken: c.ByToken}
		}
		a.Agreed.Digests = append(a.Agreed.Digests, [sha256.Size]byte(rest))
	}
	return a
}

// person is whom the ticket is used as; nil for nobody.
func (c *claim) person() *tools.Person {
	if c.Person == nil {
		return nil
	}
	p := &tools.Person{TenantID: c.Person.TenantID, ObjectID: c.Person.ObjectID, Account: c.Person.Account, Grant: c.Person.Grant}
	if c.Person.Proof != "" {
		p.Proof = proof{&c.Person.Proof}
	}
	return p
}

// profile is the name of the one that the ticket is for.
func (c *claim) profile() string {
	if c.Offer != nil {
		return c.Offer.Profile
	}
	return c.Deposit.Profile
}

// proof is a token behind a pointer, which no kind of printing follows.
type proof struct{ text *string }

// Reveal returns it.
func (p proof) Reveal() string { return *p.text }

// errUnserved is a ticket of somebody who may not use its profile any more, or of a profile that is gone.
var errUnserved = errors.New("what this link is for is not served any more")

// actor returns the profile that a ticket is used as: as its owner may use it by the configuration that holds now.
func (g *generation) actor(ctx context.Context, c *claim) (*tools.Profile, error) {
	if ok, err := g.stillServed(ctx, c); err != nil || !ok {
		return nil, errors.Join(errUnserved, err)
	}
	for _, p := range g.config.Profiles {
		if p.Name != c.profile() {
			continue
		}
		if c.Reading && !p.ReadOnly {
			p = p.Reading
		}
		if p == nil || !p.May(c.Tool) {
			return nil, errUnserved
		}
		return profileFor(ctx, c.person(), p)
	}
	return nil, errUnserved
}

// stillServed tells whether the owner of a ticket may still use its profile, and in the way in which they could when it was
// made: who only reads now has no use for a link to change something.
func (g *generation) stillServed(ctx context.Context, c *claim) (bool, error) {
	if g.door.Open() {
		return true, nil
	}
	p, known, err := g.door.Recall(ctx, door.Caller{Name: c.Owner, Profiles: []string{c.profile()}, Person: c.person(), By: c.By})
	if err != nil || !known {
		return false, err
	}
	name := c.profile()
	return (p.Profiles == nil || slices.Contains(p.Profiles, name)) && (c.Reading || !p.MayOnlyRead(name)), nil
}

// refuseClaim answers a ticket that cannot be used, and tells with which status. otherwise answers where there is none.
func (g *generation) refuseClaim(w http.ResponseWriter, r *http.Request, err error, otherwise func()) (status int) {
	switch {
	case isUnavailable(err):
		g.door.RefuseStore(w, r, err)
		return http.StatusServiceUnavailable
	case errors.Is(err, errNoTicket), errors.Is(err, errUnserved):
		otherwise()
		return http.StatusNotFound
	}
	status = tools.StatusOf(err)
	refuseTransfer(r.Context(), w, status, err)
	return status
}
