package entrasim

import (
	"cmp"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Identity is a managed identity: an app without a credential of its own, for which the platform vouches.
type Identity struct {
	App
	ResourceID string // of a user-assigned one; "" for the system-assigned one
}

// The paths of the two ways in which platforms hand out tokens.
const (
	AppServicePath = "/msi/token"                      // IDENTITY_ENDPOINT of App Service and Functions
	IMDSPath       = "/metadata/identity/oauth2/token" // of a virtual machine, at 169.254.169.254
)

// ManagedIdentity returns the handler of the endpoint where what runs on the platform gets its tokens. The header
// X-IDENTITY-HEADER has to hold secret (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference);
// on a virtual machine it is the header Metadata that keeps others from being led there
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
func (e *Entra) ManagedIdentity(secret string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+AppServicePath, func(w http.ResponseWriter, r *http.Request) { e.serveAppService(w, r, secret) })
	mux.HandleFunc("GET "+IMDSPath, e.serveIMDS)
	return mux
}

// platformToken is what both answer; the numbers are texts.
type platformToken struct {
	AccessToken  string `json:"access_token"`
	ClientID     string `json:"client_id"`
	ExpiresIn    string `json:"expires_in,omitempty"`
	ExpiresOn    string `json:"expires_on"`
	ExtExpiresIn string `json:"ext_expires_in,omitempty"`
	NotBefore    string `json:"not_before,omitempty"`
	Resource     string `json:"resource"`
	TokenType    string `json:"token_type"`
}

// platformProblem is App Service's error document.
type platformProblem struct {
	StatusCode    int    `json:"statusCode"`
	Message       string `json:"message"`
	CorrelationID string `json:"correlationId"`
}

func (e *Entra) serveAppService(w http.ResponseWriter, r *http.Request, secret string) {
	query := r.URL.Query()
	problem := func(status int, message string) {
		writeJSON(w, status, platformProblem{status, message, newGUID()})
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("X-IDENTITY-HEADER")), []byte(secret)) != 1 {
		problem(http.StatusUnauthorized, "The header X-IDENTITY-HEADER is missing or wrong.")
		return
	}
	if query.Get("api-version") != "2019-08-01" || query.Get("resource") == "" {
		problem(http.StatusBadRequest, "The query has to hold the api-version 2019-08-01 and a resource.")
		return
	}
	id := e.identity(query)
	if id == nil {
		problem(http.StatusBadRequest, "Unable to load the proper Managed Identity.")
		return
	}
	t, why := e.platformToken(*id, query.Get("resource"))
	if why != nil {
		problem(http.StatusBadRequest, "AADSTS"+strconv.Itoa(why.code)+": "+why.text)
		return
	}
	t.ExpiresIn, t.ExtExpiresIn, t.NotBefore = "", "", ""
	writeJSON(w, http.StatusOK, t)
}

func (e *Entra) serveIMDS(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	problem := func(code, message string) {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": message})
	}
	switch {
	case !strings.EqualFold(r.Header.Get("Metadata"), "true"):
		problem(invalidRequest, "Required metadata header not specified")
		return
	case r.Header.Get("X-Forwarded-For") != "":
		problem(invalidRequest, "A proxy is not allowed here")
		return
	case query.Get("api-version") == "", query.Get("resource") == "":
		problem(invalidRequest, "Required query variable is missing: api-version or resource")
		return
	}
	id := e.identity(query)
	if id == nil {
		problem(invalidRequest, "Identity not found")
		return
	}
	t, why := e.platformToken(*id, query.Get("resource"))
	if why != nil {
		problem(why.oauth, "AADSTS"+strconv.Itoa(why.code)+": "+why.text)
		return
	}
	writeJSON(w, http.StatusOK, t)
}

// identity finds the identity that a query names, the system-assigned one where it names none, nil where there is no
// such identity.
func (e *Entra) identity(query url.Values) *Identity {
	clientID := query.Get("client_id")
	objectID := cmp.Or(query.Get("object_id"), query.Get("principal_id"))
	resourceID := cmp.Or(query.Get("mi_res_id"), query.Get("msi_res_id"))
	named := clientID+objectID+resourceID != ""
	i := slices.IndexFunc(e.identities, func(id Identity) bool {
		if !named {
			return id.ResourceID == ""
		}
		return (clientID == "" || strings.EqualFold(clientID, id.ID)) && (objectID == "" || strings.EqualFold(objectID, id.ObjectID)) &&
			(resourceID == "" || strings.EqualFold(resourceID, id.ResourceID))
	})
	if i < 0 {
		return nil
	}
	return &e.identities[i]
}

func (e *Entra) platformToken(id Identity, name string) (platformToken, *refusal) {
	r, ok := e.find(func(r Resource) bool { return r.is(name) })
	if !ok {
		return platformToken{}, refuse(invalidResource, 500011, "The resource '%s' was not found in the tenant '%s'.", name, e.tenantName)
	}
	c := e.appClaims(id.App, r, "2")
	c.Resource = id.ResourceID
	token, lifetime := e.issue(c, ticket{resource: r, audience: name, host: "login.microsoftonline.com", cloud: e.cloudOf(name)})
	now := e.now()
	seconds := strconv.FormatInt(int64(lifetime.Seconds())-1, 10)
	return platformToken{
		AccessToken: token, ClientID: id.ID, ExpiresIn: seconds, ExtExpiresIn: seconds, ExpiresOn: strconv.FormatInt(now.Add(lifetime).Unix(), 10),
		NotBefore: strconv.FormatInt(now.Add(-backdated).Unix(), 10), Resource: name, TokenType: "Bearer",
	}, nil
}
