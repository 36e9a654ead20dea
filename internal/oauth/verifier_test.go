package oauth

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	person := Claims{TenantID: ourTenant, ObjectID: ada, ClientID: ourClient, Account: "ada@contoso.com", Name: "Ada Lovelace",
		Scopes: []string{"Mcp.Use", "Mcp.Read"}, Expires: i.clock.Add(time.Hour)}
	with := func(change func(*Claims)) Claims { c := person; change(&c); return c }
	for name, row := range map[string]struct {
		claims jwt.MapClaims
		want   Claims
	}{
		"a person":                      {i.person(), person},
		"a person, said to be one":      {i.person(map[string]any{"idtyp": "user"}), person},
		"a person with roles":           {i.person(map[string]any{"roles": []string{"R"}}), with(func(c *Claims) { c.Roles = []string{"R"} })},
		"of the other tenant":           {i.person(map[string]any{"tid": otherTenant, "iss": i.URL + "/" + otherTenant + "/v2.0"}), with(func(c *Claims) { c.TenantID = otherTenant })},
		"in capitals":                   {i.person(map[string]any{"oid": strings.ToUpper(ada)}), person},
		"a name that turns the writing": {i.person(map[string]any{"name": "Ada\u202e\n\x1b[31m Lovelace"}), with(func(c *Claims) { c.Name = "Ada [31m Lovelace" })},
		"without a name":                {i.person(map[string]any{"name": nil, "preferred_username": nil}), with(func(c *Claims) { c.Name, c.Account = "", "" })},
		"an app": {i.app(), Claims{TenantID: ourTenant, ObjectID: ada, ClientID: ourClient, Roles: []string{"Mcp.Admin"},
			Scopes: []string{}, App: true, Expires: i.clock.Add(time.Hour)}},
		"issued in the future":     {i.person(map[string]any{"iat": i.clock.Unix() + 7200}), person},
		"without nbf":              {i.person(map[string]any{"nbf": nil}), person},
		"a clock that is behind":   {i.person(map[string]any{"nbf": i.clock.Unix() + 59}), person},
		"a clock that is in front": {i.person(map[string]any{"exp": i.clock.Unix() - 59}), with(func(c *Claims) { c.Expires = i.clock.Add(-59 * time.Second) })},
		"claims in other case":     {i.person(map[string]any{"TID": evilTenant, "Oid": "x", "AUD": "y", "SCP": "z"}), person},
	} {
		token := sign(t, row.claims)
		if !v.Takes(token) {
			t.Errorf("%s: not taken", name)
		}
		for _, time := range []string{"first", "second"} {
			got, err := v.Verify(t.Context(), token)
			if err != nil {
				t.Errorf("%s, %s time: %v", name, time, err)
				continue
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("%s, %s time (-want +got):\n%s", name, time, diff)
			}
		}
	}
	if got := i.count(); got != 2 { // one for each tenant
		t.Errorf("keys were fetched %d times, want 2", got)
	}
	for _, token := range []string{"", "mcp_key", "eyJ", "opaque.with.dots"} {
		if v.Takes(token) {
			t.Errorf("%q is taken", token)
		}
	}
}

// refused has v refuse token, checks what every refusal is, and returns it.
func refused(t *testing.T, v *Verifier, name, token string) *Refused {
	t.Helper()
	claims, err := v.Verify(t.Context(), token)
	r, ok := errors.AsType[*Refused](err)
	if !ok {
		t.Errorf("%s: %v, not refused", name, err)
		return &Refused{}
	}
	if diff := cmp.Diff(Claims{}, claims); diff != "" {
		t.Errorf("%s: refused, and claims: %s", name, diff)
	}
	code, description, _ := r.Challenge()
	if code == "" || r.Hint() == "" || r.Error() == "" || strings.ContainsAny(description, "\"\\\r\n") {
		t.Errorf("%s: code %q, description %q, hint %q", name, code, description, r.Hint())
	}
	text := fmt.Sprintf("%v %+v %s %s", r, *r, description, r.Hint())
	for _, part := range strings.Split(token, ".") {
		if len(part) > 10 && strings.Contains(text, part) {
			t.Errorf("%s: the error repeats the token", name)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("%s: the error repeats a claim: %s", name, text)
	}
	return r
}

// TestVerifyRefusesClaims refuses tokens that the authority has signed, but not for us, not now or not like this.
func TestVerifyRefusesClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t, func(c *VerifierConfig) { c.Clients = []string{strings.ToUpper(ourClient)} })
	if _, err := v.Verify(t.Context(), sign(t, i.person())); err != nil {
		t.Fatal(err)
	}
	invalid, scope := "invalid_token", "insufficient_scope"
	for name, row := range map[string]struct {
		claims jwt.MapClaims
		code   string
		want   string // in the error and its hint
	}{
		"for Graph":            {i.person(map[string]any{"aud": "https://graph.microsoft.com", "ver": "1.0"}), invalid, "for Microsoft Graph"},
		"for Graph, by ID":     {i.person(map[string]any{"aud": "00000003-0000-0000-c000-000000000000"}), invalid, "for Microsoft Graph"},
		"for Graph of China":   {i.person(map[string]any{"aud": "https://microsoftgraph.chinacloudapi.cn/"}), invalid, "for Microsoft Graph"},
		"for another API":      {i.person(map[string]any{"aud": ourClient}), invalid, "https://mcp.example.com/mcp/.default"},
		"for our URI":          {i.person(map[string]any{"aud": "https://mcp.example.com/mcp"}), invalid, "another API"},
		"for several":          {i.person(map[string]any{"aud": []string{ourAudience, ourClient}}), invalid, "JSON Web Token"},
		"for nobody":           {i.person(map[string]any{"aud": nil}), invalid, "another API"},
		"v1.0":                 {i.person(map[string]any{"ver": "1.0", "aud": "https://mcp.example.com/mcp", "iss": "https://sts.windows.net/" + ourTenant + "/"}), invalid, "requestedAccessTokenVersion"},
		"without a version":    {i.person(map[string]any{"ver": nil}), invalid, "v1.0"},
		"an ID token":          {i.person(map[string]any{"azp": nil, "scp": nil, "nonce": "n"}), invalid, "ID token"},
		"an ID token of ours":  {i.person(map[string]any{"aud": ourClient, "azp": nil, "scp": nil, "at_hash": "h"}), invalid, "ID token"},
		"another tenant":       {i.person(map[string]any{"tid": evilTenant, "iss": i.URL + "/" + evilTenant + "/v2.0"}), invalid, "tenant_ids"},
		"two tenants":          {i.person(map[string]any{"iss": i.URL + "/" + otherTenant + "/v2.0"}), invalid, "authority"},
		"another authority":    {i.person(map[string]any{"iss": "https://login.evil.example/" + ourTenant + "/v2.0"}), invalid, "authority"},
		"a longer issuer":      {i.person(map[string]any{"iss": i.URL + "/" + ourTenant + "/v2.0/"}), invalid, "authority"},
		"a tenant in capitals": {i.person(map[string]any{"tid": strings.ToUpper(otherTenant)}), invalid, "authority"},
		"no tenant":            {i.person(map[string]any{"tid": nil}), invalid, "tenant_ids"},
		"another client":       {i.person(map[string]any{"azp": ourAudience}), invalid, "clients"},
		"no client":            {i.person(map[string]any{"azp": nil}), invalid, "whose it is"},
		"no object":            {i.person(map[string]any{"oid": nil}), invalid, "whose it is"},
		"an object by name":    {i.person(map[string]any{"oid": "../../hunter2"}), invalid, "whose it is"},
		"bound to a key":       {i.person(map[string]any{"cnf": map[string]string{"kid": "k"}}), invalid, "broker"},
		"expired":              {i.person(map[string]any{"exp": i.clock.Unix() - 61}), invalid, "expired"},
		"endless":              {i.person(map[string]any{"exp": nil}), invalid, "expires"},
		"ends in text":         {i.person(map[string]any{"exp": "9999999999"}), invalid, "JSON Web Token"},
		"ends in a fraction":   {i.person(map[string]any{"exp": 1e300}), invalid, "JSON Web Token"},
		"not yet":              {i.person(map[string]any{"nbf": i.clock.Unix() + 61}), invalid, "not valid yet"},
		"no scope":             {i.person(map[string]any{"scp": nil}), scope, "scope"},
		"an empty scope":       {i.person(map[string]any{"scp": "  "}), scope, "scope"},
		"an app by its roles":  {i.app(map[string]any{"idtyp": nil}), invalid, "idtyp"},
		"an app without roles": {i.app(map[string]any{"roles": nil}), scope, "app role"},
		"an app and a person":  {i.app(map[string]any{"scp": "Mcp.Use"}), invalid, "neither"},
		"a device":             {i.person(map[string]any{"idtyp": "device"}), invalid, "neither"},
		"scopes in a list":     {i.person(map[string]any{"scp": []string{"Mcp.Use"}}), invalid, "JSON Web Token"},
		"roles in one":         {i.app(map[string]any{"roles": "Mcp.Admin"}), invalid, "JSON Web Token"},
		"large":                {i.person(map[string]any{"groups": strings.Repeat("hunter2", 3000)}), invalid, "16 KiB"},
	} {
		for range 2 { // what was refused is not remembered as good
			r := refused(t, v, name, sign(t, row.claims))
			if text := r.Error() + " " + r.Hint(); r.code != row.code || !strings.Contains(text, row.want) {
				t.Errorf("%s: %s: %s", name, r.code, text)
			}
		}
	}
	if got := i.count(); got != 1 {
		t.Errorf("keys were fetched %d times", got)
	}
}

// TestVerifyRefusesForgeries refuses what the authority has not signed, or not like this.
func TestVerifyRefusesForgeries(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	good := sign(t, i.person())
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	evil := rsaKeys()[2]
	der, err := x509.MarshalPKIXPublicKey(&rsaKeys()[0].PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	written, err := json.Marshal(i.person())
	if err != nil {
		t.Fatal(err)
	}
	claims := string(written)
	const head = `{"alg":"RS256","typ":"JWT","kid":"one"}`
	root := encoded(strings.Replace(claims, ada, ourAudience, 1))
	for name, token := range map[string]string{
		"none":                    signBy(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, i.person()),
		"none in capitals":        encoded(`{"alg":"NONE","typ":"JWT","kid":"one"}`) + "." + parts[1] + ".",
		"no signature":            parts[0] + "." + parts[1] + ".",
		"HMAC by the public key":  signBy(t, jwt.SigningMethodHS256, public, i.person()),
		"HMAC by its bytes":       signBy(t, jwt.SigningMethodHS256, rsaKeys()[0].N.Bytes(), i.person()),
		"another key":             signBy(t, jwt.SigningMethodRS256, evil, i.person()),
		"another key's name":      signBy(t, jwt.SigningMethodRS256, evil, i.person(), map[string]any{"kid": "evil"}),
		"no key's name":           sign(t, i.person(), map[string]any{"kid": nil}),
		"a number for a name":     sign(t, i.person(), map[string]any{"kid": 1}),
		"a long name":             sign(t, i.person(), map[string]any{"kid": strings.Repeat("k", 200)}),
		"a name that is a path":   sign(t, i.person(), map[string]any{"kid": "../../dev/null"}),
		"RS384":                   signBy(t, jwt.SigningMethodRS384, rsaKeys()[0], i.person()),
		"PS256":                   signBy(t, jwt.SigningMethodPS256, rsaKeys()[0], i.person()),
		"jku":                     signBy(t, jwt.SigningMethodRS256, evil, i.person(), map[string]any{"kid": "evil", "jku": i.URL + "/evil/discovery/v2.0/keys"}),
		"x5u":                     signBy(t, jwt.SigningMethodRS256, evil, i.person(), map[string]any{"kid": "evil", "x5u": i.URL + "/evil"}),
		"jwk":                     signBy(t, jwt.SigningMethodRS256, evil, i.person(), map[string]any{"jwk": publish("one", &evil.PublicKey)}),
		"critical":                sign(t, i.person(), map[string]any{"crit": []string{"b64"}, "b64": false}),
		"of another type":         sign(t, i.person(), map[string]any{"typ": "at+jwt"}),
		"of no type":              sign(t, i.person(), map[string]any{"typ": nil}),
		"a header twice":          signRaw(t, `{"alg":"RS256","typ":"JWT","kid":"one","alg":"RS256"}`, claims),
		"a claim twice":           signRaw(t, head, strings.Replace(claims, `"oid":`, `"oid":"`+ourAudience+`","oid":`, 1)),
		"an escaped claim twice":  signRaw(t, head, strings.Replace(claims, `"oid":`, `"\u006fid":"`+ourAudience+`","oid":`, 1)),
		"no claims":               signRaw(t, head, `null`),
		"claims in a list":        signRaw(t, head, `[`+claims+`]`),
		"claims and more":         signRaw(t, head, claims+`{}`),
		"a null claim":            signRaw(t, head, strings.Replace(claims, `"oid":"`+ada+`"`, `"oid":null`, 1)),
		"deep":                    signRaw(t, head, strings.Repeat(`{"a":`, 2000)+`1`+strings.Repeat(`}`, 2000)),
		"other claims":            parts[0] + "." + root + "." + parts[2],
		"other header":            encoded(head+" ") + "." + parts[1] + "." + parts[2],
		"a bit to spare":          good[:len(good)-1] + spare(good[len(good)-1]),
		"padded":                  parts[0] + "." + parts[1] + "." + parts[2] + "==",
		"a line's end in it":      parts[0] + "." + parts[1] + ".\n" + parts[2],
		"two parts":               parts[0] + "." + parts[1],
		"four parts":              good + "." + parts[2],
		"encrypted":               parts[0] + ".." + parts[1] + "." + parts[2] + "." + parts[2],
		"nothing":                 "",
		"dots":                    "..",
		"what is no token":        "hunter2",
		"Graph's nonce in header": sign(t, i.person(), map[string]any{"nonce": "n"}),
	} {
		refused(t, v, name, token)
	}
	if got := i.count(); got != 1 {
		t.Errorf("keys were fetched %d times: forgeries have them fetched", got)
	}
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Errorf("the good one, afterwards: %v", err)
	}
}

// spare returns the base64url digit that differs in the last bit, which says nothing at the end of a signature.
func spare(digit byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return digits[strings.IndexByte(digits, digit)^1:][:1]
}

func encoded(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestInsufficient(t *testing.T) {
	t.Parallel()
	r := Insufficient("https://mcp.example.com/mcp/Mcp.Use")
	code, description, scope := r.Challenge()
	if code != "insufficient_scope" || scope != "https://mcp.example.com/mcp/Mcp.Use" || description == "" || r.Hint() == "" {
		t.Errorf("got %q, %q, %q, hint %q", code, description, scope, r.Hint())
	}
}

func TestNewVerifierRefuses(t *testing.T) {
	t.Parallel()
	good := VerifierConfig{Authority: "https://login.microsoftonline.com/", TenantIDs: []string{ourTenant}, Audience: ourAudience}
	if _, err := NewVerifier(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*VerifierConfig){
		"http":           func(c *VerifierConfig) { c.Authority = "http://login.microsoftonline.com" },
		"a path":         func(c *VerifierConfig) { c.Authority = "https://login.microsoftonline.com/common" },
		"a user":         func(c *VerifierConfig) { c.Authority = "https://u@login.microsoftonline.com" },
		"no authority":   func(c *VerifierConfig) { c.Authority = "" },
		"no tenant":      func(c *VerifierConfig) { c.TenantIDs = nil },
		"common":         func(c *VerifierConfig) { c.TenantIDs = []string{"common"} },
		"a URI":          func(c *VerifierConfig) { c.Audience = "api://" + ourAudience },
		"a named client": func(c *VerifierConfig) { c.Clients = []string{"vscode"} },
	} {
		c := good
		change(&c)
		if _, err := NewVerifier(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	i := newIssuer(t)
	v := i.verifier(t, func(c *VerifierConfig) { c.Clients = []string{} })
	refused(t, v, "an empty list of clients", sign(t, i.person()))
}
