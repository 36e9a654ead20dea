package e2e

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A forgery begins with a good token, as whoever stands between could see one.
type forgery struct {
	head, claims map[string]any
	key          *rsa.PublicKey // of Entra's
	own          *rsa.PrivateKey
}

// forge takes a token to pieces, and finds the key that has signed it.
func (c *court) forge(t *testing.T, token string, own *rsa.PrivateKey) forgery {
	t.Helper()
	f := forgery{own: own}
	parts := strings.Split(token, ".")
	for i, into := range []*map[string]any{&f.head, &f.claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	res, err := sandboxtest.Client(t, c.tenant).Get(c.tenant.LoginURL() + "/" + c.tenant.TenantID() + "/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var known struct{ Keys []struct{ Kid, N, E string } }
	if err := json.NewDecoder(res.Body).Decode(&known); err != nil {
		t.Fatal(err)
	}
	for _, k := range known.Keys {
		if k.Kid == f.head["kid"] {
			n, _ := base64.RawURLEncoding.DecodeString(k.N)
			e, _ := base64.RawURLEncoding.DecodeString(k.E)
			f.key = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		}
	}
	if f.key == nil {
		t.Fatal("the key of a good token is not published")
	}
	return f
}

// token puts one together with changes (nil leaves a member out), signed by sign.
func (f forgery) token(head, claims map[string]any, sign func(text string) []byte) string {
	part := func(all, changes map[string]any) string {
		changed := map[string]any{}
		for _, values := range []map[string]any{all, changes} {
			for name, value := range values {
				if changed[name] = value; value == nil {
					delete(changed, name)
				}
			}
		}
		text, err := json.Marshal(changed)
		if err != nil {
			panic(err) // a test's own words
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(f.head, head) + "." + part(f.claims, claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign(text))
}

func (f forgery) byOwn(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, f.own, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // a good key
	}
	return signature
}

func byNobody(string) []byte { return nil }

// byMAC signs with a text as the secret: all ways in which the public key can be written down.
func byMAC(secret []byte) func(string) []byte {
	return func(text string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
}

// all are the tokens that nobody has issued, by what is wrong with them.
func (f forgery) all(t *testing.T) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(f.key)
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(f.own.N.Bytes()), "e": "AQAB"}
	all := map[string]string{
		"HMAC with the public key, PEM":     f.token(map[string]any{"alg": "HS256"}, nil, byMAC(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))),
		"HMAC with the public key, PKCS #1": f.token(map[string]any{"alg": "HS256"}, nil, byMAC(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(f.key)}))),
		"HMAC with the public key, DER":     f.token(map[string]any{"alg": "HS256"}, nil, byMAC(der)),
		"HMAC with the modulus":             f.token(map[string]any{"alg": "HS256"}, nil, byMAC(f.key.N.Bytes())),
		"HMAC with nothing":                 f.token(map[string]any{"alg": "HS256"}, nil, byMAC(nil)),
		"another's key by Entra's name":     f.token(nil, nil, f.byOwn),
		"another's key by a name of its":    f.token(map[string]any{"kid": "mallory"}, nil, f.byOwn),
		"another's key without a name":      f.token(map[string]any{"kid": nil}, nil, f.byOwn),
		"a name that is a path":             f.token(map[string]any{"kid": "../../../../dev/null"}, nil, byMAC(nil)),
		"another's key, brought along":      f.token(map[string]any{"jwk": own}, nil, f.byOwn),
		"another's key, behind a URL":       f.token(map[string]any{"jku": "https://evil.example/keys", "x5u": "https://evil.example/keys"}, nil, f.byOwn),
		"another's key and issuer":          f.token(nil, map[string]any{"iss": "https://evil.example/v2.0"}, f.byOwn),
		"a signature that is not there":     f.token(nil, nil, byNobody),
		"a head that nobody understands":    f.token(map[string]any{"crit": []string{"x"}, "x": 1}, nil, f.byOwn),
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		all["alg "+none] = f.token(map[string]any{"alg": none}, nil, byNobody)
	}
	return all
}

// Row 10: tokens that nobody has issued, or not for us, or not for now, or not of our tenant.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	c, _ := heldCourt(t)
	upn := crewUPN(c.tenant, 1)
	good := sandboxtest.APIToken(t, c.tenant, upn)
	c.secrets.add(good)
	m := &member{upn: upn, mcp: &caller{url: c.origin + "/mcp", key: good, client: crowdWeb(t)}}
	if err := m.me(within(t)); err != nil {
		t.Fatal(err)
	}
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := c.forge(t, good, own)
	if signed := f.token(nil, nil, f.byOwn); strings.Count(good, ".") != strings.Count(signed, ".") {
		t.Fatal("a forgery does not look like a token")
	}
	tokens := f.all(t)
	parts := strings.Split(good, ".")
	other := f.token(nil, map[string]any{"oid": "00000000-0000-0000-0000-000000000001"}, byNobody)
	tokens["another person's claims under a good signature"] = strings.Join([]string{parts[0], strings.Split(other, ".")[1], parts[2]}, ".")
	tokens["a good token, cut"] = good[:len(good)-8]
	tokens["two signatures"] = good + "." + parts[2]
	for what, token := range c.foreign(t) {
		tokens[what] = token
	}
	for what, token := range tokens {
		c.checkRefused(t, knock{what, "POST", "/mcp", c.bearer(token), 401})
		c.checkRefused(t, knock{what, "POST", "/mcp/" + peopleProfile, c.bearer(token), 401})
	}
	if err := m.me(within(t)); err != nil {
		t.Errorf("and the good one: %v", err)
	}
}

// foreign are tokens that somebody has issued indeed.
func (c *court) foreign(t *testing.T) map[string]string {
	t.Helper()
	tokens := map[string]string{"a token for Graph, of an app": sandboxtest.Token(t, c.tenant)}

	const billing = "5f0b7c58-0000-4000-8000-00000000b111"
	c.tenant.RegisterAPI(sandbox.API{ClientID: billing, URIs: []string{"https://billing.example/mcp"}})
	tokens["for another server"] = sandboxtest.APIToken(t, c.tenant, crewUPN(c.tenant, 1), "scope", "https://billing.example/mcp/"+sandbox.APIScope)

	c.clock.Store(int64(-3 * time.Hour))
	tokens["run out"] = sandboxtest.APIToken(t, c.tenant, crewUPN(c.tenant, 1))
	c.clock.Store(int64(3 * time.Hour))
	tokens["not good yet"] = sandboxtest.APIToken(t, c.tenant, crewUPN(c.tenant, 1))
	c.clock.Store(0)

	// Row 28: another tenant has the same app; its administrator may call its people as ours are called.
	abroad := sandboxtest.Start(t, sandbox.Options{Users: 2, TenantID: "99999999-9999-4999-8999-999999999999"})
	abroad.RegisterAPI(sandbox.API{URIs: []string{c.origin + "/mcp"}})
	tokens["of another tenant"] = sandboxtest.APIToken(t, abroad, crewUPN(abroad, 1))
	for _, token := range tokens {
		c.secrets.add(token)
	}
	return tokens
}

// A token that is good opens what its permissions open: no more than that, and for nobody else.
func TestTokensOpenWhatTheySay(t *testing.T) {
	t.Parallel()
	c, ada := heldCourt(t)
	token := sandboxtest.APIToken(t, c.tenant, crewUPN(c.tenant, 1))
	nobodys := sandboxtest.AgentToken(t, c.tenant, "Something.Else")
	c.secrets.add(token, nobodys)
	c.checkRefused(t, knock{"another profile, with Entra's token", "POST", "/mcp/" + appProfile, c.bearer(token), 404})
	c.checkRefused(t, knock{"a profile for those who have signed in through us", "POST", "/mcp/" + archiveProfile, c.bearer(token), 404})
	c.checkRefused(t, knock{"two credentials at once", "POST", "/mcp", c.bearer(token, "X-Api-Key", c.key), 401})
	res, _ := ask(t, http.MethodPost, c.origin+"/mcp", initializeRequest(), c.bearer(nobodys))
	if got := res.Header.Get("WWW-Authenticate"); res.StatusCode != http.StatusForbidden || !strings.Contains(got, `error="insufficient_scope"`) || !strings.Contains(got, "scope=") {
		t.Errorf("without any permission: %s, challenge %s", res.Status, got)
	}
	// A token for one endpoint is none for the other.
	ctx := within(t)
	whole := &caller{url: c.origin + "/mcp/" + archiveProfile, key: ada.access, client: crowdWeb(t)}
	if err := (&member{upn: ada.upn, mcp: whole}).me(ctx); err != nil {
		t.Errorf("a token for all profiles at one of them: %v", err)
	}
	ada.resource = c.origin + "/mcp/" + peopleProfile
	if err := ada.signIn(ctx); err != nil {
		t.Fatal(err)
	}
	m := ada.member(crowdWeb(t))
	m.mcp.key = ada.access
	if err := m.me(ctx); err != nil {
		t.Errorf("at its own endpoint: %v", err)
	}
	for _, name := range []string{appProfile, archiveProfile, "demo", "PEOPLE", "..%2f" + peopleProfile} {
		c.checkRefused(t, knock{"at " + name, "POST", "/mcp/" + name, c.bearer(ada.access), 404})
	}
	reply, _, err := m.mcp.call(ctx, map[string]any{"name": "microsoft_graph", "arguments": object{"path": "/me", "profile": appProfile}}, nil)
	if err == nil && !reply.IsError {
		t.Errorf("the model names another profile: %s", fmt.Sprint(reply.text()))
	}
}
