package sandboxtest

import (
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
	return issuedFor(tb, t, url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {t.GraphURL() + "/.default"}})
}
