package entra

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// maxFederatedToken bounds a federated token, in bytes; issuers make some 2,000.
const maxFederatedToken = 64 << 10

// federatedToken is the kind "federated token file".
type federatedToken struct{ path string }

// FederatedToken proves an app by a token that the platform puts into the file at path: workload identity federation,
// as of Kubernetes (AZURE_FEDERATED_TOKEN_FILE) and build services. The file holds one JWT (RFC 7519) on one line and
// is read at each request, since the platform replaces it before the token expires. Its mode is not checked: who may
// read it is the platform's decision, and the token lives shortly.
func FederatedToken(path string) Credential { return federatedToken{path} }

func (f federatedToken) open(_ context.Context, c Config) (proof, error) {
	raw, err := readCredentialFile("federated token", f.path, maxFederatedToken)
	if err != nil {
		return proof{}, err
	}
	token := string(bytes.TrimSpace(raw))
	if err := f.check(token, c); err != nil {
		return proof{}, err
	}
	held := secret.NewText(token)
	return proof{
		msal: confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) {
			return held.Reveal(), nil
		}),
		hidden: held,
	}, nil
}

// check refuses what Entra would refuse with a riddle. The signature is for Entra to check.
func (f federatedToken) check(token string, c Config) error {
	// An encoded payload is all that an error could show of it, and none does.
	said, ok := readFederated(token)
	if !ok {
		return &credentialError{
			message: "the federated token file " + f.path + " does not hold a token: one JWT on one line is expected",
			hint:    c.fill("check federated_token of profile {profile}: it names the file that the platform puts the token into (AZURE_FEDERATED_TOKEN_FILE)"),
		}
	}
	now := c.Now()
	if expires := time.Unix(int64(said.Expires), 0); said.Expires != 0 && !now.Before(expires) {
		return &credentialError{
			message: fmt.Sprintf("the federated token in %s expired at %s, and it is %s now", f.path, stamp(expires), stamp(now)),
			hint:    "the platform should have replaced it: check what writes the file (in Kubernetes, the projected service account token), and the clock of this machine",
		}
	}
	return nil
}

// federatedClaims is what a federated token says, as far as we look at it.
type federatedClaims struct {
	Expires float64 `json:"exp"`
}

// readFederated decodes a JWT without trust, or returns false where it is none.
func readFederated(token string) (federatedClaims, bool) {
	var said federatedClaims
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !isTokenText(token) {
		return said, false
	}
	for i, part := range parts {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(decoded) == 0 || i < 2 && !isObject(string(decoded)) {
			return said, false
		}
		if i == 1 && json.Unmarshal(decoded, &said) != nil {
			return said, false
		}
	}
	return said, true
}

// stamp writes a time for a person.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
