package oauth

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	maxBearer = 16 << 10         // bytes of a token
	leeway    = 60 * time.Second // by which clocks may differ
)

// VerifierConfig says which access tokens of Microsoft Entra ID are good.
type VerifierConfig struct {
	Authority string   // the origin of the authority that issues them, such as https://login.microsoftonline.com
	TenantIDs []string // whose they may be; at least one
	Audience  string   // the client ID of the app registration that stands for this server
	Clients   []string // client IDs of the only apps that may bring them; nil for any
	Resource  string   // the Application ID URI of the registration, for hints
	HTTP      *http.Client
	Now       func() time.Time
}

// Claims are what a token says, once it is verified. They are shared: nobody may change them.
type Claims struct {
	TenantID, ObjectID string // together, and alone together, who it is; in lower case
	ClientID           string // of the app that brought the token, which acts for a person or as itself
	Account, Name      string // for people, and never to decide by: others can change them
	Scopes             []string
	Roles              []string
	App                bool // whether the app acts as itself, and no person is there
	Expires            time.Time
}

// Verifier checks access tokens of Microsoft Entra ID in the v2.0 format. It fetches the signing keys of a tenant with
// its first token, keeps them for an hour, and remembers what it has verified. Its methods may be called from many
// goroutines. [NewVerifier] makes one.
type Verifier struct {
	config  VerifierConfig
	origin  string
	tenants map[string]*keySet
	parser  *jwt.Parser
	seen    *seen
}

// NewVerifier checks c and returns its Verifier. It fetches nothing.
func NewVerifier(c VerifierConfig) (*Verifier, error) {
	u, err := url.Parse(c.Authority)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the authority that issues tokens is not an https origin, such as https://login.microsoftonline.com")
	}
	if !isGUID(c.Audience) {
		return nil, errors.New("the audience of tokens is not a GUID: it is the client ID of the app registration that stands for this server")
	}
	if len(c.TenantIDs) == 0 {
		return nil, errors.New("no tenant is named whose tokens are good")
	}
	v := &Verifier{config: c, origin: "https://" + strings.ToLower(u.Host), tenants: map[string]*keySet{}, seen: newSeen(maxSeen)}
	v.config.Audience = strings.ToLower(c.Audience)
	if v.config.Now == nil {
		v.config.Now = time.Now
	}
	if v.config.Clients, err = lowerGUIDs("client", c.Clients); err != nil {
		return nil, err
	}
	tenants, err := lowerGUIDs("tenant", c.TenantIDs)
	if err != nil {
		return nil, err
	}
	authority := newAuthority(v.origin, c.HTTP)
	for _, tenant := range tenants {
		v.tenants[tenant] = &keySet{tenant: tenant, fetch: authority.keys, now: v.config.Now}
	}
	v.parser = jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(),
		jwt.WithAudience(v.config.Audience), jwt.WithLeeway(leeway), jwt.WithTimeFunc(v.config.Now))
	return v, nil
}

func lowerGUIDs(of string, ids []string) ([]string, error) {
	if ids == nil {
		return nil, nil
	}
	lower := make([]string, 0, len(ids)) // an empty list allows nobody, and nil all
	for i, id := range ids {
		if !isGUID(id) {
			return nil, fmt.Errorf("%s ID %d is not a GUID", of, i+1)
		}
		lower = append(lower, strings.ToLower(id))
	}
	return lower, nil
}

// Takes reports whether token looks like one that Verify reads: a signed JWT.
func (v *Verifier) Takes(token string) bool {
	return strings.HasPrefix(token, "ey") && strings.Count(token, ".") == 2
}

// Verify returns what a token says. An error is a [Refused], or a [KeysError] where nobody can tell at the moment.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxBearer {
		return Claims{}, refuse("the access token is longer than 16 KiB", "use a token with fewer claims: leave the groups out in the app registration's token configuration")
	}
	// Go's decoder passes over line ends, so that one token could be written in many ways.
	if strings.ContainsAny(token, "\r\n") {
		return Claims{}, malformed()
	}
	sum := sha256.Sum256([]byte(token))
	if known := v.seen.get(sum); known != nil {
		if claims, err, still := v.again(ctx, known); still {
			return claims, err
		}
		v.seen.remove(sum)
	}
	verified, err := v.verify(ctx, token)
	if err != nil {
		return Claims{}, err
	}
	v.seen.put(sum, verified)
	return verified.claims, nil
}

// again returns what was verified before, unless its time or its key's is over: the keys are asked for each time, so
// that a token goes with the key that signed it.
func (v *Verifier) again(ctx context.Context, known *verified) (_ Claims, _ error, still bool) {
	if !v.config.Now().Before(known.claims.Expires.Add(leeway)) {
		return Claims{}, nil, false
	}
	key, err := v.tenants[known.claims.TenantID].key(ctx, known.keyID)
	if err != nil {
		return Claims{}, err, true
	}
	return known.claims, nil, key == known.key || key.Equal(known.key)
}

func (v *Verifier) verify(ctx context.Context, token string) (*verified, error) {
	if err := checkHead(token); err != nil {
		return nil, err
	}
	var c tokenClaims
	var keyID string
	var signer *rsa.PublicKey
	_, err := v.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		// What needs no key comes first: a token that is not for us costs neither a fetch nor a signature's check.
		if err := v.check(c); err != nil {
			return nil, err
		}
		var err error
		keyID, _ = t.Header["kid"].(string)
		if signer, err = v.tenants[c.tenant].key(ctx, keyID); err != nil {
			return nil, err
		}
		return signer, nil
	})
	if err != nil {
		return nil, asRefused(err)
	}
	return &verified{claims: c.claims(), keyID: keyID, key: signer}, nil
}

// asRefused finds our own error in one of the library's, or names what the library found. The library's text is left
// out: it may repeat what the token says.
func asRefused(err error) error {
	if ours, ok := errors.AsType[*Refused](err); ok {
		return ours
	}
	if keys, ok := errors.AsType[*KeysError](err); ok {
		return keys
	}
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return refuse("the access token's signature is not Microsoft Entra's", "get a new token from Microsoft Entra")
	case errors.Is(err, jwt.ErrTokenExpired):
		return expired("get a new one: sign in again, where the client does not do it by itself")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return refuse("the access token is not valid yet", "set the clock of this server, and try again")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return refuse("the access token does not say when it expires", "get a new token from Microsoft Entra")
	}
	return malformed()
}

// check refuses what is not for us, by what the token says of itself. Nothing of it is proved yet.
func (v *Verifier) check(c tokenClaims) error {
	switch {
	case slices.ContainsFunc(c.Audience, isGraph):
		return refuse("the access token is for Microsoft Graph, not for this server", "get one for this server: ask for the scope "+v.scope())
	case c.looksLikeID:
		return refuse("this is an ID token", "send the access token: ask for the scope "+v.scope())
	case c.version != "2.0":
		return refuse("the access token has the v1.0 format", "set requestedAccessTokenVersion to 2 in the manifest of the app registration that stands for this server")
	case len(c.Audience) != 1 || c.Audience[0] != v.config.Audience:
		return refuse("the access token is for another API", "get one for this server: ask for the scope "+v.scope())
	case v.tenants[c.tenant] == nil:
		return refuse("the access token is of a tenant that is not let in", "sign in with an account of one of the tenants that this server is for, or have the operator add this one to tenant_ids in [http.entra]")
	case c.Issuer != v.origin+"/"+c.tenant+"/v2.0":
		return refuse("the access token is not from the authority of its tenant", "get a new token from Microsoft Entra")
	case c.bound:
		return refuse("the access token is bound to a key of the device, and is no bearer token", "switch off the client's sign-in through the operating system's broker")
	case !isGUID(c.object) || !isGUID(c.client):
		return refuse("the access token does not say whose it is", "get a new token from Microsoft Entra")
	case v.config.Clients != nil && !slices.Contains(v.config.Clients, strings.ToLower(c.client)):
		return refuse("the access token was issued to an app that is not let in", "use another client, or have clients in [http.entra] name the client ID of this one")
	}
	return c.checkKind()
}

// scope is what a client has to ask for. Of which of ours it needs, the metadata tells.
func (v *Verifier) scope() string {
	if v.config.Resource == "" {
		return "api://" + v.config.Audience + "/.default"
	}
	return v.config.Resource + "/.default"
}
