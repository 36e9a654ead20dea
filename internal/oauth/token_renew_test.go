package oauth_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// gone is what is said of somebody who was dismissed.
type gone struct{}

func (gone) Error() string { return "the sign-in has ended" }
func (gone) Gone() bool    { return true }

// Somebody who was dismissed goes on with profiles that act as an app, and never asks for tokens of their own.
func TestWhoMayNotSignInAnyMoreIsNotRenewed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		err  error
		ends bool
	}{{"for good", gone{}, true}, {"for a reason that may pass", hinted{}, false}} {
		d := newDesk(t)
		clientID, held := d.signIn("ada")
		signed, problem := d.server.Authenticate(t.Context(), held.access)
		if problem != nil {
			t.Fatal(problem)
		}
		next := d.token(renews(clientID, held.refresh)).tokens(t)
		want := []oauth.UpstreamPerson{{Grant: signed.Grant, TenantID: "tenant", ObjectID: "object-ada", Account: "ada@contoso.com"}}
		if diff := cmp.Diff(want, d.upstream.renewals()); diff != "" {
			t.Errorf("%s: asked for %s", row.name, diff)
		}
		d.upstream.answers(row.err)
		d.token(renews(clientID, next.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
		if d.works(next.access) == row.ends {
			t.Errorf("%s: the grant's end is %v", row.name, !row.ends)
		}
		d.upstream.answers(nil)
		if p := d.token(renews(clientID, next.refresh)); (p.status == http.StatusBadRequest) != row.ends {
			t.Errorf("%s: later: %d %s", row.name, p.status, p.body)
		}
	}
}

// While Entra is away nothing is lost.
func TestRenewalWhileTheSignInIsAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, held := d.signIn("ada")
	d.upstream.answers(errors.New("dial tcp 10.0.0.1:443: the proxy's secret is hunter2"))
	for range 2 {
		p := d.token(renews(clientID, held.refresh))
		if p.refused(t, http.StatusServiceUnavailable, "temporarily_unavailable"); p.header.Get("Retry-After") == "" || !d.works(held.access) {
			t.Errorf("no time to wait, or the access token is lost: %v", p.header)
		}
		if got := p.json(t)["error_description"]; got != "the sign-in cannot be renewed at Microsoft at the moment: try again" {
			t.Errorf("the client is told %q", got)
		}
	}
	d.upstream.answers(nil)
	if next := d.token(renews(clientID, held.refresh)).tokens(t); !d.works(next.access) {
		t.Error("the refresh token does not work after the outage")
	}
}

// A refresh token that is shown again brings no question: neither where its answer was lost, nor where it was stolen.
func TestRenewalAsksOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, held := d.signIn("ada")
	for range 3 {
		_ = d.token(renews(clientID, held.refresh)).tokens(t)
	}
	d.now.Add(11)
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	if got := len(d.upstream.renewals()); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// Mallory shows a stolen refresh token, and the question at Entra takes her as long as the client needs to go on: her
// answer must not set back which token is the current one.
func TestRenewalThatIsOvertaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, held := d.signIn("ada")
	var last tokens
	d.upstream.does(func() error {
		d.upstream.does(nil)
		next := d.token(renews(clientID, held.refresh)).tokens(t)
		last = d.token(renews(clientID, next.refresh)).tokens(t)
		return nil
	})
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	if d.works(last.access) {
		t.Error("the grant goes on")
	}
}

// Two windows of one client show the current token at the same moment, and Microsoft answers one of them late: that is no
// sign of a thief.
func TestSlowRenewalOfTwoRevokesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clientID, held := d.signIn("ada")
	var other tokens
	d.upstream.does(func() error {
		d.upstream.does(nil)
		other = d.token(renews(clientID, held.refresh)).tokens(t)
		d.now.Add(11)
		return nil
	})
	if p := d.token(renews(clientID, held.refresh)); p.status != http.StatusOK {
		t.Errorf("the slow one: %d %s", p.status, p.body)
	}
	if !d.works(other.access) {
		t.Error("the grant was revoked though the token was current when both showed it")
	}
}
