package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact/compacttest"
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
		{"/me/messages", `{"id":"1","attachments":[{"id":"2","contentBytes":"aaaa"}]}`, "contentBytes"},
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
		if got := answer(map[string]any{"path": tt.path + "/1"}, tt.item); got != tt.item && !strings.Contains(tt.left, "mail") && tt.left != "contentBytes" {
			t.Errorf("%s/1: got %s", tt.path, got)
		}
	}
}

// A user by itself keeps all names, and a file in base64 is nowhere but where it was asked for.
func TestOneThing(t *testing.T) {
	t.Parallel()
	const user = `{"id":"1","displayName":"Ada Love","givenName":"Ada","surname":"Love","mail":"ada@x.example","userPrincipalName":"ada@x.example"}`
	file := `{"id":"1","name":"a.pdf","contentBytes":"` + strings.Repeat("QUFB", 1000) + `"}`
	message := `{"id":"1","attachments":[` + file + `]}`
	const here, there = `"note":"contentBytes left out: read_document or download_file with this path"}`, `"note":"contentBytes left out: read_document or download_file with …/attachments/{id}"}`
	for _, tt := range []struct{ path, query, value, body, want string }{
		{"/users/1", "", "", user, strings.Replace(user, `"mail":"ada@x.example",`, "", 1)[:len(user)-len(`"mail":"ada@x.example",`)-1] + `,"note":"mail = userPrincipalName"}`},
		{"/users/1", "$select", "mail,userPrincipalName", user, user},
		{"/me/messages/1/attachments/1", "", "", file, `{"id":"1","name":"a.pdf",` + here},
		{"/me/messages/1/attachments/1", "", "", `{"contentBytes":"QUFB"}`, `{` + here},
		{"/me/messages/1/attachments/1", "$select", "contentBytes", file, file},
		{"/me/messages/1", "$expand", "attachments", message, `{"id":"1","attachments":[{"id":"1","name":"a.pdf"}],` + there},
		{"/me/messages/1", "$expand", "attachments($select=contentBytes)", message, message},
		{"/me/messages", "$expand", "attachments", `{"value":[` + message + `]}`, `{"value":[{"id":"1","attachments":[{"id":"1","name":"a.pdf"}]}],` + there},
		{"/me/messages/1/attachments", "", "", `{"value":[` + file + `]}`, `{"value":[{"id":"1","name":"a.pdf"}],` + there},
		{"/me/messages/delta", "$deltatoken", "x", `{"value":[` + message + `]}`, `{"value":[{"id":"1","attachments":[{"id":"1","name":"a.pdf"}]}],` + there},
	} {
		arguments := map[string]any{"path": tt.path}
		if tt.query != "" {
			arguments["queryParams"] = map[string]any{tt.query: tt.value}
		}
		got, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(tt.body) }, arguments)
		if err != nil || got != tt.want {
			t.Errorf("%s %s=%s: %v\ngot  %.300s\nwant %.300s", tt.path, tt.query, tt.value, err, got, tt.want)
		}
	}
}

// What another property says is left out of all items of a list or of none: else nobody could tell it from what is
// not there.
func TestRepetitionsAreLeftOutOfAllOrNone(t *testing.T) {
	t.Parallel()
	plain := `{"id":"%d","displayName":"Ada Love","givenName":"Ada","surname":"Love","mail":"Ada@x.example","userPrincipalName":"ada@x.example"}`
	const noMail = `{"id":"7","displayName":"Ada Love","givenName":"Ada","surname":"Love","userPrincipalName":"ada@x.example"}`
	const otherName = `{"id":"8","displayName":"Love, Ada","givenName":"Ada","surname":"Love","mail":"ada@x.example","userPrincipalName":"ada@x.example"}`
	for _, tt := range []struct {
		name, odd   string
		mail, names bool // are shown
		note        string
	}{
		{"all alike", "", false, false, "left out: mail (= userPrincipalName), givenName and surname (= displayName); $select shows them"},
		{"one without mail", noMail, true, false, "left out: givenName and surname (= displayName); $select shows them"},
		{"one name of its own", otherName, false, true, "left out: mail (= userPrincipalName); $select shows them"},
		{"a group among them", `{"id":"9","displayName":"All"}`, true, true, ""},
	} {
		for _, n := range []int{1, 2, 40} {
			items := []string{}
			for i := range n {
				items = append(items, fmt.Sprintf(plain, 10+i))
			}
			if tt.odd != "" {
				items = append(items, tt.odd)
			}
			got, err := callGraph(t, func(*graph.Request) (*graph.Response, error) {
				return replyJSON(`{"value":[` + strings.Join(items, ",") + `]}`)
			}, map[string]any{"path": "/users"})
			if err != nil {
				t.Fatal(err)
			}
			body, _, _ := strings.Cut(got, `,"note":`)
			if shown := strings.Contains(body, `"mail"`); shown != tt.mail {
				t.Errorf("%s, %d: mail is shown: %v in %.300s", tt.name, n, shown, got)
			}
			if strings.Contains(body, `"givenName"`) != tt.names || strings.Contains(body, `"surname"`) != tt.names {
				t.Errorf("%s, %d: %.300s", tt.name, n, got)
			}
			if note := endOf(t, got).Note; note != tt.note {
				t.Errorf("%s, %d: the note is %q", tt.name, n, note)
			}
			if all := compacttest.Items(t, got); len(all) != len(items) {
				t.Errorf("%s, %d: %d items in %.300s", tt.name, n, len(all), got)
			}
		}
	}
}

// What is left out at the end does not turn rows that were measured into a list that takes more.
func TestRepetitionsKeepTheMeasure(t *testing.T) {
	t.Parallel()
	const maxChars = 20_000
	for pad := 0; pad < 200; pad += 4 {
		item := `{"mail":"ada%[1]d@x.example","userPrincipalName":"ada%[1]d@x.example","jobTitle":"%[1]d` + strings.Repeat("x", pad) + `"},`
		var items strings.Builder
		for i := range 600 {
			fmt.Fprintf(&items, item, i)
		}
		got, err := callGraph(t, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":[` + strings.TrimSuffix(items.String(), ",") + `]}`)
		}, map[string]any{"path": "/users", "maxChars": maxChars})
		if err != nil || len(got) > maxChars {
			t.Errorf("%d more: %d characters, %v: %.200s", pad, len(got), err, got)
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
	if got := answer("/me/messages/1/attachments", `{"value":[{"id":"1","contentBytes":"`+text+`"}]}`, nil); strings.Contains(got, "cut") {
		t.Errorf("what is left out is not cut: %s", got)
	}
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
	if got := answer("/me/messages", `{"value":[`+item+","+item+","+item+`]}`, nil); len(compacttest.Items(t, got)) != 3 {
		t.Errorf("got %.200s", got)
	}
}
