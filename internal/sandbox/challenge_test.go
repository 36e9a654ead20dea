package sandbox_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

const canBeChallenged = `{"access_token":{"xms_cc":{"values":["CP1"]}}}`

// challengeIn returns the claims that a 401 asks for.
func challengeIn(t *testing.T, a reply) string {
	t.Helper()
	header := a.header.Get("WWW-Authenticate")
	found := regexp.MustCompile(`^Bearer realm="", authorization_uri="[^"]+", error="insufficient_claims", claims="([^"]+)"$`).FindStringSubmatch(header)
	if a.status != http.StatusUnauthorized || found == nil {
		t.Fatalf("got %d and %q, want a challenge", a.status, header)
	}
	claims, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\{"access_token":\{"nbf":\{"essential":true,"value":"\d+"\}\}\}$`).Match(claims) {
		t.Fatalf("got the claims %s", claims)
	}
	return string(claims)
}

// withCapability merges the client's capability into a challenge, as libraries do it.
func withCapability(claims string) string {
	return strings.Replace(claims, `{"nbf"`, `{"xms_cc":{"values":["cp1"]},"nbf"`, 1)
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	arm := r.ResourceManagerURL() + "/user_impersonation"
	person := r.tokens(redeem(r.code(sandbox.MemberUPN, "scope", scopes+" "+arm), "claims", canBeChallenged))
	again := func(scope, claims string) string {
		t.Helper()
		return r.tokens(refresh(person.text("refresh_token"), "scope", scope, "claims", claims)).text("access_token")
	}
	app := func(claims string) string {
		t.Helper()
		return r.tokens(alter(url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.ClientID}, "client_secret": {r.ClientSecret()}, "scope": {r.GraphURL() + "/.default"}},
			[]string{"claims", claims})).text("access_token")
	}
	me, users, subscriptions := r.GraphURL()+"/v1.0/me", r.GraphURL()+"/v1.0/users?$top=1", r.ResourceManagerURL()+"/subscriptions?api-version=2022-12-01"
	status := func(name, address, token string, want int) reply {
		t.Helper()
		a := r.call(address, token)
		if a.status != want {
			t.Errorf("%s: got %d %.200s, want %d", name, a.status, a.body, want)
		}
		return a
	}
	mine, appOnly, plain, forARM := person.text("access_token"), app(canBeChallenged), app(""), again(arm, canBeChallenged)
	for range 2 { // in the same second, too, the second challenge is another one
		r.ChallengeTokens()
		claims := withCapability(challengeIn(t, status("a person's", me, mine, 401)))
		challengeIn(t, status("an app's", users, appOnly, 401))
		challengeIn(t, status("at ARM", subscriptions, forARM, 401))
		status("one that can't be challenged", users, plain, 200)
		challengeIn(t, status("a new one without the claims", me, again("User.Read", canBeChallenged), 401))
		mine, appOnly, forARM = again("User.Read", claims), app(claims), again(arm, claims)
		status("a person's with the claims", me, mine, 200)
		status("an app's with the claims", users, appOnly, 200)
		status("at ARM with the claims", subscriptions, forARM, 200)
	}
	if code, _ := apiError(t, func() string { r.ChallengeTokens(); return status("", me, mine, 401).body }()); code != "InvalidAuthenticationToken" {
		t.Errorf("got the code %s, want InvalidAuthenticationToken", code)
	}
}

// A person whose sessions are revoked is challenged, and has to sign in again.
func TestRevocationChallenges(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	person := r.tokens(redeem(r.code(sandbox.MemberUPN), "claims", canBeChallenged))
	other := r.tokens(redeem(r.code(sandbox.AdminUPN), "claims", canBeChallenged))
	r.RevokeSessions(sandbox.MemberUPN)
	claims := withCapability(challengeIn(t, r.call(r.GraphURL()+"/v1.0/me", person.text("access_token"))))
	r.do(r.endpoint("token"), refresh(person.text("refresh_token"), "claims", claims)).refused(t, "revoked", 400, "invalid_grant", 50173)
	next := r.tokens(redeem(r.code(sandbox.MemberUPN), "claims", claims))
	for name, token := range map[string]string{"signed in again": next.text("access_token"), "somebody else": other.text("access_token")} {
		if a := r.call(r.GraphURL()+"/v1.0/me", token); a.status != http.StatusOK {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
}
