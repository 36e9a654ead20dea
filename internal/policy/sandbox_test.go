package policy_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// Whatever the policy denies, no other spelling that the embedded tenant routes to the same resource is allowed.
// The tenant shares no code with the policy and understands more spellings than it has to.
func FuzzEverySpelling(f *testing.F) {
	for _, s := range []string{
		"/auditLogs/signIns", "/AUDITLOGS/signins", "/auditLogs('x')", "/%61uditLogs/signIns", "/beta/auditLogs/signIns", "/auditLogs/signIns?$top=1",
		"/users/" + company.CEOID + "/messages", "/users('" + company.CEOID + "')/messages", "/users(id='" + company.CEOID + "')/messages",
		"/users/" + company.CEOUPN + "/microsoft.graph.user/messages", "/users/x/Messages/$count", "/users//x/messages", "/users/./x/../x/messages",
		"/me/messages", "/users/x/%6dessages/", "/users/x/messages('y')", "/users/x/messages/microsoft.graph.eventMessage",
	} {
		f.Add("GET", s)
		f.Add("POST", s)
	}
	g := graphsim.New(graphsim.Options{Company: company.New(time.Now()), Now: time.Now})
	p := mustPolicy(f, policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**", "* /users/*/messages/**"}})
	e := endpoints(f)
	f.Fuzz(func(t *testing.T, method, path string) {
		request, err := e.NewRequest(graph.Params{Method: method, Path: path})
		if err != nil {
			return
		}
		u, err := url.Parse(request.URL())
		if err != nil {
			t.Fatal(err)
		}
		reached := strings.Split(strings.ToLower(strings.Trim(g.Resource(request.Method(), u.EscapedPath()), "/")), "/")
		if len(reached) < 2 {
			return
		}
		reached = reached[1:] // the version
		denied := reached[0] == "auditlogs" || reached[0] == "me" && len(reached) > 1 && reached[1] == "messages" ||
			reached[0] == "users" && len(reached) > 2 && reached[2] == "messages"
		if !denied {
			return
		}
		if got, _ := try(t, p, false, request.Method()+" "+path, ""); got == "allow" {
			t.Fatalf("%s %q was allowed; it reaches %s", method, path, strings.Join(reached, "/"))
		}
	})
}
