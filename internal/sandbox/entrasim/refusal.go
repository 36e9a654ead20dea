package entrasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The error codes of RFC 6749, section 5.2, and Entra's additions to them.
const (
	invalidClient      = "invalid_client"
	invalidInstance    = "invalid_instance"
	invalidRequest     = "invalid_request"
	invalidResource    = "invalid_resource"
	invalidScope       = "invalid_scope"
	unauthorizedClient = "unauthorized_client"
	unsupportedGrant   = "unsupported_grant_type"
)

// refusal is why a request is not granted.
type refusal struct {
	oauth string
	code  int // the number after AADSTS
	text  string
}

func refuse(oauth string, code int, format string, args ...any) *refusal {
	return &refusal{oauth, code, fmt.Sprintf(format, args...)}
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
}

// writeRefusal answers with 401 where the client is the problem and 400 otherwise (RFC 6749, section 5.2).
func (e *Entra) writeRefusal(w http.ResponseWriter, r *http.Request, why *refusal) {
	b := refusalBody{
		Error: why.oauth, ErrorCodes: []int{why.code},
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
	status := http.StatusBadRequest
	if why.oauth == invalidClient {
		status = http.StatusUnauthorized
	}
	writeJSON(w, status, b)
}

// writeJSON answers with a document. That the client has gone is its own business.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
