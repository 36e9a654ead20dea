package entra

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// What a credential is worth shows without a request.
func TestInspect(t *testing.T) {
	t.Parallel()
	config := testConfig()
	config.TenantID, config.ClientID = "contoso.example", "11111111-1111-1111-1111-111111111111"
	config.HTTP = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("somebody was asked")
		return nil, errors.New("no")
	})}
	made := func(id identity) string {
		return keep(t, slices.Concat(certPEM(id.cert), block("PRIVATE KEY", pkcs8DER(id.key, ""))))
	}
	now := time.Now()
	good, old := newIdentity("app", now.Add(-time.Hour), 24*time.Hour), newIdentity("app", now.Add(-24*time.Hour), time.Hour)
	for name, row := range map[string]struct {
		cred    Credential
		expires time.Time
		problem string // "": none
	}{
		"certificate":     {Certificate(made(good), nil), good.cert.NotAfter, ""},
		"old certificate": {Certificate(made(old), nil), old.cert.NotAfter, "expired at"},
		"no certificate":  {Certificate("/nowhere/at.all", nil), time.Time{}, "it does not exist"},
		"secret":          {ClientSecret(&source{text: secret.NewText("a-secret")}), time.Time{}, ""},
		"locked secret":   {ClientSecret(&source{err: &secret.Error{Op: "reading it", Kind: secret.ErrLocked, Next: "unlock it"}}), time.Time{}, "keyring locked"},
		"token":           {FederatedToken(keep(t, []byte(platformToken(t, "pod", now.Add(time.Hour))))), time.Time{}, ""},
		"old token":       {FederatedToken(keep(t, []byte(platformToken(t, "pod", now.Add(-time.Hour))))), time.Time{}, "expired at"},
	} {
		expires, err := Inspect(t.Context(), config, row.cred)
		if !expires.Equal(row.expires) {
			t.Errorf("%s: got %s, want %s", name, expires, row.expires)
		}
		if row.problem == "" && err == nil {
			continue
		}
		failed, ok := errors.AsType[*Error](err)
		if !ok || row.problem == "" || !strings.Contains(err.Error(), row.problem) || failed.Hint() == "" || strings.Contains(err.Error(), "a-secret") {
			t.Errorf("%s: got %v, want %q", name, err, row.problem)
		}
	}
}

// roundTripper is a function that answers requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
