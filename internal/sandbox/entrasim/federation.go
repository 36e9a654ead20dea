package entrasim

import (
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// FederatedIssuer is the outside issuer whose keys the sandbox has.
	FederatedIssuer = "https://oidc.cluster.example/7c1e/"
	// FederatedAudience is what the tokens of [Entra.FederatedToken] are for, and what Entra recommends.
	FederatedAudience = "api://AzureADTokenExchange"
)

// federatedCredential is whose tokens speak for an app
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation).
type federatedCredential struct{ issuer, subject, audience string }

// AddFederatedCredential lets tokens of an outside issuer speak for an app. All three are compared as they are.
func (e *Entra) AddFederatedCredential(clientID, issuer, subject, audience string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.apps[strings.ToLower(clientID)]; a != nil {
		a.federated = append(a.federated, federatedCredential{issuer, subject, audience})
	}
}

// issuer is the outside issuer, such as a cluster's.
type issuer struct {
	key *rsa.PrivateKey
	id  string
}

func newIssuer() *issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the documentation of crypto/rand: it never fails
	}
	return &issuer{key, newGUID()}
}

// FederatedToken returns a token of the outside issuer about a subject, as a cluster puts it in a file for a
// workload. It is good from now on for lifetime, which may be negative.
func (e *Entra) FederatedToken(subject string, lifetime time.Duration) string {
	now := e.now().Truncate(time.Second)
	from := now
	if lifetime < 0 {
		from = now.Add(2 * lifetime)
	}
	i := e.issuer()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: FederatedIssuer, Subject: subject, Audience: jwt.ClaimStrings{FederatedAudience}, ID: newGUID(),
		IssuedAt: jwt.NewNumericDate(from), NotBefore: jwt.NewNumericDate(from), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
	})
	t.Header["kid"] = i.id
	signed, err := t.SignedString(i.key)
	if err != nil {
		panic(err) // the claims are marshallable and the key fits the method
	}
	return e.secrets.add(signed)
}

// checkFederated checks a token of an outside issuer. It may come many times while it is good.
func (e *Entra) checkFederated(text string, a *account, c jwt.RegisteredClaims) *refusal {
	const advice = "Check the issuer, subject and audience of the federated identity credential by the assertion."
	fits := slices.DeleteFunc(a.federated, func(f federatedCredential) bool { return f.issuer != c.Issuer })
	if len(fits) == 0 {
		return refuse(invalidClient, 700211, "No matching federated identity record found for presented assertion issuer '%s'. %s", c.Issuer, advice)
	}
	if c.Issuer != FederatedIssuer || !signedWith(text, &e.issuer().key.PublicKey, "RS256") {
		return refuse(invalidClient, 50012, "The signature of the assertion is not valid by the keys of the issuer '%s'.", c.Issuer)
	}
	fits = slices.DeleteFunc(fits, func(f federatedCredential) bool { return !slices.Contains(c.Audience, f.audience) })
	if len(fits) == 0 {
		return refuse(invalidClient, 700212, "No matching federated identity record found for presented assertion audience '%s'. %s", strings.Join(c.Audience, " "), advice)
	}
	if !slices.ContainsFunc(fits, func(f federatedCredential) bool { return f.subject == c.Subject }) {
		return refuse(invalidClient, 700213, "No matching federated identity record found for presented assertion subject '%s'. %s", c.Subject, advice)
	}
	return e.checkTimes(c)
}
