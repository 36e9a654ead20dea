package entra

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// OnBehalfOf acts for people who come with a token of Entra's for this server: it exchanges each one's for a token for
// the API (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow). It is safe for concurrent
// use. What a person brought goes to the authority alone.
type OnBehalfOf struct {
	served
	people *crowd[*Behalf]
}

// NewOnBehalfOf checks c and returns what acts for people as the app of c, which proves itself by cred. Where c has no
// scopes for an API, those are asked for that the app is registered with. It makes no connection and reads no secret.
// Its errors are *Error.
func NewOnBehalfOf(c Config, cred Credential) (*OnBehalfOf, error) {
	if cred != nil && isAlias(c.TenantID) {
		return nil, c.newError("tenant_id "+c.TenantID+" is not one tenant, and the people of a server are of one",
			"copy the Directory (tenant) ID from the app registration's overview, or write the tenant's domain")
	}
	s, err := newServed(c, cred, kindBehalf)
	if err != nil {
		return nil, err
	}
	return &OnBehalfOf{served: s, people: newCrowd((*Behalf).spent)}, nil
}

// Behalf is the identity of one person, for whom the server acts. It is safe for concurrent use.
type Behalf struct {
	member
	owner *OnBehalfOf

	// Guarded by state:
	proof   assertion
	refused bool      // the authority did not take it
	latest  time.Time // when the one was issued that was issued last
}

// assertion is the token that a person came with.
type assertion struct {
	text            secret.Text
	issued, expires time.Time // zero where it does not say
}

// Person returns the identity of the person with that object ID in that tenant, the same one each time. The caller has
// verified that the token was issued to them, for this server. It makes no connection; where something is wrong, the
// identity has no tokens and says why.
//
// Of several tokens of one person the one issued last counts, as long as the authority takes it. What was got for an
// earlier one is used on.
func (o *OnBehalfOf) Person(tenantID, objectID string, token secret.Text) *Behalf {
	now := o.now()
	var entered *Behalf
	b := o.people.find(strings.ToLower(tenantID+"/"+objectID), now, func() *Behalf {
		entered = o.newBehalf(person{tenantID: tenantID, objectID: objectID})
		return entered
	})
	if b.holds(token) {
		return b
	}
	said := readClaims(token)
	who := person{tenantID: tenantID, objectID: objectID, account: tidy(said.Account)}
	failed := o.checkPlace(who)
	// The last barrier before one person acts as another.
	if !strings.EqualFold(said.ObjectID, objectID) || !strings.EqualFold(said.TenantID, tenantID) || identifier(objectID) == "" || identifier(tenantID) == "" {
		failed = o.config.newError("the token that the client brought is not of the person whom it is said to be of, which is refused", "report it as a fault of this program")
	}
	if failed != nil {
		if b == entered {
			o.people.drop(strings.ToLower(tenantID + "/" + objectID))
		}
		return o.stranger(who, failed)
	}
	b.receive(assertion{text: token, issued: moment(said.Issued), expires: moment(said.Expires)}, who.account, now)
	return b
}

func (o *OnBehalfOf) newBehalf(p person) *Behalf {
	b := &Behalf{owner: o}
	b.member = o.newMember(p, b.acquire)
	return b
}

// stranger returns an identity that has nothing but an error.
func (o *OnBehalfOf) stranger(p person, failed *Error) *Behalf {
	return &Behalf{owner: o, member: o.newMember(p, func(context.Context, need) (*token, *Error) { return nil, failed })}
}

// holds reports whether text is the token that counts.
func (b *Behalf) holds(text secret.Text) bool {
	b.state.Lock()
	defer b.state.Unlock()
	return !text.IsZero() && b.proof.text.Reveal() == text.Reveal()
}

// receive takes a token that the person came with, where it is newer than all before, or the one that is there has
// expired or was refused. Two clients with tokens that are refused in turns are no news: what failed is not tried again
// at once.
func (b *Behalf) receive(a assertion, account string, now time.Time) {
	b.state.Lock()
	held := b.proof
	useless := held.expired(now) || b.refused
	taken := held.text.IsZero() || a.issued.After(b.latest) || useless && !a.expired(now)
	news := taken && !a.issued.Before(b.latest)
	if taken {
		b.proof, b.refused = a, false
		if news {
			b.latest = a.issued
		}
		if account != "" {
			b.who.account = account
		}
	}
	b.state.Unlock()
	if news {
		b.forgive()
	}
}

// expired reports whether a is of no use any more.
func (a assertion) expired(now time.Time) bool { return !now.Before(a.expires) }

// current returns the token that counts.
func (b *Behalf) current() assertion {
	b.state.Lock()
	defer b.state.Unlock()
	return b.proof
}

// spent reports whether the person would have to come with another token before anybody asks for theirs.
func (b *Behalf) spent(_, now time.Time) bool {
	held := b.current()
	return !held.text.IsZero() && held.expired(now)
}

// acquire brings a token for n.
func (b *Behalf) acquire(ctx context.Context, n need) (*token, *Error) {
	a := b.current()
	g, failed := b.swap(ctx, n, a)
	if failed != nil && failed.class == unsigned {
		b.distrust(a)
		// The person may have come with a newer one while the authority looked at this one.
		if again := b.current(); again.text.Reveal() != a.text.Reveal() {
			g, failed = b.swap(ctx, n, again)
		}
	}
	if failed != nil {
		return nil, failed
	}
	return b.take(g, n)
}

// distrust notes that the authority did not take a.
func (b *Behalf) distrust(a assertion) {
	b.state.Lock()
	defer b.state.Unlock()
	if b.proof.text.Reveal() == a.text.Reveal() {
		b.refused = true
	}
}

// swap makes the request, repeated where that may help.
func (b *Behalf) swap(ctx context.Context, n need, a assertion) (grant, *Error) {
	o := b.owner
	if a.expired(o.now().Add(-skewTolerated)) {
		return grant{}, o.unsigned("the token that the client brought has expired")
	}
	msal, x, failed := o.confidential(ctx, o.cred, nil)
	if failed != nil {
		return grant{}, failed
	}
	x.hidden = append(x.hidden, a.text)
	var g grant
	failed = x.persist(ctx, func(ctx context.Context) *Error {
		_, err := msal.AcquireTokenOnBehalfOf(ctx, a.text.Reveal(), o.scopesFor(n.audience), confidential.WithClaims(n.claims))
		var ok bool
		if g, ok = x.granted(); ok {
			return nil
		}
		return x.explainBehalf(o.now(), err)
	})
	return g, failed
}

// scopesFor returns what to ask for to get a token for audience.
func (o *OnBehalfOf) scopesFor(audience string) []string {
	if scopes := o.scopes(audience); len(scopes) > 0 {
		return scopes
	}
	return []string{audience + "/.default"}
}

// explainBehalf is explainPerson where the person signed in to another app, the client: that asks them for no consent
// to our permissions, however often they sign in.
func (x *exchange) explainBehalf(now time.Time, err error) *Error {
	e := x.explainPerson(now, err)
	if e.class == unsigned && (e.OAuth == "consent_required" || slices.Contains([]string{"AADSTS65001", "AADSTS90094", "AADSTS90095", "AADSTS90093"}, e.Code)) {
		e.class = permanent
		e.hint = x.config.fill("nobody has consented to the app's permissions for this person yet: " + grantConsent)
	}
	return e
}
