package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// ask sends a search request with a key and returns the answer's status and body.
func ask(t *testing.T, client *http.Client, url, key, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		request.Header.Set("api-key", key)
	}
	resp, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// The search service refuses what Azure AI Search is documented to refuse.
func TestSearchService(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	client := sandboxtest.Client(t, tenant)
	const path = "/indexes/" + sandbox.SearchIndex + "/docs/search?api-version=2025-09-01"
	key := tenant.SearchKey()
	for _, tt := range []struct {
		path, key, body string
		status          int
		want            string
	}{
		{path, "", `{}`, 401, ""},
		{path, "wrong", `{}`, 403, ""},
		{"/indexes/" + sandbox.SearchIndex + "/docs/search", key, `{}`, 400, "api-version"},
		{"/indexes/nosuch/docs/search?api-version=2025-09-01", key, `{}`, 404, "No index with the name 'nosuch'"},
		{"/indexes/" + sandbox.SearchIndex + "/docs?api-version=2025-09-01", key, `{}`, 404, "not found"},
		{path, key, `[]`, 400, "not a valid search request"},
		{path, key, `{"queryType":"semantic","search":"a"}`, 400, "semanticConfiguration"},
		{path, key, `{"queryType":"semantic","search":"a","semanticConfiguration":"x"}`, 400, "Unknown semantic configuration"},
		{path, key, `{"search":"a","captions":"extractive"}`, 400, "only supported with queryType"},
		{path, key, `{"search":"(a","queryType":"full"}`, 400, "Failed to parse query string"},
		{path, key, `{"filter":"content eq 'x'"}`, 400, "not filterable"},
		{path, key, `{"top":2000}`, 400, "$top"},
		{path, key, `{"vectorQueries":[{"kind":"vector"}]}`, 400, "vectorQueries"},
		{"/indexes('" + sandbox.SearchIndex + "')/docs/search.post.search?api-version=2024-07-01", key, `{"search":"*","top":1}`, 200, `"contentVector":[`},
	} {
		if status, body := ask(t, client, tenant.SearchURL()+tt.path, tt.key, tt.body); status != tt.status || !strings.Contains(body, tt.want) || tt.want == "" && body != "" {
			t.Errorf("%s %s: got %d %.300s, want %d %s", tt.path, tt.body, status, body, tt.status, tt.want)
		}
	}
	_, body := ask(t, client, tenant.SearchURL()+path, key, `{"search":"*","count":true,"select":"id"}`)
	var page struct {
		Count int              `json:"@odata.count"`
		Next  map[string]any   `json:"@search.nextPageParameters"`
		Value []map[string]any `json:"value"`
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil || page.Count <= len(page.Value) || page.Next["skip"] != float64(len(page.Value)) {
		t.Errorf("got %v, %+v", err, page)
	}
	if fresh := tenant.RotateSearchKey(); fresh == key || fresh != tenant.SearchKey() {
		t.Error("the key was not rotated")
	}
	if status, _ := ask(t, client, tenant.SearchURL()+path, key, `{}`); status != 403 {
		t.Errorf("the old key: got %d", status)
	}
}
