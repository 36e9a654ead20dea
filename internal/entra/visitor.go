package entra

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	// visitTime is for how long the identity of a person is kept whom nobody asks for. Without it, their next call
	// costs a request for a token.
	visitTime = 2 * time.Hour

	grantTimeout = 15 * time.Second // for the reading and the writing of a grant
)

// ErrNoGrant is that there is no such grant, or not any more.
var ErrNoGrant = errors.New("there is no such grant")

// Grants keeps the refresh tokens of people, which all replicas of a server share.
type Grants interface {
	// Load returns a grant's refresh token and the version that it has. Where there is none, the error is, or wraps,
	// [ErrNoGrant]; any other means that the keeper itself failed.
	Load(ctx context.Context, id string) (refresh secret.Text, version string, err error)
	// Save replaces the refresh token of that version. Where the grant has another version meanwhile, or has ended,
	// it leaves it as it is, which is no error.
	Save(ctx context.Context, id, version string, refresh secret.Text) error
}

// WebPerson is a person who has signed in, and what they have granted.
type WebPerson struct {
	Grant    string // names it
	TenantID string
	ObjectID string
	Account  string // for showing alone
}

// key names a person's place. Whoever is said to be somebody else has another one.
func (p WebPerson) key() string {
	return strings.ToLower(p.TenantID+"/"+p.ObjectID) + "/" + p.Grant
}

// Visitor is the identity of one person who has signed in by way of a [Web]. Its tokens come by redeeming the refresh
// token of what they granted. It is safe for concurrent use.
type Visitor struct {
	member
	web    *Web
	grant  string
	grants Grants
}

// Person returns the identity of a person who has signed in, the same one each time. It makes no connection.
func (w *Web) Person(p WebPerson, grants Grants) *Visitor {
	return w.people.find(p.key(), w.now(), func() *Visitor {
		v := &Visitor{web: w, grant: p.Grant, grants: grants}
		v.member = w.newMember(person{tenantID: p.TenantID, objectID: p.ObjectID, account: p.Account}, v.acquire)
		return v
	})
}

// Forget lets a person go whose grant has ended.
func (w *Web) Forget(p WebPerson) { w.people.drop(p.key()) }

// spent reports whether nobody has asked for the person for long.
func (v *Visitor) spent(used, now time.Time) bool { return now.Sub(used) > visitTime }

// acquire brings a token for n, and saves the refresh token that came with it.
func (v *Visitor) acquire(ctx context.Context, n need) (*token, *Error) {
	if failed := v.checkPlace(v.who); failed != nil {
		return nil, failed.forPerson()
	}
	refresh, version, failed := v.load(ctx)
	if failed != nil {
		return nil, failed
	}
	g, failed := v.redeem(ctx, n, refresh)
	if failed != nil && failed.class == unsigned {
		// Another replica may have been first, and its refresh token is the one that is good.
		again, newer, unread := v.load(ctx)
		if unread != nil {
			return nil, unread
		}
		if again.Reveal() != refresh.Reveal() {
			refresh, version = again, newer
			g, failed = v.redeem(ctx, n, refresh)
		}
	}
	if failed != nil {
		return nil, failed
	}
	t, failed := v.take(g, n)
	if failed != nil {
		return nil, failed
	}
	if !g.refresh.IsZero() && g.refresh.Reveal() != refresh.Reveal() {
		v.save(ctx, version, g.refresh)
	}
	return t, nil
}

// load reads the grant.
func (v *Visitor) load(ctx context.Context) (secret.Text, string, *Error) {
	ctx, cancel := context.WithTimeout(ctx, grantTimeout)
	defer cancel()
	refresh, version, err := v.grants.Load(ctx, v.grant)
	switch {
	case errors.Is(err, ErrNoGrant) || err == nil && refresh.IsZero():
		e := v.unsigned("the sign-in has ended, or was withdrawn")
		e.gone = true
		return secret.Text{}, "", e
	case err != nil:
		e := v.config.unreadError(err)
		if _, ok := errors.AsType[hinter](err); !ok {
			e.hint = "what this server keeps of sign-ins cannot be read just now: " + waitAMoment
		}
		return secret.Text{}, "", e
	}
	return refresh, version, nil
}

// save writes the refresh token that came. Where it cannot, the one before goes on: Entra takes it back only when it
// expires. Nobody's leaving interrupts it.
func (v *Visitor) save(ctx context.Context, version string, refresh secret.Text) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grantTimeout)
	defer cancel()
	if err := v.grants.Save(ctx, v.grant, version, refresh); err != nil {
		v.log.WarnContext(ctx, "saving a renewed sign-in: the one before is used on", "error", err)
	}
}

// redeem makes the request, repeated where that may help. Whoever asked for the token does not interrupt it: the
// answer may hold a newer refresh token.
func (v *Visitor) redeem(ctx context.Context, n need, refresh secret.Text) (grant, *Error) {
	w, home := v.web, v.web.home(v.who)
	homeID := v.who.objectID + "." + v.who.tenantID // any would do: it is ours and leads MSAL to the refresh token
	msal, x, failed := home.confidential(ctx, w.cred, seed{client: home, homeID: homeID, refresh: refresh})
	if failed != nil {
		return grant{}, failed
	}
	x.hidden = append(x.hidden, refresh)
	account := confidential.Account{HomeAccountID: homeID, Environment: w.cloud.host}
	var g grant
	failed = x.persist(ctx, func(ctx context.Context) *Error {
		// As the client's own claims: for an API's, MSAL has a confidential client get a new grant.
		_, err := msal.AcquireTokenSilent(ctx, w.scopes(n.audience), confidential.WithSilentAccount(account), confidential.WithClaimsFromClient(n.claims))
		var ok bool
		if g, ok = x.granted(); ok {
			return nil
		}
		return x.explainGrant(w.now(), err)
	})
	return g, failed
}

// explainGrant is explainPerson for a refresh token, which may have ended for good.
func (x *exchange) explainGrant(now time.Time, err error) *Error {
	e := x.explainPerson(now, err)
	number, _ := strconv.Atoi(strings.TrimPrefix(e.Code, "AADSTS"))
	known, _ := adviceFor(number)
	e.gone = e.class == unsigned && e.OAuth == "invalid_grant" && e.claims == "" && (e.Code == "" || known.ended)
	return e
}
