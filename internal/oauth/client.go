package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// client is an MCP client, as it describes itself. All clients are public ones: none can keep a secret that everybody
// who installs it has.
type client struct {
	ID        string
	Name      string // of its own choice
	Host      string // whose metadata document describes it, which it therefore controls; "" if it has registered
	Redirects []string
}

// registration is what a client ID stands for that dynamic registration has given out: sealed, it is the ID itself, so
// that whoever registers a million clients fills nothing but their own disk.
type registration struct {
	Name      string   `json:"n,omitempty"`
	Redirects []string `json:"r"`
}

const clientPrefix = "msc_"

// client finds the client that an ID stands for; a *failure if there is none, with what to do about it.
func (s *Server) client(r *http.Request, id string) (client, error) {
	switch {
	case id == "":
		return client{}, fail(codeInvalidRequest, "client_id is missing")
	case strings.HasPrefix(id, clientPrefix):
		var known registration
		if !s.records.handIn("client", strings.TrimPrefix(id, clientPrefix), s.config.Issuer, &known) {
			return client{}, fail(codeInvalidClient, "this registration is not known here any more: register again")
		}
		return client{ID: id, Name: known.Name, Redirects: known.Redirects}, nil
	case strings.HasPrefix(id, "https://"):
		return s.documents.client(r.Context(), fingerprint(s.config.Remote(r)), id)
	}
	return client{}, fail(codeInvalidClient, "client_id is neither from a registration here nor the https URL of a metadata document")
}

// redirectsTo tells whether a redirect URI is one of the client's: exactly, apart from the port on loopback, which a
// program takes as it finds it (RFC 8252, section 7.3).
func (c client) redirectsTo(uri string) bool {
	if slices.Contains(c.Redirects, uri) {
		return true
	}
	want, ok := portless(uri)
	return ok && slices.ContainsFunc(c.Redirects, func(own string) bool {
		have, ok := portless(own)
		return ok && have == want
	})
}

// portless returns a redirect URI on loopback without its port.
func portless(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) {
		return "", false
	}
	return u.Hostname() + "\n" + u.EscapedPath() + "?" + u.RawQuery, true
}

// title is how a client is called on the consent screen.
func (c client) title() string {
	if name := printable(c.Name, 60); name != "" {
		return name
	}
	if c.Host != "" {
		return c.Host
	}
	return "A program without a name"
}

// clientMetadata is how a client describes itself when it registers (RFC 7591) or in its metadata document.
type clientMetadata struct {
	ClientID                string   `json:"client_id,omitempty"`
	ClientName              string   `json:"client_name,omitempty"`
	RedirectURIs            []string `json:"redirect_uris"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method,omitempty"`
	GrantTypes              []string `json:"grant_types,omitempty"`
	ResponseTypes           []string `json:"response_types,omitempty"`
}

const (
	maxClientName = 120 // runes that are kept
	maxRedirects  = 20
)

// check refuses what no client of ours can be, and drops the redirect URIs that are not allowed; a client with none
// left is refused.
func (m *clientMetadata) check(allowed redirects, host string) *failure {
	if len(m.RedirectURIs) == 0 {
		return fail(codeInvalidRedirect, "redirect_uris is missing")
	}
	if len(m.RedirectURIs) > maxRedirects {
		return fail(codeInvalidRedirect, "there are more than 20 redirect URIs")
	}
	if len(m.ResponseTypes) > 0 && !slices.Contains(m.ResponseTypes, string(oidc.ResponseTypeCode)) {
		return fail(codeInvalidMetadata, "the only response type is code")
	}
	if len(m.GrantTypes) > 0 && !slices.Contains(m.GrantTypes, string(oidc.GrantTypeCode)) {
		return fail(codeInvalidMetadata, "a client has to use the grant type authorization_code")
	}
	kept := make([]string, 0, len(m.RedirectURIs))
	var refused string
	for _, uri := range m.RedirectURIs {
		u, problem := parseRedirect(uri)
		if problem != "" {
			return fail(codeInvalidRedirect, "a redirect URI "+problem)
		}
		if allowed.allow(host, u, uri) {
			kept = append(kept, uri)
		} else {
			refused = u.Scheme + "://" + u.Host
		}
	}
	if len(kept) == 0 {
		return fail(codeInvalidRedirect, "no redirect URI is allowed here, such as "+printable(refused, 100)+": http on loopback is, and what the operator lists in [http.oauth] redirects")
	}
	m.RedirectURIs, m.ClientName = kept, printable(m.ClientName, maxClientName)
	return nil
}
