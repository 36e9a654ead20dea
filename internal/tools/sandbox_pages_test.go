package tools_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact/compacttest"
)

// directory is an app of the embedded tenant that calls microsoft_graph.
type directory struct {
	*sandbox.Tenant
	t       testing.TB
	profile *tools.Profile
	client  *graph.Client
	shown   []int // items at each word of progress
}

func newDirectory(t testing.TB, o sandbox.Options, clientID string, secret func(*sandbox.Tenant) string) *directory {
	t.Helper()
	tenant := sandboxtest.Start(t, o)
	client, endpoints := tenantClient(t, tenant, sandboxtest.AppToken(t, tenant, clientID, secret(tenant)))
	return &directory{Tenant: tenant, t: t, client: client,
		profile: &tools.Profile{Name: "lab", Mode: "clientCredentials", Endpoints: endpoints, Catalog: tools.Known(),
			Status: func(context.Context) (tools.Status, error) {
				return tools.Status{Permissions: []string{"User.Read.All"}}, nil
			}}}
}

func (d *directory) call(arguments map[string]any) (string, error) {
	d.t.Helper()
	tool := tools.All()[0]
	sent, err := json.Marshal(arguments)
	if err != nil {
		d.t.Fatal(err)
	}
	checked, err := tools.Arguments(tool.Parameters, sent)
	if err != nil {
		d.t.Fatal(err)
	}
	result, err := tool.Call(d.t.Context(), tools.Call{Arguments: checked, Profile: d.profile, Graph: d.client,
		Progress: func(done, _ int, _ string) { d.shown = append(d.shown, done) }})
	return result.Text, err
}

func TestTenThousandUsers(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, sandbox.Options{Users: 10_000}, sandbox.ClientID, (*sandbox.Tenant).ClientSecret)
	seen := map[string]bool{}
	calls := 0
	for path := "/users"; path != ""; calls++ {
		text, err := d.call(map[string]any{"path": path, "maxItems": 10_000, "maxChars": 400_000})
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 400_000 {
			t.Errorf("%d characters", len(text))
		}
		for _, user := range compacttest.Items(t, text) {
			seen[user["id"].(string)] = true
		}
		path = endOf(t, text).Next
	}
	if len(seen) < 10_000 || calls > 10 {
		t.Errorf("saw %d users in %d calls", len(seen), calls)
	}
	if len(d.shown) < 20 {
		t.Errorf("%d words of progress", len(d.shown))
	}
	text, err := d.call(map[string]any{"path": "/users/delta", "maxItems": 10_000, "maxChars": 400_000, "queryParams": map[string]any{"$select": "displayName"}})
	if err != nil {
		t.Fatal(err)
	}
	if end := endOf(t, text); (end.Delta == "") == (end.Next == "") {
		t.Errorf("one of the links is wanted: %+v", end)
	}
}

func TestSandboxRefusals(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, sandbox.Options{}, sandbox.ClientID, (*sandbox.Tenant).ClientSecret)
	for _, tt := range []struct {
		name      string
		arguments map[string]any
		want      string
	}{
		{"a property that does not exist", map[string]any{"path": "/users", "queryParams": map[string]any{"$select": "displayNam"}}, `"displayName"`},
		{"in a filter", map[string]any{"path": "/users", "queryParams": map[string]any{"$filter": "surnam eq 'x'"}}, `"surname"`},
		{"an advanced query", map[string]any{"path": "/users", "queryParams": map[string]any{"$filter": "endswith(mail,'a')"}}, `{"$count": "true"}`},
		{"a query that cannot be parsed", map[string]any{"path": "/users", "queryParams": map[string]any{"$filter": "displayName eq \"x\""}}, "single quotes"},
		{"a page that is too large", map[string]any{"path": "/users", "queryParams": map[string]any{"$top": "5000"}}, "smaller $top"},
		{"me, as an app", map[string]any{"path": "/me"}, "/users/{id or userPrincipalName}"},
		{"a delta link that is gone", map[string]any{"path": "/users/delta?$deltatoken=old"}, "without its token"},
		{"a path that does not exist", map[string]any{"path": "/userz"}, "GET /users"},
	} {
		if _, err := d.call(tt.arguments); err == nil || !strings.Contains(hintOf(err), tt.want) {
			t.Errorf("%s: got %v, hint %s", tt.name, err, hintOf(err))
		}
	}
	limited := newDirectory(t, sandbox.Options{}, sandbox.LimitedClientID, (*sandbox.Tenant).LimitedClientSecret)
	if _, err := limited.call(map[string]any{"path": "/groups"}); err == nil || !strings.Contains(hintOf(err), "Group.ReadBasic.All") || !strings.Contains(hintOf(err), "has User.Read.All") {
		t.Errorf("a missing permission: got %v, hint %s", err, hintOf(err))
	}
}

// A file that was changed by somebody else: the refusal says which tag it has now, and with that the change goes
// through.
func TestSandboxTags(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, sandbox.Options{}, sandbox.ClientID, (*sandbox.Tenant).ClientSecret)
	path := "/users/" + sandbox.MemberUPN + "/drive/root:/notes.txt"
	if _, err := d.call(map[string]any{"path": path + ":/content", "method": "PUT", "body": "one"}); err != nil {
		t.Fatal(err)
	}
	rename := map[string]any{"path": path, "method": "PATCH", "body": map[string]any{"description": "x"}, "headers": map[string]any{"If-Match": `"old"`}}
	_, err := d.call(rename)
	if err == nil {
		t.Fatal("an old tag was taken")
	}
	_, header, found := strings.Cut(hintOf(err), "send headers ")
	var headers map[string]any
	if err := json.NewDecoder(strings.NewReader(header)).Decode(&headers); err != nil || !found {
		t.Fatalf("%v in %s", err, hintOf(err))
	}
	rename["headers"] = headers
	if _, err := d.call(rename); err != nil {
		t.Errorf("with the tag from the refusal: %v", err)
	}
}
