package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Whatever a client sends as arguments of any tool is refused by name, or becomes an object of the tool's own parameters within
// their bounds; and what it has become is taken as it is the next time.
func FuzzArguments(f *testing.F) {
	all := tools.All()
	for i := range all {
		f.Add(uint8(i), `{"path":"/users","method":"get","maxItems":"5","queryParams":"{\"$top\":1}","query":"x","requests":[{"id":1,"url":"/me"}]}`)
	}
	for _, s := range []string{`"{\"path\":\"/x\"}"`, `{"path":["/x"]}`, `{"path":"\ud800"}`, `{"path":"/x","maxItems":9.3e18}`, `{"path":"/x","maxChars":"NaN"}`, `{"path":"/x","body":"{"}`, `{"path":"/x","path":"/y"}`,
		`{"requests":{"requests":[{"id":"a","method":"GET","url":"/me","dependsOn":"a,b","headers":{"a":null}}]}}`, `null`, `[]`, `{"Path":"/x"}`, "{\"path\":\"\xff\"}", `{"entityTypes":"a, b","size":1e1,"page":-1,"from":0.5}`} {
		f.Add(uint8(0), s)
		f.Add(uint8(2), s)
		f.Add(uint8(7), s)
	}
	f.Fuzz(func(t *testing.T, which uint8, sent string) {
		parameters := all[int(which)%len(all)].Parameters
		got, err := tools.Arguments(parameters, json.RawMessage(sent))
		if err != nil {
			if text := err.Error() + hintOf(err); len(text) > 4_000 || strings.Contains(text, "%!") {
				t.Errorf("%q: an error of %d bytes: %.300s", sent, len(text), text)
			}
			return
		}
		var out map[string]json.RawMessage
		if err := json.Unmarshal(got, &out); err != nil {
			t.Fatalf("%q became %q: %v", sent, got, err)
		}
		for name, value := range out {
			checkValue(t, parameters, name, value)
		}
		again, err := tools.Arguments(parameters, got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q became %q, then %q (%v)", sent, got, again, err)
		}
	})
}

// checkValue holds one value against its parameter.
func checkValue(t *testing.T, parameters []tools.Parameter, name string, value json.RawMessage) {
	t.Helper()
	i := slices.IndexFunc(parameters, func(p tools.Parameter) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("%s is no parameter", name)
	}
	p := parameters[i]
	var err error
	switch p.Kind {
	case tools.String:
		var text string
		if err = json.Unmarshal(value, &text); p.Enum != nil && !slices.Contains(p.Enum, text) || p.MaxLength > 0 && len(text) > p.MaxLength {
			t.Errorf("%s is %q", name, text)
		}
	case tools.Integer:
		var n int64
		if err = json.Unmarshal(value, &n); p.Max > 0 && (n < int64(p.Min) || n > int64(p.Max)) {
			t.Errorf("%s is %d", name, n)
		}
	case tools.Boolean:
		err = json.Unmarshal(value, new(bool))
	case tools.Strings:
		err = json.Unmarshal(value, &map[string]string{})
	case tools.List:
		var list []string
		if err = json.Unmarshal(value, &list); p.Max > 0 && len(list) > p.Max {
			t.Errorf("%s has %d elements", name, len(list))
		}
	case tools.Objects:
		var list []map[string]json.RawMessage
		if err = json.Unmarshal(value, &list); p.Max > 0 && len(list) > p.Max {
			t.Errorf("%s has %d elements", name, len(list))
		}
		for _, one := range list {
			for member, inner := range one {
				checkValue(t, p.Items, member, inner)
			}
		}
	}
	if err != nil {
		t.Errorf("%s is %s: %v", name, value, err)
	}
}

// askers are calls of every tool that reads an answer of Microsoft Graph.
func askers() []struct{ tool, arguments string } {
	return []struct{ tool, arguments string }{
		{"microsoft_graph", `{"path":"/users","maxItems":50,"maxChars":1000}`},
		{"microsoft_graph", `{"path":"/me/messages/1","method":"PATCH","body":{},"maxChars":1000}`},
		{"microsoft_graph", `{"path":"/users/delta","format":"raw","maxChars":2000}`},
		{"microsoft_graph", `{"apiType":"azure","path":"/subscriptions","queryParams":{"api-version":"1"},"maxItems":20,"maxChars":1000}`},
		{"microsoft_graph", `{"path":"/$batch","method":"POST","body":{"requests":[{"id":"1","method":"GET","url":"/me"}]},"maxChars":1000}`},
		{"microsoft_graph_batch", `{"requests":[{"id":"a","method":"GET","url":"/me"},{"id":"b","url":"/users","method":"POST","body":{},"dependsOn":["a"]}],"maxChars":1000}`},
		{"sharepoint_search", `{"query":"x"}`},
		{"download_file", `{"path":"/me/drive/items/1"}`},
		{"read_document", `{"path":"/me/drive/items/1","maxChars":1000}`},
		{"azure_ai_search", `{"query":"x","maxChars":1000}`},
	}
}

// Whatever a service answers to a tool: nothing but its own host is asked, and not for ever; the answer is text of the length
// that was asked for, and an error says in a readable length what is wrong.
func FuzzAnswers(f *testing.F) {
	bodies := []string{`{"value":[{"id":"1","name":"a"},{"id":"2"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x"}`, `{"value":[],"@odata.nextLink":"https://evil.example/v1.0/users"}`,
		`{"value":{"value":[]},"@odata.nextLink":5,"@odata.deltaLink":{}}`, `{"value":[1,null,"x",[[]]],"nextLink":"https://management.azure.com/subscriptions?x=1"}`, `{"@microsoft.graph.downloadUrl":"https://files.example/secret"}`,
		`{"responses":[{"id":"a","status":200,"body":{"value":[{}],"@odata.nextLink":"x"}},{"id":"b","status":302,"headers":{"Location":"https://evil.example/secret"}}]}`,
		`{"value":[{"hitsContainers":[{"total":-1,"hits":[{"summary":"<c0>x</c0><ddd/>","resource":{"@odata.type":"#microsoft.graph.driveItem","webUrl":"javascript:x"}}],"moreResultsAvailable":true}]}]}`,
		`{"id":"1","name":"../../x","size":-1,"file":{"mimeType":"image/png"},"parentReference":{"driveId":"/"}}`, "\ufeff{}", `"text"`, `{"a":`, "", `{"value":[{"body":{"contentType":"html","content":"<script>` + strings.Repeat("<div>", 300) + `"}}]}`,
		`{"value":[{"@search.score":"x","@search.captions":[{"text":null}]}],"@odata.count":"1"}`}
	for i := range askers() {
		for _, body := range bodies {
			f.Add(uint8(i), "application/json", body, 200)
		}
		f.Add(uint8(i), "text/html; charset=\xff", "<html>", 202)
	}
	all, e := tools.All(), endpointsOf(f)
	f.Fuzz(func(t *testing.T, which uint8, contentType, body string, status int) {
		if status < 200 || status > 299 {
			return // what is refused never comes this far
		}
		asker := askers()[int(which)%len(askers())]
		asked := 0
		s := service(func(r *graph.Request) (*graph.Response, error) {
			if u, err := url.Parse(r.URL()); err != nil || u.Host != "graph.microsoft.com" && u.Host != "management.azure.com" {
				t.Errorf("asked %s", r.URL())
			}
			asked++
			return &graph.Response{Status: status, Header: http.Header{"Content-Type": {contentType}, "Etag": {`"1"`}}, Body: []byte(body),
				Stream: io.NopCloser(strings.NewReader(body)), Size: int64(len(body))}, nil
		})
		tool := named(t, all, asker.tool)
		arguments, err := tools.Arguments(tool.Parameters, json.RawMessage(asker.arguments))
		if err != nil {
			t.Fatalf("%s: %v", asker.tool, err)
		}
		profile := &tools.Profile{Name: "contoso", Endpoints: e, Catalog: tools.Known(), Index: &tools.SearchIndex{Search: func(context.Context, []byte) ([]byte, error) { return []byte(body), nil }}}
		result, err := tool.Call(t.Context(), tools.Call{Arguments: arguments, Profile: profile, Graph: s, Progress: func(int, int, string) {}})
		if asked > 200 {
			t.Errorf("asked %d times", asked)
		}
		if err != nil {
			if text := err.Error() + hintOf(err); len(text) > 16<<10 || text == "" {
				t.Errorf("%s: an error of %d bytes", asker.tool, len(text))
			}
			return
		}
		checkText(t, asker.tool, asker.arguments, body, result)
	})
}

func endpointsOf(t testing.TB) graph.Endpoints {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func checkText(t *testing.T, tool, arguments, body string, result tools.Result) {
	t.Helper()
	const heads = 6_000 // of what is said around the values: links, notes, IDs of a batch
	if len(result.Text) > heads+2_000 && tool != "download_file" && tool != "sharepoint_search" || len(result.Text) > 100_000+2*len(body) {
		t.Errorf("%s %s: %d bytes", tool, arguments, len(result.Text))
	}
	if strings.Contains(arguments, `"/$batch"`) {
		checkAddresses(t, body, result.Text)
	}
	for _, m := range result.Media {
		if !strings.HasPrefix(m.MIMEType, "image/") {
			t.Errorf("media of type %q", m.MIMEType)
		}
	}
}

// checkAddresses wants no Location of a batch's item, which is a permission by itself, in the answer.
func checkAddresses(t *testing.T, body, text string) {
	t.Helper()
	var batch struct {
		Responses []struct {
			Status  int
			Headers map[string]string
		}
	}
	if json.Unmarshal([]byte(body), &batch) != nil {
		return
	}
	for _, item := range batch.Responses {
		address := item.Headers["Location"]
		if item.Status == http.StatusFound && strings.HasPrefix(address, "https://") && len(address) > 20 && strings.Count(body, address) == 1 && strings.Contains(text, address) {
			t.Errorf("an address that is a permission: %s", text)
		}
	}
}

// A name of any length is not repeated, neither as it is nor in escapes that make four bytes of one.
func TestArgumentsThatAreNamesOfAnyLength(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\x84", 1<<20)
	for _, sent := range []string{`{"path` + long + `":1}`, `{"path":"/x","queryParams":{"` + long + `":[]}}`, `{"path":"/x","method":"` + long + `"}`, `{"path":"/x","maxItems":"` + long + `"}`, `{"path":["` + long + `"]}`} {
		_, err := tools.Arguments(named(t, tools.All(), "microsoft_graph").Parameters, json.RawMessage(sent))
		if err == nil || len(err.Error()+hintOf(err)) > 2_000 {
			t.Errorf("%.20q…: %.300v", sent, err)
		}
	}
}
