package entrasim_test

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
)

func fetch(t *testing.T, e *entrasim.Entra, url string) map[string]any {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
	return document(t, w)
}

// A party that knows the metadata alone can verify a token.
func TestTokenVerifiesByPublishedKey(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	e := newEntra(t, &now)
	config := fetch(t, e, "https://login.example/"+domain+"/v2.0/.well-known/openid-configuration")
	if got, want := config["token_endpoint"], "https://login.example/"+domain+"/oauth2/v2.0/token"; got != want {
		t.Errorf("got token endpoint %v, want %s", got, want)
	}
	if got, want := config["issuer"], "https://login.example/"+tenantID+"/v2.0"; got != want {
		t.Errorf("got issuer %v, want %s", got, want)
	}
	published := fetch(t, e, config["jwks_uri"].(string))["keys"].([]any)[0].(map[string]any)
	number := func(name string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(published[name].(string))
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	key := &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}
	got := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token(t, e, graphURL), got, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithAudience(graphURL))
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header["kid"] != published["kid"] {
		t.Errorf("got key %v, want %v", parsed.Header["kid"], published["kid"])
	}
	want := map[string]any{
		"aud": graphURL, "iss": "https://sts.windows.net/" + tenantID + "/", "tid": tenantID, "appid": appID, "oid": objectID, "sub": objectID,
		"idtyp": "app", "ver": "1.0", "app_displayname": "App", "roles": []any{"User.Read.All", "Mail.Send"},
		"exp": float64(now.Add(time.Hour).Unix()), "nbf": float64(now.Add(-5 * time.Minute).Unix()),
	}
	for name := range want {
		if !cmp.Equal(got[name], want[name]) {
			t.Errorf("claim %s: got %v, want %v", name, got[name], want[name])
		}
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e, other := newEntra(t, &now), newEntra(t, &now)
	good := token(t, e, graphURL)
	p, err := e.Authenticate("bearer "+good, graphID, "graph.example")
	if want := (entrasim.Principal{AppID: appID, ObjectID: objectID, TenantID: tenantID, Roles: []string{"User.Read.All", "Mail.Send"}}); err != nil || !cmp.Equal(p, want) {
		t.Errorf("got %+v and %v, want %+v", p, err, want)
	}
	dot := strings.LastIndexByte(good, '.')
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": graphURL, "exp": now.Add(time.Hour).Unix()}).
		SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, header, resource string
		want                   entrasim.Problem
	}{
		{"nothing", "", graphID, entrasim.Missing},
		{"no token", "Bearer ", graphID, entrasim.Missing},
		{"another scheme", "Basic " + good, graphID, entrasim.Missing},
		{"no JWT", "Bearer secret", graphID, entrasim.Invalid},
		{"unsigned", "Bearer " + unsigned, graphID, entrasim.Invalid},
		{"signature cut", "Bearer " + good[:dot+1], graphID, entrasim.Invalid},
		{"another tenant's", "Bearer " + token(t, other, graphURL), graphID, entrasim.Invalid},
		{"Graph's at ARM", "Bearer " + good, armID, entrasim.Audience},
		{"ARM's at Graph", "Bearer " + token(t, e, armURL), graphID, entrasim.Audience},
	} {
		if got := problem(e.Authenticate(row.header, row.resource, "graph.example")); got != row.want {
			t.Errorf("%s: got problem %v, want %v", row.name, got, row.want)
		}
	}
}

// problem returns -1 where there is none.
func problem(_ entrasim.Principal, err error) entrasim.Problem {
	if e, ok := errors.AsType[*entrasim.TokenError](err); ok {
		return e.Problem
	}
	return -1
}

func TestAudienceAsAsked(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	for _, resource := range []string{graphURL, graphURL + "/", "HTTPS://Graph.Example", graphID} {
		if got := problem(e.Authenticate("Bearer "+token(t, e, resource), graphID, "graph.example")); got != -1 {
			t.Errorf("a token for %s: got problem %v, want none", resource, got)
		}
	}
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	e.SetLifetime(10 * time.Minute)
	header := "Bearer " + token(t, e, graphURL)
	start := now
	for _, row := range []struct {
		after time.Duration
		want  entrasim.Problem
	}{{-6 * time.Minute, entrasim.Expired}, {0, -1}, {10*time.Minute - time.Second, -1}, {10 * time.Minute, entrasim.Expired}} {
		now = start.Truncate(time.Second).Add(row.after)
		if got := problem(e.Authenticate(header, graphID, "graph.example")); got != row.want {
			t.Errorf("after %v: got problem %v, want %v", row.after, got, row.want)
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	before := "Bearer " + token(t, e, graphURL)
	e.Revoke()
	if got := problem(e.Authenticate(before, graphID, "graph.example")); got != entrasim.Revoked {
		t.Errorf("a token of before: got problem %v, want %v", got, entrasim.Revoked)
	}
	if got := problem(e.Authenticate("Bearer "+token(t, e, graphURL), graphID, "graph.example")); got != -1 {
		t.Errorf("a token of after: got problem %v, want none", got)
	}
}
