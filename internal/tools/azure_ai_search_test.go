package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/aisearch"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestAzureAISearchIsListedWhereThereIsAnIndex(t *testing.T) {
	t.Parallel()
	usable := named(t, tools.All(), "azure_ai_search").Usable
	if usable(&tools.Profile{}) || !usable(&tools.Profile{Index: &tools.SearchIndex{}}) {
		t.Error("the list of tools does not go by the configuration")
	}
}

// indexRequest returns what the tool sends to the service for arguments.
func indexRequest(t *testing.T, index tools.SearchIndex, arguments map[string]any) (request map[string]any, err error) {
	t.Helper()
	index.Search = func(_ context.Context, sent []byte) ([]byte, error) {
		if err := json.Unmarshal(sent, &request); err != nil {
			t.Errorf("sent %s", sent)
		}
		return []byte(`{"value":[]}`), nil
	}
	_, err = callTool(t, named(t, tools.All(), "azure_ai_search"), arguments, tools.Call{Profile: &tools.Profile{Index: &index}})
	return request, err
}

// The ancestor's parameters, and what became of each.
func TestAzureAISearchRequests(t *testing.T) {
	t.Parallel()
	full := tools.SearchIndex{SemanticConfig: "default", VectorFields: []string{"titleVector", "contentVector"}, SelectFields: []string{"title", "content"}}
	for _, tt := range []struct {
		name      string
		index     tools.SearchIndex
		arguments map[string]any
		want      string
	}{
		{"least", tools.SearchIndex{}, map[string]any{"query": "a"}, `{"search":"a","queryType":"simple","top":10,"count":false}`},
		{"semantic where it is set up", full, map[string]any{"query": "a"}, `{"search":"a","queryType":"semantic","top":10,"count":false,"select":"title,content",
			"semanticConfiguration":"default","captions":"extractive","answers":"extractive"}`},
		{"ordered is not semantic", full, map[string]any{"query": "a", "orderby": "year desc"}, `{"search":"a","queryType":"simple","top":10,"count":false,"orderby":"year desc","select":"title,content"}`},
		{"everything", full, map[string]any{"query": "a", "queryType": "full", "vectorSearch": true, "filter": "year ge 2025", "select": "id", "top": 50, "skip": 20,
			"orderby": "year", "highlightFields": "content", "includeTotalCount": true},
			`{"search":"a","queryType":"full","top":50,"count":true,"skip":20,"filter":"year ge 2025","orderby":"year","highlight":"content","select":"id",
			"vectorQueries":[{"kind":"text","text":"a","fields":"titleVector,contentVector","k":50}]}`},
		{"the usual vector field", tools.SearchIndex{}, map[string]any{"query": "a", "vectorSearch": "true", "top": "3"},
			`{"search":"a","queryType":"simple","top":3,"count":false,"vectorQueries":[{"kind":"text","text":"a","fields":"contentVector","k":3}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := indexRequest(t, tt.index, tt.arguments)
			var want map[string]any
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
	_, err := indexRequest(t, tools.SearchIndex{}, map[string]any{"query": "a", "queryType": "semantic"})
	if err == nil || !strings.Contains(hintOf(err), "azure_ai_search.semantic_config") || !strings.Contains(hintOf(err), "AZURE_AI_SEARCH_SEMANTIC_CONFIG") {
		t.Errorf("semantic without a configuration: got %v, hint %q", err, hintOf(err))
	}
	for _, arguments := range []map[string]any{{}, {"query": "a", "top": 51}, {"query": "a", "top": 0}, {"query": "a", "queryType": "lucene"}, {"query": "a", "skip": -1}} {
		if _, err := indexRequest(t, full, arguments); err == nil {
			t.Errorf("%v was taken", arguments)
		}
	}
}

func TestAzureAISearchAnswers(t *testing.T) {
	t.Parallel()
	vector := "[" + strings.Repeat("0.125,", 99) + "-1e-3]"
	for _, tt := range []struct {
		name, body string
		arguments  map[string]any
		want       string
	}{
		{"nothing", `{"value":[]}`, nil, `{"results":[]}`},
		{"the ancestor's fields", `{"@odata.context":"x","@odata.count":12,"@search.answers":[{"key":"7","text":"Yes.","highlights":"<em>Yes</em>.","score":0.9375}],
			"value":[{"@search.score":1.5,"@search.rerankerScore":3.25,"@search.captions":[{"text":"a & b","highlights":""},{"text":""}],
			"@search.highlights":{"content":["<em>a</em>"],"content@odata.type":"#Collection(String)"},"id":12345678901234567890,"content":"a <b> & b","none":null,"tags":["x"],"contentVector":` + vector + `}]}`,
			map[string]any{"includeTotalCount": true},
			`{"results":[{"score":1.5,"rerankerScore":3.25,"document":{"id":12345678901234567890,"content":"a <b> & b","tags":["x"]},"captions":["a & b"],"highlights":{"content":["<em>a</em>"]}}],` +
				`"totalCount":12,"answers":[{"key":"7","text":"Yes.","score":0.9375}]}`},
		{"a count nobody asked for", `{"@odata.count":12,"value":[]}`, nil, `{"results":[]}`},
		{"a full page goes on", `{"value":[{"@search.score":1,"id":"a"},{"@search.score":1,"id":"b"}]}`, map[string]any{"top": 2, "skip": 4},
			`{"results":[{"score":1,"document":{"id":"a"}},{"score":1,"document":{"id":"b"}}],"more":6}`},
		{"the last page does not", `{"@odata.count":6,"value":[{"@search.score":1,"id":"a"},{"@search.score":1,"id":"b"}]}`, map[string]any{"top": 2, "skip": 4},
			`{"results":[{"score":1,"document":{"id":"a"}},{"score":1,"document":{"id":"b"}}]}`},
		{"a page the service cut", `{"@search.nextPageParameters":{"skip":1},"value":[{"@search.score":1,"id":"a"}]}`, nil, `{"results":[{"score":1,"document":{"id":"a"}}],"more":1}`},
		{"half a ranking", `{"@search.semanticPartialResponseReason":"capacityOverloaded","value":[]}`, nil, `{"results":[],"note":"the semantic ranking is incomplete: capacityOverloaded"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			arguments := map[string]any{"query": "a"}
			for name, v := range tt.arguments {
				arguments[name] = v
			}
			p := &tools.Profile{Index: &tools.SearchIndex{Search: func(context.Context, []byte) ([]byte, error) { return []byte(tt.body), nil }}}
			got, err := callTool(t, named(t, tools.All(), "azure_ai_search"), arguments, tools.Call{Profile: p})
			if err != nil || got != tt.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestAzureAISearchAnswersAreBounded(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("ü", 1<<16) + `"`
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprintf(`"f%d":%d`, i, i)
	}
	for name, body := range map[string]string{
		"long texts":   `{"value":[{"@search.score":1,"a":` + long + `,"b":` + long + `},{"@search.score":1,"a":"x"}]}`,
		"many fields":  `{"value":[{"@search.score":1,` + strings.Join(many, ",") + `}]}`,
		"many results": `{"value":[` + strings.Repeat(`{"@search.score":1,"a":"some words"},`, 2000) + `{"@search.score":1}]}`,
		"long answers": `{"@search.answers":[{"key":"1","text":` + long + `},{"key":"2","text":` + long + `}],"value":[{"@search.score":1,"@search.captions":[{"text":` + long + `}],"@search.highlights":{"a":[` + long + `]}}]}`,
	} {
		p := &tools.Profile{Index: &tools.SearchIndex{Search: func(context.Context, []byte) ([]byte, error) { return []byte(body), nil }}}
		got, err := callTool(t, named(t, tools.All(), "azure_ai_search"), map[string]any{"query": "a", "maxChars": 1000}, tools.Call{Profile: p})
		if err != nil || len(got) > 1000 || !json.Valid([]byte(got)) || !strings.Contains(got, `"score":1`) {
			t.Errorf("%s: %d bytes, %v: %.300s", name, len(got), err, got)
		}
		if name == "many results" && !regexp.MustCompile(`,"more":\d+}$`).MatchString(got) {
			t.Errorf("%s: nothing says how to go on: …%s", name, got[max(0, len(got)-60):])
		}
	}
	for _, body := range []string{`[]`, `{"value":[1]}`, `{"value":"x"}`, `nonsense`} {
		p := &tools.Profile{Index: &tools.SearchIndex{Search: func(context.Context, []byte) ([]byte, error) { return []byte(body), nil }}}
		if got, err := callTool(t, named(t, tools.All(), "azure_ai_search"), map[string]any{"query": "a"}, tools.Call{Profile: p}); err == nil {
			t.Errorf("%s: got %s", body, got)
		}
	}
}

// indexed is a profile with the embedded tenant's index.
func indexed(t *testing.T) *tools.Profile {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	client, err := aisearch.New(aisearch.Config{Endpoint: tenant.SearchURL(), Index: sandbox.SearchIndex, Transport: sandboxtest.Client(t, tenant).Transport,
		Key: func(context.Context) (string, error) { return tenant.SearchKey(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return &tools.Profile{Index: &tools.SearchIndex{SemanticConfig: sandbox.SearchSemanticConfig, Search: client.Search}}
}

// The whole way to the embedded tenant's service, over HTTP.
func TestAzureAISearch(t *testing.T) {
	t.Parallel()
	p := indexed(t)
	type answer struct {
		Results []struct {
			Score, RerankerScore float64
			Document             map[string]any
			Captions             []string
			Highlights           map[string][]string
		}
		TotalCount int
		Answers    []struct{ Key, Text string }
		More       int
	}
	search := func(arguments map[string]any) (a answer) {
		t.Helper()
		text, err := callTool(t, named(t, tools.All(), "azure_ai_search"), arguments, tools.Call{Profile: p})
		if err != nil {
			t.Fatalf("%v: %v (%s)", arguments, err, hintOf(err))
		}
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	got := search(map[string]any{"query": "hotels at night", "top": 2, "vectorSearch": true})
	if len(got.Results) != 2 || len(got.Answers) != 1 || got.Results[0].RerankerScore == 0 || len(got.Results[0].Captions) != 1 || got.Results[0].Document["contentVector"] != nil || got.Results[0].Document["content"] == nil {
		t.Errorf("semantic: got %+v", got)
	}
	got = search(map[string]any{"query": "title:calibration AND bath", "queryType": "full", "select": "title,year", "highlightFields": "content", "includeTotalCount": true})
	if len(got.Results) == 0 || got.TotalCount != len(got.Results) || len(got.Results[0].Document) != 2 || !strings.Contains(got.Results[0].Highlights["content"][0], "<em>") {
		t.Errorf("full: got %+v", got)
	}
	got = search(map[string]any{"query": "*", "queryType": "simple", "filter": "category eq 'policy' and year ge 2025", "orderby": "year desc", "top": 50})
	for i, r := range got.Results {
		if r.Document["category"] != "policy" || i > 0 && r.Document["year"].(float64) > got.Results[i-1].Document["year"].(float64) {
			t.Errorf("filtered and ordered: got %v", r.Document)
		}
	}
	seen := 0
	all := search(map[string]any{"query": "*", "queryType": "simple", "includeTotalCount": true}).TotalCount
	for skip, more := 0, true; more; {
		page := search(map[string]any{"query": "*", "queryType": "simple", "top": 50, "skip": skip, "select": "id"})
		seen += len(page.Results)
		skip, more = page.More, page.More > 0
	}
	if seen != all || all < 25 {
		t.Errorf("paging showed %d of %d", seen, all)
	}
	for _, tt := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{"query": "a", "select": "nosuch"}, "Could not find a property named 'nosuch'"},
		{map[string]any{"query": "a", "filter": "year eq"}, "$filter"},
		{map[string]any{"query": "a", "queryType": "semantic", "orderby": "year"}, "'orderby' is not supported"},
	} {
		if _, err := callTool(t, named(t, tools.All(), "azure_ai_search"), tt.arguments, tools.Call{Profile: p}); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(hintOf(err), "the message names") {
			t.Errorf("%v: got %v", tt.arguments, err)
		}
	}
}
