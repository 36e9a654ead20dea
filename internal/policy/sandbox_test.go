package policy_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// Whatever the policy denies, no other spelling that the embedded tenant routes to the same resource is allowed,
// neither alone nor in a batch; a read-only profile reaches nothing that changes something; and an allow-list
// gives nothing but what it names. The tenant shares no code with the policy and understands more spellings than
// it has to.
func FuzzEverySpelling(f *testing.F) {
	for _, s := range []string{
		"/auditLogs/signIns", "/AUDITLOGS/signins", "/auditLogs('x')", "/%61uditLogs/signIns", "/beta/auditLogs/signIns", "/auditLogs/signIns?$top=1",
		"/users/" + company.CEOID + "/messages", "/users('" + company.CEOID + "')/messages", "/users(id='" + company.CEOID + "')/messages",
		"/users/" + company.CEOUPN + "/microsoft.graph.user/messages", "/users/x/Messages/$count", "/users//x/messages", "/users/./x/../x/messages",
		"/me/messages", "/users/x/%6dessages/", "/users/x/messages('y')", "/users/x/messages/microsoft.graph.eventMessage",
		"/me/mailFolders/inbox/messages", "/users/x/mailFolders('inbox')/messages/1", "/me/messages/1/send", "/me/messages/1/microsoft.graph.replyAll",
		"/users/x/sendMail", "/me/drive/items/1/content", "/me/drive/items/1/createUploadSession", "/me/drive/root:/a/b.txt:/content",
		"/me/drive/root:/a/b.txt:/createUploadSession", "/drives/d/root:/x:/microsoft.graph.createUploadSession", "/drive/items/1:/x.txt:/content",
		"/sites/s/drives/d/items/i/createUploadSession", "/me/drive/special/approot:/x:/content", "/search/query", "/search/microsoft.graph.query",
		"/me/calendar/getSchedule", "/me/calendar/microsoft.graph.getSchedule", "/groups/1/getMemberGroups", "/directoryObjects/getByIds",
		"/me/drive/root:/search/query", "/me/drive/root:/x:/preview", "/$batch", "/subscriptions",
	} {
		for _, method := range []string{"GET", "POST", "PUT"} {
			f.Add(method, s)
		}
	}
	g := graphsim.New(graphsim.Options{Company: company.New(time.Now()), Now: time.Now})
	denying := mustPolicy(f, policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**", "* /users/*/messages/**", "POST /users/*/sendMail", "PUT /**/content"}})
	readOnly := mustPolicy(f, policy.Rules{})
	giving := mustPolicy(f, policy.Rules{ReadWrite: true, Allow: []string{"GET /users/*/messages/**", "PUT /me/drive/**/content"}})
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
		if len(reached) < 2 || isBatchPath(reached) {
			return
		}
		reached = reached[1:] // the version
		call := request.Method() + " " + path
		allowed := func(p *policy.Policy) bool { got, _ := try(t, p, false, call, ""); return got == "allow" }
		if isDenied(request.Method(), reached) {
			if allowed(denying) {
				t.Fatalf("%q was allowed; it reaches %s", call, strings.Join(reached, "/"))
			}
			if got, _ := try(t, denying, false, "POST /$batch", batchOf(t, request.Method(), path)); got == "allow" {
				t.Fatalf("%q was allowed in a batch; it reaches %s", call, strings.Join(reached, "/"))
			}
		}
		if request.Method() != "GET" && !isReading(reached) && allowed(readOnly) {
			t.Fatalf("%q was allowed to a read-only profile; it reaches %s", call, strings.Join(reached, "/"))
		}
		if !isGiven(request.Method(), reached) && allowed(giving) {
			t.Fatalf("%q was allowed by a list that does not name it; it reaches %s", call, strings.Join(reached, "/"))
		}
	})
}

func isBatchPath(reached []string) bool { return reached[1] == "$batch" }

func batchOf(t *testing.T, method, path string) string {
	type item struct {
		ID     string `json:"id"`
		Method string `json:"method"`
		URL    string `json:"url"`
	}
	body, err := json.Marshal(map[string]any{"requests": []item{{"1", method, path}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// isDenied says of what the tenant reached whether it is what the rules mean; me is {me} among the users there.
func isDenied(method string, reached []string) bool {
	last := reached[len(reached)-1]
	person := reached[0] == "users" && len(reached) > 2
	switch {
	case reached[0] == "auditlogs":
		return true
	case person && (reached[2] == "messages" || reached[2] == "mailfolders" && slices.Contains(reached[3:], "messages")):
		return true
	case method == "PUT":
		return last == "content"
	case method == "POST":
		return last == "createuploadsession" || person && last == "sendmail"
	}
	return false
}

func isReading(reached []string) bool {
	return slices.Contains([]string{"query", "getmembergroups", "getmemberobjects", "checkmembergroups", "checkmemberobjects", "getbyids", "validateproperties",
		"getschedule", "findmeetingtimes", "getmailtips", "translateexchangeids", "getpresencesbyuserid", "preview"}, reached[len(reached)-1]) && !slices.Contains(reached, ":")
}

func isGiven(method string, reached []string) bool {
	if reached[0] != "users" || len(reached) < 3 {
		return false
	}
	return method == "GET" && reached[2] == "messages" || method == "PUT" && reached[1] == "{me}" && reached[2] == "drive" && reached[len(reached)-1] == "content"
}
