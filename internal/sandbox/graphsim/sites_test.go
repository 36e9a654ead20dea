package graphsim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

func TestSites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	quality := r.get("/v1.0/sites?search=quality").list()
	if len(quality) != 1 || quality[0]["displayName"] != "Quality Management" {
		t.Fatalf("got %v", quality)
	}
	id := quality[0]["id"].(string)
	group := r.get("/v1.0/groups" + query("$filter", "mailNickname eq 'quality'")).column("id")[0]
	for _, path := range []string{
		"/v1.0/sites/" + id, "/v1.0/sites/" + strings.ReplaceAll(id, ",", "%2C"), "/v1.0/sites/" + strings.Split(id, ",")[1], "/v1.0/sites/" + company.SharePointHost + ":/sites/quality",
		"/v1.0/sites/" + company.SharePointHost + ":/sites/Quality:", "/v1.0/sites('" + id + "')", "/v1.0/groups/" + group + "/sites/root",
	} {
		if got := r.get(path); got.text("id") != id {
			t.Errorf("%s: got %d %.200s", path, got.status, got.raw)
		}
	}
	root := r.get("/v1.0/sites/root").ok(http.StatusOK).text("id")
	if got := r.get("/v1.0/sites/" + company.SharePointHost).ok(http.StatusOK).text("id"); got != root || got == id {
		t.Errorf("got %s, want %s", got, root)
	}
	if got := r.get("/v1.0/sites?search=*").list(); len(got) < 3 {
		t.Errorf("got %d sites", len(got))
	}
	library := r.get("/v1.0/sites/" + id + "/drive").ok(http.StatusOK).text("id")
	for _, path := range []string{"/v1.0/sites/" + id + "/drives", "/v1.0/groups/" + group + "/drives"} {
		if got := r.get(path).column("id"); len(got) != 1 || got[0] != library {
			t.Errorf("%s: got %v, want %s", path, got, library)
		}
	}
	if got := r.get("/v1.0/groups/" + group + "/drive").ok(http.StatusOK).text("id"); got != library {
		t.Errorf("got drive %s of the group, want %s", got, library)
	}
	r.get("/v1.0/sites/nowhere").refused(http.StatusNotFound, "itemNotFound", "")
}

func TestListItems(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	items := "/v1.0/sites/" + company.SharePointHost + ":/sites/quality:/lists/Deviations/items"
	plain := r.get(items).list()
	if len(plain) < 3 || plain[0]["fields"] != nil {
		t.Fatalf("got %d items, fields %v unasked", len(plain), plain[0]["fields"])
	}
	some := r.get(items + query("$expand", "fields($select=Title,State)", "$filter", "fields/State eq 'open'")).list()
	if len(some) == 0 || len(some) >= len(plain) {
		t.Errorf("got %d of %d items", len(some), len(plain))
	}
	for _, item := range some {
		if got := strings.Join(keys(item["fields"].(map[string]any)), " "); got != "State Title" {
			t.Errorf("got fields %s", got)
		}
	}
	r.do("POST", items, map[string]any{"fields": map[string]any{"Shoes": 1}}).refused(http.StatusBadRequest, "invalidRequest", "Field 'Shoes' is not recognized")
	made := r.do("POST", items, map[string]any{"fields": map[string]any{"Title": "QD-9999", "State": "open"}}).ok(http.StatusCreated)
	item := items + "/" + made.text("id")
	r.do("PATCH", item+"/fields", map[string]any{"State": "closed"}, "If-Match: "+made.text("eTag")).ok(http.StatusOK)
	r.do("PATCH", item+"/fields", map[string]any{"State": "open"}, "If-Match: "+made.text("eTag")).refused(http.StatusPreconditionFailed, "resourceModified", "")
	if got := r.get(item).ok(http.StatusOK).body["fields"].(map[string]any); got["State"] != "closed" || got["Title"] != "QD-9999" {
		t.Errorf("got %v", got)
	}
	r.do("DELETE", item, nil).ok(http.StatusNoContent)
	r.get(item).refused(http.StatusNotFound, "itemNotFound", "")
}

func TestSearchQuery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	search := func(q string, change ...any) result {
		request := map[string]any{"entityTypes": []string{"driveItem"}, "query": map[string]any{"queryString": q}, "region": "EUR"}
		for i := 0; i < len(change); i += 2 {
			request[change[i].(string)] = change[i+1]
		}
		return r.do("POST", "/v1.0/search/query", map[string]any{"requests": []any{request}})
	}
	hits := func(a result) (names []string, container map[string]any) {
		container = a.list()[0]["hitsContainers"].([]any)[0].(map[string]any)
		for _, h := range container["hits"].([]any) {
			names = append(names, h.(map[string]any)["resource"].(map[string]any)["name"].(string))
		}
		return names, container
	}
	search("x", "region", "").refused(http.StatusBadRequest, "BadRequest", "Region is required when request with application permission.")
	search("x", "region", "APC").refused(http.StatusBadRequest, "BadRequest", "Only valid regions are NAM, EUR.")
	search("x", "entityTypes", []string{"message"}).refused(http.StatusBadRequest, "BadRequest", "not supported with application permissions")
	documents, container := hits(search("calibration AND filetype:docx", "size", 500))
	if len(documents) == 0 || container["moreResultsAvailable"] != false {
		t.Errorf("got %v, %v", documents, container["moreResultsAvailable"])
	}
	for _, name := range documents {
		if !strings.HasSuffix(name, ".docx") {
			t.Errorf("got %s", name)
		}
	}
	if one, container := hits(search("*", "size", 1)); len(one) != 1 || container["moreResultsAvailable"] != true || container["total"].(float64) < 20 {
		t.Errorf("got %v, %v of %v", one, container["moreResultsAvailable"], container["total"])
	}
	if none, _ := hits(search("xylophone")); len(none) != 0 {
		t.Errorf("got %v", none)
	}
	site, _ := hits(search(`filetype:docx path:"https://`+company.SharePointHost+`/sites/quality"`, "size", 500))
	all, _ := hits(search("filetype:docx", "size", 500))
	if len(site) == 0 || len(site) >= len(all) {
		t.Errorf("got %d of %d documents in the site", len(site), len(all))
	}
	r = r.as(searchToken)
	search("x").refused(http.StatusBadRequest, "BadRequest", "Region is not supported when request with delegated permission.")
	own, _ := hits(search("filetype:docx", "size", 500, "region", nil))
	if len(own) == 0 || len(own) >= len(all) {
		t.Errorf("a person finds %d of %d documents", len(own), len(all))
	}
}
