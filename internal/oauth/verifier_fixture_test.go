package oauth

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	ourTenant   = "11111111-1111-4111-8111-111111111111"
	otherTenant = "22222222-2222-4222-8222-222222222222" // let in, too
	evilTenant  = "66666666-6666-4666-8666-666666666666"
	ourAudience = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	ourClient   = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
	ada         = "adaadaad-aada-4ada-8ada-adaadaadaada"
)

// rsaKeys are made once: that takes a while.
var rsaKeys = sync.OnceValue(func() (keys [3]*rsa.PrivateKey) {
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// issuer is an authority that signs tokens: Entra, as far as a Verifier sees it.
type issuer struct {
	*httptest.Server
	clock time.Time

	mu      sync.Mutex // guards what follows
	fetches int        // of keys
	keys    []publicKey
	serve   func(w http.ResponseWriter, r *http.Request) bool // answers in place of what follows, if it returns true
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{clock: time.Unix(1_800_000_000, 0), keys: []publicKey{publish("one", &rsaKeys()[0].PublicKey)}}
	i.Server = httptest.NewTLSServer(i)
	t.Cleanup(i.Close)
	return i
}

// publish returns a key as Entra serves it.
func publish(id string, key *rsa.PublicKey) publicKey {
	encode := base64.RawURLEncoding.EncodeToString
	return publicKey{Type: "RSA", Use: "sig", ID: id, Modulus: encode(key.N.Bytes()), Exponent: encode(big.NewInt(int64(key.E)).Bytes())}
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := strings.HasSuffix(r.URL.Path, "/discovery/v2.0/keys")
	if keys {
		i.fetches++
	}
	if i.serve != nil && i.serve(w, r) {
		return
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	var document any
	switch {
	case keys:
		document = map[string]any{"keys": i.keys}
	case rest == "v2.0/.well-known/openid-configuration":
		document = map[string]any{"issuer": i.URL + "/" + tenant + "/v2.0", "jwks_uri": i.URL + "/" + tenant + "/discovery/v2.0/keys"}
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(document)
}

// publishes sets the keys that are served.
func (i *issuer) publishes(keys ...publicKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

func (i *issuer) answers(serve func(w http.ResponseWriter, r *http.Request) bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.serve = serve
}

func (i *issuer) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// verifier returns one that trusts the issuer. Its clock is the issuer's.
func (i *issuer) verifier(t testing.TB, change ...func(*VerifierConfig)) *Verifier {
	t.Helper()
	c := VerifierConfig{Authority: i.URL, TenantIDs: []string{ourTenant, otherTenant}, Audience: ourAudience,
		Resource: "https://mcp.example.com/mcp", HTTP: i.Client(), Now: func() time.Time { return i.clock }}
	for _, change := range change {
		change(&c)
	}
	v, err := NewVerifier(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// person returns the claims of a good token of Ada's, changed; a nil removes one.
func (i *issuer) person(changes ...map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{
		"aud": ourAudience, "iss": i.URL + "/" + ourTenant + "/v2.0", "tid": ourTenant, "oid": ada, "azp": ourClient, "azpacr": "0",
		"iat": i.clock.Unix() - 300, "nbf": i.clock.Unix() - 300, "exp": i.clock.Unix() + 3600, "ver": "2.0", "sub": "pairwise",
		"scp": "Mcp.Use Mcp.Read", "name": "Ada Lovelace", "preferred_username": "ada@contoso.com",
	}
	for _, change := range changes {
		maps.Copy(c, change)
	}
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == nil })
	return c
}

// app returns the claims of a good token of an app.
func (i *issuer) app(changes ...map[string]any) jwt.MapClaims {
	return i.person(append([]map[string]any{{"idtyp": "app", "roles": []string{"Mcp.Admin"}, "scp": nil, "name": nil, "preferred_username": nil}}, changes...)...)
}

// sign signs claims by the issuer's first key; head is put over the header.
func sign(t testing.TB, c jwt.Claims, head ...map[string]any) string {
	t.Helper()
	return signBy(t, jwt.SigningMethodRS256, rsaKeys()[0], c, head...)
}

func signBy(t testing.TB, method jwt.SigningMethod, key any, c jwt.Claims, head ...map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = "one"
	for _, head := range head {
		maps.Copy(token.Header, head)
		maps.DeleteFunc(token.Header, func(_ string, value any) bool { return value == nil })
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signRaw signs a header and claims as they are written.
func signRaw(t testing.TB, head, claims string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(head)) + "." + encode([]byte(claims))
	signature, err := jwt.SigningMethodRS256.Sign(text, rsaKeys()[0])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}
