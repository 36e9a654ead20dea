package sandbox_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// device starts a sign-in elsewhere and returns the answer.
func (r *rig) device(pairs ...string) reply {
	r.t.Helper()
	return r.do(r.endpoint("devicecode"), alter(url.Values{"client_id": {sandbox.DesktopClientID}, "scope": {scopes}}, pairs))
}

// poll asks for the tokens.
func (r *rig) poll(d reply, pairs ...string) reply {
	r.t.Helper()
	return r.do(r.endpoint("token"), alter(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {sandbox.DesktopClientID}, "device_code": {d.text("device_code")}, "client_info": {"1"},
	}, pairs))
}

func (r *rig) enter(d reply, upn string, refuse ...sandboxtest.Refuse) sandboxtest.Ending {
	r.t.Helper()
	return sandboxtest.EnterCode(r.t, r.Tenant, d.text("verification_uri"), d.text("user_code"), upn, refuse...)
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	d := r.device()
	if d.doc["interval"] != 5.0 || d.doc["expires_in"] != 900.0 || d.text("verification_uri") != r.DeviceURL() || len(d.text("user_code")) != 9 ||
		!strings.Contains(d.text("message"), d.text("user_code")) || d.doc["verification_uri_complete"] != nil {
		t.Fatalf("got %s", d.body)
	}
	r.pass(5 * time.Second)
	r.poll(d).refused(t, "pending", 400, "authorization_pending", 70016)
	r.pass(4 * time.Second)
	r.poll(d).refused(t, "early", 400, "slow_down", 70016)
	r.pass(9 * time.Second)
	r.poll(d).refused(t, "early again, the interval has grown", 400, "slow_down", 70016)
	r.pass(15 * time.Second)
	r.poll(d).refused(t, "pending", 400, "authorization_pending", 70016)
	lower := d
	lower.doc = map[string]any{"verification_uri": d.doc["verification_uri"], "user_code": strings.ToLower(d.text("user_code")[:4] + "-" + d.text("user_code")[4:])}
	if e := r.enter(lower, sandbox.MemberUPN); !strings.Contains(e.Page, "You have signed in to Merisand Desk") {
		t.Fatalf("got %v %s", e.URL, e.Page)
	}
	a := r.poll(d, "grant_type", "device_code") // as Microsoft's libraries call it
	if a.status != 200 || claimsOf(t, a.text("id_token"))["preferred_username"] != sandbox.MemberUPN || a.text("refresh_token") == "" {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	r.tokens(refresh(a.text("refresh_token")))
	r.poll(d).refused(t, "again", 400, "bad_verification_code", 70000)
	if e := r.enter(d, sandbox.AdminUPN); !strings.Contains(e.Page, "That code didn't work") {
		t.Errorf("a used code: got %s", e.Page)
	}
}

func TestDeviceCodeEndsOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	r.SetDeviceInterval(0)
	d := r.device()
	if d.doc["interval"] != 0.0 {
		t.Errorf("got the interval %v, want 0", d.doc["interval"])
	}
	for range 3 {
		r.poll(d).refused(t, "as often as one likes", 400, "authorization_pending", 70016)
	}
	if e := r.enter(d, sandbox.MemberUPN, sandboxtest.Decline); !strings.Contains(e.Page, "declined") {
		t.Errorf("got %s", e.Page)
	}
	r.poll(d).refused(t, "declined", 400, "authorization_declined", 70017)
	d = r.device("scope", "User.Read.All")
	if e := r.enter(d, sandbox.MemberUPN); !strings.Contains(e.Page, "administrator") {
		t.Errorf("got %s", e.Page)
	}
	r.poll(d).refused(t, "an administrator is needed", 400, "authorization_declined", 70017)
	d = r.device()
	if e := r.enter(d, sandbox.BlockedUPN); !strings.Contains(e.Page, "AADSTS53003") {
		t.Errorf("got %s", e.Page)
	}
	r.poll(d).refused(t, "blocked", 400, "authorization_pending", 70016)
	r.pass(15 * time.Minute)
	r.poll(d).refused(t, "expired", 400, "expired_token", 70020)
	if e := r.enter(d, sandbox.MemberUPN); !strings.Contains(e.Page, "That code didn't work") {
		t.Errorf("an expired code: got %s", e.Page)
	}
	r.SetDeviceCodeLifetime(time.Minute)
	if d := r.device(); d.doc["expires_in"] != 60.0 {
		t.Errorf("got expires_in %v, want 60", d.doc["expires_in"])
	}
}

func TestDeviceCodeIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	r.device("client_id", "").refused(t, "no client", 400, "invalid_request", 900144)
	r.device("scope", "").refused(t, "no scope", 400, "invalid_request", 900144)
	r.device("client_id", sandbox.UserIdentityClientID).refused(t, "unknown client", 400, "unauthorized_client", 700016)
	r.device("scope", "User.Raed").refused(t, "unknown scope", 400, "invalid_scope", 650053)
	d := r.device()
	r.poll(d, "device_code", "").refused(t, "no code", 400, "invalid_request", 900144)
	r.poll(d, "device_code", "x").refused(t, "another code", 400, "bad_verification_code", 70000)
	kiosk := r.device("client_id", sandbox.KioskClientID)
	r.poll(kiosk, "client_id", sandbox.KioskClientID).refused(t, "no public flows", 401, "invalid_client", 7000218)
	confidential := r.device("client_id", sandbox.ClientID)
	r.poll(confidential, "client_id", sandbox.ClientID).refused(t, "no secret", 401, "invalid_client", 7000218)
	r.poll(d, "client_id", sandbox.ClientID, "client_secret", r.ClientSecret()).refused(t, "another app", 400, "bad_verification_code", 70000)
	r.do(r.endpoint("token", "common"), url.Values{"grant_type": {"device_code"}, "client_id": {sandbox.DesktopClientID}, "device_code": {d.text("device_code")}}).
		refused(t, "another endpoint", 400, "bad_verification_code", 70000)
}
