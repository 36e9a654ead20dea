package oauth

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

const (
	maxRegistration   = 16 << 10 // bytes of the request
	maxClientID       = 6 << 10  // bytes of the ID that comes of it, which has to fit into a URL
	registeredTooLong = "the name and the redirect URIs are too long together"
)

// registered is the answer to a registration (RFC 7591, section 3.2.1). There is no secret in it, whatever the client
// has asked for, and least of all the one by which this server signs people in.
type registered struct {
	clientMetadata
	IssuedAt int64  `json:"client_id_issued_at"`
	Scope    string `json:"scope"`
}

// serveRegister gives a client an ID.
func (s *Server) serveRegister(w http.ResponseWriter, r *http.Request) {
	wait, err := s.spend(r, "register")
	if err != nil {
		s.answerFailure(w, r, err)
		return
	}
	if wait > 0 {
		answerWait(w, wait)
		return
	}
	m, wrong := readRegistration(w, r)
	if wrong == nil {
		wrong = m.check(s.redirects, "")
	}
	if wrong != nil {
		s.answerFailure(w, r, wrong)
		return
	}
	id, err := s.records.handOut("client", registration{m.ClientName, m.RedirectURIs}, s.config.Issuer)
	if err != nil {
		s.answerFailure(w, r, err)
		return
	}
	if len(id) > maxClientID {
		s.answerFailure(w, r, fail(codeInvalidMetadata, registeredTooLong))
		return
	}
	m.ClientID = clientPrefix + id
	m.TokenEndpointAuthMethod = string(oidc.AuthMethodNone)
	m.GrantTypes = []string{string(oidc.GrantTypeCode), string(oidc.GrantTypeRefreshToken)}
	m.ResponseTypes = []string{string(oidc.ResponseTypeCode)}
	writeAnswer(w, http.StatusCreated, registered{m, s.config.Now().Unix(), Scope})
}

func readRegistration(w http.ResponseWriter, r *http.Request) (m clientMetadata, wrong *failure) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return m, fail(codeInvalidMetadata, "the content type has to be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRegistration))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return m, fail(codeInvalidMetadata, "the registration is longer than 16 KiB")
	}
	if err != nil || json.Unmarshal(body, &m) != nil {
		return m, fail(codeInvalidMetadata, "the registration is not the JSON of RFC 7591")
	}
	if strings.HasPrefix(m.TokenEndpointAuthMethod, "private_key") || strings.HasPrefix(m.TokenEndpointAuthMethod, "tls_") {
		return m, fail(codeInvalidMetadata, "clients do not authenticate here: register with token_endpoint_auth_method none")
	}
	return m, nil
}
