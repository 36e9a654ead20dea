package sandboxtest

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// Token returns a token for Graph of the app sandbox.ClientID. It is good for the length of a test.
func Token(tb testing.TB, t *sandbox.Tenant) string {
	tb.Helper()
	return AppToken(tb, t, sandbox.ClientID, t.ClientSecret())
}

// AppToken returns a token for Graph of any app of the tenant's that has a secret.
func AppToken(tb testing.TB, t *sandbox.Tenant, clientID, secret string) string {
	tb.Helper()
	resp, err := Client(tb, t).PostForm(t.LoginURL()+"/"+t.TenantID()+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {clientID}, "client_secret": {secret}, "scope": {t.GraphURL() + "/.default"}})
	if err != nil {
		tb.Fatalf("asking for a token: %v", err)
	}
	defer resp.Body.Close()
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&issued); err != nil || issued.Token == "" {
		tb.Fatalf("no token: HTTP %d, %v", resp.StatusCode, err)
	}
	return issued.Token
}
