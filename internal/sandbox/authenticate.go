package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// apiError is how an API words a refusal.
type apiError struct{ code, message string }

func (e *apiError) Error() string { return e.message }

// authenticateGraph checks the token of a request to Microsoft Graph.
func (t *Tenant) authenticateGraph(r *http.Request) (graphsim.Caller, error) {
	return t.authenticate(r, company.GraphAppID, graphError)
}

// authenticateResourceManager checks the token of a request to Azure Resource Manager.
func (t *Tenant) authenticateResourceManager(r *http.Request) (graphsim.Caller, error) {
	return t.authenticate(r, company.ResourceManagerAppID, resourceManagerError)
}

func (t *Tenant) authenticate(r *http.Request, resourceAppID string, word func(*entrasim.TokenError) error) (graphsim.Caller, error) {
	p, err := t.entra.Authenticate(r.Header.Get("Authorization"), resourceAppID)
	if refused, ok := errors.AsType[*entrasim.TokenError](err); ok {
		return graphsim.Caller{}, word(refused)
	}
	return graphsim.Caller{App: true, AppID: p.AppID, TenantID: p.TenantID, Permissions: p.Roles}, err
}

// graphError gives Microsoft Graph's words, which has one code for all of them
// (https://learn.microsoft.com/graph/errors).
func graphError(e *entrasim.TokenError) error {
	const code = "InvalidAuthenticationToken"
	switch e.Problem {
	case entrasim.Missing:
		return &apiError{code, "Access token is empty."}
	case entrasim.Audience:
		return &apiError{code, "Access token validation failure. Invalid audience."}
	case entrasim.Expired:
		return &apiError{code, "Lifetime validation failed, the token is expired."}
	case entrasim.Revoked:
		return &apiError{code, "The access token was revoked."}
	}
	return &apiError{code, "The access token is malformed or its signature is not valid."}
}

// resourceManagerError gives Azure Resource Manager's words.
func resourceManagerError(e *entrasim.TokenError) error {
	switch e.Problem {
	case entrasim.Missing:
		return &apiError{"AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."}
	case entrasim.Audience:
		return &apiError{"InvalidAuthenticationTokenAudience", fmt.Sprintf("The access token is for the wrong audience '%s'.", e.Audience)}
	case entrasim.Expired:
		return &apiError{"ExpiredAuthenticationToken", "The access token expired at " + e.Expiry.UTC().Format(time.RFC3339) + "."}
	case entrasim.Revoked:
		return &apiError{"InvalidAuthenticationToken", "The access token was revoked."}
	}
	return &apiError{"InvalidAuthenticationToken", "The access token is invalid."}
}

// authenticated lets requests to Azure Resource Manager through that have a good token. Its refusals name the
// authority; Graph makes its own, since parts of it need no token.
func (t *Tenant) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := t.authenticateResourceManager(r)
		if err == nil {
			next.ServeHTTP(w, r)
			return
		}
		code := "InvalidAuthenticationToken"
		if e, ok := errors.AsType[*apiError](err); ok {
			code = e.code
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer authorization_uri=%q, error=\"invalid_token\", error_description=%q", t.LoginURL()+"/"+TenantID, err.Error()))
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": err.Error()}})
	})
}
