package mcp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// askedInBothEras sends a request as clients of either do, and checks each answer.
func askedInBothEras(t *testing.T, c mcp.HTTPConfig, method, name, params string, check func(t *testing.T, body string)) {
	t.Helper()
	s := startServer(t, c)
	session := greet(t, s, "{}", nil)
	for era, e := range map[string]exchange{"modern": modern(7, method, name, params), "legacy": legacy(7, method, params, session)} {
		t.Run(era, func(t *testing.T) {
			_, body := e.do(t, t.Context(), s)
			check(t, body)
		})
	}
}

func mustHold(want ...string) func(*testing.T, string) {
	return func(t *testing.T, body string) {
		t.Helper()
		for _, w := range want {
			absent := strings.TrimPrefix(w, "!")
			if strings.Contains(body, absent) == (w != absent) {
				t.Errorf("%s: want %s", body, w)
			}
		}
	}
}

func servingAll(profiles ...*tools.Profile) mcp.HTTPConfig {
	return mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: profiles}}
}

func TestResourceOfTheProfiles(t *testing.T) {
	t.Parallel()
	contoso, fabrikam := testProfile(t, "contoso", nil), testProfile(t, "fabrikam", nil)
	fabrikam.ReadOnly = true
	fabrikam.Status = func(context.Context) (tools.Status, error) { return tools.Status{}, errors.New("no token") }
	askedInBothEras(t, servingAll(contoso, fabrikam), "resources/read", "graph://profile", `{"uri":"graph://profile"}`,
		mustHold(`\"profile\":\"contoso\"`, `\"tenant\":\"tenant-contoso\"`, `\"permissions\":[\"User.Read.All\"]`, `\"access\":\"read-only\",\"authenticated\":false`, `"mimeType":"application/json"`))
}

// A profile that somebody's key does not name is none of their business.
func TestResourceOfTheProfilesShowsOnesOwn(t *testing.T) {
	t.Parallel()
	c := servingAll(testProfile(t, "contoso", nil), testProfile(t, "fabrikam", nil))
	c.Keys = []door.Key{apiKey("one", "key-1", "fabrikam")}
	s := startServer(t, c)
	_, body := modern(1, "resources/read", "graph://profile", `{"uri":"graph://profile"}`).with("Authorization", "Bearer key-1").do(t, t.Context(), s)
	mustHold(`fabrikam`, `!contoso`)(t, body)
}

func TestPromptsAreListedForThoseWhoCanUseThem(t *testing.T) {
	t.Parallel()
	reads := testProfile(t, "contoso", nil)
	reads.Could = func(method, path string) bool { return method == "GET" || path == "/search/query" }
	askedInBothEras(t, servingAll(reads), "prompts/list", "", `{}`, mustHold(`"name":"triage_inbox"`, `"name":"find_document"`, `!offboard_user`, `!"name":"profile"`))
	mail := testProfile(t, "contoso", nil)
	mail.Could = func(_, path string) bool { return !strings.Contains(path, "servicePrincipals") }
	askedInBothEras(t, servingAll(mail), "prompts/list", "", `{}`, mustHold(`"name":"offboard_user"`, `!review_app_permissions`))
	other := testProfile(t, "contoso", nil)
	other.Tools = []string{"get_auth_status"}
	askedInBothEras(t, servingAll(other), "prompts/list", "", `{}`, mustHold(`"prompts":[]`))
	few := testProfile(t, "contoso", nil)
	few.Tools = []string{"microsoft_graph", "sharepoint_search"}
	askedInBothEras(t, servingAll(few), "prompts/list", "", `{}`, mustHold(`"name":"prepare_meeting"`, `!find_document`))
	few.Mode = "interactive"
	askedInBothEras(t, servingAll(few), "prompts/get", "prepare_meeting", `{"name":"prepare_meeting"}`, mustHold(`calendarView`, `!read_document`))
}

// A mailbox is a person's: that chats have messages too is not enough, nor is /me for an app.
func TestPromptsNeedSomebodysMailbox(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode, could string
		listed      bool
	}{
		{"interactive", "/chats/*/messages", false},
		{"interactive", "/me/mailFolders/inbox/messages", true},
		{"interactive", "/users/*/mailFolders/inbox/messages", true},
		{"clientCredentials", "/me/mailFolders/inbox/messages", false},
		{"clientCredentials", "/users/*/mailFolders/inbox/messages", true},
	} {
		p := testProfile(t, "contoso", nil)
		p.Mode, p.Could = tt.mode, func(_, path string) bool { return path == tt.could || path == "" }
		_, body := modern(1, "prompts/list", "", `{}`).do(t, t.Context(), startServer(t, servingAll(p)))
		if strings.Contains(body, "triage_inbox") != tt.listed {
			t.Errorf("%+v: got %s", tt, body)
		}
	}
}

func TestResourceOfTheProfilesIsForThoseWhoMaySeeTheirStatus(t *testing.T) {
	t.Parallel()
	may, mayNot := testProfile(t, "contoso", nil), testProfile(t, "fabrikam", nil)
	mayNot.Tools = []string{"microsoft_graph"}
	askedInBothEras(t, servingAll(mayNot), "resources/list", "", `{}`, mustHold(`!graph://profile`, `"resources":[]`))
	askedInBothEras(t, servingAll(may, mayNot), "resources/read", "graph://profile", `{"uri":"graph://profile"}`, mustHold(`contoso`, `!fabrikam`))
}

// What is too long to be a resource's is neither matched nor repeated.
func TestLongURIsAreRefused(t *testing.T) {
	t.Parallel()
	p := testProfile(t, "contoso", nil)
	p.Catalog = catalog.New()
	long := "graph://catalog/" + strings.Repeat("x", 2<<10)
	check := mustHold(`"code":-32600`, `at most 2048 bytes`, `!xxxx`)
	askedInBothEras(t, servingAll(p), "resources/read", long, `{"uri":"`+long+`"}`, check)
	check(t, serveLine(t, p, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"`+long+`"}}`))
	mustHold(`there is no such area`)(t, serveLine(t, p, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"`+long[:2000]+`"}}`))
}

// serveLine answers one message over standard input.
func serveLine(t *testing.T, p *tools.Profile, line string) string {
	t.Helper()
	var out strings.Builder
	hello := `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n"
	c := mcp.Config{Version: "1", Profiles: []*tools.Profile{p}}
	if err := mcp.ServeStdio(t.Context(), c.Alone(), strings.NewReader(hello+line+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPromptIsWrittenForTheProfile(t *testing.T) {
	t.Parallel()
	person := testProfile(t, "contoso", nil)
	person.Mode = "interactive"
	app := testProfile(t, "fabrikam", nil)
	askedInBothEras(t, servingAll(person), "prompts/get", "triage_inbox", `{"name":"triage_inbox"}`,
		mustHold(`\"path\": \"/me/mailFolders/inbox/messages\"`, `"role":"user"`, `!Act as profile`))
	askedInBothEras(t, servingAll(person, app), "prompts/get", "triage_inbox", `{"name":"triage_inbox","arguments":{"profile":"fabrikam","user":"ada@contoso.com"}}`,
		mustHold(`Act as profile \"fabrikam\"`, `{\"profile\": \"fabrikam\", \"path\": \"/users/ada@contoso.com/mailFolders/inbox/messages\"`))
	askedInBothEras(t, servingAll(person, app), "prompts/get", "triage_inbox", `{"name":"triage_inbox","arguments":{"profile":"nobody"}}`,
		mustHold(`"error"`, `has to be one of contoso, fabrikam`))
	askedInBothEras(t, servingAll(app), "prompts/get", "triage_inbox", `{"name":"triage_inbox"}`,
		mustHold(`"error"`, `an app has no mailbox of its own`))
}

func TestCompletions(t *testing.T) {
	t.Parallel()
	find := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if !strings.Contains(r.Query("$filter"), "'o''s'") {
			return nil, errors.New("another filter: " + r.Query("$filter"))
		}
		return answerJSON(`{"value":[{"userPrincipalName":"seamus.oshea@contoso.com"}]}`)
	}
	contoso, fabrikam := testProfile(t, "contoso", find), testProfile(t, "fabrikam", find)
	askedInBothEras(t, servingAll(contoso, fabrikam), "completion/complete", "", `{"ref":{"type":"ref/prompt","name":"triage_inbox"},"argument":{"name":"profile","value":"Fab"}}`,
		mustHold(`"values":["fabrikam"]`))
	askedInBothEras(t, servingAll(contoso), "completion/complete", "", `{"ref":{"type":"ref/prompt","name":"offboard_user"},"argument":{"name":"user","value":"o's"}}`,
		mustHold(`"values":["seamus.oshea@contoso.com"]`))
	askedInBothEras(t, servingAll(contoso), "completion/complete", "", `{"ref":{"type":"ref/prompt","name":"find_document"},"argument":{"name":"about","value":"o's"}}`,
		mustHold(`"values":[]`))
	askedInBothEras(t, servingAll(contoso, fabrikam), "completion/complete", "", `{"ref":{"type":"ref/prompt","name":"offboard_user"},"argument":{"name":"user","value":"o's"},"context":{"arguments":{"profile":"fabrikam"}}}`,
		mustHold(`"values":["seamus.oshea@contoso.com"]`))
	contoso.Status = func(context.Context) (tools.Status, error) { return tools.Status{}, errors.New("not signed in") }
	askedInBothEras(t, servingAll(contoso), "completion/complete", "", `{"ref":{"type":"ref/prompt","name":"offboard_user"},"argument":{"name":"user","value":"o's"}}`,
		mustHold(`"values":[]`))
}

func TestResourcesOfGraph(t *testing.T) {
	t.Parallel()
	p := testProfile(t, "contoso", nil)
	p.Catalog = catalog.New()
	askedInBothEras(t, servingAll(p), "resources/templates/list", "", `{}`, mustHold(`"uriTemplate":"graph://schema/{type}"`, `"uriTemplate":"graph://catalog/{area}"`))
	askedInBothEras(t, servingAll(p), "resources/read", "graph://catalog/mail", `{"uri":"graph://catalog/mail"}`,
		mustHold(`GET /me/messages`, `delegated Mail.ReadBasic, application Mail.ReadBasic.All`, `"mimeType":"text/plain"`))
	askedInBothEras(t, servingAll(p), "resources/read", "graph://schema/message", `{"uri":"graph://schema/message"}`, mustHold(`\"type\":\"message\"`, `receivedDateTime`))
	askedInBothEras(t, servingAll(p), "resources/read", "graph://catalog/mial", `{"uri":"graph://catalog/mial"}`, mustHold(`"error"`, `there is no such area`, `did you mean mail?`))
	askedInBothEras(t, servingAll(p), "completion/complete", "", `{"ref":{"type":"ref/resource","uri":"graph://catalog/{area}"},"argument":{"name":"area","value":"MA"}}`, mustHold(`"values":["mail"]`))
	askedInBothEras(t, servingAll(p), "completion/complete", "", `{"ref":{"type":"ref/resource","uri":"graph://schema/{type}"},"argument":{"name":"type","value":"mess"}}`, mustHold(`"message"`))
	other := testProfile(t, "contoso", nil)
	other.Catalog, other.Tools = catalog.New(), []string{"microsoft_graph"}
	askedInBothEras(t, servingAll(other), "resources/templates/list", "", `{}`, mustHold(`!graph://schema`))
}
