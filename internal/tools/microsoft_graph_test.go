package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact/compacttest"
)

// service stands for the guarded Graph.
type service func(*graph.Request) (*graph.Response, error)

func (s service) Do(_ context.Context, r *graph.Request) (*graph.Response, error) { return s(r) }

func reply(status int, contentType, body string) (*graph.Response, error) {
	return &graph.Response{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}, nil
}

func replyJSON(body string) (*graph.Response, error) { return reply(200, "application/json", body) }

// callGraph calls microsoft_graph with arguments as a client sends them.
func callGraph(t testing.TB, s service, arguments map[string]any) (string, error) {
	t.Helper()
	return callGraphIn(t.Context(), t, s, arguments)
}

func callGraphIn(ctx context.Context, t testing.TB, c graph.Caller, arguments map[string]any) (string, error) {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	tool := tools.All()[0]
	checked, err := tools.Arguments(tool.Parameters, sent)
	if err != nil {
		return "", err
	}
	p := &tools.Profile{Name: "contoso", Endpoints: e, Catalog: tools.Known(), Status: func(context.Context) (tools.Status, error) {
		return tools.Status{Permissions: []string{"Mail.Read", "User.Read.All"}}, nil
	}}
	result, err := tool.Call(ctx, tools.Call{Arguments: checked, Profile: p, Graph: c, Progress: func(int, int, string) {}})
	return result.Text, err
}

// paged serves the numbers up to n in pages, some of them empty, as large as the caller prefers.
func paged(n int, pageSize func(r *graph.Request) int) service {
	pages := 0
	return func(r *graph.Request) (*graph.Response, error) {
		place, _, _ := strings.Cut(r.Query("$skiptoken"), ".")
		from, _ := strconv.Atoi(place)
		pages++
		to := min(n, from+pageSize(r))
		var b strings.Builder
		b.WriteString(`{"@odata.context":"x","value":[`)
		for i := from; i < to; i++ {
			if i > from {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"n":%d,"text":%q,"none":null}`, i, strings.Repeat("x", i%97))
		}
		b.WriteByte(']')
		if to < n {
			fmt.Fprintf(&b, `,"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=%d.%d"`, to, pages)
		} else {
			b.WriteString(`,"@odata.deltaLink":"https://graph.microsoft.com/v1.0/users?$deltatoken=1"`)
		}
		b.WriteByte('}')
		return replyJSON(b.String())
	}
}

// Whoever follows the links that are handed out sees every item once, in order, however large the pages are and
// whatever the bounds of each call.
func TestFollowingLinksShowsEveryItemOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		n := random.IntN(400)
		s := paged(n, func(*graph.Request) int { return random.IntN(80) + random.IntN(2) })
		path, seen := "/users", 0
		for calls := 0; path != ""; calls++ {
			if calls > 5_000 {
				t.Fatalf("seed %d: no end; %d of %d items seen", seed, seen, n)
			}
			arguments := map[string]any{"path": path, "maxChars": 1000 + random.IntN(5000)}
			if random.IntN(2) == 0 {
				arguments["maxItems"] = 1 + random.IntN(150)
			}
			if random.IntN(4) == 0 {
				arguments["format"] = "raw"
			}
			text, err := callGraph(t, s, arguments)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			var got struct {
				Next  string `json:"@odata.nextLink"`
				Delta string `json:"@odata.deltaLink"`
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("seed %d: %v in %s", seed, err, text)
			}
			if most := arguments["maxChars"].(int); len(text) > most && arguments["format"] == nil {
				t.Errorf("seed %d: %d characters, at most %d were asked for", seed, len(text), most)
			}
			for _, item := range compacttest.Items(t, text) {
				if n := item["n"].(json.Number).String(); n != strconv.Itoa(seen) {
					t.Fatalf("seed %d: item %s where %d is due", seed, n, seen)
				}
				if item["text"] == nil && seen%97 != 0 {
					t.Fatalf("seed %d: item %d has no text", seed, seen)
				}
				seen++
			}
			if path = got.Next; path == "" && got.Delta == "" {
				t.Errorf("seed %d: the end lost the delta link", seed)
			}
		}
		if seen != n {
			t.Errorf("seed %d: saw %d of %d items", seed, seen, n)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const fileJSON = `{"a":null, "b":""}`
	for _, tt := range []struct {
		name      string
		arguments map[string]any
		service   service
		want      string
	}{
		{"compact", map[string]any{"path": "/me"}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"@odata.context":"x", "id":"1", "mail":null}`)
		}, `{"id":"1"}`},
		{"raw", map[string]any{"path": "/me", "format": "raw"}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"@odata.context":"x", "id":"1", "mail":null}`)
		}, `{"@odata.context":"x", "id":"1", "mail":null}`},
		{"a file's content stays as it is", map[string]any{"path": "/me/drive/items/1/content"}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(fileJSON)
		}, fileJSON},
		{"a value stays as it is", map[string]any{"path": "/users/1/displayName/$value"}, func(*graph.Request) (*graph.Response, error) {
			return reply(200, "text/plain", "Ada")
		}, "Ada"},
		{"references", map[string]any{"path": "/groups/1/members/$ref"}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":[{"@odata.id":"https://graph.microsoft.com/v1.0/users/1"}]}`)
		}, `{"value":[{"@odata.id":"https://graph.microsoft.com/v1.0/users/1"}]}`},
		{"nothing", map[string]any{"path": "/me/messages/1", "method": "DELETE"}, func(*graph.Request) (*graph.Response, error) {
			return reply(204, "", "")
		}, "done: HTTP 204 No Content, no content"},
		{"a link that leads to itself", map[string]any{"path": "/users", "maxItems": 5}, func(r *graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":[],"@odata.nextLink":"` + r.URL() + `"}`)
		}, `{"value":[],"note":"the service's next link leads back to a page that was read, so the list may not be complete"}`},
		{"resource manager's pages", map[string]any{"path": "/subscriptions", "apiType": "azure", "maxItems": 5}, func(r *graph.Request) (*graph.Response, error) {
			if r.Query("$skiptoken") == "" {
				return replyJSON(`{"value":[1],"nextLink":"https://management.azure.com:443/subscriptions?$skiptoken=2"}`)
			}
			return replyJSON(`{"value":[2]}`)
		}, `{"value":[1,2]}`},
		{"a write's answer hands out no link", map[string]any{"path": "/teams/1/members/add", "method": "POST", "maxItems": 1}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":[1,2],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x"}`)
		}, `{"value":[1],"note":"cut after 1 items; the call was made, do not repeat it for the rest"}`},
		{"a later page that is no JSON", map[string]any{"path": "/users", "maxItems": 5}, func(r *graph.Request) (*graph.Response, error) {
			if r.Query("$skiptoken") == "" {
				return replyJSON(`{"value":[1],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
			}
			return replyJSON(`<html>`)
		}, `{"value":[1],"note":"the answer ends here: GET /users: the answer is not valid JSON"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := callGraph(t, tt.service, tt.arguments)
			if err != nil || got != tt.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, tt.want)
			}
		})
	}
}

// What was read of a page that breaks off is shown, and said to be that.
func TestPagesThatBreakOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		arguments map[string]any
		service   service
		want      string
	}{
		{"a page that breaks off", map[string]any{"path": "/users"}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":["a",{"id":"1"},{"id":"2"},{"id":"3"},{"id":"4","mail":"x","id"`)
		}, `{"value":["a",{"id":"1"},{"id":"2"},{"id":"3"}]`},
		{"a page that breaks off, raw", map[string]any{"path": "/users", "format": "raw", "maxItems": 9}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":["a",{"id":"1"},{"id":nothing`)
		}, `{"value":["a",{"id":"1"}]`},
		{"a later page that breaks off", map[string]any{"path": "/users", "maxItems": 9}, func(r *graph.Request) (*graph.Response, error) {
			if r.Query("$skiptoken") == "" {
				return replyJSON(`{"value":[{"displayName":"1","kind":"k"},{"displayName":"2","kind":"k"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
			}
			return replyJSON(`{"value":[{"displayName":"3","kind":"k"},{"displayName":"4","kind":"k","other":1,]}`)
		}, `{"common":{"kind":"k"},"columns":["displayName"],"rows":[["1"],["2"],["3"]]`},
		{"something behind a page", map[string]any{"path": "/users"}, func(*graph.Request) (*graph.Response, error) {
			return replyJSON(`{"value":["a"]}}`)
		}, `{"value":["a"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := callGraph(t, tt.service, tt.arguments)
			if want := tt.want + `,"note":"the answer ends here: GET /users: the answer is not valid JSON"}`; err != nil || got != want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, want)
			}
		})
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1<<20)
	for name, body := range map[string]string{
		"one long value":       `{"id":"1","body":"` + big + `"}`,
		"beside an empty list": `{"value":[],"body":"` + big + `"}`,
		"beside a list":        `{"body":"` + big + `","value":[{"id":"1"}]}`,
		"a long link":          `{"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=` + strings.Repeat("x", 600) + `"}`,
	} {
		text, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) }, map[string]any{"path": "/users", "maxChars": 2000})
		if err != nil || len(text) > 2000 || !json.Valid([]byte(text)) {
			t.Errorf("%s: %d characters, %v: %.100s", name, len(text), err, text)
		}
	}
}

func TestRequestsForAModel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		arguments map[string]any
		header    map[string]string
		body      string
	}{
		{"mail as text", map[string]any{"path": "/me/messages"}, map[string]string{"Prefer": `outlook.body-content-type="text"`}, ""},
		{"mail as it is", map[string]any{"path": "/me/messages", "format": "raw"}, map[string]string{"Prefer": ""}, ""},
		{"mail as asked for", map[string]any{"path": "/me/messages", "headers": map[string]any{"Prefer": `outlook.body-content-type="html"`}}, map[string]string{"Prefer": `outlook.body-content-type="html"`}, ""},
		{"larger pages", map[string]any{"path": "/me/events", "maxItems": 50, "headers": map[string]any{"Prefer": `outlook.timezone="UTC"`}},
			map[string]string{"Prefer": `outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize=50`}, ""},
		{"advanced query", map[string]any{"path": "/users", "queryParams": map[string]any{"$search": `"displayName:ada"`}}, map[string]string{"ConsistencyLevel": "eventual"}, ""},
		{"count", map[string]any{"path": "/groups/$count"}, map[string]string{"ConsistencyLevel": "eventual"}, ""},
		{"plain query", map[string]any{"path": "/users"}, map[string]string{"ConsistencyLevel": ""}, ""},
		{"body", map[string]any{"path": "/users", "method": "POST", "body": map[string]any{"a": 1}}, map[string]string{"Content-Type": ""}, `{"a":1}`},
		{"body as text", map[string]any{"path": "/users", "method": "POST", "body": `{"a": 1}`}, map[string]string{"Content-Type": ""}, `{"a": 1}`},
		{"content", map[string]any{"path": "/me/drive/root:/a.txt:/content", "method": "PUT", "body": "héllo\n"}, map[string]string{"Content-Type": "text/plain; charset=utf-8"}, "héllo\n"},
		{"no body with GET", map[string]any{"path": "/users", "body": `{"a": 1}`}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
				for name, want := range tt.header {
					if got := r.Header(name); got != want {
						t.Errorf("%s: got %q, want %q", name, got, want)
					}
				}
				if got := string(r.Body()); got != tt.body {
					t.Errorf("body: got %q, want %q", got, tt.body)
				}
				return replyJSON(`{}`)
			}, tt.arguments)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	hint := func(err error) string {
		hinted, ok := err.(interface{ Hint() string })
		if !ok {
			return ""
		}
		return hinted.Hint()
	}
	_, err := callGraph(t, func(*graph.Request) (*graph.Response, error) {
		return nil, &graph.Error{Status: 403, Code: "Authorization_RequestDenied", Method: "GET", Path: "/groups"}
	}, map[string]any{"path": "/groups"})
	if err == nil || !strings.Contains(hint(err), "Mail.Read, User.Read.All") {
		t.Errorf("403: got %v, hint %q", err, hint(err))
	}
	_, err = callGraph(t, func(*graph.Request) (*graph.Response, error) {
		return reply(200, "text/html", "<html>Sign in to the network</html>")
	}, map[string]any{"path": "/groups"})
	if err == nil || !strings.Contains(err.Error(), "Sign in to the network") || !strings.Contains(hint(err), "proxy") {
		t.Errorf("HTML: got %v, hint %q", err, hint(err))
	}
	_, err = callGraph(t, func(*graph.Request) (*graph.Response, error) {
		return reply(200, "application/octet-stream", "\xff\xfe\x00")
	}, map[string]any{"path": "/me/photo/$value"})
	if err == nil || !strings.Contains(err.Error(), "3 bytes of application/octet-stream") {
		t.Errorf("binary: got %v", err)
	}
}

// Capitals make no difference in the name of a header, so that which of two values counts would be left to chance.
func TestHeadersAreGivenOnce(t *testing.T) {
	t.Parallel()
	for range 20 { // maps have no order
		_, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
			t.Errorf("sent with If-Match %q", r.Header("If-Match"))
			return replyJSON(`{}`)
		}, map[string]any{"path": "/me", "method": "PATCH", "body": map[string]any{}, "headers": map[string]string{"If-Match": "a", "if-match": "*"}})
		if err == nil || !strings.Contains(err.Error(), "given twice") {
			t.Fatalf("got %v", err)
		}
	}
}
