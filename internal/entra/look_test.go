package entra

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A real browser opens the last page of each kind of sign-in, in light and dark, wide and narrow.
func TestPagesLook(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	facts := []fact{{"Profile", "contoso"}, {"Account", "ada.lovelace@contoso.com"}, {"Tenant", "8f2c1d7e-5b1a-4c55-9a0e-0c6a3b7f1d20"}}
	pages := map[string]page{
		"sign-in done": {good: true, title: "You are signed in", lead: "Welcome, Ada Lovelace. The sign-in is kept in the OS keyring; you will rarely see this page again.", facts: facts,
			next: linked("Close this page and go back to where you came from.")},
		"sign-in failed": {title: "The sign-in did not work", lead: "AADSTS50105: the account is not assigned to a role for the application.", facts: facts[:1],
			next: linked("Have an administrator assign you at https://entra.microsoft.com/#view/Microsoft_AAD_IAM, then sign in again."),
			code: "AADSTS50105 · trace ID aa7e1d22-0000-4444-9999-123412341234 · correlation ID bb7e1d22-0000-4444-9999-123412341234"},
		"sign-in not this": {title: "Not this sign-in", lead: "This page was opened by something other than the sign-in that is waiting.",
			next: linked("If you are signing in, go on in the window in which you began. If you are not, close this page.")},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writePage(w, http.StatusOK, pages[strings.TrimPrefix(r.URL.Path, "/")])
	}))
	defer server.Close()
	for name := range pages {
		eye.Visit(t, server.URL+"/"+url.PathEscape(name)+"?code=secret")
		eye.Until(t, `location.pathname === "/" && location.search === ""`) // the code has left the address bar
		eye.Examine(t, name)
	}
	if hosts := eye.Hosts(); !slices.Equal(hosts, []string{strings.TrimPrefix(server.URL, "http://")}) {
		t.Errorf("asked were %q", hosts)
	}
}
