package entrasim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The error codes of RFC 6749, sections 4.1.2.1 and 5.2, of RFC 8628, section 3.5, of RFC 8707, section 2, of OpenID Connect Core 1.0,
// section 3.1.2.6, and Entra's additions to them.
const (
	accessDenied            = "access_denied"
	authorizationDeclined   = "authorization_declined"
	authorizationPending    = "authorization_pending"
	badVerificationCode     = "bad_verification_code"
	expiredToken            = "expired_token"
	interactionRequired     = "interaction_required"
	invalidClient           = "invalid_client"
	invalidGrant            = "invalid_grant"
	invalidInstance         = "invalid_instance"
	invalidRequest          = "invalid_request"
	invalidResource         = "invalid_resource"
	invalidScope            = "invalid_scope"
	invalidTarget           = "invalid_target"
	loginRequired           = "login_required"
	slowDown                = "slow_down"
	unauthorizedClient      = "unauthorized_client"
	unsupportedGrant        = "unsupported_grant_type"
	unsupportedResponseType = "unsupported_response_type"
)

// Entra's second words about invalid_grant and interaction_required.
const (
	basicAction     = "basic_action"
	badToken        = "bad_token"
	clientMismatch  = "client_mismatch"
	consentRequired = "consent_required"
)

// refusal is why a request is not granted.
type refusal struct {
	oauth    string
	code     int // the number after AADSTS
	text     string
	suberror string
	claims   string // with which to ask again
}

func refuse(oauth string, code int, format string, args ...any) *refusal {
	return &refusal{oauth: oauth, code: code, text: fmt.Sprintf(format, args...)}
}

// lacking refuses a body without a parameter.
func lacking(name string) *refusal {
	return refuse(invalidRequest, 900144, "The body has to hold the parameter '%s'.", name)
}

// checkOnce refuses parameters that stand twice.
func checkOnce(form url.Values) *refusal {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if len(form[name]) > 1 {
			return refuse(invalidRequest, 9000411, "The request is not properly formatted. The parameter '%s' is duplicated.", name)
		}
	}
	return nil
}

// because adds a suberror.
func (why *refusal) because(suberror string) *refusal {
	why.suberror = suberror
	return why
}

// refusalBody is Entra's error document
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
type refusalBody struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
	ErrorCodes       []int  `json:"error_codes"`
	Timestamp        string `json:"timestamp"`
	TraceID          string `json:"trace_id"`
	CorrelationID    string `json:"correlation_id"`
	ErrorURI         string `json:"error_uri"`
	Suberror         string `json:"suberror,omitempty"`
	Claims           string `json:"claims,omitempty"`
}

// body words a refusal of one request.
func (e *Entra) body(w http.ResponseWriter, r *http.Request, why *refusal) refusalBody {
	b := refusalBody{
		Error: why.oauth, ErrorCodes: []int{why.code}, Suberror: why.suberror, Claims: why.claims,
		Timestamp:     e.now().UTC().Format("2006-01-02 15:04:05Z"),
		TraceID:       w.Header().Get("x-ms-request-id"),
		CorrelationID: strings.ToLower(r.Header.Get("client-request-id")),
		ErrorURI:      "https://" + r.Host + "/error?code=" + strconv.Itoa(why.code),
	}
	if !isGUID(b.CorrelationID) {
		b.CorrelationID = newGUID()
	}
	b.ErrorDescription = fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s",
		why.code, why.text, b.TraceID, b.CorrelationID, b.Timestamp)
	return b
}

// writeRefusal answers with 401 where the client is the problem and 400 otherwise (RFC 6749, section 5.2).
func (e *Entra) writeRefusal(w http.ResponseWriter, r *http.Request, why *refusal) {
	status := http.StatusBadRequest
	if why.oauth == invalidClient {
		status = http.StatusUnauthorized
	}
	writeJSON(w, status, e.body(w, r, why))
}

// writeJSON answers with a document. That the client has gone is its own business.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
