package cli

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// lookTime bounds how long a person waits for what may be said before they sign in.
const lookTime = 5 * time.Second

// appRefusal asks a tenant, given as AUTHORITY/TENANT, whether it would let a person sign in to the app, and says what it
// would refuse. Without it the person would end on a page of Entra's that tells nobody here, and wait. Where the authority
// cannot be asked, or says something else, it is nil: signing in will tell. What it asks is no more than the browser asks
// right after it.
func appRefusal(ctx context.Context, transport http.RoundTripper, tenant, clientID string) error {
	limited, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	// prompt=none asks nobody: an app that is in order is told so at its redirect URI, which is not followed.
	query := url.Values{"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {"http://localhost"}, "scope": {"openid"}, "prompt": {"none"}, "response_mode": {"query"},
		"state": {rand.Text()}}
	req, err := http.NewRequestWithContext(limited, http.MethodGet, tenant+"/oauth2/v2.0/authorize?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(resp.Body, 256<<10))
	text := string(page) + resp.Header.Get("Location")
	for _, known := range []struct{ code, problem, remedy string }{
		{"AADSTS700016", "the tenant knows no app of that ID", "copy the Application (client) ID, not the object ID, from the overview of the registration; it takes a minute after it was made. Check the tenant and the cloud, too"},
		{"AADSTS50011", "the app has not the redirect URI that a sign-in on this machine needs", "add http://localhost, with no port and no path, under Authentication, Mobile and desktop applications"},
		{"AADSTS500113", "the app has no redirect URI", "add http://localhost, with no port and no path, under Authentication, Mobile and desktop applications"},
		{"AADSTS50194", "the app is for one tenant alone", "give that tenant instead of a name that stands for many"},
		{"AADSTS7000112", "the app is disabled", "have an administrator enable it: Enterprise applications, the app, Properties"},
	} {
		// As Entra begins its messages, on a page or in an address: whoever merely mentions a code, such as a proxy's page of
		// advice, refuses nothing.
		if regexp.MustCompile(known.code + `(:|%3[aA])`).MatchString(text) {
			return &profile.Error{Problem: known.problem + " (" + known.code + ")", Remedy: known.remedy}
		}
	}
	return nil
}
