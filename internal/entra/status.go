package entra

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Status describes an identity and its present token. What comes from the token
// is read without checking its signature: it informs, and decides nothing.
type Status struct {
	Mode        string    // clientCredentials, interactive or onBehalfOf
	TenantID    string    // the tenant's ID as the token says, else as configured
	ClientID    string    // the application (client) ID
	AppName     string    // the app's display name, "" where the token has none
	Account     string    // of a person: the name that they sign in with
	Permissions []string  // the granted application or delegated permissions, sorted
	ExpiresAt   time.Time // of the present token, by this machine's clock

	CredentialExpires time.Time // of a certificate; zero where it is not known
	SignedInAt        time.Time // interactive: when the person signed in
}

// accessClaims is what an access token says (RFC 7519), as far as we show it.
// Access tokens are opaque by contract: all of it may be absent.
type accessClaims struct {
	TenantID string   `json:"tid"`
	ObjectID string   `json:"oid"`
	AppID    string   `json:"appid"`
	AppName  string   `json:"app_displayname"`
	Roles    []string `json:"roles"`
	Account  string   `json:"preferred_username"`
	Issued   float64  `json:"iat"`
	Expires  float64  `json:"exp"`
}

// readClaims decodes an access token without trust.
func readClaims(t secret.Text) accessClaims { return readText(t.Reveal()) }

// readText is readClaims for the text itself, of a JWT of any kind.
func readText(text string) accessClaims {
	var said accessClaims
	_ = json.Unmarshal(payloadOf(text), &said) // a token of another shape says nothing
	return said
}

// payloadOf returns what a JWT says, as JSON; nil where text is none.
func payloadOf(text string) []byte {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	return payload
}
