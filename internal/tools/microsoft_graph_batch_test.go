package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// item is a request of a batch as it arrives at the service.
type item struct {
	ID, Method, URL string
	Headers         map[string]string
	Body            json.RawMessage
}

// batched serves batches: answer gives the rest of an item's answer after its ID.
func batched(t testing.TB, answer func(item) string) service {
	return func(r *graph.Request) (*graph.Response, error) {
		var sent struct{ Requests []item }
		if err := json.Unmarshal(r.Body(), &sent); err != nil || r.Method() != "POST" || r.Path() != "/$batch" {
			t.Errorf("%s %s: %v", r.Method(), r.URL(), err)
		}
		var all []string
		for _, i := range sent.Requests {
			all = append([]string{fmt.Sprintf(`{"id":%q,%s}`, i.ID, answer(i))}, all...)
		}
		return replyJSON(`{"responses":[` + strings.Join(all, ",") + `]}`)
	}
}

// callBatch calls microsoft_graph_batch with arguments as a client sends them.
func callBatch(t testing.TB, s graph.Caller, endpoints graph.Endpoints, arguments any) (string, error) {
	t.Helper()
	sent, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	tool := toolNamed(t, "microsoft_graph_batch")
	checked, err := tools.Arguments(tool.Parameters, sent)
	if err != nil {
		return "", err
	}
	p := &tools.Profile{Name: "contoso", Endpoints: endpoints, Catalog: tools.Known(), Status: func(context.Context) (tools.Status, error) {
		return tools.Status{Permissions: []string{"User.Read.All"}}, nil
	}}
	result, err := tool.Call(t.Context(), tools.Call{Arguments: checked, Profile: p, Graph: s, Progress: func(int, int, string) {}})
	return result.Text, err
}

func toolNamed(t testing.TB, name string) tools.Tool {
	t.Helper()
	for _, tool := range tools.All() {
		if tool.Name == name {
			return tool
		}
	}
	t.Fatalf("there is no tool %s", name)
	return tools.Tool{}
}

func production(t testing.TB) graph.Endpoints {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func requests(all ...map[string]any) map[string]any { return map[string]any{"requests": all} }

const batchJSON = `"headers":{"Content-Type":"application/json","request-id":"r-1"}`

func TestBatchAnswers(t *testing.T) {
	t.Parallel()
	notFound := `"status":404,` + batchJSON + `,"body":{"error":{"code":"Request_ResourceNotFound","message":"No such user.","innerError":{"date":"x"}}}`
	denied := `"status":403,` + batchJSON + `,"body":{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}`
	answers := map[string]string{
		"user":     `"status":200,` + batchJSON + `,"body":{"@odata.context":"x","id":"1","displayName":"Ada","mail":null,"n":12345678901234567890}`,
		"list":     `"status":200,` + batchJSON + `,"body":{"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`,
		"created":  `"status":201,` + batchJSON + `,"body":{"id":"9"}`,
		"done":     `"status":204`,
		"count":    `"status":200,"headers":{"Content-Type":"text/plain"},"body":"MTQ1"`,
		"photo":    `"status":200,"headers":{"Content-Type":"image/png"},"body":"iVBORw0="`,
		"content":  `"status":302,"headers":{"Location":"https://contoso.sharepoint.com/download?tempauth=secret","Content-Type":"text/html"},"body":"PGEgaHJlZj0iL3RlbXBhdXRoIj4="`,
		"copying":  `"status":202,"headers":{"Location":"https://graph.microsoft.com/v1.0/operations/1"}`,
		"missing":  notFound,
		"denied":   denied,
		"denied 2": denied,
	}
	s := batched(t, func(i item) string { return answers[i.ID] })
	got, err := callBatch(t, s, production(t), requests(
		map[string]any{"id": "user", "method": "GET", "url": "/users/1"},
		map[string]any{"id": "list", "method": "get", "url": "users?$top=2"},
		map[string]any{"id": "created", "method": "POST", "url": "/users", "body": `{"a":1}`},
		map[string]any{"id": "done", "method": "DELETE", "url": "/users/1"},
		map[string]any{"id": "count", "method": "GET", "url": "/users/$count"},
		map[string]any{"id": "photo", "method": "GET", "url": "/users/1/photo/$value"},
		map[string]any{"id": "content", "method": "GET", "url": "/me/drive/items/1/content"},
		map[string]any{"id": "copying", "method": "POST", "url": "/me/drive/items/1/copy"},
		map[string]any{"id": "missing", "method": "GET", "url": "/users/nobody"},
		map[string]any{"id": "denied", "method": "GET", "url": "/groups"},
		map[string]any{"id": "denied 2", "method": "GET", "url": "/groups"},
	))
	if err != nil {
		t.Fatal(err)
	}
	_, remedy, _ := strings.Cut(got, `Insufficient privileges.","requestId":"r-1"},"remedy":"`)
	if remedy, _, _ = strings.Cut(remedy, `"`); !strings.Contains(remedy, "User.Read.All") {
		t.Errorf("the remedy for a missing permission is %q", remedy)
	}
	want := strings.Join([]string{
		`{"responses":[{"id":"user","status":200,"body":{"id":"1","displayName":"Ada","n":12345678901234567890}}`,
		`{"id":"list","status":200,"body":{"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}}`,
		`{"id":"created","status":201,"body":{"id":"9"}}`,
		`{"id":"done","status":204}`,
		`{"id":"count","status":200,"body":"145"}`,
		`{"id":"photo","status":200,"body":"[the answer is 5 bytes of image/png, which this tool cannot show]"}`,
		`{"id":"content","status":302,"note":"a file's content is not part of a batch: use download_file or read_document"}`,
		`{"id":"copying","status":202,"location":"https://graph.microsoft.com/v1.0/operations/1"}`,
		`{"id":"missing","status":404,"error":{"code":"Request_ResourceNotFound","message":"No such user.","requestId":"r-1"},"remedy":"nothing is there under this path and ID: search or list first to find the ID, and mind that some resources exist only for users with a licence"}`,
		`{"id":"denied","status":403,"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges.","requestId":"r-1"},"remedy":"` + remedy + `"}`,
		`{"id":"denied 2","status":403,"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges.","requestId":"r-1"},"remedy":"as for \"denied\""}]}`,
	}, ",")
	var readable [2]any
	if json.Unmarshal([]byte(got), &readable[0]) != nil || json.Unmarshal([]byte(want), &readable[1]) != nil {
		t.Errorf("not JSON: %s", got)
	}
	if diff := cmp.Diff(readable[1], readable[0]); diff != "" {
		t.Error(diff)
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestABatchThatFailedWhollyIsAnError(t *testing.T) {
	t.Parallel()
	s := batched(t, func(item) string {
		return `"status":404,` + batchJSON + `,"body":{"error":{"code":"x","message":"Not there."}}`
	})
	_, err := callBatch(t, s, production(t), requests(map[string]any{"id": "a", "method": "GET", "url": "/users/a"}, map[string]any{"id": "b", "method": "GET", "url": "/users/b", "dependsOn": []string{"a"}}))
	if err == nil || !strings.HasPrefix(err.Error(), `{"responses":[{"id":"a","status":404,"error":{"code":"x","message":"Not there."`) {
		t.Errorf("got %v", err)
	}
}

func TestBatchRaw(t *testing.T) {
	t.Parallel()
	user, refusal := `{"@odata.context":"x","id":"1","mail":null}`, `{"error":{"code":"x","message":"Not there."}}`
	s := batched(t, func(i item) string {
		if i.ID == "a" {
			return `"status":200,` + batchJSON + `,"body":` + user
		}
		return `"status":404,` + batchJSON + `,"body":` + refusal
	})
	arguments := requests(map[string]any{"id": "a", "method": "GET", "url": "/me/messages/1"}, map[string]any{"id": "b", "method": "GET", "url": "/users/b"})
	arguments["format"] = "raw"
	got, err := callBatch(t, s, production(t), arguments)
	if err != nil || !strings.Contains(got, `"body":`+user) || !strings.Contains(got, `"body":`+refusal) {
		t.Errorf("got %s (%v)", got, err)
	}
}

// The bodies share what room there is: small ones stay whole, and large ones are cut where an item ends.
func TestBatchesShareTheRoom(t *testing.T) {
	t.Parallel()
	var long []string
	for i := range 400 {
		long = append(long, fmt.Sprintf(`{"id":"%d","displayName":"Person %d"}`, i, i))
	}
	list := `"status":200,` + batchJSON + `,"body":{"value":[` + strings.Join(long, ",") + `]}`
	s := batched(t, func(i item) string {
		if strings.HasPrefix(i.ID, "small") {
			return `"status":200,` + batchJSON + `,"body":{"id":"` + i.ID + `"}`
		}
		return list
	})
	for _, tt := range []struct{ large, maxChars int }{{1, 20_000}, {3, 20_000}, {3, 8_000}, {30, 20_000}, {5, 1_000}} {
		var all []map[string]any
		for i := range tt.large {
			all = append(all, map[string]any{"id": fmt.Sprint("large", i), "method": "GET", "url": "/users"}, map[string]any{"id": fmt.Sprint("small", i), "method": "GET", "url": "/me"})
		}
		arguments := requests(all...)
		arguments["maxChars"] = tt.maxChars
		got, err := callBatch(t, s, production(t), arguments)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Responses []struct {
				ID   string
				Body any
			}
		}
		if err := json.Unmarshal([]byte(got), &answer); err != nil || len(answer.Responses) != 2*tt.large {
			t.Fatalf("%v in %s", err, got)
		}
		if tt.maxChars > 1_000 && len(got) > tt.maxChars {
			t.Errorf("%d large: %d characters, at most %d were asked for", tt.large, len(got), tt.maxChars)
		}
		least := -1
		for _, r := range answer.Responses {
			body, _ := json.Marshal(r.Body)
			if strings.HasPrefix(r.ID, "small") && string(body) != `{"id":"`+r.ID+`"}` {
				t.Errorf("%d large: the small body is %s", tt.large, body)
			}
			if strings.HasPrefix(r.ID, "large") && tt.large <= 3 && !strings.Contains(string(body), "mcp-skip=") && tt.large > 1 {
				t.Errorf("%d large: no link to go on with in %s", tt.large, body)
			}
			if strings.HasPrefix(r.ID, "large") && (least < 0 || len(body) < least) {
				least = len(body)
			}
		}
		if most := tt.maxChars / tt.large; tt.large <= 3 && tt.large > 1 && least < most/2 {
			t.Errorf("%d large: one got %d characters of %d", tt.large, least, tt.maxChars)
		}
	}
}

func TestBatchItemsGetTheHeadersOfSingleCalls(t *testing.T) {
	t.Parallel()
	want := map[string]map[string]string{
		"mail":  {"Prefer": `outlook.body-content-type="text"`},
		"count": {"Consistencylevel": "eventual"},
		"write": {"Content-Type": "application/json", "If-Match": "*"},
		"plain": nil,
	}
	s := batched(t, func(i item) string {
		if diff := cmp.Diff(want[i.ID], i.Headers); diff != "" {
			t.Errorf("%s: %s", i.ID, diff)
		}
		return `"status":204`
	})
	if _, err := callBatch(t, s, production(t), requests(
		map[string]any{"id": "mail", "method": "GET", "url": "/me/messages"},
		map[string]any{"id": "count", "method": "GET", "url": "users/$count"},
		map[string]any{"id": "write", "method": "PATCH", "url": "/users/1", "headers": map[string]any{"if-match": "*"}, "body": map[string]any{"a": 1}},
		map[string]any{"id": "plain", "method": "GET", "url": "/users"},
	)); err != nil {
		t.Error(err)
	}
}

func TestBatchArguments(t *testing.T) {
	t.Parallel()
	s := batched(t, func(i item) string {
		if i.ID != "1" || i.URL != "/me" {
			t.Errorf("got %+v", i)
		}
		return `"status":204`
	})
	one := `{"id":1,"method":"get","url":"/me","dependsOn":null,"headers":{},"body":""}`
	for _, sent := range []string{`{"requests":[` + one + `]}`, `{"requests":"[` + strings.ReplaceAll(one, `"`, `\"`) + `]"}`, `{"requests":{"requests":[` + one + `]}}`} {
		if _, err := callBatch(t, s, production(t), json.RawMessage(sent)); err != nil {
			t.Errorf("%s: %v", sent, err)
		}
	}
	for sent, want := range map[string]string{
		`{"requests":[]}`:  "requests: there is none",
		`{}`:               `parameter "requests": is required`,
		`{"requests":"x"}`: `parameter "requests": expected an array of objects`,
		`{"requests":[1]}`: `parameter "requests[0].arguments": expected a JSON object`,
		`{"requests":[{"id":"1","method":"GET"}]}`:                               `parameter "requests[0].url": is required`,
		`{"requests":[` + one + `,{"id":"2","method":"GET","path":"/"}]}`:        `parameter "requests[1].path": is not a parameter`,
		`{"requests":[{"id":"1","method":"FETCH","url":"/me"}]}`:                 `parameter "requests[0].method": "FETCH" is not one of`,
		`{"requests":[{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}]}`: `request "1": dependsOn names "2"`,
	} {
		if _, err := callBatch(t, s, production(t), json.RawMessage(sent)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", sent, err, want)
		}
	}
}

func TestTwentyFiveItemsWithOneThrottled(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	client, endpoints := tenantClient(t, tenant, sandboxtest.Token(t, tenant))
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0.01"}},
		Match: func(r *http.Request) bool { return r.URL.Query().Get("$top") == "13" }})
	var all []map[string]any
	for i := range 25 {
		all = append(all, map[string]any{"id": fmt.Sprint(i), "method": "GET", "url": fmt.Sprintf("/users?$top=%d&$select=id,displayName", i+1)})
	}
	all[24]["dependsOn"] = []string{"12"}
	all[0]["url"] = "/users/" + company.CEOID + "?$select=displayName"
	got, err := callBatch(t, client, endpoints, requests(all...))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Responses []struct {
			ID     string
			Status int
		}
	}
	if err := json.Unmarshal([]byte(got), &answer); err != nil || len(answer.Responses) != 25 {
		t.Fatalf("%v in %s", err, got)
	}
	for i, r := range answer.Responses {
		if r.Status != 200 || r.ID != fmt.Sprint(i) {
			t.Errorf("answer %d: got %+v", i, r)
		}
	}
	if got, want := tenant.Count(sandbox.Graph, "/$batch"), 3; got != want {
		t.Errorf("%d envelopes were sent, want 2 and 1 for what was throttled", got)
	}
}
