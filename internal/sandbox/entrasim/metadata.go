package entrasim

import (
	"encoding/base64"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// configuration is the OpenID Connect discovery document (OpenID Connect Discovery 1.0, section 3).
type configuration struct {
	TokenEndpoint                 string   `json:"token_endpoint"`
	AuthMethods                   []string `json:"token_endpoint_auth_methods_supported"`
	JWKSURI                       string   `json:"jwks_uri"`
	ResponseModes                 []string `json:"response_modes_supported"`
	SubjectTypes                  []string `json:"subject_types_supported"`
	SigningAlgorithms             []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes                 []string `json:"response_types_supported"`
	Scopes                        []string `json:"scopes_supported"`
	Issuer                        string   `json:"issuer"`
	RequestURIParameter           bool     `json:"request_uri_parameter_supported"`
	UserinfoEndpoint              string   `json:"userinfo_endpoint"`
	AuthorizationEndpoint         string   `json:"authorization_endpoint"`
	DeviceAuthorizationEndpoint   string   `json:"device_authorization_endpoint"`
	HTTPLogout                    bool     `json:"http_logout_supported"`
	FrontchannelLogout            bool     `json:"frontchannel_logout_supported"`
	EndSessionEndpoint            string   `json:"end_session_endpoint"`
	TenantRegionScope             string   `json:"tenant_region_scope"`
	CloudInstanceName             string   `json:"cloud_instance_name"`
	CloudGraphHostName            string   `json:"cloud_graph_host_name"`
	MicrosoftGraphHost            string   `json:"msgraph_host"`
	RoleBasedAccessControlService string   `json:"rbac_url"`
}

func (e *Entra) serveConfiguration(w http.ResponseWriter, r *http.Request) {
	tenant := r.PathValue("tenant")
	if why := e.checkTenant(tenant); why != nil {
		e.writeRefusal(w, r, why)
		return
	}
	origin := "https://" + r.Host
	base := origin + "/" + tenant
	writeJSON(w, http.StatusOK, configuration{
		TokenEndpoint:               base + "/oauth2/v2.0/token",
		AuthMethods:                 []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		JWKSURI:                     base + "/discovery/v2.0/keys",
		ResponseModes:               []string{"query", "fragment", "form_post"},
		SubjectTypes:                []string{"pairwise"},
		SigningAlgorithms:           []string{"RS256"},
		ResponseTypes:               []string{"code", "id_token", "code id_token", "id_token token"},
		Scopes:                      []string{"openid", "profile", "email", "offline_access"},
		Issuer:                      origin + "/" + e.issuedBy(tenant) + "/v2.0",
		UserinfoEndpoint:            "https://graph.microsoft.com/oidc/userinfo",
		AuthorizationEndpoint:       base + "/oauth2/v2.0/authorize",
		DeviceAuthorizationEndpoint: base + "/oauth2/v2.0/devicecode",
		HTTPLogout:                  true, FrontchannelLogout: true,
		EndSessionEndpoint: base + "/oauth2/v2.0/logout",
		TenantRegionScope:  "EU", CloudInstanceName: "microsoftonline.com", CloudGraphHostName: "graph.windows.net",
		MicrosoftGraphHost:            "graph.microsoft.com",
		RoleBasedAccessControlService: "https://pas.windows.net",
	})
}

// issuedBy is the tenant in the issuer of what is issued at an authority that was checked before.
func (e *Entra) issuedBy(segment string) string {
	switch tenant, _ := e.authority(segment); tenant {
	case common, organizations:
		return "{tenantid}" // literally, as Entra answers where many tenants may sign in
	case consumers:
		return ConsumersTenantID
	}
	return e.tenantID
}

// jwk is a public key (RFC 7517, RFC 7518 section 6.3.1).
type jwk struct {
	Type     string   `json:"kty"`
	Use      string   `json:"use"`
	KeyID    string   `json:"kid"`
	X5t      string   `json:"x5t"`
	Modulus  string   `json:"n"`
	Exponent string   `json:"e"`
	Chain    []string `json:"x5c"`
	Issuer   string   `json:"issuer"`
}

func (e *Entra) serveKeys(w http.ResponseWriter, r *http.Request) {
	if why := e.checkTenant(r.PathValue("tenant")); why != nil {
		e.writeRefusal(w, r, why)
		return
	}
	encode := base64.RawURLEncoding.EncodeToString
	all := []jwk{} // without alg, as at Entra
	for _, k := range e.published() {
		all = append(all, jwk{
			Type: "RSA", Use: "sig", KeyID: k.id, X5t: k.id,
			Modulus:  encode(k.private.N.Bytes()),
			Exponent: encode(big.NewInt(int64(k.private.E)).Bytes()),
			Chain:    []string{base64.StdEncoding.EncodeToString(k.certificate)},
			Issuer:   "https://" + r.Host + "/" + e.issuedBy(r.PathValue("tenant")) + "/v2.0",
		})
	}
	writeJSON(w, http.StatusOK, map[string][]jwk{"keys": all})
}

// instances are the hosts that Entra's discovery vouches for, as Microsoft's authentication libraries list them.
func instances() []string {
	return []string{
		"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net",
		"login.microsoftonline.us", "login.usgovcloudapi.net", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn",
	}
}

// serveInstance tells a client whether a host is one of ours and where its tenant's metadata are. Ours are
// Microsoft's names and whatever name this simulator is reached under.
func (e *Entra) serveInstance(w http.ResponseWriter, r *http.Request) {
	asked, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || asked.Scheme != "https" || asked.Host == "" {
		e.writeRefusal(w, r, refuse(invalidRequest, 50049, "The parameter authorization_endpoint has to be an https URL."))
		return
	}
	host := strings.ToLower(asked.Host)
	if host != strings.ToLower(r.Host) && !isLoopback(asked.Hostname()) && !slices.Contains(instances(), host) {
		e.writeRefusal(w, r, refuse(invalidInstance, 50049, "The host '%s' is no instance of this service.", host))
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  []any{map[string]any{"preferred_network": host, "preferred_cache": host, "aliases": []string{host}}},
	})
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
