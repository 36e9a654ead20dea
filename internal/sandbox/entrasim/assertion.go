package entrasim

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523, section 2.2
	allowedSkew   = 5 * time.Minute                                          // by which a client's clock may be ahead
)

// checkAssertion checks by what an app proves itself in place of a secret: a token that it signed with the key of a
// registered certificate (https://learn.microsoft.com/entra/identity-platform/certificate-credentials), or one that
// somebody else has signed for it.
func (e *Entra) checkAssertion(q tokenRequest, a *account) *refusal {
	text := q.form.Get("client_assertion")
	var c jwt.RegisteredClaims
	t, _, err := jwt.NewParser().ParseUnverified(text, &c)
	switch {
	case err != nil:
		return badSignature(a, "The assertion is no JWT.", nil)
	case q.form.Get("client_assertion_type") != assertionType:
		return refuse(invalidRequest, 900144, "The parameter 'client_assertion_type' has to be '%s'.", assertionType)
	case !strings.EqualFold(c.Issuer, a.ID):
		return e.checkFederated(text, a, c)
	}
	return e.checkOwn(q, a, t, c)
}

// checkOwn checks an assertion that an app has signed itself.
func (e *Entra) checkOwn(q tokenRequest, a *account, t *jwt.Token, c jwt.RegisteredClaims) *refusal {
	certificate, thumbprint := certificateOf(t.Header, a.certificates)
	switch now := e.now(); {
	case certificate == nil:
		return badSignature(a, "The key was not found.", thumbprint)
	case now.After(certificate.NotAfter), now.Before(certificate.NotBefore):
		return badSignature(a, "The key used is expired.", thumbprint)
	}
	if !signedWith(t.Raw, certificate.PublicKey, "RS256", "PS256") {
		return refuse(invalidClient, 50012, "The signature of the client assertion is not valid: the key was found, but does not verify it. Thumbprint of the key: '%X'.", thumbprint)
	}
	return e.checkOwnClaims(q, a, c)
}

// badSignature is what all faults of the key have in common at Entra.
func badSignature(a *account, reason string, thumbprint []byte) *refusal {
	return refuse(invalidClient, 700027, "The client assertion's signature does not belong to a certificate of the application '%s'. [Reason - %s, Thumbprint of key used by client: '%s']",
		a.ID, reason, strings.ToUpper(hex.EncodeToString(thumbprint)))
}

// certificateOf finds the certificate whose thumbprint the header has (RFC 7515, sections 4.1.7 and 4.1.8), nil
// where there is none.
func certificateOf(header map[string]any, registered []*x509.Certificate) (*x509.Certificate, []byte) {
	for _, kind := range []struct {
		name string
		sum  func([]byte) []byte
	}{
		{"x5t#S256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }},
		{"x5t", func(b []byte) []byte { s := sha1.Sum(b); return s[:] }},
	} {
		text, ok := header[kind.name].(string)
		if !ok {
			continue
		}
		thumbprint := decodeLoosely(text)
		i := slices.IndexFunc(registered, func(c *x509.Certificate) bool { return bytes.Equal(kind.sum(c.Raw), thumbprint) })
		if i < 0 {
			return nil, thumbprint
		}
		return registered[i], thumbprint
	}
	return nil, nil
}

// decodeLoosely reads base64 of either alphabet, padded or not: Microsoft's own libraries differ in it.
func decodeLoosely(text string) []byte {
	text = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text)
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}

// signedWith verifies a signature, whatever the claims are.
func signedWith(text string, key crypto.PublicKey, methods ...string) bool {
	if _, ok := key.(*rsa.PublicKey); !ok {
		return false
	}
	parser := jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(text, func(*jwt.Token) (any, error) { return key, nil })
	return err == nil
}

// checkOwnClaims checks what an app says in an assertion of its own.
func (e *Entra) checkOwnClaims(q tokenRequest, a *account, c jwt.RegisteredClaims) *refusal {
	if !strings.EqualFold(c.Subject, a.ID) {
		return refuse(invalidClient, 700021, "The application identifier in the client assertion is not the parameter 'client_id'.")
	}
	if !slices.ContainsFunc(c.Audience, func(audience string) bool { return e.isTokenEndpoint(audience, q) }) {
		return refuse(invalidClient, 700023, "The audience of the client assertion is not this tenant's token endpoint.")
	}
	if why := e.checkTimes(c); why != nil {
		return why
	}
	if c.ID == "" {
		return refuse(invalidClient, 50012, "The client assertion has no identifier 'jti'.")
	}
	if !e.seen.first(e, "assertion "+a.ID+" "+c.ID, c.ExpiresAt.Time) {
		return refuse(invalidClient, 50012, "The client assertion was used already. Make a new one for each request.")
	}
	return nil
}

// isTokenEndpoint tells whether a URL is that of the endpoint, under any name of the same tenant.
func (e *Entra) isTokenEndpoint(audience string, q tokenRequest) bool {
	rest, ok := strings.CutPrefix(audience, "https://"+q.host+"/")
	if !ok {
		return false
	}
	segment, ok := strings.CutSuffix(rest, "/oauth2/v2.0/token")
	if !ok {
		return false
	}
	named, why := e.authority(segment)
	asked, _ := e.authority(q.tenant)
	return why == nil && named == asked
}

func (e *Entra) checkTimes(c jwt.RegisteredClaims) *refusal {
	now := e.now()
	if c.ExpiresAt == nil || !now.Before(c.ExpiresAt.Time) || c.NotBefore != nil && now.Before(c.NotBefore.Add(-allowedSkew)) {
		return refuse(invalidClient, 700024, "The client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s.",
			now.UTC().Format(time.RFC3339Nano), timeText(c.NotBefore), timeText(c.ExpiresAt))
	}
	return nil
}

func timeText(t *jwt.NumericDate) string {
	if t == nil {
		return "1970-01-01T00:00:00Z"
	}
	return t.UTC().Format(time.RFC3339)
}
