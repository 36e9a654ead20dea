package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

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

// A permission that is that of the call before it in the path is not said to be the call's own.
func TestLikelyPermissionsAreSaidToBe(t *testing.T) {
	t.Parallel()
	hint, _ := remedied(t, &graph.Error{Status: 403}, "", map[string]any{"path": "/me/messages/1/attachments/2/unheardOf"})
	if !strings.Contains(hint, "probably Mail.Read (that of GET /me/messages/1/attachments/2)") || strings.Contains(hint, "this very resource") {
		t.Errorf("got %s", hint)
	}
}

// Azure Resource Manager goes by roles.
func TestRefusalsOfAzureNameRoles(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/subscriptions", "/subscriptions/1/resourceGroups/x/providers/Microsoft.Web/sites/y", "/users"} {
		hint, _ := remedied(t, &graph.Error{Status: 403, Code: "AuthorizationFailed", Message: "The client does not have authorization to perform action 'Microsoft.Resources/subscriptions/read'"}, "",
			map[string]any{"path": path, "apiType": "azure", "queryParams": map[string]any{"api-version": "2022-12-01"}})
		if !strings.Contains(hint, "role") || strings.Contains(hint, "User.Read") || strings.Contains(hint, "app registration") {
			t.Errorf("%s: got %s", path, hint)
		}
	}
	if hint, _ := remedied(t, &graph.Error{Status: 400, Code: "MissingApiVersionParameter"}, "", map[string]any{"path": "/subscriptions", "apiType": "azure"}); !strings.Contains(hint, "api-version") {
		t.Errorf("another refusal: got %s", hint)
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
