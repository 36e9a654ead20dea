package sandbox_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	first := r.signIn(sandbox.MemberUPN).text("refresh_token")
	second := r.tokens(refresh(first))
	if second.text("refresh_token") == first {
		t.Error("the refresh token is the same")
	}
	r.tokens(refresh(first)) // it stays good, as at Entra
	id := claimsOf(t, second.text("id_token"))
	if id["nonce"] != nil || id["oid"] != company.MemberID {
		t.Errorf("got %v, want the person and no nonce", id)
	}
	for _, row := range []struct {
		name  string
		pairs []string
		oauth string
		code  int
	}{
		{"no token", []string{"refresh_token", ""}, "invalid_request", 900144},
		{"another token", []string{"refresh_token", "1.A" + first[20:]}, "invalid_grant", 9002313},
		{"an authorization code", []string{"refresh_token", r.code(sandbox.MemberUPN)}, "invalid_grant", 9002313},
		{"another app", []string{"client_id", sandbox.KioskClientID}, "invalid_grant", 70000},
		{"a scope without consent", []string{"scope", "Calendars.ReadWrite"}, "invalid_grant", 65001},
	} {
		r.do(r.endpoint("token"), refresh(first, row.pairs...)).refused(t, row.name, 400, row.oauth, row.code)
	}
}

func TestRefreshLifetimeSlides(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	first := r.signIn(sandbox.MemberUPN).text("refresh_token")
	r.pass(60 * 24 * time.Hour)
	second := r.tokens(refresh(first)).text("refresh_token")
	r.pass(60 * 24 * time.Hour)
	a := r.do(r.endpoint("token"), refresh(first))
	a.refused(t, "after 120 days", 400, "invalid_grant", 700082)
	if a.text("suberror") != "bad_token" {
		t.Errorf("got the suberror %q, want bad_token", a.text("suberror"))
	}
	r.tokens(refresh(second))
	r.SetRefreshLifetime(time.Hour)
	r.do(r.endpoint("token"), refresh(second)).refused(t, "a shorter life", 400, "invalid_grant", 700082)
}

func TestRevokeSessions(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	mine, others := r.signIn(sandbox.MemberUPN), r.signIn(sandbox.AdminUPN)
	r.RevokeSessions("nobody@merisand.example")
	r.RevokeSessions(sandbox.MemberUPN)
	r.do(r.endpoint("token"), refresh(mine.text("refresh_token"))).refused(t, "revoked", 400, "invalid_grant", 50173)
	r.tokens(refresh(others.text("refresh_token")))
	r.tokens(refresh(r.signIn(sandbox.MemberUPN).text("refresh_token")))
	if a := r.call(r.GraphURL()+"/v1.0/me", mine.text("access_token")); a.status != http.StatusOK {
		t.Errorf("an access token that can't be challenged: got %d, want 200 until it expires", a.status)
	}
}

// Of eight that use one refresh token at once, one gets through.
func TestRefreshTokensOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	r.SetRefreshRotation(sandbox.RefreshTokensOnce)
	token := r.signIn(sandbox.MemberUPN).text("refresh_token")
	r.do(r.endpoint("token"), refresh(token, "scope", "Calendars.Read")).refused(t, "no consent", 400, "invalid_grant", 65001) // and not used
	const at = 8
	var good atomic.Int32
	var next atomic.Value
	var all sync.WaitGroup
	for range at {
		all.Go(func() {
			a := r.do(r.endpoint("token"), refresh(token))
			if a.status == http.StatusOK {
				good.Add(1)
				next.Store(a.text("refresh_token"))
				return
			}
			a.refused(t, "used", 400, "invalid_grant", 70000)
		})
	}
	all.Wait()
	if good.Load() != 1 || r.RefusedRefreshes() != at-1 {
		t.Fatalf("got %d answers and %d refusals counted, want 1 and %d", good.Load(), r.RefusedRefreshes(), at-1)
	}
	r.tokens(refresh(next.Load().(string)))
	r.SetRefreshRotation(sandbox.KeepRefreshTokens)
	r.tokens(refresh(token))
}

func TestRefreshIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	a := r.signIn(sandbox.MemberUPN)
	if a.doc["refresh_in"] != nil {
		t.Errorf("got refresh_in %v for an hour, want none", a.doc["refresh_in"])
	}
	r.SetRefreshIn(7 * time.Second)
	if got := r.tokens(refresh(a.text("refresh_token"))).doc["refresh_in"]; got != 7.0 {
		t.Errorf("got refresh_in %v, want 7", got)
	}
}
