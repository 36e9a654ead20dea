package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

const apiURL = "https://mcp.merisand.example/mcp"

// newAPIRig has an API that may read people's profiles and mail on their behalf.
func newAPIRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, sandbox.Options{})
	r.RegisterAPI(sandbox.API{URIs: []string{apiURL}})
	r.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	return r
}

// behalf is a right request on behalf of whom the token is about, with alterations.
func (r *rig) behalf(token string, pairs ...string) url.Values {
	return alter(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "requested_token_use": {"on_behalf_of"}, "assertion": {token},
		"client_id": {sandbox.APIClientID}, "client_secret": {r.Secret(sandbox.APIClientID)}, "scope": {r.GraphURL() + "/User.Read"},
	}, pairs)
}

func TestOnBehalfOf(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	for _, upn := range []string{sandbox.MemberUPN, sandbox.AdminUPN} {
		a := r.tokens(r.behalf(sandboxtest.APIToken(t, r.Tenant, upn)))
		if me := r.call(r.GraphURL()+"/v1.0/me", a.text("access_token")); me.status != http.StatusOK || me.text("userPrincipalName") != upn {
			t.Errorf("%s: /me says %d %s", upn, me.status, me.body)
		}
		c := claimsOf(t, a.text("access_token"))
		if c["appid"] != sandbox.APIClientID || c["scp"] != "User.Read Mail.Read" || a.text("refresh_token") != "" || a.text("id_token") != "" {
			t.Errorf("%s: got %v in %s", upn, c, a.body)
		}
	}
	more := r.tokens(r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN), "scope", r.GraphURL()+"/.default offline_access openid"))
	again := r.tokens(refresh(more.text("refresh_token"), "client_id", sandbox.APIClientID, "client_secret", r.Secret(sandbox.APIClientID), "scope", r.GraphURL()+"/Mail.Read"))
	if more.text("id_token") == "" || r.call(r.GraphURL()+"/v1.0/me", again.text("access_token")).status != http.StatusOK {
		t.Error("the refresh token of an API, or its ID token, is not good")
	}
}

func TestOnBehalfOfIsRefused(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	token := sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN)
	r.RegisterAPI(sandbox.API{ClientID: sandbox.ClientID, URIs: []string{"api://other"}, Redirects: []string{"http://localhost"}})
	r.Consent(sandbox.ClientID, "User.Read")
	graph := r.signIn(sandbox.MemberUPN)
	head, signature := token[:strings.LastIndexByte(token, '.')+1], token[strings.LastIndexByte(token, '.')+1:]
	self, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claimsOf(t, token)).SignedString([]byte("a key of somebody else"))
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, claimsOf(t, token)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	idToken := r.tokens(redeem(r.code(sandbox.MemberUPN, "client_id", sandbox.ClientID), "client_id", sandbox.ClientID, "client_secret", r.ClientSecret())).text("id_token")
	other := []string{"client_id", sandbox.ClientID, "client_secret", r.ClientSecret()}
	for _, row := range []struct {
		name   string
		form   url.Values
		status int
		oauth  string
		code   int
	}{
		{"no assertion", r.behalf(token, "assertion", ""), 400, "invalid_request", 900144},
		{"no scope", r.behalf(token, "scope", ""), 400, "invalid_request", 900144},
		{"no use", r.behalf(token, "requested_token_use", ""), 400, "invalid_request", 900144},
		{"another use", r.behalf(token, "requested_token_use", "impersonation"), 400, "invalid_request", 90023},
		{"no secret", r.behalf(token, "client_secret", ""), 401, "invalid_client", 7000218},
		{"wrong secret", r.behalf(token, "client_secret", "x"), 401, "invalid_client", 7000215},
		{"public client", r.behalf(token, "client_id", sandbox.AssistantClientID, "client_secret", ""), 401, "invalid_client", 7000218},
		{"no JWT", r.behalf("x"), 400, "invalid_request", 50027},
		{"changed signature", r.behalf(head + strings.Repeat("A", len(signature))), 400, "invalid_grant", 50013},
		{"unsigned", r.behalf(unsigned), 400, "invalid_grant", 50013},
		{"another's key", r.behalf(self), 400, "invalid_grant", 50013},
		{"for Graph", r.behalf(graph.text("access_token")), 400, "invalid_grant", 500131},
		{"for another API", r.behalf(token, other...), 400, "invalid_grant", 500131},
		{"ID token", r.behalf(idToken, other...), 400, "invalid_grant", 240002},
		{"of an app", r.behalf(sandboxtest.AgentToken(t, r.Tenant, sandbox.APIRole)), 400, "unauthorized_client", 7000114},
		{"not consented", r.behalf(token, "scope", r.GraphURL()+"/Files.Read"), 400, "invalid_grant", 65001},
		{"unknown scope", r.behalf(token, "scope", r.GraphURL()+"/Files.Eat"), 400, "invalid_scope", 650053},
		{"another resource", r.behalf(token, "resource", apiURL), 400, "invalid_target", 9010010},
	} {
		r.do(r.endpoint("token"), row.form).refused(t, row.name, row.status, row.oauth, row.code)
	}
	r.RevokeSessions(sandbox.MemberUPN)
	r.do(r.endpoint("token"), r.behalf(token)).refused(t, "revoked", 400, "invalid_grant", 50173)
	r.pass(time.Hour)
	r.do(r.endpoint("token"), r.behalf(token)).refused(t, "expired", 400, "invalid_grant", 500133)
}

func TestOnBehalfOfAsksForSecondFactor(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	r.RequireMFA(sandbox.MemberUPN)
	refused := r.do(r.endpoint("token"), r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN)))
	refused.refused(t, "without", 400, "interaction_required", 50076)
	var policies struct {
		AccessToken struct {
			Policies struct {
				Values []string `json:"values"`
			} `json:"polids"`
		} `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(refused.text("claims")), &policies); err != nil || len(policies.AccessToken.Policies.Values) != 1 || refused.text("suberror") != "basic_action" {
		t.Fatalf("got the claims %q (%v) in %s", refused.text("claims"), err, refused.body)
	}
	r.do(r.endpoint("token"), r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN, "claims", `{"access_token":{"polids":{"essential":true,"values":["another"]}}}`))).
		refused(t, "other claims", 400, "interaction_required", 50076)
	r.tokens(r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN, "claims", refused.text("claims"))))
	r.tokens(r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.AdminUPN)))
	old := r.signIn(sandbox.AdminUPN)
	r.RequireMFA(sandbox.AdminUPN)
	r.do(r.endpoint("token"), refresh(old.text("refresh_token"))).refused(t, "signed in before", 400, "interaction_required", 50076)
	r.tokens(refresh(r.signIn(sandbox.AdminUPN).text("refresh_token")))
}

func TestAPITokens(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	r.AssignRoles(sandbox.AdminUPN, sandbox.APIClientID, "Mcp.Admin")
	config := r.do(r.endpointOf("/v2.0/.well-known/openid-configuration"), nil)
	c := claimsOf(t, sandboxtest.APIToken(t, r.Tenant, sandbox.AdminUPN))
	for name, want := range map[string]any{
		"iss": config.text("issuer"), "aud": sandbox.APIClientID, "ver": "2.0", "azp": sandbox.AssistantClientID, "azpacr": "0", "scp": sandbox.APIScope,
		"tid": sandbox.TenantID, "preferred_username": sandbox.AdminUPN, "idtyp": nil, "upn": nil, "appid": nil,
	} {
		if c[name] != want {
			t.Errorf("%s: got %v, want %v", name, c[name], want)
		}
	}
	if roles, _ := c["roles"].([]any); len(roles) != 1 || roles[0] != "Mcp.Admin" {
		t.Errorf("got the roles %v", c["roles"])
	}
	if c := claimsOf(t, sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN, "scope", apiURL+"/.default", "resource", apiURL)); c["scp"] != sandbox.APIScope || c["preferred_username"] != nil || c["roles"] != nil {
		t.Errorf("got %v", c)
	}
	sandboxtest.AgentToken(t, r.Tenant)
	app := claimsOf(t, sandboxtest.AgentToken(t, r.Tenant, sandbox.APIRole, sandbox.APIRole))
	if roles, _ := app["roles"].([]any); app["idtyp"] != "app" || app["scp"] != nil || app["oid"] != app["sub"] || app["azp"] != sandbox.AgentClientID || len(roles) != 1 {
		t.Errorf("got %v of an app", app)
	}
	r.RegisterAPI(sandbox.API{URIs: []string{apiURL}, Version1: true})
	old := claimsOf(t, sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN, "scope", apiURL+"/"+sandbox.APIScope))
	if old["ver"] != "1.0" || old["aud"] != apiURL || old["iss"] != "https://sts.windows.net/"+sandbox.TenantID+"/" {
		t.Errorf("version 1: got %v", old)
	}
	r.tokens(r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN, "scope", apiURL+"/"+sandbox.APIScope)))
}

// endpointOf is a URL of the tenant's.
func (r *rig) endpointOf(path string) string { return r.LoginURL() + "/" + r.TenantID() + path }

func TestPreAuthorizedClient(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	api := sandbox.API{URIs: []string{apiURL}, Scopes: []sandbox.Scope{{Name: "Mcp.Admin", Admin: true}}}
	r.RegisterAPI(api)
	r.RegisterClient(sandbox.Client{Redirects: []string{"http://localhost/callback"}})
	ask := authorizeAt(r.endpoint("authorize"), "client_id", sandbox.AssistantClientID, "redirect_uri", "http://localhost:7/callback", "scope", apiURL+"/Mcp.Admin")
	if e := sandboxtest.SignIn(t, r.Tenant, ask, sandbox.MemberUPN); e.Form.Get("error") != "access_denied" {
		t.Errorf("without: got %v", e.Form)
	}
	api.PreAuthorized = []string{strings.ToUpper(sandbox.AssistantClientID)}
	r.RegisterAPI(api)
	if e := sandboxtest.SignIn(t, r.Tenant, ask, sandbox.MemberUPN, sandboxtest.Decline); e.Form.Get("code") == "" {
		t.Errorf("pre-authorized: got %v %s", e.Form, e.Page)
	}
}

func TestResourceParameter(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	r.RegisterClient(sandbox.Client{Redirects: []string{"http://localhost/callback"}})
	mine := apiURL + "/" + sandbox.APIScope
	for _, row := range []struct {
		name, scope, resource, want string
	}{
		{"fits", mine, apiURL, ""},
		{"other case", mine, strings.ToUpper(apiURL), ""},
		{"a slash more", mine, apiURL + "/", "AADSTS9010010"},
		{"another's", "User.Read", apiURL, "AADSTS9010010"},
		{"no API", "openid", apiURL, "AADSTS9010010"},
		{"two APIs", mine + " User.Read", apiURL, "AADSTS9010010"},
		{"unknown", mine, "https://elsewhere.example/mcp", "AADSTS9010010"},
		{"bare scope", sandbox.APIScope, apiURL, "AADSTS650053"},
	} {
		e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize"), "client_id", sandbox.AssistantClientID, "redirect_uri", "http://localhost:9/callback", "scope", row.scope, "resource", row.resource), sandbox.MemberUPN)
		if got, _, _ := strings.Cut(e.Form.Get("error_description"), ":"); got != row.want || (e.Form.Get("code") == "") != (row.want != "") {
			t.Errorf("%s: got %v %s", row.name, e.Form, e.Page)
		}
		if row.want == "AADSTS9010010" && e.Form.Get("error") != "invalid_target" {
			t.Errorf("%s: got %v", row.name, e.Form.Get("error"))
		}
	}
	code := r.code(sandbox.MemberUPN, "client_id", sandbox.AssistantClientID, "redirect_uri", "http://localhost:9/callback", "scope", mine)
	form := redeem(code, "client_id", sandbox.AssistantClientID, "redirect_uri", "http://localhost:9/callback", "scope", "", "resource", apiURL+"/")
	r.do(r.endpoint("token"), form).refused(t, "at the token endpoint", 400, "invalid_target", 9010010)
}

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	published := func() []string {
		var ids []string
		keys, _ := r.do(r.endpointOf("/discovery/v2.0/keys"), nil).doc["keys"].([]any)
		for _, k := range keys {
			key := k.(map[string]any)
			if chain, _ := key["x5c"].([]any); len(chain) != 1 || key["alg"] != nil || key["issuer"] != r.endpointOf("/v2.0") {
				t.Errorf("got the key %v", key)
			}
			ids = append(ids, key["kid"].(string))
		}
		return ids
	}
	old := sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN)
	first := published()
	r.RotateKeys()
	both := published()
	if len(first) != 1 || len(both) != 2 || both[1] != first[0] || both[0] == first[0] {
		t.Fatalf("got %v and then %v", first, both)
	}
	r.tokens(r.behalf(old))
	next := r.tokens(r.behalf(sandboxtest.APIToken(t, r.Tenant, sandbox.MemberUPN)))
	parsed, _, err := jwt.NewParser().ParseUnverified(next.text("access_token"), jwt.MapClaims{})
	if err != nil || parsed.Header["kid"] != both[0] {
		t.Errorf("signed with %v (%v), want %s", parsed.Header["kid"], err, both[0])
	}
	r.RetireKeys()
	if last := published(); !slices.Equal(last, both[:1]) {
		t.Errorf("got %v, want %v", last, both[:1])
	}
	r.do(r.endpoint("token"), r.behalf(old)).refused(t, "retired key", 400, "invalid_grant", 50013)
	if a := r.call(r.GraphURL()+"/v1.0/me", next.text("access_token")); a.status != http.StatusOK {
		t.Errorf("Graph answers %d to the new key", a.status)
	}
}

// Of a redirect to the person's own machine the port does not matter, under each of its two names.
func TestLoopbackRedirects(t *testing.T) {
	t.Parallel()
	r := newAPIRig(t)
	for _, row := range []struct {
		registered, asked string
		allowed           bool
	}{
		{"http://127.0.0.1/callback", "http://127.0.0.1:4000/callback", true},
		{"http://localhost/callback", "http://localhost:4000/callback", true},
		{"http://localhost/callback", "http://127.0.0.1:4000/callback", false},
		{"http://127.0.0.1/callback", "http://127.0.0.1:4000/Callback", false},
		{"http://127.0.0.1/callback", "https://127.0.0.1:4000/callback", false},
		{"https://app.example/callback", "https://app.example:4000/callback", false},
	} {
		r.RegisterClient(sandbox.Client{Redirects: []string{row.registered}})
		e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize"), "client_id", sandbox.AssistantClientID, "redirect_uri", row.asked), sandbox.MemberUPN)
		if (e.URL != nil) != row.allowed {
			t.Errorf("%s where %s is registered: got %v %s", row.asked, row.registered, e.URL, e.Page)
		}
	}
}

// A tenant's own API is in no cloud of Microsoft's, so that every name of Entra issues tokens for it, in that name.
func TestOwnAPIUnderProductionNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{Hosts: sandboxtest.ProductionNames()})
	r.RegisterAPI(sandbox.API{URIs: []string{apiURL}, NoIdentityType: true})
	r.RegisterClient(sandbox.Client{Redirects: []string{"http://localhost/callback"}})
	r.RegisterClient(sandbox.Client{ClientID: sandbox.AgentClientID, Secret: true})
	for _, host := range sandbox.Login.ProductionNames() {
		at := "https://" + host + "/" + r.TenantID()
		const back = "http://localhost:1/callback"
		e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(at+"/oauth2/v2.0/authorize", "client_id", sandbox.AssistantClientID, "redirect_uri", back, "scope", apiURL+"/"+sandbox.APIScope), sandbox.MemberUPN)
		a := r.do(at+"/oauth2/v2.0/token", redeem(e.Form.Get("code"), "client_id", sandbox.AssistantClientID, "redirect_uri", back, "scope", ""))
		if c := claimsOf(t, a.text("access_token")); c["iss"] != at+"/v2.0" || c["aud"] != sandbox.APIClientID {
			t.Errorf("%s: got %v of %v", host, c["iss"], c["aud"])
		}
		app := url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.AgentClientID}, "client_secret": {r.Secret(sandbox.AgentClientID)}, "scope": {apiURL + "/.default"}}
		if c := claimsOf(t, r.do(at+"/oauth2/v2.0/token", app).text("access_token")); c["iss"] != at+"/v2.0" || c["idtyp"] != nil || c["roles"] != nil {
			t.Errorf("%s: got %v of an app", host, c)
		}
		r.do(at+"/oauth2/v2.0/token", alter(app, []string{"resource", "https://elsewhere.example"})).refused(t, host, 400, "invalid_target", 9010010)
	}
}
