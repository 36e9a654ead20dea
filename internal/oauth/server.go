package oauth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// ServerConfig is what an authorization server needs. Upstream, Store and Sealer are all replicas' own, or the same.
type ServerConfig struct {
	Issuer       string   // the base URL: https, or http on loopback; without a trailing slash
	Resources    []string // the exact URLs of the MCP endpoints that tokens may be for; the first is the default
	Abilities    []string // what a client may do once it is let in, a sentence each, for the consent screen
	App          string   // names the app, with its tenant, by which people sign in; what they grant is good for it alone
	Upstream     Upstream
	Store        Store
	Sealer       Sealer
	Registration bool     // dynamic client registration (RFC 7591)
	Redirects    []string // further redirect URIs, exact or https ending in /*, beside loopback and those of a document's own host
	Documents    []string // hosts, with their ports, whose client ID metadata documents are read, wherever they are; nil for any public one
	// DocumentClient reads metadata documents; nil for one that reaches public addresses alone, which is what anything but a
	// test wants.
	DocumentClient *http.Client
	Remote         func(*http.Request) string // whom attempts are counted for
	Now            func() time.Time
	Log            *slog.Logger
	Observe        func(ctx context.Context, outcome string) // hears how a sign-in ends: "ok", "denied", "refused", "fault"
}

// Upstream signs people in. An error of it with ForPerson() true is for the person who signs in, and holds no secret: it is
// shown to them, with its Hint() where it has one. Any other is the operator's, and goes to the log alone.
type Upstream interface {
	AuthorizeURL(ctx context.Context, s UpstreamSignIn) (string, error)
	// Redeem exchanges a code, once.
	Redeem(ctx context.Context, c UpstreamCode) (UpstreamGrant, error)
	// Denied puts a refusal into words, with which the person came back in place of a code.
	Denied(answer url.Values) error
	// Renew asks whether what a person has granted goes on. An error with Gone() or ForPerson() true says that it does not;
	// any other, that it cannot be told at the moment.
	Renew(ctx context.Context, p UpstreamPerson) error
}

// UpstreamPerson is whoever has signed in; by Grant, [Grants] finds what they have granted.
type UpstreamPerson struct{ Grant, TenantID, ObjectID, Account string }

// UpstreamSignIn is one sign-in as it begins. Challenge is that of PKCE, by S256.
type UpstreamSignIn struct{ RedirectURI, State, Nonce, Challenge, LoginHint, Prompt string }

// UpstreamCode is what came back from one, and what it has to fit to.
type UpstreamCode struct{ Code, RedirectURI, Verifier, Nonce string }

// UpstreamGrant says who has signed in, and holds what their tokens are had with.
type UpstreamGrant struct {
	TenantID, ObjectID string
	Account            string // for people
	Refresh            secret.Text
}

// Store is what the replicas of the server share. An error of it means that it cannot be reached.
type Store interface {
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	Put(ctx context.Context, key string, value []byte, life time.Duration) error
	Create(ctx context.Context, key string, value []byte, life time.Duration) (created bool, err error)
	Take(ctx context.Context, key string) (value []byte, found bool, err error)
	Delete(ctx context.Context, key string) error
	Spend(ctx context.Context, key string, perMinute, burst int) (wait time.Duration, err error)
}

// Sealer keeps values from being read or changed by whoever holds them.
type Sealer interface {
	Seal(purpose string, plain, binding []byte) []byte
	Open(purpose string, sealed, binding []byte) ([]byte, error)
}

// Server is an OAuth 2.1 authorization server for MCP clients, in front of one that signs people in. It implements the
// code flow with PKCE for public clients, and nothing else.
//
// Its vocabulary (error codes, metadata, token answers, code challenges) is that of zitadel/oidc. That library's
// endpoints are not used: they send errors to clients without iss (RFC 9207), write redirects with the client's state
// to the process-wide log, read codes and tokens from the query, too, insist on scopes that MCP clients may leave out,
// and know neither resources (RFC 8707) nor registration.
//
// A Server is safe for concurrent use and holds nothing that another replica would need.
type Server struct {
	config    ServerConfig
	base      string // the issuer's path
	secure    bool   // whether the issuer is https
	records   records
	redirects redirects
	documents *documents
}

// NewServer checks a configuration and returns its server. It opens nothing.
func NewServer(c ServerConfig) (*Server, error) {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "" || strings.HasSuffix(c.Issuer, "/") {
		return nil, &configError{"the issuer is not a URL without a trailing slash", "set base_url in [http] to the address by which clients reach this server"}
	}
	if issuer.Scheme != "https" && (issuer.Scheme != "http" || !isLoopback(issuer.Hostname())) {
		return nil, &configError{"the issuer is neither https nor on loopback", "set base_url in [http] to an https URL: codes and tokens must not cross a network in the clear"}
	}
	if len(c.Resources) == 0 || c.App == "" || c.Upstream == nil || c.Store == nil || c.Sealer == nil || c.Remote == nil {
		return nil, fmt.Errorf("an authorization server needs resources, an app, a sign-in, a store, a sealer and whom to count attempts for")
	}
	allowed, err := newRedirects(c.Redirects)
	if err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(context.Context, string) {}
	}
	return &Server{config: c, base: issuer.Path, secure: issuer.Scheme == "https", records: records{c.Store, c.Sealer}, redirects: allowed,
		documents: newDocuments(c, allowed)}, nil
}

// configError is a configuration that cannot be served.
type configError struct{ problem, hint string }

func (e *configError) Error() string { return e.problem }

// Hint returns what to change.
func (e *configError) Hint() string { return e.hint }

const (
	authorizePath = "/oauth/authorize"
	consentPath   = "/oauth/consent"
	callbackPath  = "/oauth/callback"
	tokenPath     = "/oauth/token"
	registerPath  = "/oauth/register"
	revokePath    = "/oauth/revoke"

	serverMetadataPath = "/.well-known/oauth-authorization-server"
	openIDMetadataPath = "/.well-known/openid-configuration"
)

// ServeHTTP answers the requests for the paths of the authorization server and of its metadata, and 404 to all others.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache") // RFC 6749, section 5.1
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	path := strings.TrimPrefix(r.URL.Path, s.base)
	method, serve := http.MethodPost, http.HandlerFunc(nil)
	switch {
	case path == authorizePath:
		method, serve = http.MethodGet, s.serveAuthorize
	case path == callbackPath:
		method, serve = http.MethodGet, s.serveCallback
	case path == consentPath:
		serve = s.serveConsent
	case path == tokenPath:
		serve = s.serveToken
	case path == revokePath:
		serve = s.serveRevoke
	case path == registerPath && s.config.Registration:
		serve = s.serveRegister
	case s.isMetadata(r.URL.Path):
		method, serve = http.MethodGet, s.serveMetadata
	default:
		writeFailure(w, http.StatusNotFound, failure{Code: "not_found", Description: "nothing is served here"})
		return
	}
	if r.Method != method {
		h.Set("Allow", method)
		writeFailure(w, http.StatusMethodNotAllowed, failure{Code: codeInvalidRequest, Description: "use " + method})
		return
	}
	serve(w, r)
}

// callback is where people come back to from the sign-in. It is registered there, exactly so.
func (s *Server) callback() string { return s.config.Issuer + callbackPath }

// spend counts one more attempt at what, by whoever sends r; it returns how long to wait where there were too many.
func (s *Server) spend(r *http.Request, what string) (time.Duration, error) {
	return s.config.Store.Spend(r.Context(), "oauth/"+what+"/"+fingerprint(s.config.Remote(r)), byOne, byOne)
}

// byOne is how many registrations, consent screens and answers to them one address has a minute: behind it there may be a
// whole office whose day begins.
const byOne = 240

// isLoopback tells whether a host can only be this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback() && ip.Zone() == ""
}
