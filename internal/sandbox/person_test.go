package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

func TestTokensOfAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	a := r.signIn(sandbox.MemberUPN)
	if got, want := a.text("scope"), "User.Read Mail.Read openid profile"; got != want {
		t.Errorf("got the scope %q, want %q", got, want)
	}
	if n := len(a.text("refresh_token")); n < 1400 || n > 1700 {
		t.Errorf("got a refresh token of %d characters, want about 1,500", n)
	}
	access := claimsOf(t, a.text("access_token"))
	for name, want := range map[string]any{
		"aud": company.GraphAppID, "tid": sandbox.TenantID, "oid": company.MemberID, "scp": "User.Read Mail.Read", "upn": sandbox.MemberUPN,
		"unique_name": sandbox.MemberUPN, "name": "Séamus O'Shea", "appid": sandbox.DesktopClientID, "app_displayname": company.DesktopName,
		"idtyp": "user", "appidacr": "0", "ver": "1.0", "roles": nil, "xms_cc": nil,
	} {
		if !cmp.Equal(access[name], want) {
			t.Errorf("access token, %s: got %v, want %v", name, access[name], want)
		}
	}
	id := claimsOf(t, a.text("id_token"))
	for name, want := range map[string]any{
		"iss": r.LoginURL() + "/" + sandbox.TenantID + "/v2.0", "aud": sandbox.DesktopClientID, "oid": company.MemberID, "tid": sandbox.TenantID,
		"preferred_username": sandbox.MemberUPN, "name": "Séamus O'Shea", "nonce": "a nonce", "ver": "2.0",
	} {
		if !cmp.Equal(id[name], want) {
			t.Errorf("ID token, %s: got %v, want %v", name, id[name], want)
		}
	}
	if id["sub"] == "" || id["sub"] == access["sub"] || id["sub"] == company.MemberID {
		t.Errorf("got the subjects %v and %v, want one for each audience", id["sub"], access["sub"])
	}
	info, err := base64.RawURLEncoding.DecodeString(a.text("client_info"))
	if want := fmt.Sprintf(`{"uid":%q,"utid":%q}`, company.MemberID, sandbox.TenantID); err != nil || string(info) != want {
		t.Errorf("got client_info %s and %v, want %s", info, err, want)
	}
	me := r.call(r.GraphURL()+"/v1.0/me", a.text("access_token"))
	if me.status != http.StatusOK || me.text("userPrincipalName") != sandbox.MemberUPN {
		t.Errorf("/me: got %d %s", me.status, me.body)
	}
	for path, want := range map[string]int{"/me/messages?$top=1": 200, "/me/events": 403, "/users": 403, "/users/" + sandbox.AdminUPN + "/messages": 403} {
		if got := r.call(r.GraphURL()+"/v1.0"+path, a.text("access_token")); got.status != want {
			t.Errorf("%s: got %d %.200s, want %d", path, got.status, got.body, want)
		}
	}
	if got := r.call(r.GraphURL()+"/v1.0/me", a.text("id_token")); got.status != http.StatusUnauthorized {
		t.Errorf("an ID token at Graph: got %d, want 401", got.status)
	}
}

func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	for _, row := range []struct {
		name   string
		pairs  []string
		status int
		oauth  string
		code   int
	}{
		{"no code", []string{"code", ""}, 400, "invalid_request", 900144},
		{"no redirect", []string{"redirect_uri", ""}, 400, "invalid_request", 900144},
		{"another code", []string{"code", "1.Axyz"}, 400, "invalid_grant", 9002313},
		{"another redirect", []string{"redirect_uri", "http://localhost:1"}, 401, "invalid_client", 500112},
		{"no verifier", []string{"code_verifier", ""}, 400, "invalid_grant", 501481},
		{"another verifier", []string{"code_verifier", strings.Repeat("x", 43)}, 400, "invalid_grant", 501481},
		{"another app", []string{"client_id", sandbox.KioskClientID}, 400, "invalid_grant", 70000},
		{"a public app's secret", []string{"client_secret", "x"}, 401, "invalid_client", 700025},
		{"a public app's assertion", []string{"client_assertion", "x"}, 401, "invalid_client", 700025},
		{"a confidential app without a secret", []string{"client_id", sandbox.ClientID}, 401, "invalid_client", 7000218},
		{"more than consented", []string{"scope", "openid Calendars.Read"}, 400, "invalid_grant", 65001},
		{"two resources", []string{"scope", "User.Read https://management.azure.com/user_impersonation"}, 400, "invalid_resource", 500011},
		{"unknown scope", []string{"scope", "User.Raed"}, 400, "invalid_scope", 650053},
		{"bad claims", []string{"claims", "["}, 400, "invalid_request", 9002313},
	} {
		code := r.code(sandbox.MemberUPN)
		r.do(r.endpoint("token"), redeem(code, row.pairs...)).refused(t, row.name, row.status, row.oauth, row.code)
	}
	code := r.code(sandbox.MemberUPN)
	r.do(r.endpoint("token", "organizations"), redeem(code)).refused(t, "another tenant's endpoint", 400, "invalid_grant", 700005)
	r.tokens(redeem(code))
	r.do(r.endpoint("token"), redeem(code)).refused(t, "again", 400, "invalid_grant", 54005)
	code = r.code(sandbox.MemberUPN)
	r.pass(10 * time.Minute)
	r.do(r.endpoint("token"), redeem(code)).refused(t, "late", 400, "invalid_grant", 70008)
	code = r.code(sandbox.MemberUPN)
	r.RevokeSessions(sandbox.MemberUPN)
	r.do(r.endpoint("token"), redeem(code)).refused(t, "revoked", 400, "invalid_grant", 50173)
	if a := r.do(r.endpoint("token"), redeem(r.code(sandbox.MemberUPN), "scope", "Calendars.Read")); a.text("suberror") != "consent_required" {
		t.Errorf("got the suberror %q, want consent_required", a.text("suberror"))
	}
	a := r.do(r.endpoint("token"), redeem(r.code(sandbox.MemberUPN)), func(req *http.Request) {
		req.URL.RawQuery = "" // a form with a parameter twice
		req.Body = http.NoBody
		req.ContentLength = 0
	})
	a.refused(t, "nothing", 400, "invalid_request", 900144)
}

// A code for a web app needs its secret, and no challenge.
func TestConfidentialCode(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	code := func() string {
		return r.code(sandbox.MemberUPN, "client_id", sandbox.ClientID, "code_challenge", "", "code_challenge_method", "")
	}
	form := func(code string, pairs ...string) reply {
		return r.do(r.endpoint("token"), redeem(code, append([]string{"client_id", sandbox.ClientID, "client_secret", r.ClientSecret(), "code_verifier", ""}, pairs...)...))
	}
	a := form(code())
	if a.status != http.StatusOK || claimsOf(t, a.text("access_token"))["appidacr"] != "1" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	form(code(), "code_verifier", verifier).refused(t, "a verifier without a challenge", 400, "invalid_grant", 501481)
	form(code(), "client_secret", "wrong").refused(t, "wrong secret", 401, "invalid_client", 7000215)
	next := r.do(r.endpoint("token"), refresh(a.text("refresh_token"), "client_id", sandbox.ClientID, "client_secret", r.ClientSecret()))
	if next.status != http.StatusOK {
		t.Errorf("refreshing: got %d %s", next.status, next.body)
	}
	r.do(r.endpoint("token"), refresh(a.text("refresh_token"), "client_id", sandbox.ClientID)).refused(t, "no secret", 401, "invalid_client", 7000218)
}

func TestScopesInTheAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	first := r.signIn(sandbox.MemberUPN)
	for scope, want := range map[string]string{
		"user.read":                            "User.Read Mail.Read",
		r.GraphURL() + "/mail.read openid":     r.GraphURL() + "/Mail.Read openid " + r.GraphURL() + "/User.Read",
		company.GraphAppID + "/.default email": "email " + company.GraphAppID + "/User.Read " + company.GraphAppID + "/Mail.Read " + company.GraphAppID + "/.default",
		"openid profile":                       "openid profile User.Read Mail.Read",
	} {
		if got := r.tokens(refresh(first.text("refresh_token"), "scope", scope)).text("scope"); got != want {
			t.Errorf("%s: got %q, want %q", scope, got, want)
		}
	}
	if got := r.tokens(refresh(first.text("refresh_token"), "scope", "User.Read")); got.text("id_token") != "" || got.text("refresh_token") == "" {
		t.Error("without openid there is an ID token, or no refresh token")
	}
	without := r.tokens(redeem(r.code(sandbox.AdminUPN, "scope", "User.Read"), "scope", ""))
	if without.text("refresh_token") != "" || without.text("id_token") != "" {
		t.Error("there is a refresh token or an ID token that nobody has asked for")
	}
	arm := r.ResourceManagerURL() + "/user_impersonation"
	r.do(r.endpoint("token"), refresh(first.text("refresh_token"), "scope", arm)).refused(t, "no consent for ARM", 400, "invalid_grant", 65001)
	r.do(r.endpoint("token"), refresh(first.text("refresh_token"), "scope", "User.Read "+arm)).refused(t, "no consent for both", 400, "invalid_grant", 65001)
	r.code(sandbox.MemberUPN, "scope", "User.Read "+arm) // both are asked for at once
	r.do(r.endpoint("token"), refresh(first.text("refresh_token"), "scope", "User.Read "+arm)).refused(t, "two resources", 400, "invalid_request", 28000)
	token := r.tokens(refresh(first.text("refresh_token"), "scope", arm)).text("access_token")
	if a := r.call(r.ResourceManagerURL()+"/subscriptions?api-version=2022-12-01", token); a.status != http.StatusOK {
		t.Errorf("ARM: got %d %s", a.status, a.body)
	}
	if a := r.call(r.GraphURL()+"/v1.0/me", token); a.status != http.StatusUnauthorized {
		t.Errorf("ARM's token at Graph: got %d, want 401", a.status)
	}
}

// A personal account signs in at /consumers and /common; of its tokens only /consumers makes new ones.
func TestPersonalAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	config := r.do(r.LoginURL()+"/consumers/v2.0/.well-known/openid-configuration", nil)
	if got, want := config.text("issuer"), r.LoginURL()+"/"+sandbox.ConsumersTenantID+"/v2.0"; got != want {
		t.Errorf("got the issuer %s, want %s", got, want)
	}
	for _, segment := range []string{"consumers", "common", sandbox.ConsumersTenantID} {
		e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize", segment)), sandbox.PersonalUPN)
		a := r.tokens(redeem(e.Form.Get("code")), segment)
		id := claimsOf(t, a.text("id_token"))
		if id["iss"] != config.text("issuer") || id["tid"] != sandbox.ConsumersTenantID || id["oid"] != sandbox.PersonalID {
			t.Errorf("%s: got %v", segment, id)
		}
		if _, _, err := jwt.NewParser().ParseUnverified(a.text("access_token"), jwt.MapClaims{}); err == nil {
			t.Errorf("%s: the access token can be read", segment)
		}
		me := r.call(r.GraphURL()+"/v1.0/me", a.text("access_token"))
		if me.status != http.StatusOK || me.text("userPrincipalName") != sandbox.PersonalUPN {
			t.Errorf("%s, /me: got %d %s", segment, me.status, me.body)
		}
		for _, path := range []string{"/users", "/users/" + sandbox.MemberUPN, "/organization"} {
			if got := r.call(r.GraphURL()+"/v1.0"+path, a.text("access_token")); got.status != http.StatusForbidden {
				t.Errorf("%s, %s: got %d %.200s, want 403", segment, path, got.status, got.body)
			}
		}
		refused := r.do(r.endpoint("token", "common"), refresh(a.text("refresh_token")))
		refused.refused(t, "refresh at /common", 400, "invalid_grant", 70000)
		if refused.text("suberror") != "bad_token" {
			t.Errorf("got the suberror %q, want bad_token", refused.text("suberror"))
		}
		r.tokens(refresh(a.text("refresh_token")), "consumers")
	}
	e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize", "consumers"), "scope", "Files.Read.All Sites.Read.All"), sandbox.PersonalUPN)
	wide := r.tokens(redeem(e.Form.Get("code"), "scope", "Files.Read.All"), "consumers")
	for _, path := range []string{"/users/" + sandbox.MemberUPN + "/drive/root/children", "/sites/root"} {
		if got := r.call(r.GraphURL()+"/v1.0"+path, wide.text("access_token")); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d %.200s, want 403", path, got.status, got.body)
		}
	}
	work := r.signIn(sandbox.MemberUPN).text("refresh_token")
	r.do(r.endpoint("token", "consumers"), refresh(work)).refused(t, "work at /consumers", 400, "invalid_grant", 70000)
	r.tokens(refresh(work), "common")
	r.tokens(refresh(work), "organizations")
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	old := r.ClientSecret()
	code := r.code(sandbox.MemberUPN)
	a, d, federated := r.tokens(redeem(code)), r.device(), r.FederatedToken("x", time.Hour)
	e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize", "consumers")), sandbox.PersonalUPN)
	personal := r.tokens(redeem(e.Form.Get("code")), "consumers")
	_, header := r.ManagedIdentity()
	next, platform := r.RotateSecret(), r.platform().text("access_token")
	all := r.Secrets()
	for name, secret := range map[string]string{
		"client secret": next, "rotated secret": old, "code": code, "access token": a.text("access_token"), "refresh token": a.text("refresh_token"),
		"ID token": a.text("id_token"), "device code": d.text("device_code"), "federated token": federated, "personal access token": personal.text("access_token"),
		"header": header, "managed identity's token": platform,
	} {
		if len(secret) < 20 || !slices.Contains(all, secret) {
			t.Errorf("%s: it is not listed", name)
		}
	}
	if slices.Contains(all, d.text("user_code")) {
		t.Error("the code that a person types is listed")
	}
}

func TestNoSecretInRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	a := r.signIn(sandbox.MemberUPN)
	r.RevokeSessions(sandbox.MemberUPN)
	got := r.do(r.endpoint("token"), refresh(a.text("refresh_token")))
	got.refused(t, "revoked", 400, "invalid_grant", 50173)
	var doc map[string]any
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil || strings.Contains(got.body, a.text("refresh_token")) {
		t.Error("the refusal shows the token")
	}
}
