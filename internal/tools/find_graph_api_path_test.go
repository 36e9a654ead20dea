package tools_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// A path is taken as people write it: with a version, a host, a method, or without its first slash.
func TestPathsInAnySpelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		arguments map[string]any
		want      []string
		not       string
	}{
		{map[string]any{"path": "/beta/me/messages"}, []string{`"path":"/me/messages"`, `"apiVersion":"beta"`}, ""},
		{map[string]any{"path": "v1.0/me/messages", "apiVersion": "beta"}, []string{`"path":"/me/messages"`}, "beta"},
		{map[string]any{"path": "/beta/users/1/usageRights"}, []string{`"type":"[entity]"`}, ""},
		{map[string]any{"path": "https://graph.microsoft.com/beta/me/messages?$top=1"}, []string{`"path":"/me/messages"`, `"apiVersion":"beta"`}, ""},
		{map[string]any{"path": "HTTPS://Graph.Microsoft.com:443/v1.0/me"}, []string{`"path":"/me"`, `"type":"user"`}, ""},
		{map[string]any{"query": "https://graph.microsoft.com/v1.0/me/messages"}, []string{`"path":"/me/messages"`}, ""},
		{map[string]any{"query": "GET me/messages"}, []string{`"path":"/me/messages"`, `"type":"[message]"`}, ""},
		{map[string]any{"query": "GET users"}, []string{`"path":"/users"`, `"type":"[user]"`}, ""},
		{map[string]any{"query": "me/messages"}, []string{`"path":"/me/messages"`}, ""},
		{map[string]any{"path": "me"}, []string{`"path":"/me"`, `"type":"user"`}, ""},
		{map[string]any{"query": "get users"}, []string{`{"calls":[{"call":"GET /users`}, `"path":"/users","calls"`},
		{map[string]any{"query": "on/off"}, nil, `"path":"on/off"`},
		{map[string]any{"path": "/"}, []string{`"roots":"`, "users [user]", "me"}, ""},
		{map[string]any{"query": "/"}, []string{`"roots":"`, "users [user]"}, ""},
		{map[string]any{"path": "/beta/"}, []string{`"apiVersion":"beta"`, "users [user]"}, ""},
	} {
		text, err := find(t, asker(smallGraph(t)), tt.arguments)
		if err != nil {
			t.Errorf("%v: %v", tt.arguments, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %.400s lacks %s", tt.arguments, text, want)
			}
		}
		if tt.not != "" && strings.Contains(text, tt.not) {
			t.Errorf("%v: %.400s has %s", tt.arguments, text, tt.not)
		}
	}
	if text, err := find(t, asker(nil), map[string]any{"path": "/"}); err != nil || !strings.Contains(text, "users") {
		t.Errorf("without a schema: %s, %v", text, err)
	}
}

func TestPathsOfOtherHosts(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"https://evil.example/me", "http://graph.microsoft.com/v1.0/me", "https://graph.microsoft.com@evil.example/me", "https://graph.microsoft.us/v1.0/me"} {
		for _, parameter := range []string{"path", "query"} {
			text, err := find(t, asker(smallGraph(t)), map[string]any{parameter: path})
			var wrong *tools.ArgumentError
			if !errors.As(err, &wrong) || wrong.Parameter != parameter || wrong.Remedy == "" {
				t.Errorf("%s %s: got %s, %v", parameter, path, text, err)
			}
		}
	}
}

// What the schema alone knows is offered to an app as another's than its own.
func TestAppsGetNoPathsOfMe(t *testing.T) {
	t.Parallel()
	m, err := schema.Parse(strings.NewReader(`<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="microsoft.graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="gadget"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String"/></EntityType>
<EntityType Name="user"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String"/><NavigationProperty Name="zebraGadgets" Type="Collection(microsoft.graph.gadget)" ContainsTarget="true"/></EntityType>
<EntityContainer Name="C"><Singleton Name="me" Type="microsoft.graph.user"/><EntitySet Name="users" EntityType="microsoft.graph.user"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`))
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{"clientCredentials": "GET /users/{user}/zebraGadgets", "interactive": "zebraGadgets"} {
		p := asker(schemas{graph.V1: m})
		p.Mode = mode
		text, err := find(t, p, map[string]any{"query": "zebra gadgets"})
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: got %s, %v; want %s", mode, text, err, want)
		}
		if mode == "clientCredentials" && (strings.Contains(text, "/me/zebra") || strings.Count(text, `"call":"GET /users/{user}/zebraGadgets"`) != 1 || strings.Contains(text, "only a signed-in person")) {
			t.Errorf("an app is offered %s", text)
		}
	}
}

// manyOf is a Graph whose users have a lot of properties, and an action with a lot of parameters.
func manyOf(t *testing.T, properties, parameters int) schemas {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="microsoft.graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="user"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String"/>`)
	for i := range properties {
		fmt.Fprintf(&b, `<Property Name="property%d" Type="Edm.String"/>`, i)
	}
	b.WriteString(`</EntityType><Action Name="act" IsBound="true"><Parameter Name="b" Type="microsoft.graph.user"/>`)
	for i := range parameters {
		fmt.Fprintf(&b, `<Parameter Name="parameter%d" Type="Edm.String"/>`, i)
	}
	b.WriteString(`</Action><EntityContainer Name="C"><EntitySet Name="users" EntityType="microsoft.graph.user"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`)
	m, err := schema.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return schemas{graph.V1: m}
}

// What an answer says that a larger limit shows, it shows.
func TestLimitShowsWhatItPromises(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		properties int
		promised   bool
	}{{200, true}, {5_000, false}} {
		s := manyOf(t, tt.properties, 2)
		for _, arguments := range []map[string]any{{"type": "user"}, {"path": "/users"}} {
			text, err := find(t, asker(s), arguments)
			if err != nil || !strings.Contains(text, " more") || strings.Contains(text, "limit 50 shows them") != tt.promised {
				t.Errorf("%d, %v: %.200s … %s, %v", tt.properties, arguments, text, text[max(0, len(text)-100):], err)
			}
			arguments["limit"] = 50
			text, err = find(t, asker(s), arguments)
			last := fmt.Sprintf("property%d String", tt.properties-1)
			if err != nil || strings.Contains(text, last) != tt.promised || strings.Contains(text, "limit 50") || len(text) > 40_000 {
				t.Errorf("%d, %v: %d bytes … %s, %v; want %s: %v", tt.properties, arguments, len(text), text[max(0, len(text)-100):], err, last, tt.promised)
			}
		}
	}
}

func TestHostileSignaturesAreCut(t *testing.T) {
	t.Parallel()
	s := manyOf(t, 1, 20_000)
	for _, arguments := range []map[string]any{{"type": "user"}, {"path": "/users/1/act"}, {"path": "/users/1/act", "limit": 50}} {
		text, err := find(t, asker(s), arguments)
		if err != nil || len(text) > 4_000 || !strings.Contains(text, "parameter0 String") || !strings.Contains(text, " more)") {
			t.Errorf("%v: %d bytes, %.300s, %v", arguments, len(text), text, err)
		}
	}
}

// Callers from elsewhere are not shown where this server looks for Graph's schema.
func TestSchemaFailuresOverHTTP(t *testing.T) {
	t.Parallel()
	for _, remote := range []bool{false, true} {
		p := asker(schemas{})
		p.Remote = remote
		for _, arguments := range []map[string]any{{"type": "nothingOfTheKind"}, {"path": "/nothing/of/the/kind"}} {
			_, err := find(t, p, arguments)
			if err == nil || strings.Contains(err.Error(), "the network is down") == remote || strings.Contains(err.Error(), "log says why") != remote {
				t.Errorf("%v, remote %v: got %v", arguments, remote, err)
			}
		}
	}
}

func TestRemediesBeginWithWhatToDo(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"mesage": "near it are message; or say in plain words", "zzqq": "say in plain words"} {
		if _, err := find(t, asker(smallGraph(t)), map[string]any{"type": name}); err == nil || !strings.HasPrefix(hintOf(err), want) {
			t.Errorf("%s: got %v, %q, want %s", name, err, hintOf(err), want)
		}
	}
	for version, other := range map[string]string{"v1.0": "beta", "beta": "v1.0"} {
		text, err := find(t, asker(nil), map[string]any{"query": "zzxqy", "apiVersion": version})
		if err != nil || !strings.Contains(text, "try apiVersion "+other) {
			t.Errorf("%s: got %s, %v", version, text, err)
		}
	}
}
