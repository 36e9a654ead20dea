package entra

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Status describes an identity and its present token. What comes from the token
// is read without checking its signature: it informs, and decides nothing.
type Status struct {
	Mode        string    // clientCredentials
	TenantID    string    // the tenant's ID as the token says, else as configured
	ClientID    string    // the application (client) ID
	AppName     string    // the app's display name, "" where the token has none
	Permissions []string  // the granted application permissions, sorted
	ExpiresAt   time.Time // of the present token, by this machine's clock
}

// Status returns the status of the identity towards audience. It acquires a
// token where none is there, and fails as [App.Token] does.
func (a *App) Status(ctx context.Context, audience string) (Status, error) {
	t, err := a.hold(ctx, Request{Audience: audience})
	if err != nil {
		return Status{}, err
	}
	said := readClaims(t.value)
	s := Status{
		Mode: "clientCredentials", TenantID: a.config.TenantID, ClientID: a.config.ClientID,
		AppName: tidy(said.AppName), Permissions: slices.Sorted(slices.Values(said.Roles)), ExpiresAt: t.expires,
	}
	if id := identifier(said.TenantID); id != "" {
		s.TenantID = id
	}
	return s, nil
}

// accessClaims is what an access token says (RFC 7519), as far as we show it.
// Access tokens are opaque by contract: all of it may be absent.
type accessClaims struct {
	TenantID string   `json:"tid"`
	AppName  string   `json:"app_displayname"`
	Roles    []string `json:"roles"`
	Expires  float64  `json:"exp"`
}

// readClaims decodes an access token without trust.
func readClaims(t secret.Text) accessClaims {
	var said accessClaims
	parts := strings.Split(t.Reveal(), ".")
	if len(parts) != 3 {
		return said
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		_ = json.Unmarshal(payload, &said) // a token of another shape says nothing
	}
	return said
}
