package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// schemas are what Graph says of itself in a test, by version.
type schemas map[string]*schema.Model

func (s schemas) Model(version string) *schema.Model { return s[version] }

func (s schemas) Wait(_ context.Context, version string) (*schema.Model, error) {
	if s[version] == nil {
		return nil, errors.New("the network is down")
	}
	return s[version], nil
}

// smallGraph is a Graph with few types, some of which only beta has.
func smallGraph(t *testing.T) schemas {
	t.Helper()
	const before = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="microsoft.graph" Alias="graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="entity" Abstract="true"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>
<EnumType Name="importance"><Member Name="low" Value="0"/><Member Name="normal" Value="1"/><Member Name="high" Value="2"/></EnumType>
<EntityType Name="user" BaseType="graph.entity"><Property Name="displayName" Type="Edm.String"/><Property Name="businessPhones" Type="Collection(Edm.String)"/>
<NavigationProperty Name="messages" Type="Collection(graph.message)" ContainsTarget="true"/>`
	const after = `</EntityType>
<EntityType Name="message" BaseType="graph.entity"><Property Name="subject" Type="Edm.String"/><Property Name="importance" Type="graph.importance"/><Property Name="isRead" Type="Edm.Boolean"/></EntityType>
<Action Name="move" IsBound="true"><Parameter Name="bindingParameter" Type="graph.message"/><Parameter Name="DestinationId" Type="Edm.String"/><ReturnType Type="graph.message"/></Action>
<EntityContainer Name="GraphService"><EntitySet Name="users" EntityType="graph.user"/><Singleton Name="me" Type="graph.user"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`
	all := schemas{}
	for version, more := range map[string]string{graph.V1: "", graph.Beta: `<NavigationProperty Name="usageRights" Type="Collection(graph.entity)" ContainsTarget="true"/>`} {
		m, err := schema.Parse(strings.NewReader(before + more + after))
		if err != nil {
			t.Fatal(err)
		}
		all[version] = m
	}
	return all
}

// asker is a signed-in person's profile that may do everything.
func asker(s tools.Schemas) *tools.Profile {
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		panic(err) // the origins are ours
	}
	return &tools.Profile{Name: "contoso", Mode: "interactive", Catalog: tools.Known(), Schema: s, Endpoints: e, Status: func(context.Context) (tools.Status, error) {
		return tools.Status{Permissions: []string{"Mail.Read", "User.Read"}}, nil
	}}
}

func find(t *testing.T, p *tools.Profile, arguments map[string]any) (string, error) {
	t.Helper()
	for _, tool := range tools.All() {
		if tool.Name != "find_graph_api" {
			continue
		}
		sent, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		checked, err := tools.Arguments(tool.Parameters, sent)
		if err != nil {
			return "", err
		}
		result, err := tool.Call(t.Context(), tools.Call{Arguments: checked, Profile: p})
		return result.Text, err
	}
	t.Fatal("there is no find_graph_api")
	return "", nil
}

// found is what find_graph_api answers to a request in words.
type found struct {
	Calls []struct {
		Call        string
		Does        string
		Or          []string
		Permissions struct{ Delegated, Application string }
		Allowed     string
		Graph       struct {
			Path, Method, APIVersion string
			QueryParams, Headers     map[string]string
			Body                     any
		} `json:"microsoft_graph"`
		Notes []string
	}
	Also []string
	Note string
}

func findCalls(t *testing.T, p *tools.Profile, query string) found {
	t.Helper()
	text, err := find(t, p, map[string]any{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	var f found
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return f
}

func TestFoundCallsAreReadyToBeMade(t *testing.T) {
	t.Parallel()
	f := findCalls(t, asker(nil), "unread mail")
	if len(f.Calls) == 0 {
		t.Fatal("nothing was found")
	}
	best := f.Calls[0]
	if best.Call != "GET /me/messages" || best.Graph.Path != "/me/messages" || !strings.Contains(best.Graph.QueryParams["$filter"], "isRead eq false") ||
		best.Permissions.Delegated != "Mail.ReadBasic" || best.Permissions.Application != "Mail.ReadBasic.All" || best.Allowed != "yes" || best.Does == "" {
		t.Errorf("got %+v", best)
	}
	app := asker(nil)
	app.Mode = "clientCredentials"
	if best := findCalls(t, app, "unread mail").Calls[0]; best.Call != "GET /users/{user}/messages" || best.Graph.Path != "/users/{user}/messages" || len(best.Or) > 0 {
		t.Errorf("for an app: got %+v", best)
	}
	create := findCalls(t, asker(nil), "create a calendar event").Calls[0]
	if create.Graph.Method != "POST" || create.Graph.Body == nil {
		t.Errorf("a creation: got %+v", create)
	}
}

func TestFoundCallsSayWhetherTheyAreAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, want string
		change            func(*tools.Profile)
	}{
		{"granted", "unread mail", "yes", func(*tools.Profile) {}},
		{"not granted", "list the groups of the organization", "probably not: the token has neither Group", func(*tools.Profile) {}},
		{"not signed in", "unread mail", "unknown: there is no token", func(p *tools.Profile) {
			p.Status = func(context.Context) (tools.Status, error) { return tools.Status{}, errors.New("sign in first") }
		}},
		{"read-only", "send an email", "no: this profile may only read", func(p *tools.Profile) {
			p.ReadOnly = true
			p.Could = func(method, _ string) bool { return method == "GET" }
		}},
		{"refused by the policy", "unread mail", "no: the policy", func(p *tools.Profile) {
			p.Could = func(_, path string) bool { return !strings.Contains(path, "messages") }
		}},
	} {
		p := asker(nil)
		tt.change(p)
		if got := findCalls(t, p, tt.query).Calls[0]; !strings.HasPrefix(got.Allowed, tt.want) {
			t.Errorf("%s: got %q for %s, want %q", tt.name, got.Allowed, got.Call, tt.want)
		}
	}
}

func TestFindWithoutWords(t *testing.T) {
	t.Parallel()
	for _, arguments := range []map[string]any{{}, {"query": "  "}} {
		if _, err := find(t, asker(nil), arguments); err == nil || !strings.Contains(err.Error(), "say in plain words") {
			t.Errorf("%v: got %v", arguments, err)
		}
	}
	if f := findCalls(t, asker(nil), "zzxqy"); len(f.Calls) > 0 || !strings.Contains(f.Note, "mail") {
		t.Errorf("got %+v", f)
	}
	if _, err := find(t, asker(nil), map[string]any{"query": strings.Repeat("mail ", 1000)}); err == nil {
		t.Error("5,000 bytes were taken")
	}
}

func TestTypesAreDescribed(t *testing.T) {
	t.Parallel()
	p := asker(smallGraph(t))
	for _, tt := range []struct {
		arguments map[string]any
		want      []string
	}{
		{map[string]any{"type": "message"}, []string{`"type":"message"`, `subject String`, `importance importance`, `POST move(DestinationId String): message`, `"base":"entity"`}},
		{map[string]any{"type": "microsoft.graph.User"}, []string{`"type":"user"`, `businessPhones [String]`, `messages [message]`}},
		{map[string]any{"type": "importance"}, []string{`"kind":"enum"`, `low, normal, high`}},
		{map[string]any{"path": "/me/messages"}, []string{`"type":"[message]"`, `"call":"GET /me/messages"`, `subject String`}},
		{map[string]any{"query": "GET /users/ada@contoso.com/messages/AAMk"}, []string{`"type":"message"`, `POST move`}},
		{map[string]any{"path": "/users/{user}/messages/{message}/move"}, []string{`POST move(DestinationId String): message`, `"call":"POST /me/messages/{message}/move"`}},
	} {
		text, err := find(t, p, tt.arguments)
		if err != nil {
			t.Errorf("%v: %v", tt.arguments, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %s lacks %s", tt.arguments, text, want)
			}
		}
	}
}

func TestWhatDoesNotExistIsNamedWithWhatDoes(t *testing.T) {
	t.Parallel()
	p := asker(smallGraph(t))
	for _, tt := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{"type": "mesage"}, "near it are message"},
		{map[string]any{"path": "/users/1/mesages"}, "messages"},
		{map[string]any{"path": "/users/1/usageRights"}, `it exists in beta: apiVersion "beta"`},
	} {
		_, err := find(t, p, tt.arguments)
		if err == nil || !strings.Contains(err.Error()+"\n"+hintOf(err), tt.want) {
			t.Errorf("%v: got %v, %s, want %s", tt.arguments, err, hintOf(err), tt.want)
		}
	}
}

func TestDescriptionsWithoutNetwork(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*tools.Profile{"not fetched": asker(nil), "not to be had": asker(schemas{})} {
		text, err := find(t, p, map[string]any{"type": "message"})
		if err != nil || !strings.Contains(text, "subject, ") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		text, err = find(t, p, map[string]any{"path": "/me/messages"})
		if err != nil || !strings.Contains(text, `"call":"GET /me/messages"`) || !strings.Contains(text, "subject, ") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		_, err = find(t, p, map[string]any{"type": "nothingOfTheKind"})
		if err == nil || !strings.Contains(err.Error(), "nothingOfTheKind") || hintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongSegmentsInCalls(t *testing.T) {
	t.Parallel()
	refuse := func(s tools.Schemas, path, segment string) string {
		p := asker(s)
		e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
		if err != nil {
			t.Fatal(err)
		}
		p.Endpoints = e
		tool := tools.All()[0]
		arguments, err := tools.Arguments(tool.Parameters, json.RawMessage(`{"path":"`+path+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = tool.Call(t.Context(), tools.Call{Arguments: arguments, Profile: p, Progress: func(int, int, string) {},
			Graph: service(func(r *graph.Request) (*graph.Response, error) {
				return nil, &graph.Error{Status: 400, Code: "BadRequest", Message: "Resource not found for the segment '" + segment + "'.", Method: r.Method(), Path: r.Path()}
			})})
		return hintOf(err)
	}
	for _, tt := range []struct {
		schemas       tools.Schemas
		path, segment string
		want          string
	}{
		{smallGraph(t), "/me/mesages", "mesages", "messages"},
		{smallGraph(t), "/me/usageRights", "usageRights", `apiVersion "beta"`},
		{nil, "/me/mesages", "mesages", "GET /me/messages"},
		{nil, "/me/mailbox/unread", "mailbox", "find_graph_api"},
	} {
		if hint := refuse(tt.schemas, tt.path, tt.segment); !strings.Contains(hint, tt.want) {
			t.Errorf("%s: got %q, want %s", tt.path, hint, tt.want)
		}
	}
}

// Whatever is asked, the usual answer takes fewer than 800 tokens: whole calls give way to lines.
func TestAnswersStaySmall(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../catalog/testdata/eval/tune.tsv")
	if err != nil {
		t.Fatal(err)
	}
	p, most, asked := asker(nil), 0, 0
	for line := range strings.Lines(string(text)) {
		query, _, _ := strings.Cut(line, "\t")
		if strings.HasPrefix(query, "#") {
			continue
		}
		asked++
		answer, err := find(t, p, map[string]any{"query": query})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		n := tokens(t, answer)
		if most = max(most, n); n >= 800 {
			t.Errorf("%s: %d tokens: %s", query, n, answer)
		}
	}
	t.Logf("%d answers, %d tokens at most", asked, most)
	for _, name := range []string{"user", "message"} {
		answer, err := find(t, asker(smallGraph(t)), map[string]any{"type": name})
		if err != nil || tokens(t, answer) >= 800 {
			t.Errorf("%s: %d tokens, %v", name, tokens(t, answer), err)
		}
	}
}

// TestFindLeadsToTypes: the name of a type, also of an enumeration that no call has, leads to the type.
func TestFindLeadsToTypes(t *testing.T) {
	t.Parallel()
	p := asker(smallGraph(t))
	for query, want := range map[string]string{"importance": "importance", "Importance": "importance", "importance enum": "importance"} {
		text, err := find(t, p, map[string]any{"query": query})
		if err != nil || !strings.HasPrefix(text, `{"type":"`+want+`: ask with type=`+want) {
			t.Errorf("%s: got %.200s, %v; want the type %s first", query, text, err, want)
		}
	}
	if text, err := find(t, p, map[string]any{"query": "unread mail"}); err != nil || !strings.HasPrefix(text, `{"calls":[{`) {
		t.Errorf("unread mail: got %.200s, %v; want no type", text, err)
	}
}
