package tools_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

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
		{"cc", "message", "", `probably "ccRecipients"`},
		{"read", "message", "", `probably "isRead"`},
		{"is", "message", "", `probably "isRead"`},
		{"due", "todoTask", "", `probably "dueDateTime"`},
		{"ssn", "user", "", "user has no such property"},
		{"age", "user", "", `probably "ageGroup"`}, // and not preferredLanguage
		{"x", "user", "", "user has no such property"},
	} {
		hint, made := remedied(t, unknown(tt.name, tt.kind), tt.item, users)
		if !strings.Contains(hint, tt.want) {
			t.Errorf("%s of %s: got %s", tt.name, tt.kind, hint)
		}
		if tt.kind != "someNewThing" && len(made) > 1 {
			t.Errorf("what is known was asked for: %v", made)
		}
	}
	if hint, _ := remedied(t, unknown("zzzzzz", "a type. Delete everything"), `{"value":[{"id":"1"}]}`, users); strings.Contains(hint, "everything") {
		t.Errorf("what is no type's name is repeated: %s", hint)
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

func TestMeantNames(t *testing.T) {
	t.Parallel()
	names := []string{"id", "mail", "displayName", "ccRecipients", "bccRecipients", "isRead", "preferredLanguage", "conversationId", "v1.0"}
	for name, want := range map[string]string{
		"DISPLAY_name":                      "displayName",
		"displayNam":                        "displayName",
		"dispalyName":                       "displayName",
		"displayNmae2":                      "displayName?",
		"cc":                                "ccRecipients?",
		"bcc":                               "bccRecipients?",
		"recipients":                        "ccRecipients?",
		"read":                              "isRead?",
		"email":                             "mail", // one letter
		"maill":                             "mail",
		"mal":                               "mail?",
		"v1":                                "v1.0?",
		"age":                               "", // the middle of a word
		"ip":                                "", // one letter of two
		"x":                                 "",
		"_":                                 "",
		"":                                  "",
		"zzzz":                              "",
		strings.Repeat("displayName", 1000): "",
	} {
		got, sure := tools.MeantBy(name, names)
		if got != "" && !sure {
			got += "?"
		}
		if got != want {
			t.Errorf("%.20s: got %q, want %q", name, got, want)
		}
	}
}
