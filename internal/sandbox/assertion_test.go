package sandbox_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// identity is a certificate with its key.
type identity struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

// keys makes two keys once for all tests, since they take a while.
var keys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var two [2]*rsa.PrivateKey
	for i := range two {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		two[i] = key
	}
	return two
})

func newIdentity(t *testing.T, key *rsa.PrivateKey, from, to time.Time) identity {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return identity{key, cert}
}

// assertion is what an app says of itself; the tests alter it.
type assertion struct {
	claims jwt.MapClaims
	header map[string]any
	method jwt.SigningMethod
	key    crypto.PrivateKey
}

func (r *rig) assertion(id identity) *assertion {
	now := time.Now()
	sum := sha256.Sum256(id.cert.Raw)
	return &assertion{
		claims: jwt.MapClaims{"iss": sandbox.ClientID, "sub": sandbox.ClientID, "aud": r.endpoint("token"), "jti": rand.Text(),
			"nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()},
		header: map[string]any{"x5t#S256": base64.StdEncoding.EncodeToString(sum[:])}, // not the alphabet of the RFC, as MSAL for Go does it
		method: jwt.SigningMethodPS256, key: id.key,
	}
}

func (a *assertion) sign(t *testing.T) string {
	t.Helper()
	token := jwt.NewWithClaims(a.method, a.claims)
	for name, value := range a.header {
		token.Header[name] = value
	}
	signed, err := token.SignedString(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// prove asks for a token with an assertion.
func (r *rig) prove(assertion string, pairs ...string) reply {
	r.t.Helper()
	return r.do(r.endpoint("token"), alter(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {sandbox.ClientID}, "scope": {r.GraphURL() + "/.default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}, pairs))
}

func TestCertificateAssertion(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	now := time.Now()
	good := newIdentity(t, keys()[0], now.Add(-time.Hour), now.Add(time.Hour))
	expired := newIdentity(t, keys()[0], now.Add(-2*time.Hour), now.Add(-time.Hour))
	stranger := newIdentity(t, keys()[1], now.Add(-time.Hour), now.Add(time.Hour))
	r.RegisterCertificate(sandbox.ClientID, expired.cert)
	r.RegisterCertificate(sandbox.ClientID, good.cert)
	sum := sha1.Sum(good.cert.Raw)
	for name, change := range map[string]func(*assertion){
		"as MSAL makes it": func(*assertion) {},
		"RS256 and x5t": func(a *assertion) {
			a.method, a.header = jwt.SigningMethodRS256, map[string]any{"x5t": base64.RawURLEncoding.EncodeToString(sum[:])}
		},
		"two audiences":         func(a *assertion) { a.claims["aud"] = []string{"https://other.example", r.endpoint("token")} },
		"the tenant's domain":   func(a *assertion) { a.claims["aud"] = r.endpoint("token", sandbox.TenantDomain) },
		"clock somewhat ahead":  func(a *assertion) { a.claims["nbf"] = now.Add(4 * time.Minute).Unix() },
		"clock somewhat behind": func(a *assertion) { a.claims["exp"] = now.Add(time.Minute).Unix() },
	} {
		a := r.assertion(good)
		change(a)
		got := r.prove(a.sign(t))
		if got.status != http.StatusOK || claimsOf(t, got.text("access_token"))["appidacr"] != "2" {
			t.Errorf("%s: got %d %s, want a token", name, got.status, got.body)
		}
	}
	for _, row := range []struct {
		name   string
		id     identity
		change func(*assertion)
		code   int
	}{
		{"unknown certificate", stranger, func(*assertion) {}, 700027},
		{"expired certificate", expired, func(*assertion) {}, 700027},
		{"no thumbprint", good, func(a *assertion) { a.header = nil }, 700027},
		{"another's signature", good, func(a *assertion) { a.key = stranger.key }, 50012},
		{"unsigned", good, func(a *assertion) { a.method, a.key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType }, 50012},
		{"signed with the public key as a secret", good, func(a *assertion) {
			a.method, a.key = jwt.SigningMethodHS256, any(x509.MarshalPKCS1PublicKey(&good.key.PublicKey))
		}, 50012},
		{"another subject", good, func(a *assertion) { a.claims["sub"] = sandbox.LimitedClientID }, 700021},
		{"another audience", good, func(a *assertion) {
			a.claims["aud"] = "https://login.microsoftonline.com/" + sandbox.TenantID + "/oauth2/v2.0/token"
		}, 700023},
		{"another tenant's audience", good, func(a *assertion) { a.claims["aud"] = r.endpoint("token", "common") }, 700023},
		{"expired", good, func(a *assertion) { a.claims["exp"] = now.Add(-time.Minute).Unix() }, 700024},
		{"no expiry", good, func(a *assertion) { delete(a.claims, "exp") }, 700024},
		{"clock six minutes ahead", good, func(a *assertion) { a.claims["nbf"] = now.Add(6 * time.Minute).Unix() }, 700024},
		{"no identifier", good, func(a *assertion) { delete(a.claims, "jti") }, 50012},
	} {
		a := r.assertion(row.id)
		row.change(a)
		r.prove(a.sign(t)).refused(t, row.name, 401, "invalid_client", row.code)
	}
}

func TestCertificateAssertionIsGoodOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	good := newIdentity(t, keys()[0], time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	r.RegisterCertificate(sandbox.ClientID, good.cert)
	once := r.assertion(good).sign(t)
	if got := r.prove(once); got.status != http.StatusOK {
		t.Errorf("got %d %s", got.status, got.body)
	}
	r.prove(once).refused(t, "again", 401, "invalid_client", 50012)
	r.prove(r.assertion(good).sign(t), "client_assertion_type", "").refused(t, "no type", 400, "invalid_request", 900144)
	r.prove(r.assertion(good).sign(t), "client_id", sandbox.LimitedClientID).refused(t, "another app's", 401, "invalid_client", 700211)
	r.prove("x.y.z").refused(t, "no JWT", 401, "invalid_client", 700027)
}

func TestFederatedCredential(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	const subject = "system:serviceaccount:assistant:default"
	token := r.FederatedToken(subject, time.Hour)
	r.prove(token).refused(t, "no credential", 401, "invalid_client", 700211)
	r.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer+"x", subject, sandbox.FederatedAudience)
	r.prove(token).refused(t, "another issuer", 401, "invalid_client", 700211)
	r.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer, subject, "api://other")
	r.prove(token).refused(t, "another audience", 401, "invalid_client", 700212)
	r.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer, subject, sandbox.FederatedAudience)
	for range 2 { // the file is read again and again
		if a := r.prove(token); a.status != http.StatusOK {
			t.Errorf("got %d %s, want a token", a.status, a.body)
		}
	}
	r.prove(r.FederatedToken("system:serviceaccount:Assistant:default", time.Hour)).refused(t, "another subject", 401, "invalid_client", 700213)
	r.prove(r.FederatedToken(subject, -time.Second)).refused(t, "expired", 401, "invalid_client", 700024)
	r.prove(newRig(t, sandbox.Options{}).FederatedToken(subject, time.Hour)).refused(t, "another cluster's key", 401, "invalid_client", 50012)
	r.pass(time.Hour)
	r.prove(token).refused(t, "an hour later", 401, "invalid_client", 700024)
}
