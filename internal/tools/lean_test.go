package tools_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// What a list leaves out comes when it is asked for: by $select, of the single item, or raw.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, item, left string }{
		{"/me/messages", `{"id":"1","changeKey":"k","conversationIndex":"i","internetMessageId":"<m>","webLink":"https://w","bodyPreview":"be","body":{"contentType":"text","content":"beginning"},"sender":{"a":1},"from":{"a":1}}`,
			"changeKey conversationIndex internetMessageId webLink bodyPreview sender"},
		{"/me/messages", `{"id":"1","bodyPreview":"be","sender":{"a":1},"from":{"a":2}}`, ""},
		{"/me/events", `{"id":"1","iCalUId":"u","uid":"u","changeKey":"k"}`, "iCalUId uid changeKey"},
		{"/users", `{"id":"1","displayName":"Ada Love","givenName":"Ada","surname":"Love","mail":"Ada@x.example","userPrincipalName":"ada@x.example","businessPhones":["1"],"mobilePhone":"2","preferredLanguage":"en"}`,
			"givenName surname mail businessPhones mobilePhone preferredLanguage"},
		{"/users", `{"id":"1","displayName":"Love Ada","givenName":"Ada","surname":"Love","mail":"ada@y.example","userPrincipalName":"ada@x.example"}`, ""},
		{"/me/contacts", `{"id":"1","displayName":"Ada","businessPhones":["1"],"mobilePhone":"2","mail":"a"}`, ""},
		{"/me/drive/root/children", `{"id":"1","eTag":"e","cTag":"c","fileSystemInfo":{"a":1},"file":{"hashes":{"quickXorHash":"h"},"mimeType":"m"},"createdBy":{"user":{"email":"a@x","id":"9","displayName":"A"}}}`,
			"eTag cTag fileSystemInfo hashes id of people"},
		{"/chats", `{"id":"1","from":{"user":{"id":"9","displayName":"A"}},"contentBytes":"aaaa"}`, "contentBytes"},
	} {
		answer := func(arguments map[string]any, body string) string {
			t.Helper()
			text, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) }, arguments)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		list := `{"value":[` + tt.item + `]}`
		text := answer(map[string]any{"path": tt.path}, list)
		shown, note, _ := strings.Cut(text, `"note":`)
		if tt.left == "" && text != list {
			t.Errorf("%s: got %s", tt.path, text)
		}
		for _, name := range strings.Fields(tt.left) {
			if strings.Contains(shown, `"`+name+`":`) && name != "id" || !strings.Contains(note, name) {
				t.Errorf("%s: %s should be left out, and the note should say so: %s", tt.path, name, text)
			}
		}
		if got := answer(map[string]any{"path": tt.path, "queryParams": map[string]any{"$select": "id"}}, list); got != list {
			t.Errorf("%s with $select: got %s", tt.path, got)
		}
		if got := answer(map[string]any{"path": tt.path, "format": "raw"}, list); got != list {
			t.Errorf("%s raw: got %s", tt.path, got)
		}
		if got := answer(map[string]any{"path": tt.path + "/1"}, tt.item); got != tt.item && !strings.Contains(tt.left, "givenName") {
			t.Errorf("%s/1: got %s", tt.path, got)
		}
	}
}

func TestLongTextsOfLists(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("ä", 3000)
	item := `{"id":"1","body":{"contentType":"html","content":"<p>` + text + `</p>"}}`
	answer := func(path, body string, query map[string]any) string {
		t.Helper()
		got, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) }, map[string]any{"path": path, "queryParams": query})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	list := `{"value":[` + item + `]}`
	if got := answer("/me/messages", list, nil); len(got) > 2500 || !strings.Contains(got, "… [4000 more bytes]") || !strings.Contains(endOf(t, got).Note, "read the single item") {
		t.Errorf("list: got %d characters: %.100s…%s", len(got), got, got[len(got)-200:])
	}
	for name, got := range map[string]string{
		"selected": answer("/me/messages", list, map[string]any{"$select": "body"}),
		"one item": answer("/me/messages/1", item, nil),
	} {
		if !strings.Contains(got, `"contentType":"text","content":"`+text+`"`) {
			t.Errorf("%s: got %.200s", name, got)
		}
	}
	if got := answer("/me/messages", `{"value":[`+item+","+item+","+item+`]}`, nil); len(tools.ItemsOf(t, got)) != 3 {
		t.Errorf("got %.200s", got)
	}
}
