package sandbox

import (
	"encoding/base64"
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
type apiError struct {
	code, message string
	challenge     string // the header WWW-Authenticate, where the refusal asks for something
}

func (e *apiError) Error() string { return e.message }

// Challenge returns the header WWW-Authenticate, "" for the usual one.
func (e *apiError) Challenge() string { return e.challenge }

// authenticateGraph checks the token of a request to Microsoft Graph.
func (t *Tenant) authenticateGraph(r *http.Request) (graphsim.Caller, error) {
	return t.authenticate(r, company.GraphAppID, graphError)
}

// authenticateResourceManager checks the token of a request to Azure Resource Manager.
func (t *Tenant) authenticateResourceManager(r *http.Request) (graphsim.Caller, error) {
	return t.authenticate(r, company.ResourceManagerAppID, resourceManagerError)
}

func (t *Tenant) authenticate(r *http.Request, resourceAppID string, word func(*entrasim.TokenError) error) (graphsim.Caller, error) {
	p, err := t.entra.Authenticate(r.Header.Get("Authorization"), resourceAppID, r.Host)
	if refused, ok := errors.AsType[*entrasim.TokenError](err); ok {
		if refused.Problem == entrasim.Challenged {
			return graphsim.Caller{}, evaluated(refused.NotBefore)
		}
		return graphsim.Caller{}, word(refused)
	}
	caller := graphsim.Caller{App: !p.Person, AppID: p.AppID, TenantID: p.TenantID, Permissions: p.Roles}
	if p.Person {
		caller.UserID = p.ObjectID
	}
	return caller, err
}

// evaluated is how both APIs ask for a newer token, one that was requested with these claims
// (https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation).
func evaluated(notBefore int64) error {
	const message = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp"
	claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, notBefore)
	return &apiError{"InvalidAuthenticationToken", message, fmt.Sprintf(
		`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="%s"`,
		base64.StdEncoding.EncodeToString([]byte(claims)))}
}

// graphError gives Microsoft Graph's words, which has one code for all of them
// (https://learn.microsoft.com/graph/errors).
func graphError(e *entrasim.TokenError) error {
	const code = "InvalidAuthenticationToken"
	switch e.Problem {
	case entrasim.Missing:
		return &apiError{code: code, message: "Access token is empty."}
	case entrasim.Audience:
		return &apiError{code: code, message: "Access token validation failure. Invalid audience."}
	case entrasim.Expired:
		return &apiError{code: code, message: "Lifetime validation failed, the token is expired."}
	case entrasim.Revoked:
		return &apiError{code: code, message: "The access token was revoked."}
	}
	return &apiError{code: code, message: "The access token is malformed or its signature is not valid."}
}

// resourceManagerError gives Azure Resource Manager's words.
func resourceManagerError(e *entrasim.TokenError) error {
	switch e.Problem {
	case entrasim.Missing:
		return &apiError{code: "AuthenticationFailed", message: "Authentication failed. The 'Authorization' header is missing."}
	case entrasim.Audience:
		return &apiError{code: "InvalidAuthenticationTokenAudience", message: fmt.Sprintf("The access token is for the wrong audience '%s'.", e.Audience)}
	case entrasim.Expired:
		return &apiError{code: "ExpiredAuthenticationToken", message: "The access token expired at " + e.Expiry.UTC().Format(time.RFC3339) + "."}
	case entrasim.Revoked:
		return &apiError{code: "InvalidAuthenticationToken", message: "The access token was revoked."}
	}
	return &apiError{code: "InvalidAuthenticationToken", message: "The access token is invalid."}
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
		code, challenge := "InvalidAuthenticationToken", ""
		if e, ok := errors.AsType[*apiError](err); ok {
			code, challenge = e.code, e.challenge
		}
		if challenge == "" {
			challenge = fmt.Sprintf("Bearer authorization_uri=%q, error=\"invalid_token\", error_description=%q", t.LoginURL()+"/"+t.id, err.Error())
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": err.Error()}})
	})
}
