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
		"/users/x", "/users/x/microsoft.graph.messages", "/users/x/microsoft.graph.user", "/users/x(foo='messages')", "/users/0(=0)", "/users/0(0'=)", "/users/0(0'='messages')", "/users/0(a,b='messages')", "/users/0(id='')", "/users/!(0)", "/users/delta", "/users.(x)/messages", "/users.()/x/messages", "/users/x/messages :",
		"/me/drive/microsoft.graph.recent", "/me/drive/root/graph.delta", "/me/drive/root/delta(id='x')", "/me/drive/items/x:/children", "/me/drive/items/x/children",
		"/groups/g/members/microsoft.graph.user", "/groups/delta(id='members')/x", "/groups/g/microsoft.graph.members", "/sites/contoso.sharepoint.com:/lists/x", "/sites/s/lists/l",
		"/me/drive/root:/public/a", "/me/drive/root:/public/microsoft.graph.user/a", "/me/drive/root:/public/a(id='b')",
	} {
		for _, method := range []string{"GET", "POST", "PUT"} {
			f.Add(method, s)
		}
	}
	g := graphsim.New(graphsim.Options{Company: company.New(time.Now()), Now: time.Now})
	denying := mustPolicy(f, policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**", "* /users/*/messages/**", "POST /users/*/sendMail", "PUT /**/content"}})
	readOnly := mustPolicy(f, policy.Rules{})
	giving := map[string]*policy.Policy{}
	for _, rule := range []string{"GET /users/*", "GET /users/*/messages/**", "GET /users/*/*", "POST /users/*/sendMail", "GET /me/drive", "GET /me/drive/root", "GET /me/drive/root:/public/*",
		"GET /me/drive/items/*/children", "PUT /me/drive/**/content", "GET /groups/*/members", "GET /groups/*/members/*", "GET /sites/*/lists/*", "PATCH /*/*"} {
		giving[rule] = mustPolicy(f, policy.Rules{ReadWrite: true, Allow: []string{rule}})
	}
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
		for rule, p := range giving {
			if !isNamed(rule, request.Method(), reached) && allowed(p) {
				t.Fatalf("%q was allowed by %q, which does not name it; it reaches %s", call, rule, strings.Join(reached, "/"))
			}
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

// isNamed says of what the tenant reached whether a rule names it: a path between colons is a segment for each of
// its names there, and me is {me} among the users.
func isNamed(rule, method string, reached []string) bool {
	ruled, pattern, _ := strings.Cut(strings.ToLower(rule), " /")
	if rest, ok := strings.CutPrefix(pattern, "me/"); ok {
		pattern = "users/{me}/" + rest
	}
	pattern = strings.ReplaceAll(pattern, ":/", "/:/")
	return strings.EqualFold(ruled, method) && fits(strings.Split(pattern, "/"), reached)
}

func fits(pattern, reached []string) bool {
	switch {
	case len(pattern) == 0:
		return len(reached) == 0
	case pattern[0] == "**":
		return fits(pattern[1:], reached) || len(reached) > 0 && fits(pattern, reached[1:])
	case len(reached) == 0:
		return false
	}
	return (pattern[0] == "*" && reached[0] != ":" || pattern[0] == strings.Trim(reached[0], "{}") || pattern[0] == reached[0]) && fits(pattern[1:], reached[1:])
}
