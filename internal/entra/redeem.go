package entra

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// renew brings a token for n: from the record where another process has just renewed, else from the authority.
func (u *User) renew(ctx context.Context, n need) (*token, error) {
	rec, failed := u.load(ctx)
	if failed != nil {
		return nil, failed
	}
	if t := u.stored(rec, n); t != nil {
		return t, nil
	}
	release, _ := u.lock(ctx)
	defer release()
	for { // more than once only where somebody signs in meanwhile
		if rec, failed = u.load(ctx); failed != nil { // it may have been renewed, or signed out, meanwhile
			return nil, failed
		}
		if t := u.stored(rec, n); t != nil {
			return t, nil
		}
		t, newer, failed := u.redeem(ctx, rec, n)
		if failed != nil {
			return u.fallBack(ctx, rec, n, failed)
		}
		if newer == nil {
			return t, nil
		}
	}
}

// redeem trades the refresh token for an access token (RFC 6749, section 6) and stores what came. Where it comes too
// late, because somebody has signed in meanwhile, it returns the newer record. The caller holds the lock across
// processes.
func (u *User) redeem(ctx context.Context, rec *record, n need) (t *token, newer *record, failed *Error) {
	g, failed := u.trade(ctx, rec, n)
	if failed != nil && failed.class == unsigned {
		// Another process, one that did not get the lock, may have been first and left a newer refresh token.
		if there, err := u.load(ctx); err == nil && there.refresh.Reveal() != rec.refresh.Reveal() {
			rec = there
			g, failed = u.trade(ctx, rec, n)
		}
	}
	if failed != nil {
		return nil, nil, failed
	}
	if t, failed = u.accept(g.access.Reveal(), n.claims, g.lifetime, g.refreshIn); failed != nil {
		return nil, nil, failed
	}
	next := *rec
	next.generation++
	if !g.refresh.IsZero() {
		next.refresh = g.refresh
	}
	if u.isMain(n.audience) {
		next.asked = u.config.Scopes
		if len(g.scopes) > 0 {
			next.scopes = g.scopes
		}
	}
	next.access = maps.Clone(rec.access)
	next.access[n.audience] = t
	newer, failed = u.store(ctx, &next)
	return t, newer, failed
}

// fallBack decides what a failed renewal leaves: the token that another process left, where it still serves and the
// failure may pass, else the error.
func (u *User) fallBack(ctx context.Context, rec *record, n need, failed *Error) (*token, error) {
	if t := rec.access[n.audience]; failed.class == transient && n.claims == "" &&
		t.valid(Request{Rejected: n.refused.Reveal()}, u.now()) && plausible(t, u.now()) {
		u.log.Warn("renewing the token: the stored one is used on", "error", failed, "expires", t.expires)
		return t, nil
	}
	if failed.class == unsigned {
		if u.isMain(n.audience) && len(rec.access) > 0 {
			// Or who asks next would be told, from what is stored, that all is well.
			bare := *rec
			bare.access = map[string]*token{}
			_, _ = u.store(ctx, &bare)
		}
		failed = u.want(n.audience, failed)
	}
	return nil, failed
}

// trade makes the request, repeated where that may help. It is not interrupted by whoever asked for the token: an
// answer that got lost could hold the only refresh token that is still good.
func (u *User) trade(ctx context.Context, rec *record, n need) (grant, *Error) {
	x := &exchange{client: u.client, hidden: []secret.Text{rec.refresh}}
	msal, failed := u.msal(x, u.homeTenant(rec), seed{client: u.client, homeID: rec.homeID, refresh: rec.refresh})
	if failed != nil {
		return grant{}, failed
	}
	account := public.Account{HomeAccountID: rec.homeID, Environment: u.cloud.host}
	var g grant
	failed = x.persist(context.WithoutCancel(ctx), func(ctx context.Context) *Error {
		_, err := msal.AcquireTokenSilent(ctx, u.scopes(n.audience), public.WithSilentAccount(account), public.WithClaims(n.claims))
		var ok bool
		if g, ok = x.granted(); ok {
			return nil
		}
		return x.explainPerson(u.now(), err)
	})
	return g, failed
}

// explainPerson is explain for what a person signed in for: some refusals end when the person signs in again.
func (x *exchange) explainPerson(now time.Time, err error) *Error {
	if x.last != nil && x.last.err == nil && x.last.status < 300 && err != nil && !x.last.toToken {
		x.documents.clear()
		return x.config.newError("the authority's metadata cannot be used", x.config.strangeHint(permanent, x.cloud.host))
	}
	e := x.explain(now)
	signIn := []string{"invalid_grant", "interaction_required", "login_required", "consent_required"}
	e.person = slices.Contains(signIn, e.OAuth) && e.class != transient
	// Where people of any tenant sign in, whether theirs knows the app is for that tenant to say, and no fault of ours.
	e.person = e.person || (x.away || x.kind == kindWeb && isAlias(x.config.TenantID)) && e.OAuth == "unauthorized_client"
	if e.person && e.Code != "AADSTS50057" { // a disabled account
		e.class = unsigned
		if e.hint == "" || !strings.Contains(e.hint, x.config.loginCommand()) {
			e.hint += x.config.fill("; then " + signInAgain)
		}
	}
	return e
}

// homeTenant returns the tenant at which a person's tokens are renewed: that of the account where the profile leaves
// it open, since a personal account's refresh token is not taken at common.
func (u *User) homeTenant(rec *record) string {
	switch tenant := strings.ToLower(u.config.TenantID); tenant {
	case common, organizations:
		return rec.who.tenantID
	default:
		return u.config.TenantID
	}
}

// msal returns an MSAL client for one exchange.
func (u *User) msal(x *exchange, tenant string, kept cache.ExportReplace) (public.Client, *Error) {
	options := []public.Option{
		public.WithAuthority(u.cloud.origin + "/" + tenant),
		public.WithHTTPClient(x),
		public.WithClientCapabilities([]string{"CP1"}),
		public.WithInstanceDiscovery(u.config.Known),
	}
	if kept != nil {
		options = append(options, public.WithCache(kept))
	}
	client, err := public.New(u.config.ClientID, options...)
	if err != nil {
		return public.Client{}, u.config.newError("MSAL does not take the authority "+u.cloud.host+" or the app's ID",
			"check client_id, tenant_id and the cloud of profile {profile}")
	}
	return client, nil
}

// seed gives MSAL a cache with the refresh token and nothing else, in the form that all of Microsoft's libraries
// share, so that every request goes to the authority: which access token is good is ours to say.
type seed struct {
	*client
	homeID  string
	refresh secret.Text
}

// Replace implements [cache.ExportReplace].
func (s seed) Replace(_ context.Context, into cache.Unmarshaler, _ cache.ReplaceHints) error {
	type fields map[string]any
	host, clientID := s.cloud.host, s.config.ClientID
	raw, err := json.Marshal(map[string]map[string]fields{
		"RefreshToken": {strings.ToLower(s.homeID + "-" + host + "-RefreshToken-" + clientID + "--"): {
			"home_account_id": s.homeID, "environment": host, "credential_type": "RefreshToken", "client_id": clientID, "secret": s.refresh.Reveal(),
		}},
		"AppMetadata": {strings.ToLower("AppMetadata-" + host + "-" + clientID): {"client_id": clientID, "environment": host}},
	})
	if err != nil {
		return err
	}
	return into.Unmarshal(raw)
}

// Export implements [cache.ExportReplace]: what came is read from the answer itself.
func (s seed) Export(context.Context, cache.Marshaler, cache.ExportHints) error { return nil }
