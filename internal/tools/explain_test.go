package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestMissingPermissions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, path, mode, want string }{
		{"GET", "/me/messages", "interactive", "Mail.ReadBasic"},
		{"PATCH", "/me/messages/1", "interactive", "Mail.ReadWrite"},
		{"POST", "/users/a@x.example/sendMail", "clientCredentials", "Mail.Send"},
		{"POST", "/me/messages/1/replyAll", "interactive", "Mail.Send"},
		{"GET", "/users", "interactive", "User.ReadBasic.All"},
		{"GET", "/users('1')", "clientCredentials", "User.ReadBasic.All"},
		{"GET", "/me", "interactive", "User.Read"},
		{"GET", "/me", "clientCredentials", ""},
		{"GET", "/me/drive/root:/messages/a.txt:/content", "interactive", "Files.Read"},
		{"PUT", "/drives/1/items/2/content", "clientCredentials", "Files.ReadWrite.All"},
		{"GET", "/sites/root/lists", "clientCredentials", "Sites.Read.All"},
		{"GET", "/teams/1/channels/2/messages", "interactive", "ChannelMessage.Read.All"},
		{"POST", "/teams/1/channels/2/messages", "clientCredentials", ""},
		{"GET", "/groups/1/planner/plans", "interactive", "Tasks.Read"},
		{"POST", "/me/calendar/getSchedule", "interactive", "Calendars.ReadBasic"},
		{"GET", "/me/calendarView", "interactive", "Calendars.ReadBasic"},
		{"GET", "/contacts", "interactive", "OrgContact.Read.All"},
		{"GET", "/users/1/contacts", "clientCredentials", "Contacts.Read"},
		{"GET", "/me/messages/1/attachments/2/unheardOf", "interactive", "Mail.Read"},
		{"GET", "/unheardOf/1", "interactive", ""},
		{"GET", "/users/1/unheardOf", "interactive", ""},
	} {
		if got := tools.PermissionFor(tt.method, tt.path, tt.mode); got != tt.want {
			t.Errorf("%s %s, %s: got %q, want %q", tt.method, tt.path, tt.mode, got, tt.want)
		}
	}
	for _, tt := range []struct {
		have, needed string
		want         bool
	}{
		{"Mail.Read", "Mail.Read", true},
		{"Mail.ReadWrite", "Mail.Read", true},
		{"Mail.Read", "Mail.ReadWrite", false},
		{"Mail.ReadBasic", "Mail.Read", false},
		{"Files.ReadWrite.All", "Files.Read", true},
		{"Files.Read", "Files.Read.All", false},
		{"Mail.Read.Shared", "Mail.Read", false},
		{"Mail.Send", "Mail.Read", false},
		{"User.Read.All", "User.ReadBasic.All", true},
		{"Group.Read.All", "GroupMember.Read.All", true},
		{"Group.Read.All", "GroupMember.ReadWrite.All", false},
		{"GroupMember.Read.All", "Group.Read.All", false},
		{"Mail.ReadWrite", "Mail.ReadBasic.All", true},
		{"Mail.Send", "Mail.ReadBasic.All", false},
		{"Sites.ReadWrite.All", "Files.Read.All", true},
		{"Sites.Read.All", "Files.ReadWrite.All", false},
		{"Directory.Read.All", "Application.Read.All", true},
		{"Directory.Read.All", "Application.ReadWrite.All", false},
		{"UserAuthenticationMethod.Read.All", "UserAuthMethod-Phone.Read.All", true},
		{"UserAuthenticationMethod.Read.All", "UserAuthMethod-Phone.ReadWrite.All", false},
	} {
		if got := catalog.Covers([]string{tt.have}, tt.needed); got != tt.want {
			t.Errorf("%s includes %s: got %v", tt.have, tt.needed, got)
		}
	}
}

func TestRefusalsNameThePermission(t *testing.T) {
	t.Parallel()
	refused := func(path, code, message string) string {
		_, err := callGraph(t, func(*graph.Request) (*graph.Response, error) {
			return nil, &graph.Error{Status: 403, Code: code, Message: message, Method: "GET", Path: path}
		}, map[string]any{"path": path})
		return hintOf(err)
	}
	if hint := refused("/groups", "Authorization_RequestDenied", ""); !strings.Contains(hint, "needs the permission Group.ReadBasic.All") || !strings.Contains(hint, "has Mail.Read, User.Read.All") {
		t.Errorf("a missing one: %s", hint)
	}
	if hint := refused("/me/messages", "ErrorAccessDenied", ""); !strings.Contains(hint, "what this call needs (Mail.Read") || strings.Contains(hint, "dministrator") {
		t.Errorf("one that is there: %s", hint)
	}
	if hint := refused("/users/1/messages", "ErrorAccessDenied", "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppAccessPolicy settings."); !strings.Contains(hint, "application access policy") {
		t.Errorf("a policy: %s", hint)
	}
}

// remedied makes a call that is refused and returns the hint, and the requests that were made.
func remedied(t *testing.T, refusal *graph.Error, item string, arguments map[string]any) (hint string, made []string) {
	t.Helper()
	_, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
		made = append(made, r.Method()+" "+r.Path())
		if len(made) == 1 {
			refusal.Method, refusal.Path = r.Method(), r.Path()
			return nil, refusal
		}
		if item == "" {
			return nil, &graph.Error{Status: 404}
		}
		return replyJSON(item)
	}, arguments)
	if err == nil {
		t.Fatal("no error")
	}
	return hintOf(err), made
}

func TestPropertiesThatDoNotExist(t *testing.T) {
	t.Parallel()
	unknown := func(name, kind string) *graph.Error {
		return &graph.Error{Status: 400, Code: "BadRequest", Message: "Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph." + kind + "'."}
	}
	users := map[string]any{"path": "/users", "queryParams": map[string]any{"$select": "x"}}
	for _, tt := range []struct{ name, kind, item, want string }{
		{"displayNam", "user", "", `"displayName"`},
		{"DisplayName2", "user", "", `"displayName"`},
		{"email", "user", "", `"mail"`},
		{"zzzzzz", "user", "", "user has no such property; it has id, displayName,"},
		{"priorty", "someNewThing", `{"value":[{"id":"1","priority":5,"a@b":1}]}`, `"priority"`},
		{"zzzzzz", "someNewThing", `{"id":"1","priority":5,"a@b":1}`, "it has id, priority"},
		{"zzzzzz", "someNewThing", `{"value":[]}`, "correct it in $select"},
		{"zzzzzz", "someNewThing", "", "correct it in $select"},
	} {
		hint, made := remedied(t, unknown(tt.name, tt.kind), tt.item, users)
		if !strings.Contains(hint, tt.want) {
			t.Errorf("%s of %s: got %s", tt.name, tt.kind, hint)
		}
		if tt.kind == "user" && len(made) > 1 {
			t.Errorf("what is known was asked for: %v", made)
		}
	}
	for _, tt := range []struct{ path, method, message, want string }{
		{"/users/1", "PATCH", "Invalid property 'departement'.", `the property is called "department"; correct it in the body`},
		{"/me", "PATCH", "Invalid property 'zzzzzz'.", "user has no such property; it has id"},
		{"/users", "POST", "Invalid property 'displayNam'.", `"displayName"`},
		{"/groups/1", "PATCH", "Invalid property 'describtion'.", `"description"`},
		{"/me/events", "POST", "The property 'subjekt' does not exist on type 'Microsoft.OutlookServices.Event'. Make sure to only use property names that are defined by the type.", `"subject"`},
		{"/drives/1/items/2", "PATCH", "Invalid property 'nam'.", `"name"`},
		{"/planner/tasks/1", "PATCH", "Invalid property 'titel'.", `"title"`},
	} {
		hint, made := remedied(t, &graph.Error{Status: 400, Code: "Request_BadRequest", Message: tt.message}, "{}", map[string]any{"path": tt.path, "method": tt.method, "body": map[string]any{}})
		if !strings.Contains(hint, tt.want) || tt.want == "" && hint != "" || len(made) != 1 {
			t.Errorf("%s %s, %s: got %q after %v", tt.method, tt.path, tt.message, hint, made)
		}
	}
	if _, made := remedied(t, unknown("x", "someNewThing"), "{}", map[string]any{"path": "/planner/tasks/1", "method": "PATCH", "body": map[string]any{}}); len(made) != 1 {
		t.Errorf("a write was followed by %v", made[1:])
	}
}

func TestGroupingIsRefused(t *testing.T) {
	t.Parallel()
	hint, made := remedied(t, &graph.Error{Status: 400, Code: "BadRequest", Message: "Unsupported query."}, "", map[string]any{"path": "/users", "queryParams": map[string]any{"$apply": "groupby((department))"}})
	if !strings.Contains(hint, "microsoft_graph_batch of /users/$count?$filter=") || len(made) != 1 {
		t.Errorf("got %q after %v", hint, made)
	}
}

func TestTagsInRefusals(t *testing.T) {
	t.Parallel()
	const item = `{"@odata.etag":"W/\"now\"","id":"1"}`
	change := func(path, tag string) map[string]any {
		arguments := map[string]any{"path": path, "method": "PATCH", "body": map[string]any{"a": 1}}
		if tag != "" {
			arguments["headers"] = map[string]any{"If-Match": tag}
		}
		return arguments
	}
	const want = `{"If-Match": "W/\"now\""}`
	for _, tt := range []struct {
		name      string
		refusal   graph.Error
		arguments map[string]any
		item      string
		want      string
		reads     int
	}{
		{"old", graph.Error{Status: 412}, change("/planner/tasks/1", `W/"old"`), item, want, 1},
		{"Planner's word for old", graph.Error{Status: 409}, change("/planner/tasks/1", `W/"old"`), item, want, 1},
		{"missing", graph.Error{Status: 400, Message: "The If-Match header must be specified."}, change("/planner/tasks/1", ""), item, want, 1},
		{"of a file", graph.Error{Status: 412}, change("/me/drive/items/1", `"old"`), `{"eTag":"W/\"now\""}`, want, 1},
		{"cannot be read", graph.Error{Status: 412}, change("/planner/tasks/1", `W/"old"`), "", "a GET of the single item", 1},
		{"the same", graph.Error{Status: 412}, change("/planner/tasks/1", `W/"now"`), item, "a GET of the single item", 1},
		{"a name that is taken", graph.Error{Status: 409, Code: "nameAlreadyExists"}, change("/me/drive/items/1", ""), item, "another name", 0},
		{"an action", graph.Error{Status: 412}, map[string]any{"path": "/users/1/x", "method": "POST", "body": map[string]any{}}, item, "read it again", 0},
	} {
		hint, made := remedied(t, &tt.refusal, tt.item, tt.arguments)
		if !strings.Contains(hint, tt.want) || len(made) != 1+tt.reads {
			t.Errorf("%s: %v, hint %s", tt.name, made, hint)
		}
		for _, call := range made[1:] {
			if !strings.HasPrefix(call, "GET ") {
				t.Errorf("%s: %s", tt.name, call)
			}
		}
	}
	var header map[string]string
	if err := json.Unmarshal([]byte(want), &header); err != nil || header["If-Match"] != `W/"now"` {
		t.Errorf("the header cannot be copied as it stands: %v", err)
	}
}
