package oauth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// Scope is the only scope there is: all that the consent screen says. A client need not ask for it.
const Scope = "mcp"

// metadata is what a client learns of the server (RFC 8414).
type metadata struct {
	oidc.DiscoveryConfiguration
	IssParameter bool `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// isMetadata tells whether the metadata stands at a path: at the well-known ones of the issuer, and at those that clients
// make by appending the path of the MCP endpoint, as earlier revisions of the specification let them.
func (s *Server) isMetadata(path string) bool {
	for _, place := range []string{serverMetadataPath, openIDMetadataPath} {
		if rest, ok := strings.CutPrefix(path, place); ok {
			return rest == "" || rest == s.base || s.isResourcePath(rest)
		}
		if path == s.base+place { // OpenID Connect Discovery appends instead of inserting
			return true
		}
	}
	return false
}

func (s *Server) isResourcePath(path string) bool {
	for _, resource := range s.config.Resources {
		if u, err := url.Parse(resource); err == nil && u.Path == path {
			return true
		}
	}
	return false
}

func (s *Server) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	at := func(path string) string { return s.config.Issuer + path }
	m := metadata{IssParameter: true, DiscoveryConfiguration: oidc.DiscoveryConfiguration{
		Issuer:                                 s.config.Issuer,
		AuthorizationEndpoint:                  at(authorizePath),
		TokenEndpoint:                          at(tokenPath),
		RevocationEndpoint:                     at(revokePath),
		ClientIDMetadataDocumentSupported:      true,
		ScopesSupported:                        []string{Scope},
		ResponseTypesSupported:                 []string{string(oidc.ResponseTypeCode)},
		ResponseModesSupported:                 []string{string(oidc.ResponseModeQuery)},
		GrantTypesSupported:                    []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken},
		TokenEndpointAuthMethodsSupported:      []oidc.AuthMethod{oidc.AuthMethodNone},
		RevocationEndpointAuthMethodsSupported: []oidc.AuthMethod{oidc.AuthMethodNone},
		CodeChallengeMethodsSupported:          []oidc.CodeChallengeMethod{oidc.CodeChallengeMethodS256},
	}}
	if s.config.Registration {
		m.RegistrationEndpoint = at(registerPath)
	}
	writeAnswer(w, http.StatusOK, m)
}
