package oauth_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// What somebody has granted at one app, in one tenant, opens nothing once the operator has gone over to another: the same
// profiles may reach another company's data then.
func TestGrantIsGoodForItsAppAlone(t *testing.T) {
	t.Parallel()
	var c oauth.ServerConfig
	d := newDesk(t, func(own *oauth.ServerConfig) { c = *own })
	clientID, held := d.signIn("ada")
	signed, err := d.server.Authenticate(t.Context(), held.access)
	if err != nil {
		t.Fatal(err)
	}
	b := d.browser()
	code := redeems(clientID, d.code(d.browser(), asks(clientID), "ada"))
	callback := url.Values{"state": {d.begin(b, asks(clientID))}, "code": {"ada"}}

	before := d.server
	c.App = "other/app"
	if d.server, err = oauth.NewServer(c); err != nil {
		t.Fatal(err)
	}
	if d.works(held.access) {
		t.Error("an access token is taken")
	}
	if stands, err := d.server.Grants().Stands(t.Context(), signed.Grant); err != nil || stands {
		t.Errorf("the grant stands: %v %v", stands, err)
	}
	d.token(renews(clientID, held.refresh)).refused(t, http.StatusBadRequest, "invalid_grant")
	d.token(code).refused(t, http.StatusBadRequest, "invalid_grant")
	if p := d.get(b, "/oauth/callback", callback); p.status != http.StatusBadRequest || p.location != nil {
		t.Errorf("a sign-in that began before is finished: %d %v", p.status, p.location)
	}
	if got := len(d.upstream.renewals()); got != 0 {
		t.Errorf("the refresh token of another app was brought to Entra, %d times", got)
	}

	d.server = before // a replica that is not reloaded yet
	if !d.works(held.access) || d.token(renews(clientID, held.refresh)).status != http.StatusOK {
		t.Error("what was refused is lost for the app that it was for")
	}
}
